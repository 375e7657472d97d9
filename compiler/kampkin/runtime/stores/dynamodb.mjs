/**
 * The store on AWS: one item per breaker and region. Epoch and bucket are part of the attribute names, so `ADD`
 * stays on top-level names and a new epoch is the reset. One call a sync; a transition takes a second, in which
 * record and event are written together by whoever wins. There is no server clock: wall ms.
 */

import { HALF_OPEN, OPEN, STATES, concludeIfDue, createLease, endIfDue, grant, halfOpen, isCounting, isLive, tripIfDue } from "../breaker.mjs";
import { ofTransition } from "../events.mjs";
import { refusal } from "../merge.mjs";
import { isForced, modeInForce } from "../overrides.mjs";
import { VERSION, bringsCounts, isToBeJudged, snapshotOf } from "../wire.mjs";
import { KEEP_S, countable, counts, eventKey, freed, furthestLease, inEpoch, inTurn, isOurs, minute, number, probeResult, stale, toEventItem, toRecord } from "./item.mjs";

/** @typedef {import("./item.mjs").Item} Item */
/** @typedef {import("./item.mjs").Update} Update */
/** @typedef {import("./item.mjs").Told} Told */
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
  const patient = persistent(call);
  return {
    region,
    sync: (breaker, delta) => new Sync({ table, region, breaker, pk: `b#${breaker}#${region}`, seen, call: patient, now: now(), coin }, delta).run(),
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

/**
 * The call, made once more where it met a transaction under way: that alone says for sure that nothing was done.
 * @param {(operation: string, body: object) => Promise<any>} call @returns {(operation: string, body: object) => Promise<any>}
 */
const persistent = (call) => async (operation, body) => {
  try {
    return await call(operation, body);
  } catch (error) {
    if (!(error instanceof DynamoError) || !isConflict(error)) throw error;
    return call(operation, body);
  }
};

/** @param {DynamoError} error */
function isConflict({ type, body }) {
  if (type === "TransactionConflictException") return true;
  const reasons = type === "TransactionCanceledException" ? (body.CancellationReasons ?? []).map((/** @type {any} */ { Code }) => Code) : [];
  return reasons.includes("TransactionConflict") && !reasons.includes("ConditionalCheckFailed");
}

/** One delta on its way into the item. */
class Sync {
  /**
   * @param {{table: string, region: string, breaker: string, pk: string, seen: Map<string, Item>, call: (operation: string, body: object) => Promise<any>, now: number, coin: () => number}} at
   * @param {Delta} delta
   */
  constructor(at, delta) {
    this.at = at;
    this.delta = delta;
  }

  /** @returns {Promise<import("../wire.mjs").Snapshot>} */
  async run() {
    const { delta, at } = this;
    this.keepMinute();
    const [first, second] = inTurn(delta);
    let item = await this.settle(await this.tell(first), first);
    if (second && Number(item.e?.N ?? 0) === delta.epoch) item = await this.settle(await this.add(counts(second, at.now, [])), second);
    return delta.ask && isOurs(item) && !this.isForced(item) ? this.lend(item) : this.snapshot(item);
  }

  /** The item once what is due has happened. @param {Item} item @param {Told} told */
  async settle(item, told) {
    this.at.seen.set(this.at.pk, item);
    return isOurs(item) && !this.isForced(item) ? this.moveIfDue(await this.endIfDue(item), told) : item;
  }

  /** Adds what the node saw, where it may be counted; the item as it then stands. @param {Told} told @returns {Promise<Item>} */
  async tell(told) {
    const { delta, at } = this;
    const override = delta.policy.override;
    /** @type {Item | undefined} */
    let item = override && at.now < override.until && isForced(override.mode) ? await this.get() : undefined;
    const isHeld = (/** @type {Item | undefined} */ seen) => seen !== undefined && this.isForced(seen);
    if (!isHeld(item) && bringsCounts(told)) item = await this.add(counts(told, at.now, stale(at.seen.get(at.pk) ?? {}, delta, at.now)));
    if (delta.probe && !isHeld(item)) item = await this.add(probeResult(delta));
    if (delta.probe && item && isOurs(item) && isHeld(item)) item = await this.update(...freed(delta.probe.lease));
    return item ?? this.get();
  }

  /** An update that counts: not in an item of a later version, nor under a forced override, even one that this node has not heard of. @param {Update} update */
  add([clauses, names, values, conditions = []]) {
    const [freeNames, freeValues, free] = countable(this.at.now);
    return this.update(clauses, { ...names, ...freeNames }, { ...values, ...freeValues }, [...conditions, ...free]);
  }

  /** Whether a person's word keeps the item from being counted in or moved. @param {Item} item */
  isForced(item) {
    const { delta, at } = this;
    return isForced(modeInForce(toRecord(item, delta, at.now), delta.policy, at.now));
  }

  /** Adds the node's minute to the breaker's. It is for people: nothing waits for it, and where it fails nothing else does. */
  async keepMinute() {
    const { delta, at } = this;
    if (!delta.metrics) return;
    try {
      await at.call("UpdateItem", { TableName: at.table, ...minute(`m#${at.breaker}#${at.region}`, delta.metrics, at.now) });
    } catch {
      // told once, as everything is
    }
  }

  /** What time alone ends: an override, the ramp. @param {Item} item */
  async endIfDue(item) {
    const { delta, at } = this;
    const record = toRecord(item, delta, at.now);
    const epoch = record.epoch;
    const transition = endIfDue(record, delta.policy, at.now);
    return transition ? this.move(item, record, transition, epoch) : item;
  }

  /** The transition that the record calls for, if any: a trip, or the end of half-open. @param {Item} item @param {Told} told */
  async moveIfDue(item, told) {
    const { delta, at } = this;
    const record = toRecord(item, delta, at.now);
    const epoch = record.epoch;
    if (epoch !== delta.epoch) return item;
    let transition = null;
    if (isCounting(record) && isToBeJudged(told)) transition = tripIfDue(record, delta.policy, at.now, at.coin(), delta.after);
    if (record.state === HALF_OPEN) transition = concludeIfDue(record, delta.policy, at.now, at.coin(), delta.after);
    return transition ? this.move(item, record, transition, epoch) : item;
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
      const after = await this.move(item, record, transition, epoch);
      const won = after[`p${lease % 10}`]?.N === String(lease);
      return this.snapshot(after, won ? { lease } : { again: refusal(toRecord(after, delta, at.now), delta.policy, at.now) });
    }
    if (record.state !== HALF_OPEN) return this.snapshot(item);
    const slot = record.leases.slice(0, delta.policy.maxProbes).findIndex((lease) => !isLive(lease, at.now));
    if (slot < 0) return this.snapshot(item, { again: refusal(record, delta.policy, at.now) });
    const lease = createLease(delta.policy, at.now, nonce, slot);
    const after = await this.update(
      { SET: ["#p = :u", "#ga = :at"] },
      { "#p": `p${slot}`, "#st": "st", "#ga": "ga" },
      { ":u": number(lease), ":half": { S: STATES[HALF_OPEN] }, ":now": number(at.now * 1000), ":at": number(at.now), ":far": number(furthestLease(delta.policy, at.now)) },
      ["#st = :half", "(attribute_not_exists(#p) OR #p < :now OR #p > :far)"],
      epoch,
    );
    const won = after[`p${slot}`]?.N === String(lease);
    return this.snapshot(after, won ? { lease } : { again: refusal(toRecord(after, delta, at.now), delta.policy, at.now) });
  }

  /**
   * Writes a transition and its event, if the epoch is still the one it was judged in; the item as it then
   * stands, ours or the winner's.
   * @param {Item} item as it was read
   * @param {Breaker} record after the transition @param {import("../breaker.mjs").Transition} transition @param {number} epoch before it
   * @returns {Promise<Item>}
   */
  async move(item, record, transition, epoch) {
    const { at, delta } = this;
    const ended = record.override === null ? item.ov : undefined;
    const leases = record.leases.map((lease, slot) => ({ name: `p${slot}`, lease }));
    const state = {
      v: number(VERSION), e: number(record.epoch), st: { S: STATES[record.state] }, at: number(at.now), ra: number(record.retryAt), ga: number(record.grantedAt), lv: number(record.level),
      why: { S: record.why }, ttl: number(Math.floor(at.now / 1000) + KEEP_S),
      ...Object.fromEntries(leases.filter(({ lease }) => lease).map(({ name, lease }) => [name, number(lease)])),
    };
    const names = Object.keys(state);
    const gone = leases.filter(({ lease }) => !lease).map(({ name }) => name);
    if (ended) gone.push("ov");
    const event = toEventItem(ofTransition({ edge: "aws", place: at.region, breaker: at.breaker }, delta.node, transition, record));
    try {
      await at.call("TransactWriteItems", {
        TransactItems: [
          {
            Update: {
              TableName: at.table,
              Key: this.key(),
              UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")} REMOVE ${gone.map((name) => `#${name}`).join(", ")}`,
              ConditionExpression: ended ? `${inEpoch(epoch)} AND #ov = :ov` : inEpoch(epoch),
              ExpressionAttributeNames: Object.fromEntries([...names, ...gone].map((name) => [`#${name}`, name])),
              ExpressionAttributeValues: {
                ...Object.fromEntries(names.map((name) => [`:${name}`, state[/** @type {keyof typeof state} */ (name)]])),
                ...(epoch > 0 ? { ":epoch": number(epoch) } : {}),
                ...(ended ? { ":ov": ended } : {}),
              },
              ReturnValuesOnConditionCheckFailure: "ALL_OLD",
            },
          },
          { Put: { TableName: at.table, Item: { ...this.key(eventKey(record.epoch)), ...event } } }, // one winner, by the condition above; a record that was lost begins to count anew
        ],
      });
      return ended ? state : { ...state, ...(item.ov ? { ov: item.ov } : {}) };
    } catch (error) {
      if (!(error instanceof DynamoError) || error.type !== "TransactionCanceledException") throw error;
      return error.body.CancellationReasons?.[0]?.Item ?? this.get();
    }
  }

  /**
   * One conditional update; the item as it then stands, whether the condition held or not. Each brings its time along: an
   * answer that does not show it is none.
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
        UpdateExpression: Object.entries({ ...clauses, SET: [...(clauses.SET ?? []), "#ls = :ls"] }).filter(([, parts]) => parts.length > 0).map(([verb, parts]) => `${verb} ${parts.join(", ")}`).join(" "),
        ConditionExpression: [inEpoch(epoch), ...conditions].join(" AND "),
        ExpressionAttributeNames: { ...names, "#e": "e", "#ls": "ls" },
        ExpressionAttributeValues: { ...values, ":ls": number(at.now), ...(epoch > 0 ? { ":epoch": number(epoch) } : {}) },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      if (item.ls.N !== String(at.now)) throw new Error("the answer does not show what was written");
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
