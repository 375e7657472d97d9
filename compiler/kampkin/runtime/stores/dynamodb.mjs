/**
 * The store on AWS: one item per breaker and region. Epoch and bucket are part of the attribute names, so `ADD`
 * stays on top-level names and a new epoch is the reset. One call a sync; a transition takes a second, in which
 * record and event are written together by whoever wins. There is no server clock: wall ms.
 *
 *     v e st at ra lv why ttl   version, epoch, state, since, retry at, level, reason of the last transition
 *     ga                        when a lease was last granted
 *     o f s l g <e>w<w>_<n>     ok, network, service, slow, aged of bucket n of width w in epoch e
 *     k<e>  h<e> x<e> a<e>      streak; half-open tallies: ok, bad, answered
 *     p0 … p9                   leases
 */

import { CLOSED, HALF_OPEN, OPEN, STATES, concludeIfDue, createBreaker, createLease, grant, halfOpen, isLive, tripIfDue, windowOf } from "../breaker.mjs";
import { longestCooldown } from "../cooldown.mjs";
import { refusal } from "../merge.mjs";
import { NET, SVC, addBuckets } from "../window.mjs";
import { VERSION, snapshotOf } from "../wire.mjs";

const BUCKET_FIELDS = ["o", "f", "s", "l", "g"];
const BUCKET_NAME = /^([ofslg])(\d+)w(\d+)_(\d+)$/;
const EPOCH_NAME = /^[khxa](\d+)$/;
const LEASE_NAME = /^p(\d)$/;
const OLDEST_BUCKET = 12;
const REMOVED_AT_ONCE = 50; // keeps the expression under DynamoDB's 4 kB
const KEEP_S = 30 * 24 * 3600;
const EVENT_KEEP_S = 7 * 24 * 3600;

/** @typedef {Record<string, {S?: string, N?: string}>} Item */
/** @typedef {import("../wire.mjs").Delta} Delta */
/** @typedef {import("../breaker.mjs").Breaker} Breaker */

/**
 * @param {object} options
 * @param {string} options.table @param {string} options.region where the table is, and whose breakers these are
 * @param {(operation: string, body: object) => Promise<any>} options.call one DynamoDB operation; throws `DynamoError`
 * @param {() => number} options.now @param {() => number} options.coin
 * @returns {import("../middleware.mjs").Io["store"]}
 */
export function dynamoStore({ table, region, call, now, coin }) {
  /** @type {Map<string, Item>} each breaker's item as last seen, to know which of its names are stale */
  const seen = new Map();
  return {
    sync: (breaker, delta) => new Sync({ table, pk: `b#${breaker}#${region}`, seen, call, now: now(), coin }, delta).run(),
  };
}

/** What DynamoDB answered when it did not do what was asked. */
export class DynamoError extends Error {
  /** @param {string} type @param {any} body */
  constructor(type, body) {
    super(`${type}: ${body?.message ?? body?.Message ?? ""}`);
    this.type = type;
    this.body = body;
  }
}

/** One delta on its way into the item. */
class Sync {
  /**
   * @param {{table: string, pk: string, seen: Map<string, Item>, call: (operation: string, body: object) => Promise<any>, now: number, coin: () => number}} at
   * @param {Delta} delta
   */
  constructor(at, delta) {
    this.at = at;
    this.delta = delta;
  }

  /** @returns {Promise<import("../wire.mjs").Snapshot>} */
  async run() {
    const { delta, at } = this;
    let item = await this.tell();
    at.seen.set(at.pk, item);
    if (!isOurs(item)) return this.snapshot(item);
    item = await this.moveIfDue(item);
    return delta.ask ? this.lend(item) : this.snapshot(item);
  }

  /** Adds what the node saw; the item as it then stands. @returns {Promise<Item>} */
  async tell() {
    const { delta, at } = this;
    if (delta.probe) return this.update(...probeResult(delta));
    if (delta.buckets.length > 0) return this.update(...counts(delta, at.now, stale(at.seen.get(at.pk) ?? {}, delta, at.now)));
    return this.get();
  }

  /** The transition that the record calls for, if any: a trip, or the end of half-open. @param {Item} item */
  async moveIfDue(item) {
    const { delta, at } = this;
    const record = toRecord(item, delta, at.now);
    const epoch = record.epoch;
    const failed = epoch === delta.epoch && delta.buckets.some((bucket) => bucket[1 + NET] + bucket[1 + SVC] > 0);
    let transition = null;
    if (record.state === CLOSED && failed) transition = tripIfDue(record, delta.policy, at.now, at.coin());
    if (record.state === HALF_OPEN) transition = concludeIfDue(record, delta.policy, at.now, at.coin());
    return transition ? this.move(record, transition, epoch) : item;
  }

