/**
 * A DynamoDB table in memory that counts the capacity units a real one would bill: the operations, expressions and
 * errors that Kampkin's stores meet, and nothing else. An operation is carried out whole as it is called.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
 */

import { DynamoError } from "../../runtime/stores/dynamodb.mjs";
import { Expressions, Refused } from "./expressions.mjs";

const WRITE_UNIT = 1024;
const READ_UNIT = 4096;

/** What each operation may be asked for; anything else would be passed over in silence. */
const EXPRESSED = ["TableName", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ReturnValuesOnConditionCheckFailure"];
const FIELDS = {
  GetItem: ["TableName", "Key", "ConsistentRead"],
  PutItem: [...EXPRESSED, "Item"],
  UpdateItem: [...EXPRESSED, "Key", "UpdateExpression", "ReturnValues"],
  TransactWriteItems: ["TransactItems"],
  Query: [
    "TableName", "KeyConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues", "ConsistentRead", "ScanIndexForward", "Limit",
    "ExclusiveStartKey",
  ],
};

/** @typedef {import("./expressions.mjs").Item} Item */
/** @typedef {{calls: Record<string, number>, writeUnits: number, readUnits: number}} Counts */

/**
 * Tables by name, made as they are named; keys are `pk` and `sk`.
 * @param {new (type: string, body: any) => Error} Failure the class of error that the store under test looks for
 * @returns {{call: (operation: string, body: object) => Promise<any>, counts: Counts}}
 */
export function createTable(Failure = DynamoError) {
  /** @type {Map<string, Item>} */
  const items = new Map();
  /** @type {Counts} */
  const counts = { calls: {}, writeUnits: 0, readUnits: 0 };

  const fail = (/** @type {string} */ type, /** @type {string} */ message, more = {}) => {
    throw new Failure(type, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more });
  };

  /** @type {Record<string, (body: any) => any>} */
  const operations = {
    GetItem(body) {
      const item = items.get(idOf(body.TableName, body.Key));
      counts.readUnits += readUnits(item ? sizeOf(item) : 0, body.ConsistentRead);
      return item ? { Item: structuredClone(item) } : {};
    },

    PutItem(body) {
      const write = prepare(body);
      if (!write.holds) refuse(write);
      apply(write);
      return {};
    },

    UpdateItem(body) {
      const write = prepare(body);
      if (!write.holds) refuse(write);
      apply(write);
      if (body.ReturnValues === undefined || body.ReturnValues === "NONE") return {};
      if (body.ReturnValues !== "ALL_NEW") throw new Error(`not emulated: ReturnValues ${body.ReturnValues}`);
      return { Attributes: structuredClone(write.after) };
    },

    TransactWriteItems({ TransactItems: parts }) {
      const writes = parts.map((/** @type {any} */ part) => {
        const [[kind, body]] = Object.entries(part);
        if (kind !== "Put" && kind !== "Update") throw new Error(`not emulated: ${kind} in a transaction`);
        check(kind === "Put" ? "PutItem" : "UpdateItem", body);
        return prepare(body);
      });
      if (new Set(writes.map(({ id }) => id)).size < writes.length) fail("ValidationException", "a transaction writes an item once");
      if (writes.every(({ holds }) => holds)) {
        for (const write of writes) apply(write, 2);
        return {};
      }
      for (const { before } of writes) counts.writeUnits += 2 * writeUnits(before);
      const why = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
      const reasons = writes.map(({ holds, shown }) => (holds ? { Code: "None" } : { ...why, ...shown }));
      return fail("TransactionCanceledException", "Transaction cancelled", { CancellationReasons: reasons });
    },

    Query(body) {
      const expressions = new Expressions({ names: body.ExpressionAttributeNames, values: body.ExpressionAttributeValues });
      const fits = expressions.condition(body.KeyConditionExpression);
      expressions.close();
      const way = body.ScanIndexForward === false ? -1 : 1;
      const after = body.ExclusiveStartKey?.sk.S;
      const found = [...items]
        .filter(([id, item]) => id.startsWith(`${body.TableName}\n`) && fits(item) && (after === undefined || way * order(item.sk.S, after) > 0))
        .map(([, item]) => item)
        .sort((one, other) => way * order(one.sk.S, other.sk.S));
      const page = found.slice(0, body.Limit ?? found.length);
      counts.readUnits += readUnits(page.reduce((size, item) => size + sizeOf(item), 0), body.ConsistentRead);
      const last = page.length < found.length ? page.at(-1) : undefined;
      return { Items: structuredClone(page), Count: page.length, ...(last ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}) };
    },
  };

  /** One write, judged and not yet done. @param {any} body */
  function prepare(body) {
    const { TableName: table, ConditionExpression: condition, UpdateExpression: update, Item: put } = body;
    const key = put ? { pk: put.pk, sk: put.sk } : body.Key;
    const id = idOf(table, key);
    const before = items.get(id);
    const expressions = new Expressions({ names: body.ExpressionAttributeNames, values: body.ExpressionAttributeValues });
    const fits = expressions.condition(condition);
    const change = update === undefined ? () => {} : expressions.update(update);
    expressions.close();
    const holds = fits(before ?? {});
    const after = put ? structuredClone(put) : { ...key, ...before };
    if (holds) change(after);
    const shown = before && body.ReturnValuesOnConditionCheckFailure === "ALL_OLD" ? { Item: structuredClone(before) } : {};
    return { id, before, after, holds, shown };
  }

  /** @param {ReturnType<typeof prepare>} write @param {number} times 2 in a transaction */
  function apply({ id, before, after }, times = 1) {
    counts.writeUnits += times * Math.max(writeUnits(before), writeUnits(after));
    items.set(id, after);
  }

  /** A condition that does not hold is billed as a write of what is there. @param {ReturnType<typeof prepare>} write */
  function refuse({ before, shown }) {
    counts.writeUnits += writeUnits(before);
    fail("ConditionalCheckFailedException", "The conditional request failed", shown);
  }

  return {
    counts,
    async call(operation, body) {
      check(operation, body);
      counts.calls[operation] = (counts.calls[operation] ?? 0) + 1;
      try {
        return operations[operation](body);
      } catch (error) {
        if (error instanceof Refused) return fail("ValidationException", error.message);
        throw error;
      }
    },
  };
}

