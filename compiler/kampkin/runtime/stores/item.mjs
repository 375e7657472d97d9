/**
 * The DynamoDB item of a breaker: how the record is spread over its attributes, and the updates that a delta asks for.
 *
 *     v e st at ra lv why ttl   version, epoch, state, since, retry at, level, reason of the last transition
 *     ga                        when a lease was last granted
 *     o f s l g <e>w<w>_<n>     ok, network, service, slow, aged of bucket n of width w in epoch e
 *     k<e>  h<e> x<e> a<e>      streak; half-open tallies: ok, bad, answered
 *     p0 … p9                   leases
 *     ov                        the override set at run time: a map of mode, until, owner, reason
 *     ls                        when a node last wrote
 *
 * Beside it stand its events, and for people the minutes: `m#<breaker>#<region>`, one item a minute, all nodes added up.
 */

import { CLOSED, STATES, createBreaker, createLease, windowOf } from "../breaker.mjs";
import { longestCooldown } from "../cooldown.mjs";
import { EVENTS_KEPT_MS } from "../events.mjs";
import { FORCED_CLOSED, FORCED_OPEN } from "../overrides.mjs";
import { addBuckets } from "../window.mjs";
import { VERSION } from "../wire.mjs";

/** @typedef {Record<string, {S?: string, N?: string, M?: Record<string, {S?: string, N?: string}>}>} Item */
/** @typedef {[clauses: Record<string, string[]>, names: Record<string, string>, values: Item, conditions?: string[]]} Update */
/** @typedef {Pick<Delta, "epoch" | "w" | "buckets" | "any" | "head" | "tail">} Told what a delta brings to count */
/** @typedef {import("../wire.mjs").Delta} Delta */
/** @typedef {import("../breaker.mjs").Breaker} Breaker */

/** How long an item outlives its last count or transition, s. */
export const KEEP_S = 30 * 24 * 3600;

/** How long a minute is kept for people, s. */
const MINUTE_KEEP_S = 14 * 24 * 3600;

const BUCKET_FIELDS = ["o", "f", "s", "l", "g"];
const BUCKET_NAME = /^([ofslg])(\d+)w(\d+)_(\d+)$/;
const EPOCH_NAME = /^[khxa](\d+)$/;
const LEASE_NAME = /^p(\d)$/;
const OLDEST_BUCKET = 12;
const REMOVED_AT_ONCE = 50; // keeps the expression under DynamoDB's 4 kB

/** The epoch condition: an item that was never moved has none. @param {number} epoch */
export const inEpoch = (epoch) => (epoch > 0 ? "#e = :epoch" : "attribute_not_exists(#e)");

/** @param {number} value */
export const number = (value) => ({ N: String(value) });

/** Whether this version may move the item: not one that a later version wrote. @param {Item} item */
export const isOurs = (item) => Number(item.v?.N ?? VERSION) <= VERSION && (item.st === undefined || STATES.includes(item.st.S ?? ""));

/**
 * What is told at once, and what after that: the streak is judged as it stood before the delta's first success, then as it stands
 * after its last, and setting it overwrites it.
 * @param {Delta} delta @returns {[Told, Told?]}
 */
export function inTurn(delta) {
  const { any, head, policy } = delta;
  if (!any || head === 0 || policy.consecutiveFailures === 0) return [delta];
  return [{ ...delta, any: false, tail: head }, { ...delta, buckets: [], head: 0 }];
}

/**
 * The update that adds what a delta counts.
 * @param {Told} told @param {number} now @param {string[]} gone names to remove
 * @returns {Update}
 */