  /** A probe's lease: the move to half-open brings the first, a free slot any other. @param {Item} item */
  async lend(item) {
    const { delta, at } = this;
    const record = toRecord(item, delta, at.now);
    const epoch = record.epoch;
    const nonce = at.coin() % 100;
    if (record.state === OPEN && at.now >= record.retryAt) {
      const transition = halfOpen(record, at.now);
      const lease = grant(record, delta.policy, at.now, nonce);
      const after = await this.move(record, transition, epoch);
      const won = after[`p${lease % 10}`]?.N === String(lease);
      return this.snapshot(after, won ? { lease } : { again: refusal(toRecord(after, delta, at.now), at.now) });
    }
    if (record.state !== HALF_OPEN) return this.snapshot(item);
    const slot = record.leases.slice(0, delta.policy.maxProbes).findIndex((lease) => !isLive(lease, at.now));
    if (slot < 0) return this.snapshot(item, { again: refusal(record, at.now) });
    const lease = createLease(delta.policy, at.now, nonce, slot);
    const after = await this.update(
      { SET: ["#p = :u", "#ga = :at"] },
      { "#p": `p${slot}`, "#st": "st", "#ga": "ga" },
      { ":u": number(lease), ":half": { S: STATES[HALF_OPEN] }, ":now": number(at.now * 1000), ":at": number(at.now) },
      ["#st = :half", "(attribute_not_exists(#p) OR #p < :now)"],
      epoch,
    );
    const won = after[`p${slot}`]?.N === String(lease);
    return this.snapshot(after, won ? { lease } : { again: refusal(toRecord(after, delta, at.now), at.now) });
  }

  /**
   * Writes a transition and its event, if the epoch is still the one it was judged in; the item as it then
   * stands, ours or the winner's.
   * @param {Breaker} record after the transition @param {import("../breaker.mjs").Transition} transition @param {number} epoch before it
   * @returns {Promise<Item>}
   */
  async move(record, transition, epoch) {
    const { at, delta } = this;
    const leases = record.leases.map((lease, slot) => ({ name: `p${slot}`, lease }));
    const state = {
      v: number(VERSION), e: number(record.epoch), st: { S: STATES[record.state] }, at: number(at.now), ra: number(record.retryAt), ga: number(record.grantedAt), lv: number(record.level),
      why: { S: record.why }, ttl: number(Math.floor(at.now / 1000) + KEEP_S),
      ...Object.fromEntries(leases.filter(({ lease }) => lease).map(({ name, lease }) => [name, number(lease)])),
    };
    const names = Object.keys(state);
    const free = leases.filter(({ lease }) => !lease).map(({ name }) => name);
    const event = {
      ...this.key(`event#${String(record.epoch).padStart(12, "0")}`), from: { S: transition.from }, to: { S: transition.to }, reason: { S: transition.reason },
      numbers: { M: Object.fromEntries(Object.entries(transition.numbers).map(([name, value]) => [name, number(value)])) }, epoch: number(record.epoch),
      edge: { S: "aws" }, region: { S: delta.node.split("/")[0] }, node: { S: delta.node }, at: number(at.now), ttl: number(Math.floor(at.now / 1000) + EVENT_KEEP_S),
    };
    try {
      await at.call("TransactWriteItems", {
        TransactItems: [
          {
            Update: {
              TableName: at.table,
              Key: this.key(),
              UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")} REMOVE ${free.map((name) => `#${name}`).join(", ")}`,
              ConditionExpression: inEpoch(epoch),
              ExpressionAttributeNames: Object.fromEntries([...names, ...free].map((name) => [`#${name}`, name])),
              ExpressionAttributeValues: {
                ...Object.fromEntries(names.map((name) => [`:${name}`, state[/** @type {keyof typeof state} */ (name)]])),
                ...(epoch > 0 ? { ":epoch": number(epoch) } : {}),
              },
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            },
          },
          { Put: { TableName: at.table, Item: event, ConditionExpression: "attribute_not_exists(pk)" } },
        ],
      });
      return state;
    } catch (error) {
      if (!(error instanceof DynamoError) || error.type !== "TransactionCanceledException") throw error;
      return error.body.CancellationReasons?.[0]?.Item ?? this.get();
    }
  }

