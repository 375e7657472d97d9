/**
 * What a store does with a delta: the one place where the record all nodes share is moved. The store runs it
 * as one transaction, writes the record and the events, then answers with the snapshot.
 */

import { HALF_OPEN, OPEN, concludeIfDue, endIfDue, grant, halfOpen, isCounting, isLive, nextExpiry, release, retryAtUnder, tally, tick, tripIfDue, windowOf } from "./breaker.mjs";
import { OUTCOMES } from "./outcome.mjs";
import { isForced, modeInForce } from "./overrides.mjs";
import { addBuckets } from "./window.mjs";
import { isToBeJudged, snapshotOf } from "./wire.mjs";

/** How long a refused node waits before it asks again, ms; it doubles that itself. */
const AGAIN_MIN_MS = 250;
export const AGAIN_MAX_MS = 4000;

/**
 * Merges a delta into the record.
 * @param {import("./breaker.mjs").Breaker} record
 * @param {import("./wire.mjs").Delta} delta
 * @param {object} at
 * @param {number} at.now the store's clock, ms
 * @param {number} at.coin 0..9999
 * @returns {{snapshot: import("./wire.mjs").Snapshot, transitions: import("./breaker.mjs").Transition[]}}
 */
export function merge(record, delta, { now: clock, coin }) {
  const now = tick(record, clock);
  if (isForced(modeInForce(record, delta.policy, now))) {
    if (delta.probe) release(record, delta.probe.lease);
    return { snapshot: snapshotOf(record, delta, now), transitions: [] };
  }
  const ended = endIfDue(record, delta.policy, now);
  const moved = delta.epoch === record.epoch ? take(record, delta, now, coin) : null;
  const asked = delta.ask ? lend(record, delta.policy, now, coin) : {};
  const transitions = [ended, moved, asked.transition].filter((transition) => transition != null);
  return { snapshot: snapshotOf(record, delta, now, asked), transitions };
}

/**
 * Takes in what the node saw in this epoch.
 * @param {import("./breaker.mjs").Breaker} record @param {import("./wire.mjs").Delta} delta @param {number} now @param {number} coin
 */
function take(record, delta, now, coin) {
  if (isCounting(record)) return takeCounts(record, delta, now, coin);
  if (record.state !== HALF_OPEN) return null;
  const { probe, policy, after } = delta;
  if (probe && release(record, probe.lease)) tally(record, policy, OUTCOMES.indexOf(probe.result), probe.slow);
  return concludeIfDue(record, policy, now, coin, after);
}

/**
 * The streak is judged as it stood before the delta's first success, then as it stands after its last.
 * @param {import("./breaker.mjs").Breaker} record @param {import("./wire.mjs").Delta} delta @param {number} now @param {number} coin
 */
function takeCounts(record, delta, now, coin) {
  const window = windowOf(record, delta.policy);
  addBuckets(window, now, delta.buckets);
  record.streak += delta.head;
  const judged = isToBeJudged(delta);
  const tripped = judged ? tripIfDue(record, delta.policy, now, coin, delta.after) : null;
  if (tripped || !delta.any) return tripped;
  record.streak = delta.tail;
  return judged ? tripIfDue(record, delta.policy, now, coin, delta.after) : null;
}

/**
 * Lends a probe's lease if one is free; the first ask after the cooldown opens half-open.
 * @param {import("./breaker.mjs").Breaker} record @param {import("./policy.mjs").Policy} policy @param {number} now @param {number} coin
 * @returns {{lease?: number, again?: number, transition?: import("./breaker.mjs").Transition}}
 */
export function lend(record, policy, now, coin) {
  const due = record.state === OPEN && now >= retryAtUnder(record, policy);
  if (record.state !== HALF_OPEN && !due) return {};
  const transition = due ? halfOpen(record, now) : undefined;
  const lease = grant(record, policy, now, coin % 100);
  return { lease, transition, again: lease ? 0 : refusal(record, policy, now) };
}

/**
 * How long a refused node should wait, ms: until a lease may run out, or only a little where another node was quicker.
 * @param {import("./breaker.mjs").Breaker} record @param {import("./policy.mjs").Policy} policy @param {number} now
 */
export function refusal(record, policy, now) {
  if (record.leases.slice(0, policy.maxProbes).some((lease) => !isLive(lease, now))) return AGAIN_MIN_MS;
  return Math.min(AGAIN_MAX_MS, Math.max(AGAIN_MIN_MS, nextExpiry(record, now)));
}
