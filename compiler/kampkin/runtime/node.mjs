/**
 * A node's side of the shared state: its view of one breaker, what it has yet to tell the store, and when to
 * tell. The view is the last snapshot plus what this node saw that no snapshot holds yet. Decisions come from
 * the view alone; while the store does not answer, the same machine runs on, alone. No I/O here.
 */

import { HALF_OPEN, OPEN, concludeIfDue, createBreaker, decide, endIfDue, grant, halfOpen, isCounting, observe, observeSlow, release, tally, tick, wasSetBack } from "./breaker.mjs";
import { AGAIN_MAX_MS } from "./merge.mjs";
import { STORE_CALLS, createMetrics, note as count, take } from "./metrics.mjs";
import { OUTCOMES, SERVICE, SUCCESS, VOID, isFailure } from "./outcome.mjs";
import { FORCED_CLOSED, FORCED_OPEN, isForced, isMonitoring, modeInForce } from "./overrides.mjs";
import { AGED, NET, OK, SLOW, SVC, add, addBuckets, createWindow, toBuckets, widthFor } from "./window.mjs";
import { VERSION, isSnapshot, load } from "./wire.mjs";

/** The longest that a request waits for the store: a cold node's first, and a would-be probe. */
export const STORE_WAIT_MS = 300;

const HEARTBEAT_MAX_MS = 10_000;
const FAILURES_AT_MOST_EVERY_MS = 250;
const IN_FLIGHT_AT_MOST_MS = 2000;

/**
 * @typedef {object} Node
 * @property {string} id `<region>/<random>`
 * @property {string} plan digest
 * @property {import("./policy.mjs").Policy} policy
 * @property {import("./policy.mjs").Policy} ownPolicy the same without a ramp: what the node judges its probes by
 * @property {import("./breaker.mjs").Breaker} view
 * @property {number} epoch the record's, as last heard
 * @property {boolean} alone whether the view has moved away from the record by local judgement
 * @property {number} tripSeq the delta that tells of the view's own transition: an answer to an older one says nothing of it
 * @property {number} generation what is admitted now belongs to it; a result of another counts no more
 * @property {number} shared the generation of the record's epoch: while the node judges alone it is in others
 * @property {number} generations how many there have been
 * @property {number} seq the last delta sent
 * @property {number} acked the newest delta answered
 * @property {import("./wire.mjs").Delta[]} flights deltas sent and not yet answered
 * @property {Pending} pending
 * @property {import("./metrics.mjs").Metrics} metrics what is counted for people
 * @property {number} requestAt when the last request came, ms
 * @property {number} syncAt when the last sync began, ms
 * @property {number} failureAt when a failure was last sent, ms
 * @property {number} busyUntil in-flight mark: holds back failures and heartbeats, ms
 * @property {number} askUntil an ask is under way, ms
 * @property {number} againAt no ask before this, ms
 * @property {number} refusals in a row
 * @property {number} reported the generation whose first outcome has been sent; -1 none
 */

/**
 * What the store has yet to hear. `urgent`: a failure or a slow call is among it; `after`: the largest Retry-After of its
 * failures, ms.
 * @typedef {{window: import("./window.mjs").Window, any: boolean, head: number, tail: number, urgent: boolean, after: number}} Pending
 */

/**
 * What lets a request through, kept until its result is known.
 * @typedef {object} Admission
 * @property {number} generation @property {number} lease 0 when it is no probe
 * @property {boolean} exempt what comes of it is not counted
 * @property {boolean} aged it has been looked at for the slow rule
 * @property {boolean} local whether the lease is this node's own, given without the store
 * @property {Result | null} result once it is known
 */

/** @typedef {{outcome: number, slow: boolean, after: number}} Result what a call came to; slow: it ran for `slow_after`; after: the origin's Retry-After, ms */

/** @param {string} id @param {string} plan @param {import("./policy.mjs").Policy} policy @returns {Node} */
export function createNode(id, plan, policy) {
  return {
    id, plan, policy, ownPolicy: { ...policy, rampMs: 0 }, view: createBreaker(), epoch: 0, alone: false, tripSeq: 0, generation: 0, shared: 0, generations: 0, seq: 0, acked: 0, flights: [],
    pending: createPending(policy), metrics: createMetrics(), requestAt: -Infinity, syncAt: -Infinity, failureAt: -Infinity, busyUntil: 0, askUntil: 0,
    againAt: 0, refusals: 0, reported: -1,
  };
}

