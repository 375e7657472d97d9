/**
 * A breaker's policy, as the plan writes it. Integers only: milliseconds, basis points; 0 disarms a rule of
 * `trip`. It travels with every delta, so the store never holds one of its own.
 *
 * @typedef {object} Policy
 * @property {number} windowMs
 * @property {number} networkFailures
 * @property {number} serviceFailures
 * @property {number} consecutiveFailures
 * @property {number} failureRatioBp
 * @property {number} minimumRequests
 * @property {number} cooldownMs
 * @property {number} cooldownFactor
 * @property {number} cooldownMaxMs
 * @property {number} cooldownJitterBp
 * @property {number} admitBp
 * @property {number} maxProbes
 * @property {number} successes
 * @property {number} failures
 * @property {number} probeTimeoutMs
 * @property {[number, number][]} failureStatuses inclusive ranges
 */

export {};
