// Fifty nodes at once on each store: what a strong store promises it keeps, and KV its bound.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Storm } from "./storm.mjs";

const REQUESTS = Number(process.env.KAMPKIN_REQUESTS ?? 20_000);
const NODES = 50;
const LIMIT_MS = 120_000;
const SHARED = ["durable-object", "dynamodb"];
const HEARTBEAT_MS = 10_000;

/** Each node speaks once more, of all that it has not told. */
async function tellAll(storm) {
  for (let beat = 0; beat < 2; beat++) {
    await storm.clock.run(storm.clock.now + HEARTBEAT_MS);
    await storm.traffic(NODES, 1);
  }
  await storm.clock.run(storm.clock.now + 1000);
}

for (const store of SHARED) {
  test(`${store}: no count of fifty nodes is lost, and none is counted twice`, { timeout: LIMIT_MS }, async () => {
    const policy = { windowMs: 3_000_000, consecutiveFailures: 0, failureRatioBp: 5000, minimumRequests: 20 };
    const storm = new Storm({ store, nodes: NODES, policy });
    const came = { 200: 0, 500: 0, network: 0 };
    storm.origin = () => {
      const result = storm.dice.below(50) ? 200 : storm.dice.pick([500, "network"]);
      came[result] += 1;
      return result;
    };
    await storm.traffic(REQUESTS, 5);
    storm.origin = () => (came[200]++, 200);
    await tellAll(storm);
    const { state, epoch, buckets } = await storm.store.read();
    assert.deepEqual([state, epoch], ["closed", 0]);
    const sum = (field) => buckets.reduce((total, bucket) => total + bucket[field], 0);
    const last = storm.nodes.length; // of the last round each node has told all but its newest answer
    assert.deepEqual([sum(2), sum(3)], [came.network, came[500]]);
    assert.ok(sum(1) <= came[200] && sum(1) >= came[200] - last, `${sum(1)} of ${came[200]}`);
  });

  test(`${store}: each transition is one event, and probes keep to their limit`, { timeout: LIMIT_MS }, async () => {
    const policy = { admitBp: 10_000, maxProbes: 3, successes: 3, cooldownMs: 500, cooldownMaxMs: 500, windowMs: 10_000 };
    const storm = new Storm({ store, nodes: NODES, policy });
    const everyMs = 5;
    const phases = 8;
    for (let phase = 0; phase < phases; phase++) {
      storm.origin = phase % 2 ? () => storm.dice.pick([500, "network", 500, 500]) : () => 200;
      await storm.traffic(Math.ceil(REQUESTS / phases), everyMs);
    }
    storm.origin = () => 200;
    await storm.traffic(2000, everyMs);
    const { state, epoch, events } = await storm.store.read();
    assert.equal(state, "closed");
    const epochs = events.map((event) => event.epoch).sort((one, other) => one - other);
    assert.deepEqual(epochs, Array.from({ length: epoch }, (_, at) => at + 1));
    assert.ok(events.filter(({ to }) => to === "open").length >= phases / 2);
    assert.ok(storm.probesAtOnce >= 2 && storm.probesAtOnce <= 3, `${storm.probesAtOnce} probes at once`);
  });
}

for (const store of SHARED) {
  test(`${store}: fifty nodes under load obey a flip within one heartbeat`, { timeout: LIMIT_MS }, async (t) => {
    const [windowMs, everyMs] = [8_000, 5];
    const heartbeatMs = windowMs / 4;
    const storm = new Storm({ store, nodes: NODES, policy: { windowMs, cooldownMs: 600_000, cooldownMaxMs: 600_000 } });
    await storm.traffic(1000, everyMs);
    await storm.store.flip("open", storm.policy);
    const answers = await storm.traffic((2 * heartbeatMs) / everyMs, everyMs);
    const passed = answers.filter(({ status }) => status === 200).map(({ sent }) => sent * everyMs);
    const last = Math.max(...passed);
    t.diagnostic(`the last of ${passed.length} requests that passed began ${last} ms after the flip; a heartbeat is ${heartbeatMs} ms`);
    assert.ok(last <= heartbeatMs, `${last} ms`);
    assert.ok(answers.some(({ status }) => status === 503));
  });
}

test("kv: an opening reaches every node by its first request or within a read and KV's own delay; probes keep to the limit of each node", { timeout: LIMIT_MS }, async () => {
  const policy = { admitBp: 10_000, maxProbes: 2, cooldownMs: 200_000, cooldownMaxMs: 200_000, windowMs: 10_000 };
  const storm = new Storm({ store: "kv", nodes: NODES, policy });
  await storm.traffic(NODES, 1);
  storm.origin = () => 500;
  await storm.traffic(5, 100, [0]);
  storm.origin = () => 200;
  const readMs = 30_000;
  const kvMs = 60_000;
  await storm.traffic(REQUESTS, (readMs + kvMs + HEARTBEAT_MS) / REQUESTS);
  const after = await storm.traffic(NODES, 1);
  assert.ok(after.every(({ status }) => status === 503));
  assert.ok(storm.store.counts.puts <= 2, `${storm.store.counts.puts} writes`);
  await storm.clock.run(storm.clock.now + 200_000);
  await storm.traffic(REQUESTS, 5);
  assert.ok(storm.probesAtOnce <= policy.maxProbes * NODES);
});