/** How often a node with requests talks to the store, ms. @param {import("./policy.mjs").Policy} policy */
export function heartbeat(policy) {
  return Math.min(HEARTBEAT_MAX_MS, Math.floor(policy.windowMs / 4));
}

/**
 * A request comes in: whether it must first hear from the store, since the node is cold or stale. Only the
 * first such request waits; those beside it are decided by what is known.
 * @param {Node} node @param {number} clock ms
 */
export function arrive(node, clock) {
  const now = nodeTime(node, clock);
  const stale = now - node.requestAt > 2 * heartbeat(node.policy);
  node.requestAt = now;
  return stale;
}

/** The time as the node reckons it, which after a clock was set back knows nothing of before. @param {Node} node @param {number} clock */
export function nodeTime(node, clock) {
  if (wasSetBack(node.view, clock)) forget(node);
  return tick(node.view, clock);
}

/** What to do with a request, from the view: see `decide`. @param {Node} node @param {number} now @param {number} coin */
export function verdict(node, now, coin) {
  return decide(node.view, node.policy, now, coin);
}

/** Whether a would-be probe may ask for its lease: one ask at a time, and not too soon after a refusal. @param {Node} node @param {number} now */
export function mayAsk(node, now) {
  return now >= node.askUntil && now >= node.againAt;
}

/** Lets a request through. @param {Node} node @returns {Admission} */
export function admit(node, lease = 0, local = false) {
  return { generation: node.generation, lease, local, exempt: false, aged: false, result: null };
}

/** Lets a request through that is not counted. @param {Node} node @returns {Admission} */
export function admitExempt(node) {
  return { ...admit(node), exempt: true };
}

/** A would-be probe that gets no lease: rejected, unless the breaker only monitors. @param {Node} node @param {number} now */
export function refuse(node, now) {
  return isMonitoring(node.view, node.policy, now) ? admitExempt(node) : null;
}

/** A would-be probe to which the store lent nothing passes where the answer says closed, or that a person has. @param {Node} node @param {number} now */
export function admitUnlent(node, now) {
  const mode = modeInForce(node.view, node.policy, now);
  if (mode === FORCED_CLOSED) return admitExempt(node);
  return isCounting(node.view) && mode !== FORCED_OPEN ? admit(node) : null;
}

/**
 * A lease of the node's own, for when the store does not answer; null when as many as allowed are under way.
 * @param {Node} node @param {number} now @param {number} coin @returns {Admission | null}
 */
export function admitAlone(node, now, coin) {
  endAlone(node, now);
  if (node.view.state === OPEN) {
    if (now < node.view.retryAt) return null;
    halfOpen(node.view, now);
    fork(node);
  }
  if (isCounting(node.view)) return admit(node);
  const lease = grant(node.view, node.policy, now, coin % 100);
  return lease ? admit(node, lease, true) : null;
}

/** What time has ended, ends for a node alone too. @param {Node} node @param {number} now */
function endAlone(node, now) {
  if (endIfDue(node.view, node.ownPolicy, now) !== null) fork(node);
}

/**
 * A lease that came late belongs to the probe that asked and went alone. What is to be told at once, where that is over.
 * @param {Node} node @param {Admission} admission @param {number} lease @returns {import("./wire.mjs").Delta["probe"]}
 */
export function lateLease(node, admission, lease) {
  if (lease === 0) return null;
  if (admission.result) return { lease, result: OUTCOMES[admission.result.outcome], slow: admission.result.slow };
  Object.assign(admission, { lease, local: false, generation: node.generation });
  return null;
}

/**
 * Takes in what a call came to. Whether the store should hear of it at once: a trip, a probe's result, or the first
 * outcome the node has in an epoch; a failure soon, see `due`.
 * @param {Node} node @param {Admission} admission @param {Result} result @param {number} now @param {number} coin
 * @returns {{urgent: boolean, probe: import("./wire.mjs").Delta["probe"], transition: import("./breaker.mjs").Transition | null}}
 */
