// The stores of a world: each with what a vector does to it, on a clock and a coin that are handed in.

import { createTable } from "../../cost/js/table.mjs";

const BREAKERS = "breakers";
const REGION = "test";
const NAME = "vector";

/** @param {(name: string) => Promise<any>} load a module of the runtime */
export async function createStores(load) {
  const { STATES, flip, tick } = await load("breaker.mjs");
  const { createLedger, sync } = await load("ledger.mjs");

  /** What a Durable Object holds. @param {() => {now: number, coin: number}} at */
  function ledger(at) {
    let held = createLedger();
    const now = () => tick(held.record, at().now);
    return {
      sync: async (delta) => sync(held, delta, at()).snapshot,
      read: async () => [STATES[held.record.state], held.record.epoch, held.record.level],
      lose: () => void (held = createLedger()),
      override: async (said, forMs) => void (held.record.override = { ...said, until: now() + forMs }),
      async release() {
        const until = now();
        if (held.record.override) held.record.override = { ...held.record.override, until };
      },
      flip: async (state, policy) => void flip(held.record, policy, now(), at().coin, state),
    };
  }
  return { ledger, dynamodb: await createItems(load) };
}

/** What a DynamoDB item holds. @param {(name: string) => Promise<any>} load */
async function createItems(load) {
  const { dynamoStore, DynamoError } = await load("stores/dynamodb.mjs");
  const key = { pk: { S: `b#${NAME}#${REGION}` }, sk: { S: "state" } };

  return function dynamodb(at) {
    let table, store;
    const lose = () => {
      table = createTable(DynamoError);
      store = dynamoStore({ table: BREAKERS, region: REGION, call: table.call, now: () => at().now, coin: () => at().coin });
    };
    lose();
    const change = (expression, values) =>
      table.call("UpdateItem", { TableName: BREAKERS, Key: key, UpdateExpression: expression, ...values });
    const read = async () => (await table.call("GetItem", { TableName: BREAKERS, Key: key, ConsistentRead: true })).Item ?? {};
    return {
      lose,
      sync: (delta) => store.sync(NAME, delta),
      async read() {
        const item = await read();
        return [item.st?.S ?? "closed", Number(item.e?.N ?? 0), Number(item.lv?.N ?? 0)];
      },
      override(said, forMs) {
        const words = Object.fromEntries(Object.entries(said).map(([name, text]) => [name, { S: text }]));
        const ov = { M: { ...words, until: { N: String(at().now + forMs) } } };
        return change("SET ov = :ov", { ExpressionAttributeValues: { ":ov": ov } });
      },
      async release() {
        const { ov } = await read();
        if (ov) await change("SET ov = :ov", { ExpressionAttributeValues: { ":ov": { M: { ...ov.M, until: { N: String(at().now) } } } } });
      },
      flip() {
        throw new Error("a person's flip is not the store's: kampkin.operate.aws");
      },
    };
  };
}
