/** When to trip: the armed rules of a policy against what the window holds. 0 means a rule is not armed. */

import { AGED, NET, OK, SLOW, SVC, createTotals, firstFailureAgo, sum } from "./window.mjs";

const totals = createTotals();

/**
 * The first rule that says trip, or null. Counts trip at their number, not past it: five means the fifth.
 * @param {import("./window.mjs").Window} window
 * @param {number} streak failures since the last success
 * @param {import("./policy.mjs").Policy} policy
 * @param {number} now ms
 */
export function judge(window, streak, policy, now) {
  sum(window, now, policy.windowMs, totals);
  const failures = totals[NET] + totals[SVC];
  const requests = totals[OK] + failures;
  if (reached(totals[NET], policy.networkFailures)) return "network_failures";
  if (reached(totals[SVC], policy.serviceFailures)) return "service_failures";
  if (reached(streak, policy.consecutiveFailures)) return "consecutive_failures";
  if (isShare(failures, requests, policy.failureRatioBp, policy)) return "failure_ratio";
  if (isShare(totals[SLOW], totals[AGED], policy.slowRatioBp, policy)) return "slow_ratio";
  return null;
}

/** The numbers behind a verdict, for the event. @param {import("./window.mjs").Window} window @param {number} streak @param {import("./policy.mjs").Policy} policy @param {number} now */
export function evidence(window, streak, policy, now) {
  sum(window, now, policy.windowMs, totals);
  return {
    ok: totals[OK], network: totals[NET], service: totals[SVC], streak, slow: totals[SLOW], aged: totals[AGED],
    firstFailureAgoMs: firstFailureAgo(window, now, policy.windowMs),
  };
}

/** @param {number} part @param {number} whole @param {number} ratioBp @param {import("./policy.mjs").Policy} policy */
function isShare(part, whole, ratioBp, policy) {
  return ratioBp > 0 && whole >= policy.minimumRequests && 10_000 * part >= ratioBp * whole;
}

/** @param {number} count @param {number} limit */
function reached(count, limit) {
  return limit > 0 && count >= limit;
}
