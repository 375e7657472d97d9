/**
 * The store on Workers KV: decisions only. KV counts nothing, locks nothing, and may take a minute until other places see what
 * was written. So each node counts, judges and probes in a ledger of its own, as without a store, and the nodes tell each other
 * under one key per breaker what they came to: open, and until when, or closed.
 *
 * What it promises: a node hears of an opening at its first request, else within `readEveryMs` and as long as KV takes; at most
 * `max_probes` probes a node; a breaker that works as with `memory` while KV does not. What it does not: shared counts, one
 * transition for all, a last word: of two decisions at once either may stand.
 *
 * @typedef {object} Decision
 * @property {number} v version of this shape
 * @property {string} st `open` or `closed`
 * @property {number} ra from when on calls may be made, ms since 1970: the end of the cooldown, or when it closed
 * @property {string} why the reason of the transition
 * @property {string} node who decided
 *
 * @typedef {object} Local what a node has of one breaker
 * @property {import("../ledger.mjs").Ledger} ledger
 * @property {number} openedAt when it last opened by itself, ms
 * @property {number} readAt when the key was last read, ms
 * @property {number} toldAt when it was last written, ms
 * @property {string | null} heard what it last held: each decision is heeded once
 * @property {Decision | null} untold one that waits until KV takes another write
 */

import { CLOSED, OPEN, STATES, flip, tick } from "../breaker.mjs";
import { longestCooldown } from "../cooldown.mjs";
import { createLedger, sync } from "../ledger.mjs";
import { isForced, modeInForce } from "../overrides.mjs";
import { snapshotOf } from "../wire.mjs";
import { within } from "../within.mjs";

const VERSION = 1;
const READ_EVERY_MS = 30_000;
const READ_MS = 250; // less than a request waits for its store
const CACHE_S = 30; // the least that KV takes
const WRITE_MS = 1000; // less than a node waits for its store
const WRITE_AT_MOST_EVERY_MS = 1000; // of one key; KV answers 429 to more
const KEEP_AT_LEAST_S = 60; // the least that KV takes; also how long the last place may take to hear
const LONGEST_KEY = 512;

/**
 * @param {object} options
 * @param {any} options.namespace the binding
 * @param {() => number} options.now @param {() => number} options.coin @param {(ms: number) => import("../within.mjs").Timer<void>} options.timer
 * @param {(breaker: string, error: unknown, epoch: number) => void} options.report what KV fails with; nothing else comes of it
 * @param {number} [options.readEveryMs]
 * @returns {import("../middleware.mjs").Io["store"]}
 */
export function kvStore({ namespace, now, coin, timer, report, readEveryMs = READ_EVERY_MS }) {
  /** @type {Map<string, Local>} */
  const locals = new Map();

  /** Does it for so long, and no harm if it fails. @param {string} breaker @param {number} epoch @param {number} ms @param {() => Promise<void>} work */
  async function attempt(breaker, epoch, ms, work) {
    try {
      await within(work(), ms, timer);
    } catch (error) {
      report(breaker, error, epoch);
    }
  }

  return {
    async sync(breaker, delta) {
      let local = locals.get(breaker);
      if (!local) locals.set(breaker, (local = createLocal()));
      const { policy, node, epoch } = delta;
      const { record } = local.ledger;
      const { snapshot, transitions } = sync(local.ledger, delta, { now: now(), coin: coin() }); // before any wait: deltas come in turn
      for (const { to, at, reason: why } of transitions) {
        if (to === STATES[OPEN]) local.openedAt = at;
        if (to === STATES[OPEN] || to === STATES[CLOSED]) local.untold = { v: VERSION, st: to, ra: to === STATES[OPEN] ? record.retryAt : at, why, node };
      }
      if (isDue(local.readAt, readEveryMs, now())) {
        local.readAt = now();
        await attempt(breaker, epoch, READ_MS, async () => {
          const text = await namespace.get(await keyOf(breaker), { cacheTtl: CACHE_S });
          if (text !== null && text !== local.heard) heed(local, (local.heard = text), delta, now(), coin());
        });
      }
      if (local.untold && isDue(local.toldAt, WRITE_AT_MOST_EVERY_MS, now())) {
        const decision = JSON.stringify(local.untold);
        local.untold = null;
        local.toldAt = now();
        const expirationTtl = KEEP_AT_LEAST_S + Math.ceil(longestCooldown(policy) / 1000);
        await attempt(breaker, epoch, WRITE_MS, async () => namespace.put(await keyOf(breaker), decision, { expirationTtl }));
      }
      return record.epoch === snapshot.epoch ? snapshot : snapshotOf(record, delta, tick(record, now()));
    },
  };
}

/** @returns {Local} */
const createLocal = () => ({ ledger: createLedger(), openedAt: 0, readAt: -Infinity, toldAt: -Infinity, heard: null, untold: null });

/** Whether so long has gone by, or the clock was set back. @param {number} last @param {number} everyMs @param {number} now */
const isDue = (last, everyMs, now) => now - last >= everyMs || now < last;

/**
 * Makes another node's decision this node's own state: open until it says, or closed where that is newer than an opening of
 * this node's own; one that this node only heard of has been replaced by it.
 * @param {Local} local @param {string} text what the key holds @param {import("../wire.mjs").Delta} delta @param {number} clock @param {number} coin
 */
function heed(local, text, { node, policy }, clock, coin) {
  const told = JSON.parse(text);
  if (!isDecision(told)) throw new TypeError(`this is no decision: ${text.slice(0, 100)}`);
  const { record } = local.ledger;
  const now = tick(record, clock);
  if (told.node === node || isForced(modeInForce(record, policy, now))) return;
  const { state, level } = record;
  if (told.st === STATES[OPEN]) {
    const until = Math.min(told.ra, now + longestCooldown(policy));
    if (until <= now || (state === OPEN && until <= record.retryAt)) return;
    flip(record, policy, now, coin, OPEN);
    Object.assign(record, { retryAt: until, level, why: told.why });
    local.untold = null; // theirs holds longer
  } else if (state !== CLOSED && told.ra > local.openedAt) {
    flip(record, policy, now, coin, CLOSED);
    record.why = told.why;
  }
}

/** @param {any} d */
function isDecision(d) {
  return d !== null && typeof d === "object" && [STATES[OPEN], STATES[CLOSED]].includes(d.st) && Number.isSafeInteger(d.ra) && typeof d.why === "string" && typeof d.node === "string";
}

/** The breaker's key: its name, or the hash of one too long for KV. @param {string} breaker */
async function keyOf(breaker) {
  const bytes = new TextEncoder().encode(breaker);
  if (bytes.length <= LONGEST_KEY) return breaker;
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