  /**
   * One conditional update; the item as it then stands, whether the condition held or not.
   * @param {Record<string, string[]>} clauses @param {Record<string, string>} names @param {Item} values @param {string[]} conditions beside the epoch's
   * @param {number} epoch an ask is of no epoch: it is served on the record as it stands
   * @returns {Promise<Item>}
   */
  async update(clauses, names, values, conditions = [], epoch = this.delta.epoch) {
    const { at } = this;
    try {
      const { Attributes: item } = await at.call("UpdateItem", {
        TableName: at.table,
        Key: this.key(),
        UpdateExpression: Object.entries(clauses).filter(([, parts]) => parts.length > 0).map(([verb, parts]) => `${verb} ${parts.join(", ")}`).join(" "),
        ConditionExpression: [inEpoch(epoch), ...conditions].join(" AND "),
        ExpressionAttributeNames: { ...names, "#e": "e" },
        ExpressionAttributeValues: { ...values, ...(epoch > 0 ? { ":epoch": number(epoch) } : {}) },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return item;
    } catch (error) {
      if (!(error instanceof DynamoError) || error.type !== "ConditionalCheckFailedException") throw error;
      return error.body.Item ?? {};
    }
  }

  /** @returns {Promise<Item>} */
  async get() {
    const { Item: item = {} } = await this.at.call("GetItem", { TableName: this.at.table, Key: this.key(), ConsistentRead: true });
    return item;
  }

  key(sk = "state") {
    return { pk: { S: this.at.pk }, sk: { S: sk } };
  }

  /** @param {Item} item @param {{lease?: number, again?: number}} grant */
  snapshot(item, grant = {}) {
    return snapshotOf(toRecord(item, this.delta, this.at.now), this.delta, this.at.now, grant);
  }
}

/** The epoch condition: an item that was never moved has none. @param {number} epoch */
const inEpoch = (epoch) => (epoch > 0 ? "#e = :epoch" : "attribute_not_exists(#e)");

/** @param {number} value */
const number = (value) => ({ N: String(value) });

/** Whether this version may move the item: not one that a later version wrote. @param {Item} item */
const isOurs = (item) => Number(item.v?.N ?? VERSION) <= VERSION && (item.st === undefined || STATES.includes(item.st.S ?? ""));

/**
 * The update that adds a delta's counts. `head` was judged by the node's own view as it happened, since setting
 * the streak overwrites it.
 * @param {Delta} delta @param {number} now @param {string[]} gone names to remove
 * @returns {[Record<string, string[]>, Record<string, string>, Item]}
 */
function counts(delta, now, gone) {
  const { epoch, w, buckets, any, head, tail } = delta;
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
function stale(item, { epoch }, now) {
  const isStale = (/** @type {string} */ name) => {
    const [, , bucketEpoch, width, n] = BUCKET_NAME.exec(name) ?? [];
    if (n !== undefined) return Number(bucketEpoch) < epoch || Number(n) < Math.floor(now / Number(width)) - OLDEST_BUCKET;
    const past = EPOCH_NAME.exec(name);
    return past !== null && Number(past[1]) < epoch;
  };
  return Object.keys(item).filter(isStale).slice(0, REMOVED_AT_ONCE);
}

/** The update that takes a probe's result while its lease is still in its slot. @param {Delta} delta @returns {[Record<string, string[]>, Record<string, string>, Item, string[]]} */
function probeResult({ epoch, probe }) {
  const { lease, result } = /** @type {{lease: number, result: string}} */ (probe);
  const names = { "#p": `p${lease % 10}`, "#t": `${{ success: "h", answered: "a" }[result] ?? "x"}${epoch}` };
  const values = { ":u": number(lease), ":one": number(1) };
  const held = ["#p = :u"];
  if (result === "void") return [{ REMOVE: ["#p"] }, { "#p": names["#p"] }, { ":u": values[":u"] }, held];
  if (result === "success" || result === "answered") return [{ ADD: ["#t :one"], REMOVE: ["#p"] }, names, values, held];
  return [{ ADD: ["#t :one"], SET: ["#a = :zero"], REMOVE: ["#p"] }, { ...names, "#a": `a${epoch}` }, { ...values, ":zero": number(0) }, held];
}

/**
 * The item as the breaker's record, as far as this delta's policy reads it.
 * @param {Item} item @param {Delta} delta @param {number} now @returns {Breaker}
 */
function toRecord(item, { policy, w }, now) {
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
    const age = n > current + 1 ? 0 : current - n;
    addBuckets(window, now, [/** @type {any} */ ([age, ...counts])]);
  }
  record.grantedAt = Math.min(value("ga"), now);
  return record;
}

/** A lease that ends further off than any can is dead: its clock was wrong. @param {number} lease @param {import("../policy.mjs").Policy} policy @param {number} now */
function believable(lease, policy, now) {
  return lease > createLease(policy, now + 10_000, 99, 9) ? 0 : lease;
}