export function counts({ epoch, w, buckets, any, head, tail }, now, gone) {
  const current = Math.floor(now / w);
  /** @type {string[]} */ const adds = [];
  /** @type {Record<string, string>} */ const names = { "#ttl": "ttl", "#k": `k${epoch}` };
  /** @type {Item} */ const values = { ":ttl": number(Math.floor(now / 1000) + KEEP_S), ":k": number(any ? tail : head) };
  for (const [age, ...fields] of buckets) {
    fields.forEach((count, field) => {
      if (count === 0) return;
      const placeholder = `c${adds.length}`;
      names[`#${placeholder}`] = `${BUCKET_FIELDS[field]}${epoch}w${w}_${current - age}`;
      values[`:${placeholder}`] = number(count);
      adds.push(`#${placeholder} :${placeholder}`);
    });
  }
  const sets = ["#ttl = :ttl"];
  if (any) sets.push("#k = :k");
  else adds.push("#k :k");
  gone.forEach((name, index) => (names[`#g${index}`] = name));
  return [{ ADD: adds, SET: sets, REMOVE: gone.map((_, index) => `#g${index}`) }, names, values];
}

/** The names in an item that no one counts any more: of past epochs, or too old. @param {Item} item @param {Delta} delta @param {number} now */
export function stale(item, { epoch }, now) {
  const isStale = (/** @type {string} */ name) => {
    const [, , bucketEpoch, width, n] = BUCKET_NAME.exec(name) ?? [];
    if (n !== undefined) return Number(bucketEpoch) < epoch || Number(n) < Math.floor(now / Number(width)) - OLDEST_BUCKET;
    const past = EPOCH_NAME.exec(name);
    return past !== null && Number(past[1]) < epoch;
  };
  return Object.keys(item).filter(isStale).slice(0, REMOVED_AT_ONCE);
}

/** The update that takes a probe's result while its lease is still in its slot. @param {Delta} delta @returns {Update} */
export function probeResult({ epoch, probe, policy }) {
  const { lease, result, slow } = /** @type {NonNullable<Delta["probe"]>} */ (probe);
  const good = !(slow && policy.slowRatioBp > 0) && (result === "success" || result === "answered");
  const tally = good ? (result === "success" ? "h" : "a") : "x";
  const names = { "#p": `p${lease % 10}`, "#t": `${tally}${epoch}` };
  const values = { ":u": number(lease), ":one": number(1) };
  const held = ["#p = :u"];
  if (result === "void") return freed(lease);
  if (good) return [{ ADD: ["#t :one"], REMOVE: ["#p"] }, names, values, held];
  return [{ ADD: ["#t :one"], SET: ["#a = :zero"], REMOVE: ["#p"] }, { ...names, "#a": `a${epoch}` }, { ...values, ":zero": number(0) }, held];
}

/** The update that frees a lease's slot and counts nothing. @param {number} lease @returns {Update} */
export const freed = (lease) => [{ REMOVE: ["#p"] }, { "#p": `p${lease % 10}` }, { ":u": number(lease) }, ["#p = :u"]];

/** What must hold of an item that is counted in: no later version wrote it, and no person has forced it. @param {number} now @returns {[Record<string, string>, Item, string[]]} */
export const countable = (now) => [
  { "#v": "v", "#ov": "ov", "#until": "until", "#mode": "mode" },
  { ":version": number(VERSION), ":clock": number(now), ":forcedOpen": { S: FORCED_OPEN }, ":forcedClosed": { S: FORCED_CLOSED } },
  ["(attribute_not_exists(#v) OR #v <= :version)", "(attribute_not_exists(#ov) OR #ov.#until <= :clock OR NOT #ov.#mode IN (:forcedOpen, :forcedClosed))"],
];

/** The sort key of an epoch's event. @param {number} epoch */
export const eventKey = (epoch) => `event#${String(epoch).padStart(12, "0")}`;

/** An event's attributes, beside its key. @param {import("../events.mjs").Event} event @returns {Record<string, any>} */
export function toEventItem({ id, breaker, edge, region, node, from, to, reason, numbers = {}, epoch, at, retryAt = 0 }) {
  const texts = { id, breaker, edge, region, node, from, to, reason };
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { S: text }])),
    numbers: { M: Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, number(value)])) },
    epoch: number(epoch), at: number(at), retryAt: number(retryAt), ttl: number(Math.floor((at + EVENTS_KEPT_MS) / 1000)),
  };
}

