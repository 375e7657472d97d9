// The memory store: each node for itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStore } from "../../compiler/kampkin/runtime/stores/memory.mjs";
import { createFleet } from "./fleet.mjs";

function createNodes(nodes) {
  const fleet = createFleet({ nodes });
  const stores = Array.from({ length: nodes }, () => memoryStore({ now: () => fleet.now, coin: () => fleet.coin }));
  fleet.store = (breaker, delta) => stores[Number(delta.node.split("/")[1])].sync(breaker, delta);
  return fleet;
}

test("a node opens, waits out its cooldown, probes and closes, as with any store", async () => {
  const fleet = createNodes(1);
  fleet.origin = () => 500;
  for (let call = 0; call < 5; call++) assert.equal((await fleet.request()).status, 500);
  assert.equal((await fleet.request()).status, 503);
  fleet.now += 1000;
  assert.equal((await fleet.request()).status, 500); // the probe
  fleet.origin = () => 200;
  fleet.now += 1999; // the second cooldown is twice as long
  assert.equal((await fleet.request()).status, 503);
  fleet.now += 1;
  for (let probe = 0; probe < 2; probe++) {
    assert.equal((await fleet.request()).status, 200);
    fleet.now += 1000;
  }
  for (let call = 0; call < 5; call++) assert.equal((await fleet.request()).status, 200);
  const told = fleet.lines.filter(({ kampkin }) => kampkin === "transition").map(({ to, epoch }) => `${epoch} ${to}`);
  assert.deepEqual(told, ["1 open", "2 half-open", "3 open", "4 half-open", "5 closed"]);
});

test("no node knows what another does", async () => {
  const fleet = createNodes(2);
  fleet.origin = () => 500;
  for (let call = 0; call < 6; call++) await fleet.request(0);
  assert.equal((await fleet.request(0)).status, 503);
  for (let call = 0; call < 5; call++) assert.equal((await fleet.request(1)).status, 500);
  assert.equal((await fleet.request(1)).status, 503);
});

test("no breaker knows what another does", async () => {
  const store = memoryStore({ now: () => 1_700_000_000_000, coin: () => 0 });
  const fleet = createFleet();
  fleet.origin = () => 500;
  await fleet.request();
  const [delta] = fleet.deltas;
  const trips = { ...delta, seq: 1, buckets: [[0, 0, 0, 5, 0, 0]], head: 5, tail: 5 };
  assert.equal((await store.sync("cart", trips)).state, "open");
  assert.equal((await store.sync("search", { ...trips, buckets: [], head: 0, tail: 0 })).state, "closed");
});
