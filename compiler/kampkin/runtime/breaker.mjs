/**
 * The circuit breaker.
 *
 *     closed ──trip──► open ──cooldown over, a request asks──► half-open ──probes succeed──► ramp ──over──► closed
 *                       ▲                                          │                          │
 *                       └────────────── a probe fails ─────────────┴───────────trip───────────┘
 *
 * Nothing here reads a clock, a random source, the network or a store: `now` (ms) and `coin` (0..9999) are
 * handed in. One record is mutated in place. A node runs it on its view, the store on the record they share.
 */

import { NETWORK, SERVICE, SUCCESS, TIMEOUT, VOID, isFailure } from "./outcome.mjs";
import { cooldown, longestCooldown } from "./cooldown.mjs";
import { FORCED_CLOSED, FORCED_OPEN, isMonitoring, modeEnded, modeInForce } from "./overrides.mjs";
import { evidence, judge } from "./trip.mjs";
import { AGED, NET, OK, SLOW, SVC, add, clear, createWindow, widthFor } from "./window.mjs";

export const CLOSED = 0;
export const OPEN = 1;
export const HALF_OPEN = 2;
export const RAMP = 3; // healed: lets a growing share of requests through, until it closes

/** The states by name, for logs, events and the wire. */
export const STATES = ["closed", "open", "half-open", "ramp"];

export const PASS = 0;
export const REJECT = 1;
export const PROBE = 2; // would be a probe: needs a lease first
export const EXEMPT = 3; // passes, and what comes of it is not counted
export const WOULD_REJECT = 4; // passes likewise, since the breaker only monitors

const MAX_LEASES = 10;
const PROBE_AT_LEAST_EVERY_MS = 1000;
const LEASE_GRACE_MS = 1000;
const CLOCK_STEP_MS = 10_000;
const BP = 10_000;

/** @typedef {import("./policy.mjs").Policy} Policy */

/**
 * @typedef {object} Breaker
 * @property {number} epoch how many transitions there have been
 * @property {number} state CLOSED, OPEN, HALF_OPEN or RAMP
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
 * @property {import("./overrides.mjs").Override | null} override set at run time
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
    ok: 0, bad: 0, answered: 0, grantedAt: 0, leases: new Array(MAX_LEASES).fill(0), override: null, windows: [], now: 0,
  };
}

/**
 * What to do with a request. A person's word comes first; a breaker that only monitors rejects nothing.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 */
export function decide(b, policy, now, coin) {
  const mode = modeInForce(b, policy, now);
  if (mode === FORCED_OPEN) return REJECT;
  if (mode === FORCED_CLOSED) return EXEMPT;
  const verdict = byState(b, policy, now, coin);
  return verdict === REJECT && isMonitoring(b, policy, now) ? WOULD_REJECT : verdict;
}

/**
 * Closed passes all; open passes none until its cooldown is over; half-open probes with its share of requests, and with
 * any request once a second has gone by without a probe; the ramp passes more and more. Where a person's word has just
 * ended, forced-open reads as a cooldown that is over, forced-closed as closed.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 */
function byState(b, policy, now, coin) {
  const ended = modeEnded(b, policy, now);
  if (ended !== null) return ended === FORCED_OPEN ? PROBE : PASS;
  switch (b.state) {
    case OPEN:
      return now < b.retryAt ? REJECT : PROBE;
    case HALF_OPEN:
      return coin < policy.admitBp || now - b.grantedAt >= PROBE_AT_LEAST_EVERY_MS ? PROBE : REJECT;
    case RAMP:
      return coin < rampShare(policy, now - b.since) ? PASS : REJECT;
    default:
      return PASS;
  }
}

/** The share of requests that the ramp lets through, basis points. @param {Policy} policy @param {number} sinceMs */
function rampShare(policy, sinceMs) {
  if (sinceMs >= policy.rampMs) return BP;
  return policy.admitBp + Math.floor(((BP - policy.admitBp) * Math.max(0, sinceMs)) / policy.rampMs);
}

/**
 * Takes in what a call came to, a call that was no probe; the transition it causes, or null.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @param {number} outcome
 * @param {boolean} aged whether it is now looked at for the slow rule, and was in time
 * @param {number} after what the origin said in `Retry-After`, ms
 * @returns {Transition | null}
 */
export function observe(b, policy, now, coin, outcome, aged = false, after = 0) {
  if (!isCounting(b) || outcome === VOID) return null;
  const window = windowOf(b, policy);
  if (aged) add(window, now, AGED, 1);
  return count(b, window, now, outcome) ? tripIfDue(b, policy, now, coin, after) : null;
}

/**
 * Looks at a call that has run for `slow_after`: it counts as slow then, so that a hang is seen while it hangs.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @returns {Transition | null}
 */
export function observeSlow(b, policy, now, coin) {
  if (!isCounting(b)) return null;
  const window = windowOf(b, policy);
  add(window, now, AGED, 1);
  add(window, now, SLOW, 1);
  return tripIfDue(b, policy, now, coin, 0);
}

/** Whether calls are counted and may trip it: closed, and on the ramp. @param {Breaker} b */
export const isCounting = (b) => b.state === CLOSED || b.state === RAMP;

/**
 * Opens if an armed rule says so; from the ramp for longer, since the service was thought to have healed.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @param {number} after
 * @returns {Transition | null}
 */
