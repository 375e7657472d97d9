/**
 * The circuit breaker.
 *
 *     closed ──trip──► open ──cooldown over, a request asks──► half-open ──probes succeed──► closed
 *                       ▲                                          │
 *                       └────────────── a probe fails ─────────────┘
 *
 * Nothing here reads a clock, a random source, the network or a store: `now` (ms) and `coin` (0..9999) are
 * handed in. One record is mutated in place. A node runs it on its view, the store on the record they share.
 */

import { ANSWERED, NETWORK, SERVICE, SUCCESS, TIMEOUT, isFailure } from "./outcome.mjs";
import { cooldown } from "./cooldown.mjs";
import { evidence, judge } from "./trip.mjs";
import { NET, OK, SVC, add, clear, createWindow, widthFor } from "./window.mjs";

export const CLOSED = 0;
export const OPEN = 1;
export const HALF_OPEN = 2;

/** The states by name, for logs, events and the wire. */
export const STATES = ["closed", "open", "half-open"];

export const PASS = 0;
export const REJECT = 1;
export const PROBE = 2; // would be a probe: needs a lease first

const MAX_LEASES = 10;
const PROBE_AT_LEAST_EVERY_MS = 1000;
const LEASE_GRACE_MS = 1000;
const CLOCK_STEP_MS = 10_000;

/** @typedef {import("./policy.mjs").Policy} Policy */

/**
 * @typedef {object} Breaker
 * @property {number} epoch how many transitions there have been
 * @property {number} state CLOSED, OPEN or HALF_OPEN
 * @property {string} why the reason of the last transition
 * @property {number} since when the state was entered, ms
 * @property {number} retryAt when open: not before this does a request probe, ms
 * @property {number} level how often half-open has failed since the breaker last closed
 * @property {number} streak failures since the last success
 * @property {number} ok half-open: probes that succeeded
 * @property {number} bad half-open: probes that failed
 * @property {number} answered half-open: probes with a neutral answer since the last bad one
 * @property {number} grantedAt when the last lease was granted, ms
 * @property {number[]} leases probes under way, by slot: until (ms) x 1000 + nonce x 10 + slot, 0 when free
 * @property {import("./window.mjs").Window[]} windows the newest two bucket widths seen, newest first
 * @property {number} now the last time seen, ms
 */

/**
 * @typedef {object} Transition
 * @property {string} from @property {string} to @property {string} reason
 * @property {Record<string, number>} numbers @property {number} epoch the one it begins @property {number} at ms
 */

/** A closed breaker that has seen nothing. @returns {Breaker} */
export function createBreaker() {
  return {
    epoch: 0, state: CLOSED, why: "", since: 0, retryAt: 0, level: 0, streak: 0,
    ok: 0, bad: 0, answered: 0, grantedAt: 0, leases: new Array(MAX_LEASES).fill(0), windows: [], now: 0,
  };
}

/**
 * What to do with a request. Closed passes all; open passes none until its cooldown is over; half-open probes
 * with its share of requests, and with any request once a second has gone by without a probe.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 */
export function decide(b, policy, now, coin) {
  if (b.state === CLOSED) return PASS;
  if (b.state === OPEN) return now < b.retryAt ? REJECT : PROBE;
  return coin < policy.admitBp || now - b.grantedAt >= PROBE_AT_LEAST_EVERY_MS ? PROBE : REJECT;
}

/**
 * Takes in what a call came to; the transition it causes, or null. Half-open sees probes only.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @param {number} outcome
 * @returns {Transition | null}
 */
export function observe(b, policy, now, coin, outcome) {
  if (b.state === HALF_OPEN) return settle(b, policy, now, coin, outcome);
  if (b.state !== CLOSED || !count(b, windowOf(b, policy), now, outcome)) return null;
  return tripIfDue(b, policy, now, coin);
}

/**
 * Opens a closed breaker if an armed rule says so.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @returns {Transition | null}
 */
export function tripIfDue(b, policy, now, coin) {
  const window = windowOf(b, policy);
  const reason = judge(window, b.streak, policy, now);
  return reason && open(b, policy, now, coin, 0, reason, evidence(window, b.streak, policy, now));
}

/**
 * A probe's result: enough good ones close, bad ones open again for longer. An origin that answers every probe
 * with, say, 404 is not dead: neutral answers count half.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @param {number} outcome
 * @returns {Transition | null}
 */
export function settle(b, policy, now, coin, outcome) {
  if (outcome === SUCCESS) b.ok += 1;
  else if (outcome === ANSWERED) b.answered += 1;
  else if (isFailure(outcome)) {
    b.bad += 1;
    b.answered = 0;
  }
  return concludeIfDue(b, policy, now, coin);
}

/**
 * Ends half-open if its tallies decide; what failed is looked at first.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @returns {Transition | null}
 */
export function concludeIfDue(b, policy, now, coin) {
  const numbers = { ok: b.ok, bad: b.bad, answered: b.answered };
  if (b.bad >= policy.failures) return open(b, policy, now, coin, b.level + 1, "probe_failed", numbers);
  if (b.ok >= policy.successes || b.ok + b.answered >= 2 * policy.successes) return close(b, now, "probes_succeeded", numbers);
  return null;
}

