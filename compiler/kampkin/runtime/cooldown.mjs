/** How long to stay open. A coin is a random integer, 0 to 9999, handed in. */

const COIN_MAX = 9_999;
const BP = 10_000;

/**
 * The cooldown of the given level (how often it has opened again since it last closed), ms, with jitter; not shorter
 * than `after`, what the origin itself asked for, where the policy obeys that.
 * @param {import("./policy.mjs").Policy} policy @param {number} level @param {number} coin @param {number} after ms
 */
export function cooldown(policy, level, coin, after) {
  let wait = policy.cooldownMs;
  for (let step = 0; step < level && policy.cooldownFactor > 1 && wait < policy.cooldownMaxMs; step++) wait *= policy.cooldownFactor;
  wait = Math.min(wait, policy.cooldownMaxMs);
  wait += Math.floor((wait * policy.cooldownJitterBp * (2 * coin - COIN_MAX)) / (BP * COIN_MAX));
  return policy.obeyRetryAfter ? Math.max(wait, Math.min(after, policy.cooldownMaxMs)) : wait;
}

/** The longest cooldown the policy can give, ms: anything further off is a clock gone wrong. @param {import("./policy.mjs").Policy} policy */
export function longestCooldown(policy) {
  return Math.ceil((policy.cooldownMaxMs * (BP + policy.cooldownJitterBp)) / BP);
}