export function tripIfDue(b, policy, now, coin, after) {
  const window = windowOf(b, policy);
  const reason = judge(window, b.streak, policy, now);
  if (reason === null) return null;
  return open(b, policy, now, coin, b.state === RAMP ? b.level + 1 : 0, after, reason, evidence(window, b.streak, policy, now));
}

/**
 * Takes in a probe's result. A slow one is bad where slow calls trip. An origin that answers every probe with, say, 404 is
 * not dead: neutral answers count half.
 * @param {Breaker} b @param {Policy} policy @param {number} outcome @param {boolean} slow
 */
export function tally(b, policy, outcome, slow) {
  if (outcome === VOID) return;
  if (isFailure(outcome) || (slow && policy.slowRatioBp > 0)) {
    b.bad += 1;
    b.answered = 0;
  } else if (outcome === SUCCESS) b.ok += 1;
  else b.answered += 1;
}

/**
 * Ends half-open if its tallies decide: enough good ones, or bad ones, which are looked at first and open it for longer.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin @param {number} after
 * @returns {Transition | null}
 */
export function concludeIfDue(b, policy, now, coin, after) {
  const numbers = { ok: b.ok, bad: b.bad, answered: b.answered };
  if (b.bad >= policy.failures) return open(b, policy, now, coin, b.level + 1, after, "probe_failed", numbers);
  if (b.ok < policy.successes && b.ok + b.answered < 2 * policy.successes) return null;
  return policy.rampMs > 0 ? enter(b, RAMP, now, "probes_succeeded", numbers) : close(b, now, "probes_succeeded", numbers);
}

/**
 * What time alone ends, looked at whenever a node speaks to the store: a person's word, and the ramp.
 * @param {Breaker} b @param {Policy} policy @param {number} now @returns {Transition | null}
 */
export function endIfDue(b, policy, now) {
  const ended = modeEnded(b, policy, now);
  dropOverrideIfOver(b, now);
  if (ended === FORCED_OPEN) return enter(b, HALF_OPEN, now, "override_ended", { level: b.level });
  if (ended === FORCED_CLOSED) return close(b, now, "override_ended", { level: b.level });
  return b.state === RAMP && now - b.since >= policy.rampMs ? close(b, now, "ramp_over", { level: b.level }) : null;
}

/**
 * Moves it by hand, into its own state too: open for a first cooldown, half-open without probes, or closed. An override that is
 * over goes with it: its end, of which nobody has heard yet, would undo what a person has said since.
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 * @param {number} state OPEN, HALF_OPEN or CLOSED
 */
export function flip(b, policy, now, coin, state) {
  dropOverrideIfOver(b, now);
  const numbers = { level: b.level };
  if (state === OPEN) return open(b, policy, now, coin, 0, 0, "manual", numbers);
  return state === CLOSED ? close(b, now, "manual", numbers) : enter(b, HALF_OPEN, now, "manual", numbers);
}

/** @param {Breaker} b @param {number} now */
function dropOverrideIfOver(b, now) {
  if (b.override !== null && now >= b.override.until) b.override = null;
}

/**
 * When an open breaker may probe: at its own time, but no later than the policy at hand could have put it, which may be
 * newer than the one it tripped by, or come after a clock gone wrong.
 * @param {Breaker} b @param {Policy} policy
 */
export function retryAtUnder(b, policy) {
  return Math.min(b.retryAt, b.since + longestCooldown(policy));
}

/** From open to half-open, when the first request after the cooldown asks. @param {Breaker} b @param {number} now */
export function halfOpen(b, now) {
  return enter(b, HALF_OPEN, now, "cooldown_over", { level: b.level });
}

/**
 * @param {Breaker} b @param {Policy} policy @param {number} now @param {number} coin
 * @param {number} level @param {number} after @param {string} reason @param {Record<string, number>} numbers
 */
function open(b, policy, now, coin, level, after, reason, numbers) {
  const transition = enter(b, OPEN, now, reason, numbers);
  b.level = level;
  b.retryAt = now + cooldown(policy, level, coin, after);
  return transition;
}

/** @param {Breaker} b @param {number} now @param {string} reason @param {Record<string, number>} numbers */
function close(b, now, reason, numbers) {
  b.level = 0;
  return enter(b, CLOSED, now, reason, numbers);
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
  const newest = b.windows[0];
  if (newest !== undefined && newest.windowMs === policy.windowMs) return newest;
  const width = widthFor(policy.windowMs);
  const window = b.windows.find((other) => other.width === width) ?? createWindow(width);
  window.windowMs = policy.windowMs;
  if (window !== newest) b.windows = [window, ...b.windows.filter((other) => other !== window)].slice(0, 2);
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
  if (wasSetBack(b, now)) {
    b.since -= back;
    b.retryAt -= back;
    b.grantedAt -= back;
    b.leases = b.leases.map((lease) => (lease === 0 ? 0 : lease - back * 1000));
    if (b.override !== null) b.override = { ...b.override, until: b.override.until - back };
    b.windows = [];
    b.streak = 0;
  } else if (back > 0) return b.now;
  return (b.now = now);
}

/** Whether the clock shows a time so long gone that it must have been set. @param {Breaker} b @param {number} now */
export const wasSetBack = (b, now) => b.now - now > CLOCK_STEP_MS;

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