/** The update that adds a node's minute to the breaker's. @param {string} pk @param {import("../metrics.mjs").Minute} told @param {number} now */
export function minute(pk, { ago, counts, latency }, now) {
  const at = Math.floor(now / 60_000) - ago;
  const added = [...Object.entries(counts), ...latency.map(([bucket, calls]) => /** @type {[string, number]} */ ([`l${bucket}`, calls]))];
  return {
    Key: { pk: { S: pk }, sk: { S: String(at).padStart(10, "0") } },
    UpdateExpression: `ADD ${added.map((_, index) => `#c${index} :c${index}`).join(", ")} SET #ttl = :ttl`,
    ExpressionAttributeNames: { "#ttl": "ttl", ...Object.fromEntries(added.map(([name], index) => [`#c${index}`, name])) },
    ExpressionAttributeValues: { ":ttl": number(at * 60 + MINUTE_KEEP_S), ...Object.fromEntries(added.map(([, count], index) => [`:c${index}`, number(count)])) },
  };
}

/**
 * The item as the breaker's record, as far as this delta's policy reads it.
 * @param {Item} item @param {Delta} delta @param {number} now @returns {Breaker}
 */
export function toRecord(item, { policy, w }, now) {
  const record = createBreaker();
  const value = (/** @type {string} */ name) => Number(item[name]?.N ?? 0);
  record.now = now;
  record.epoch = value("e");
  record.state = Math.max(CLOSED, STATES.indexOf(item.st?.S ?? STATES[CLOSED]));
  record.why = item.why?.S ?? "";
  record.since = value("at");
  record.retryAt = Math.min(value("ra"), Math.min(record.since, now) + longestCooldown(policy));
  record.level = value("lv");
  record.streak = value(`k${record.epoch}`);
  record.ok = value(`h${record.epoch}`);
  record.bad = value(`x${record.epoch}`);
  record.answered = value(`a${record.epoch}`);
  const window = windowOf(record, policy);
  const current = Math.floor(now / window.width);
  for (const [name, { N }] of Object.entries(item)) {
    const lease = LEASE_NAME.exec(name);
    if (lease) record.leases[Number(lease[1])] = believable(Number(N), policy, now);
    const bucket = BUCKET_NAME.exec(name);
    if (!bucket || Number(bucket[2]) !== record.epoch || Number(bucket[3]) !== window.width || window.width !== w) continue;
    const counts = [0, 0, 0, 0, 0];
    counts[BUCKET_FIELDS.indexOf(bucket[1])] = Number(N);
    const n = Number(bucket[4]);
    addBuckets(window, now, [/** @type {any} */ ([current - n, ...counts])]);
  }
  record.grantedAt = Math.min(value("ga"), now);
  record.override = toOverride(item.ov?.M);
  return record;
}

/** @param {Item["ov"]["M"]} map @returns {import("../overrides.mjs").Override | null} */
function toOverride(map) {
  if (!map) return null;
  return { mode: /** @type {any} */ (map.mode?.S ?? ""), until: Number(map.until?.N ?? 0), owner: map.owner?.S ?? "", reason: map.reason?.S ?? "" };
}

/** A lease that ends further off than any can is dead: its clock was wrong. @param {number} lease @param {import("../policy.mjs").Policy} policy @param {number} now */
function believable(lease, policy, now) {
  return lease > furthestLease(policy, now) ? 0 : lease;
}

/** The furthest that a lease can end, by a clock that is ten seconds ahead. @param {import("../policy.mjs").Policy} policy @param {number} now */
export const furthestLease = (policy, now) => createLease(policy, now + 10_000, 99, 9);