export function settleAt(node, admission, result, now, coin) {
  const { outcome, slow, after } = result;
  const looked = slow ? slowAt(node, admission, now, coin) : null;
  admission.result = result;
  if (admission.exempt) return { urgent: false, probe: null, transition: null };
  if (node.alone) endAlone(node, now);
  const { lease, local } = admission;
  const probe = lease && !local ? { lease, result: OUTCOMES[outcome], slow } : null;
  if (probe) node.againAt = node.refusals = 0;
  const held = !local || release(node.view, lease);
  const current = held && counts(node, admission, now);
  const heard = isFailure(outcome) ? after : 0;
  if (probe || (current && !node.alone)) node.pending.after = Math.max(node.pending.after, heard);
  if (!current) return { urgent: probe !== null || looked !== null, probe, transition: looked };
  const aged = node.policy.slowRatioBp > 0 && !admission.aged && !lease && outcome !== VOID;
  if (!node.alone && !lease) note(node.pending, outcome, aged, now);
  const first = outcome !== VOID && !node.alone && node.reported !== node.generation;
  if (first) node.reported = node.generation;
  const transition = lease
    ? settleProbe(node, now, coin, outcome, slow, heard)
    : observe(node.view, node.policy, now, coin, outcome, aged, node.alone ? heard : node.pending.after);
  if (transition) trip(node);
  return { urgent: transition !== null || probe !== null || first, probe, transition };
}

/** Whether what comes of it counts here: of this epoch, and under no forced override. @param {Node} node @param {Admission} admission @param {number} now */
function counts(node, { generation }, now) {
  return generation === node.generation && !isForced(modeInForce(node.view, node.policy, now));
}

/**
 * Looks at a call that has run for `slow_after` and is not over, or is over only now. A trip, or null.
 * @param {Node} node @param {Admission} admission @param {number} now @param {number} coin
 */
export function slowAt(node, admission, now, coin) {
  if (admission.result || admission.aged || admission.exempt || admission.lease || node.policy.slowRatioBp === 0) return null;
  admission.aged = true;
  if (!counts(node, admission, now)) return null;
  if (!node.alone) noteSlow(node.pending, now);
  const transition = observeSlow(node.view, node.policy, now, coin);
  if (transition) trip(node);
  return transition;
}

/** @param {Node} node @param {number} now @param {number} coin @param {number} outcome @param {boolean} slow @param {number} after */
function settleProbe({ view, ownPolicy }, now, coin, outcome, slow, after) {
  if (view.state !== HALF_OPEN) return null;
  tally(view, ownPolicy, outcome, slow);
  return concludeIfDue(view, ownPolicy, now, coin, after);
}

/** The view has moved by what this node saw; the delta that tells of it is the next. @param {Node} node */
function trip(node) {
  if (!node.alone) node.tripSeq = node.seq + 1;
  fork(node);
}

/** Whether a failure yet untold, or the heartbeat, is due. @param {Node} node @param {number} now */
export function due(node, now) {
  if (now < node.busyUntil) return false;
  if (node.pending.urgent && now - node.failureAt >= FAILURES_AT_MOST_EVERY_MS) return true;
  return now - node.syncAt >= heartbeat(node.policy);
}

/**
 * The next delta: all that is pending, which is pending no more. It is sent once, whatever comes of it.
 * @param {Node} node @param {number} now @param {{ask?: boolean, probe?: import("./wire.mjs").Delta["probe"]}} what
 * @returns {import("./wire.mjs").Delta}
 */
export function dispatch(node, now, { ask = false, probe = null } = {}) {
  const { window, any, head, tail, urgent, after } = node.pending;
  count(node.metrics, now, STORE_CALLS);
  const delta = {
    v: VERSION, plan: node.plan, node: node.id, seq: ++node.seq, epoch: node.epoch, w: window.width, buckets: toBuckets(window, now),
    any, head, tail, after, probe, ask, metrics: take(node.metrics, now), policy: node.policy,
  };
  if (urgent) node.failureAt = now;
  if (ask) node.askUntil = now + STORE_WAIT_MS;
  node.syncAt = now;
  if (now >= node.busyUntil) node.flights = []; // those still there were given up, or ended with their request
  node.busyUntil = now + IN_FLIGHT_AT_MOST_MS;
  node.flights.push(delta);
  node.pending = createPending(node.policy);
  return delta;
}