/**
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 * @param {number} level @param {string} reason @param {Record<string, number>} numbers
 */
function open(b, policy, now, coin, level, reason, numbers) {
  const transition = enter(b, OPEN, now, reason, numbers);
  b.level = level;
  b.retryAt = now + cooldown(policy, level, coin);
  return transition;
}

/** @param {Breaker} b @param {number} now @param {string} reason @param {Record<string, number>} numbers */
function close(b, now, reason, numbers) {
  b.level = 0;
  return enter(b, CLOSED, now, reason, numbers);
}

/** From open to half-open, when the first request after the cooldown asks. @param {Breaker} b @param {number} now */
export function halfOpen(b, now) {
  return enter(b, HALF_OPEN, now, "cooldown_over", { level: b.level });
}

/**
 * Every transition begins a new epoch with an empty sample, no tallies and no leases.
 * @param {Breaker} b @param {number} state @param {number} now @param {string} reason @param {Record<string, number>} numbers
 * @returns {Transition}
 */
function enter(b, state, now, reason, numbers) {
  const from = b.state;
  b.epoch += 1;
  b.state = state;
  b.since = now;
  b.why = reason;
  b.retryAt = 0;
  b.ok = b.bad = b.answered = 0;
  b.grantedAt = 0;
  b.leases.fill(0);
  empty(b);
  return { from: STATES[from], to: STATES[state], reason, numbers, epoch: b.epoch, at: now };
}

/**
 * A lease for one probe, or 0 when as many as the policy allows are under way. A lost one runs out by itself.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} nonce 0..99
 */
export function grant(b, policy, now, nonce) {
  for (let slot = 0; slot < policy.maxProbes; slot++) {
    if (isLive(b.leases[slot], now)) continue;
    b.grantedAt = now;
    return (b.leases[slot] = createLease(policy, now, nonce, slot));
  }
  return 0;
}

/** @param {Policy} policy @param {number} now @param {number} nonce 0..99 @param {number} slot 0..9 */
export function createLease(policy, now, nonce, slot) {
  return (now + policy.probeTimeoutMs + LEASE_GRACE_MS) * 1000 + nonce * 10 + slot;
}

/** Frees the lease's slot; false when it is no longer the lease's. @param {Breaker} b @param {number} lease */
export function release(b, lease) {
  const slot = lease % 10;
  if (lease === 0 || b.leases[slot] !== lease) return false;
  b.leases[slot] = 0;
  return true;
}

/** When a lease runs out, ms. @param {number} lease */
export const leaseUntil = (lease) => Math.floor(lease / 1000);

/** @param {number} lease @param {number} now */
export const isLive = (lease, now) => lease > 0 && lease >= now * 1000;

/** Ms until the first of the leases runs out. @param {Breaker} b @param {number} now */
export function nextExpiry(b, now) {
  return b.leases.reduce((left, lease) => (isLive(lease, now) ? Math.min(left, leaseUntil(lease) - now) : left), Infinity);
}

/**
 * The window that the policy counts in. After a change of policy the old width is kept beside it, so that
 * deltas of nodes still on the old one are judged on their own.
 * @param {Breaker} b @param {Policy} policy
 */
export function windowOf(b, policy) {
  const width = widthFor(policy.windowMs);
  if (b.windows.length > 0 && b.windows[0].width === width) return b.windows[0];
  const window = b.windows.find((other) => other.width === width) ?? createWindow(width);
  b.windows = [window, ...b.windows.filter((other) => other !== window)].slice(0, 2);
  return window;
}

/** Forgets what was counted. @param {Breaker} b */
export function empty(b) {
  b.streak = 0;
  b.windows.forEach(clear);
}

/**
 * The time to reckon with: it never runs backwards, unless the clock was set back by more than ten seconds;
 * then what is ahead moves back with it and the sample, whose times mean nothing now, is dropped.
 * @param {Breaker} b @param {number} now
 */
export function tick(b, now) {
  const back = b.now - now;
  if (back > CLOCK_STEP_MS) {
    b.since -= back;
    b.retryAt -= back;
    b.grantedAt -= back;
    b.leases = b.leases.map((lease) => (lease === 0 ? 0 : lease - back * 1000));
    b.windows = [];
    b.streak = 0;
  } else if (back > 0) return b.now;
  return (b.now = now);
}

/**
 * Counts an outcome; whether it is one to judge after.
 * @param {Breaker} b @param {import("./window.mjs").Window} window @param {number} now @param {number} outcome
 */
function count(b, window, now, outcome) {
  switch (outcome) {
    case SUCCESS:
      add(window, now, OK, 1);
      b.streak = 0;
      return false;
    case SERVICE:
      add(window, now, SVC, 1);
      b.streak += 1;
      return true;
    case NETWORK:
    case TIMEOUT:
      add(window, now, NET, 1);
      b.streak += 1;
      return true;
    default:
      return false;
  }
}
