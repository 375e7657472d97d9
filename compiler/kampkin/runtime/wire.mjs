/**
 * What nodes and stores say to each other. A node sends a delta: what it saw since the last one. The store
 * answers with a snapshot: the record as it stands. Ages and remaining ms, never absolute times: clocks differ.
 *
 * @typedef {object} Delta
 * @property {number} v version of this shape
 * @property {string} plan digest of the plan the node runs
 * @property {string} node `<region>/<id>`
 * @property {number} seq counts the node's deltas; one is sent at most once
 * @property {number} epoch when the requests were admitted
 * @property {number} w bucket width, ms
 * @property {import("./window.mjs").Bucket[]} buckets
 * @property {boolean} any had a success
 * @property {number} head failures before the first success
 * @property {number} tail failures after the last; equal to head when there was none
 * @property {number} after the largest Retry-After among the failures, ms
 * @property {{lease: number, result: string, slow: boolean} | null} probe
 * @property {boolean} ask for a lease
 * @property {import("./metrics.mjs").Minute | null} metrics a minute that is over, for people; it moves nothing
 * @property {import("./policy.mjs").Policy} policy
 *
 * @typedef {object} Snapshot
 * @property {number} v @property {number} epoch @property {string} state @property {string} why
 * @property {number} sinceMs @property {number} retryInMs @property {number} level @property {number} w
 * @property {import("./window.mjs").Bucket[]} buckets @property {number} streak
 * @property {[ok: number, bad: number, answered: number, grantedAgoMs: number]} half
 * @property {{id: number, ttlMs: number} | null} lease
 * @property {{mode: import("./overrides.mjs").Override["mode"], leftMs: number, owner: string, reason: string} | null} override
 * @property {number} again ms before asking again, 0 when nothing was refused
 * @property {number} ack the delta this answers
 */

import { OPEN, STATES, leaseUntil, retryAtUnder, windowOf } from "./breaker.mjs";
import { NET, SLOW, SVC, addBuckets, toBuckets } from "./window.mjs";

export const VERSION = 1;

/**
 * The record as a node may know it.
 * @param {import("./breaker.mjs").Breaker} b @param {Pick<Delta, "seq" | "policy">} asked @param {number} now
 * @param {{lease?: number, again?: number}} grant @returns {Snapshot}
 */
export function snapshotOf(b, { seq, policy }, now, { lease = 0, again = 0 } = {}) {
  const window = windowOf(b, policy);
  return {
    v: VERSION,
    epoch: b.epoch,
    state: STATES[b.state] ?? "unknown",
    why: b.why,
    sinceMs: Math.max(0, now - b.since),
    retryInMs: b.state === OPEN ? Math.max(0, b.retryAt - now) : 0,
    level: b.level,
    w: window.width,
    buckets: toBuckets(window, now),
    streak: b.streak,
    half: [b.ok, b.bad, b.answered, Math.max(0, now - b.grantedAt)],
    lease: lease ? { id: lease, ttlMs: leaseUntil(lease) - now } : null,
    override: b.override && { mode: b.override.mode, leftMs: Math.max(0, b.override.until - now), owner: b.override.owner, reason: b.override.reason },
    again,
    ack: seq,
  };
}

/**
 * Makes the view what the snapshot says. A state this version does not know acts closed; a retry further off
 * than the policy can put it is a clock gone wrong.
 * @param {import("./breaker.mjs").Breaker} view @param {Snapshot} snapshot @param {import("./policy.mjs").Policy} policy @param {number} now
 */
export function load(view, snapshot, policy, now) {
  const [ok, bad, answered, grantedAgoMs] = snapshot.half;
  Object.assign(view, {
    epoch: snapshot.epoch,
    state: Math.max(0, STATES.indexOf(snapshot.state)),
    why: snapshot.why,
    since: now - snapshot.sinceMs,
    retryAt: now + snapshot.retryInMs,
    level: snapshot.level,
    streak: snapshot.streak,
    ok, bad, answered,
    grantedAt: now - grantedAgoMs,
    override: snapshot.override && { ...snapshot.override, until: now + snapshot.override.leftMs },
    windows: [],
  });
  view.retryAt = retryAtUnder(view, policy);
  view.leases.fill(0);
  const window = windowOf(view, policy);
  if (window.width === snapshot.w) addBuckets(window, now, snapshot.buckets);
}

/** Whether what a store answered can be believed: a store that lies must not reach a caller. @param {any} s @param {number} seq */
export function isSnapshot(s, seq) {
  return (
    s !== null && typeof s === "object" && s.ack === seq && typeof s.state === "string" && typeof s.why === "string" &&
    [s.v, s.epoch, s.sinceMs, s.retryInMs, s.level, s.w, s.streak, s.again].every(isCount) &&
    isCounts(s.half, 4) && Array.isArray(s.buckets) && s.buckets.every((/** @type {any} */ bucket) => isCounts(bucket, 6)) &&
    (s.lease === null || (isCount(s.lease?.id) && isCount(s.lease.ttlMs))) &&
    (s.override === null || (typeof s.override?.mode === "string" && isCount(s.override.leftMs)))
  );
}

/** Whether it brings anything to count: what is too old for a bucket still bears on the streak. @param {Pick<Delta, "buckets" | "any" | "head">} delta */
export const bringsCounts = ({ buckets, any, head }) => buckets.length > 0 || any || head > 0;

/** Whether it has what rules are judged after: a failure or a slow call. @param {Delta} delta */
export const isToBeJudged = ({ buckets, head, tail }) => head + tail > 0 || buckets.some((bucket) => bucket[1 + NET] + bucket[1 + SVC] + bucket[1 + SLOW] > 0);

/** Whether a delta has the shape that `merge` relies on. @param {any} d */
export function isDelta(d) {
  return (
    d !== null && typeof d === "object" && typeof d.node === "string" && typeof d.policy === "object" && d.policy !== null &&
    [d.v, d.seq, d.epoch, d.w, d.head, d.tail, d.after].every(isCount) && Array.isArray(d.buckets) &&
    d.buckets.every((/** @type {any} */ bucket) => isCounts(bucket, 6)) && (d.probe === null || isCount(d.probe?.lease))
  );
}

const isCount = (/** @type {any} */ n) => Number.isSafeInteger(n) && n >= 0;
const isCounts = (/** @type {any} */ list, /** @type {number} */ length) => Array.isArray(list) && list.length === length && list.every(isCount);