/**
 * The store's answer to a delta, or null when there was none. The lease it brought, or 0.
 * @param {Node} node @param {import("./wire.mjs").Delta} delta @param {unknown} answer @param {number} now
 */
export function receive(node, delta, answer, now) {
  node.flights = node.flights.filter((flight) => flight !== delta);
  if (node.flights.length === 0) node.busyUntil = 0;
  if (delta.ask) node.askUntil = 0;
  if (!isSnapshot(answer, delta.seq)) return 0;
  const snapshot = /** @type {import("./wire.mjs").Snapshot} */ (answer);
  if (snapshot.ack > node.acked) adopt(node, snapshot, now);
  if (delta.ask) heed(node, snapshot, now);
  return snapshot.lease ? snapshot.lease.id : 0;
}

/**
 * The snapshot replaces the view; what it does not hold yet is put back on top.
 * @param {Node} node @param {import("./wire.mjs").Snapshot} snapshot @param {number} now
 */
function adopt(node, snapshot, now) {
  const moved = node.alone || snapshot.epoch !== node.epoch;
  node.acked = snapshot.ack;
  if (node.alone && snapshot.epoch === node.epoch && snapshot.ack < node.tripSeq) return;
  if (snapshot.epoch !== node.epoch) node.shared = ++node.generations;
  node.epoch = snapshot.epoch;
  node.alone = false;
  load(node.view, snapshot, node.policy, now);
  if (moved) {
    node.generation = node.shared;
    node.againAt = node.refusals = 0;
    node.pending = createPending(node.policy);
    return;
  }
  for (const flight of node.flights) if (flight.seq > snapshot.ack && flight.epoch === node.epoch) addOwn(node, flight, now);
  addOwn(node, { ...node.pending, w: node.pending.window.width, buckets: toBuckets(node.pending.window, now) }, now);
}

/** @param {Node} node @param {Pick<import("./wire.mjs").Delta, "w" | "buckets" | "any" | "head" | "tail">} own @param {number} now */
function addOwn(node, own, now) {
  if (!isCounting(node.view)) return;
  const window = node.view.windows[0];
  if (window.width === own.w) addBuckets(window, now, own.buckets);
  node.view.streak = own.any ? own.tail : node.view.streak + own.head;
}

/** A refusal is heeded for longer each time; a grant ends that. @param {Node} node @param {import("./wire.mjs").Snapshot} snapshot @param {number} now */
function heed(node, snapshot, now) {
  if (snapshot.lease || snapshot.again === 0) {
    node.againAt = node.refusals = 0;
    if (snapshot.lease) node.view.grantedAt = now;
    return;
  }
  node.againAt = now + Math.min(AGAIN_MAX_MS, snapshot.again * 2 ** node.refusals);
  node.refusals = Math.min(node.refusals + 1, 5);
}

/** The view has moved by local judgement: what was admitted before no longer counts. @param {Node} node */
function fork(node) {
  node.alone = true;
  node.generation = ++node.generations;
}

/** The clock was set back: nothing of the view can be trusted. @param {Node} node */
function forget(node) {
  const fresh = createNode(node.id, node.plan, node.policy);
  const generation = node.generations + 1;
  Object.assign(node, fresh, { generation, shared: generation, generations: generation, seq: node.seq, acked: node.acked, epoch: node.epoch, metrics: node.metrics });
}

/** @param {import("./policy.mjs").Policy} policy @returns {Pending} */
function createPending(policy) {
  return { window: createWindow(widthFor(policy.windowMs)), any: false, head: 0, tail: 0, urgent: false, after: 0 };
}

/** @param {Pending} pending @param {number} outcome @param {boolean} aged @param {number} now */
function note(pending, outcome, aged, now) {
  if (aged) add(pending.window, now, AGED, 1);
  if (outcome === SUCCESS) {
    add(pending.window, now, OK, 1);
    pending.any = true;
    pending.tail = 0;
  } else if (isFailure(outcome)) {
    add(pending.window, now, outcome === SERVICE ? SVC : NET, 1);
    pending.urgent = true;
    pending.tail += 1;
    if (!pending.any) pending.head += 1;
  }
}

/** @param {Pending} pending @param {number} now */
function noteSlow(pending, now) {
  add(pending.window, now, AGED, 1);
  add(pending.window, now, SLOW, 1);
  pending.urgent = true;
}
