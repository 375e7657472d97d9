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
 * @property {number} minimumRequests for both ratios
 * @property {number} slowRatioBp
 * @property {number} slowAfterMs
 * @property {number} cooldownMs
 * @property {number} cooldownFactor
 * @property {number} cooldownMaxMs
 * @property {number} cooldownJitterBp
 * @property {boolean} obeyRetryAfter
 * @property {number} admitBp
 * @property {number} maxProbes
 * @property {number} successes
 * @property {number} failures
 * @property {number} probeTimeoutMs
 * @property {number} rampMs 0: closes at once
 * @property {boolean} monitor counts and reports, never rejects
 * @property {import("./overrides.mjs").Override | null} override the file's own
 * @property {[number, number][]} failureStatuses inclusive ranges
 */

export {};