/** @param {string} operation @param {object} body */
function check(operation, body) {
  const fields = FIELDS[/** @type {keyof typeof FIELDS} */ (operation)];
  if (!fields) throw new Error(`not emulated: ${operation}`);
  const unknown = Object.keys(body).filter((field) => !fields.includes(field));
  if (unknown.length > 0) throw new Error(`not emulated: ${operation} with ${unknown.join(", ")}`);
}

/** @param {string} table @param {{pk: {S: string}, sk: {S: string}}} key */
const idOf = (table, { pk, sk }) => `${table}\n${pk.S}\n${sk.S}`;

/** Bytewise, as range keys are ordered. @param {string} one @param {string} other */
const order = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** @param {Item | undefined} item */
const writeUnits = (item) => Math.max(1, Math.ceil((item ? sizeOf(item) : 0) / WRITE_UNIT));

/** @param {number} size bytes @param {boolean | undefined} consistent */
const readUnits = (size, consistent) => Math.max(1, Math.ceil(size / READ_UNIT)) / (consistent ? 1 : 2);

/**
 * The bytes that an item is billed for.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 * @param {Item} item
 */
export const sizeOf = (item) => Object.entries(item).reduce((size, [name, value]) => size + Buffer.byteLength(name) + valueSize(value), 0);

/** @param {any} value @returns {number} */
function valueSize({ S, N, M, L }) {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.replace(/[^0-9]/g, "").replace(/^0+|0+$/g, "").length / 2) + (N.startsWith("-") ? 2 : 1);
  if (M !== undefined) return 3 + Object.entries(M).reduce((size, [name, inner]) => size + 1 + Buffer.byteLength(name) + valueSize(inner), 0);
  if (L !== undefined) return 3 + L.reduce((/** @type {number} */ size, /** @type {any} */ inner) => size + 1 + valueSize(inner), 0);
  return 1;
}
