// The DynamoDB store on a table in memory: what an operation that hangs or conflicts may do to the others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createTable } from "../../compiler/kampkin/cost/js/table.mjs";
import { DynamoError, dynamoStore } from "../../compiler/kampkin/runtime/stores/dynamodb.mjs";
import { POLICY } from "./fleet.mjs";

const NOW = 1_800_000_000_000;

function createDesk(between = (_operation, _body, act) => act()) {
  const table = createTable(DynamoError);
  const desk = { now: NOW, table, calls: [] };
  const call = (operation, body) => {
    desk.calls.push(operation);
    return between(operation, body, () => table.call(operation, body));
  };
  desk.store = dynamoStore({ table: "breakers", region: "here", call, now: () => desk.now, coin: () => 0 });
  let seq = 0;
  desk.sync = (says) =>
    desk.store.sync("cart", {
      v: 1, plan: "", node: "test/a", seq: ++seq, epoch: 0, w: 1000, buckets: [], any: false, head: 0, tail: 0, after: 0, probe: null, ask: false, metrics: null,
      policy: { ...POLICY, slowRatioBp: 0, slowAfterMs: 0, rampMs: 0, obeyRetryAfter: false, monitor: false, override: null }, ...says,
    });
  return desk;
}

const failures = (count) => ({ buckets: [[0, 0, 0, count, 0, 0]], head: count, tail: count });
const isMinute = (body) => body.Key?.pk.S.startsWith("m#");

test("a minute that hangs holds up neither answer nor lease", async () => {
  const desk = createDesk((_operation, body, act) => (isMinute(body) ? new Promise(() => {}) : act()));
  await desk.sync(failures(5));
  desk.now += 2000;
  const answer = await desk.sync({ epoch: 1, ask: true, metrics: { ago: 1, counts: { requests: 1 }, latency: [] } });
  assert.ok(answer.lease);
});

test("a minute that fails is nobody's failure", async () => {
  const desk = createDesk((_operation, body, act) => (isMinute(body) ? Promise.reject(new Error("throttled")) : act()));
  assert.equal((await desk.sync({ ...failures(5), metrics: { ago: 1, counts: { requests: 1 }, latency: [] } })).state, "open");
});

for (const conflict of [
  new DynamoError("TransactionConflictException", {}),
  new DynamoError("TransactionCanceledException", { CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "None" }] }),
]) {
  test(`${conflict.type} says that nothing was done: it is done again, once`, async () => {
    let met = false;
    const desk = createDesk((operation, _body, act) => {
      if (met || (operation === "TransactWriteItems") !== (conflict.type === "TransactionCanceledException")) return act();
      met = true;
      return Promise.reject(conflict);
    });
    const answer = await desk.sync(failures(5));
    assert.ok(met);
    assert.deepEqual([answer.state, answer.epoch], ["open", 1]);
  });

  test(`${conflict.type} again and again is not tried for ever`, async () => {
    const desk = createDesk((operation, _body, act) => (operation === (conflict.type === "TransactionConflictException" ? "UpdateItem" : "TransactWriteItems") ? Promise.reject(conflict) : act()));
    await desk.sync(failures(5)).catch((error) => assert.equal(error, conflict));
    assert.ok(desk.calls.length <= 4, `${desk.calls}`);
  });
}

test("the first failure is of those that are counted, not of one before the window", async () => {
  const desk = createDesk();
  await desk.sync({ ...failures(1), w: 1000 });
  desk.now += 12_000;
  await desk.sync({ ...failures(4), w: 1000 });
  const { Items } = await desk.table.call("Query", { TableName: "breakers", KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": { S: "b#cart#here" } } });
  const event = Items.find(({ sk }) => sk.S.startsWith("event#"));
  assert.ok(Number(event.numbers.M.firstFailureAgoMs.N) < 1000, event.numbers.M.firstFailureAgoMs.N);
});
