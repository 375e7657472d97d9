/**
 * What a person has decided, and when that ends. It comes before all that the breaker says by itself. One is set at
 * run time, in the record; another may stand in the file and comes with the policy; the record's goes first.
 *
 * @typedef {object} Override
 * @property {"forced-open" | "forced-closed" | "monitor"} mode
 * @property {number} until ms; it is over at this time
 * @property {string} owner @property {string} reason
 */

export const FORCED_OPEN = "forced-open";
export const FORCED_CLOSED = "forced-closed";
export const MONITOR = "monitor";

/** The mode in force, or null. @param {import("./breaker.mjs").Breaker} b @param {import("./policy.mjs").Policy} policy @param {number} now */
export function modeInForce(b, policy, now) {
  return inForce(b, policy, now)?.mode ?? null;
}

/** The override in force, or null. @param {import("./breaker.mjs").Breaker} b @param {import("./policy.mjs").Policy} policy @param {number} now */
export function inForce(b, policy, now) {
  if (b.override !== null && now < b.override.until) return b.override;
  return policy.override && now < policy.override.until ? policy.override : null;
}

/** @param {string | null} mode */
export const isForced = (mode) => mode === FORCED_OPEN || mode === FORCED_CLOSED;

/**
 * The forced mode that is over and has not yet been ended by a transition, or null. The file's is, once the breaker
 * has been in its state since before that.
 * @param {import("./breaker.mjs").Breaker} b @param {import("./policy.mjs").Policy} policy @param {number} now
 */
export function modeEnded(b, policy, now) {
  if (isForced(modeInForce(b, policy, now))) return null;
  if (b.override !== null && isForced(b.override.mode) && now >= b.override.until) return b.override.mode;
  const file = policy.override;
  return file && isForced(file.mode) && b.since < file.until && now >= file.until ? file.mode : null;
}

/** Whether rejections are only counted: not a person's own. @param {import("./breaker.mjs").Breaker} b @param {import("./policy.mjs").Policy} policy @param {number} now */
export function isMonitoring(b, policy, now) {
  const mode = modeInForce(b, policy, now);
  return mode === MONITOR || (policy.monitor && mode !== FORCED_OPEN);
}
