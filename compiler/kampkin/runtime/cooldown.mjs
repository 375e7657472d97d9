/** How long to stay open, and what callers are told to wait. A coin is a random integer, 0 to 9999, handed in. */

const COIN_MAX = 9_999;
const BP = 10_000;

/**
 * The cooldown of the given level (how often half-open has failed in a row), ms, with jitter.
 * @param {import("./policy.mjs").Policy} policy @param {number} level @param {number} coin
 */
export function cooldown(policy, level, coin) {
  let wait = policy.cooldownMs;
  for (let step = 0; step < level && policy.cooldownFactor > 1 && wait < policy.cooldownMaxMs; step++) wait *= policy.cooldownFactor;
  wait = Math.min(wait, policy.cooldownMaxMs);
  return wait + Math.floor((wait * policy.cooldownJitterBp * (2 * coin - COIN_MAX)) / (BP * COIN_MAX));
}

/** The longest cooldown the policy can give, ms: anything further off is a clock gone wrong. @param {import("./policy.mjs").Policy} policy */
export function longestCooldown(policy) {
  return Math.ceil((policy.cooldownMaxMs * (BP + policy.cooldownJitterBp)) / BP);
}

/**
 * `Retry-After` in seconds while open: honest, at least 1, spread so that callers do not come back as one.
 * @param {import("./policy.mjs").Policy} policy @param {number} leftMs @param {number} coin
 */
export function retryAfter(policy, leftMs, coin) {
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  return seconds + Math.floor((seconds * policy.cooldownJitterBp * coin) / (BP * COIN_MAX));
}
