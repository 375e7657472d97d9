/** The header `Retry-After`: what callers are told, and what an origin says. */

const COIN_MAX = 9_999;
const BP = 10_000;
const LONGEST_AFTER_MS = 24 * 3600 * 1000;
const FORCED_AT_MOST_S = 3600;

/**
 * `Retry-After` in seconds while open: honest, at least 1, spread so that callers do not come back as one.
 * @param {import("./policy.mjs").Policy} policy @param {number} leftMs @param {number} coin
 */
export function retryAfter(policy, leftMs, coin) {
  const seconds = Math.max(1, Math.ceil(leftMs / 1000));
  return seconds + Math.floor((seconds * policy.cooldownJitterBp * coin) / (BP * COIN_MAX));
}

/** `Retry-After` in seconds while forced open: until that ends, an hour at most, since people change their minds. @param {number} leftMs */
export function forcedRetryAfter(leftMs) {
  return Math.min(FORCED_AT_MOST_S, Math.max(1, Math.ceil(leftMs / 1000)));
}

/**
 * What `Retry-After` says, ms from now: seconds or a date, RFC 9110 10.2.3; 0 where it says nothing that can be read.
 * @param {string | null} value @param {number} now ms
 */
export function retryAfterMs(value, now) {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return ms > 0 ? Math.min(ms, LONGEST_AFTER_MS) : 0;
}
