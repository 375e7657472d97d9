// What a node counts for people: through the middleware, as a store hears of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { toDataPoint } from "../../compiler/kampkin/runtime/analytics.mjs";
import { FIELDS, addMinutes, bucketOf, isMinute, msOf, quantile } from "../../compiler/kampkin/runtime/metrics.mjs";
import { createFleet } from "./fleet.mjs";

const MINUTE = 60_000;

/** All minutes that the store was told of, added up. */
const told = (fleet) => fleet.deltas.flatMap(({ metrics }) => (metrics ? [metrics] : [])).reduce(addMinutes, { counts: {}, latency: [] });

/** A request late enough for the minute before to be told. */
async function nextMinute(fleet) {
  fleet.now = (Math.floor(fleet.now / MINUTE) + 1) * MINUTE + 1;
  await fleet.request();
}

test("a minute is told once, by the first delta after it, and says how long ago it was", async () => {
  const fleet = createFleet();
  for (let call = 0; call < 3; call++) await fleet.request();
  assert.ok(fleet.deltas.every(({ metrics }) => metrics === null));
  fleet.now += 2 * MINUTE;
  await fleet.request();
  const [minute, ...more] = fleet.deltas.flatMap(({ metrics }) => (metrics ? [metrics] : []));
  assert.deepEqual(more, []);
  assert.equal(minute.ago, 2);
  assert.equal(minute.counts.requests, 3);
  assert.equal(minute.counts.success, 3);
  await nextMinute(fleet);
  assert.equal(told(fleet).counts.requests, 4);
});

test("outcomes are counted by kind, rejections by state, and the store's calls", async () => {
  const fleet = createFleet({ endpoint: { fallback: [{ kind: "answer", when: ["open"], status: 200, headers: [], body: "resting", encoding: "utf8" }] } });
  for (const result of [200, 404, 503, "timeout", "network", "void", 500, 500]) {
    fleet.origin = () => result;
    await fleet.request();
  }
  for (let call = 0; call < 4; call++) await fleet.request();
  const { length } = fleet.deltas;
  await nextMinute(fleet);
  const { counts } = told(fleet);
  assert.deepEqual(counts, {
    requests: 12, success: 1, answered: 1, service: 3, timeout: 1, network: 1, void: 1, rejectsOpen: 4, fallbacks: 4, storeCalls: length,
  });
});

test("probes, and rejections beside them, are counted", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 1 } });
  fleet.origin = () => 500;
  await fleet.request();
  fleet.now += 2000;
  await fleet.request();
  await nextMinute(fleet);
  const { counts } = told(fleet);
  assert.equal(counts.probes, 1);
  assert.equal(counts.service, 2);
});

test("what a breaker that only monitors would have rejected is counted, and was passed", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 1, monitor: true } });
  fleet.origin = () => 500;
  for (let call = 0; call < 4; call++) await fleet.request();
  await nextMinute(fleet);
  const { counts } = told(fleet);
  assert.deepEqual([counts.wouldReject, counts.requests, counts.rejectsOpen], [3, 4, undefined]);
});

test("a forced-open breaker's rejections have their own count", async () => {
  const fleet = createFleet({ policy: { override: { mode: "forced-open", until: 1_800_000_000_000, owner: "dana", reason: "a move" } } });
  for (let call = 0; call < 3; call++) await fleet.request();
  await nextMinute(fleet);
  assert.deepEqual([told(fleet).counts.rejectsForced, told(fleet).counts.requests], [3, 3]);
});

test("a delta that the store did not hear took its minute with it", async () => {
  const fleet = createFleet();
  await fleet.request();
  fleet.store = async () => {
    throw new Error("down");
  };
  await nextMinute(fleet);
  fleet.store = fleet.shared;
  await nextMinute(fleet);
  assert.equal(told(fleet).counts.requests, 1);
});

test("a latency is read within 5 % of what it was, up to five minutes", () => {
  for (let ms = 0; ms <= 300_000; ms += ms < 3000 ? 1 : 97) assert.ok(Math.abs(msOf(bucketOf(ms)) - ms) <= ms * 0.05, `${ms} ms`);
  assert.equal(bucketOf(10 ** 9), bucketOf(299_999_999));
});

test("what is no minute is told apart", () => {
  const minute = { ago: 0, counts: { requests: 1 }, latency: [[3, 1]] };
  assert.ok(isMinute(minute));
  for (const wrong of [{ ago: -1 }, { counts: null }, { counts: { requests: 1.5 } }, { counts: { "a b": 1 } }, { latency: [[3]] }, { latency: {} }]) {
    assert.ok(!isMinute({ ...minute, ...wrong }), JSON.stringify(wrong));
  }
});

test("quantiles of a minute are within 5 % of the calls' own", () => {
  const calls = Array.from({ length: 1000 }, (_, call) => (call * call) % 2003);
  const latency = calls.map((ms) => ({ counts: {}, latency: [[bucketOf(ms), 1]] })).reduce(addMinutes, { counts: {}, latency: [] }).latency;
  const sorted = calls.sort((one, other) => one - other);
  for (const share of [0.5, 0.9, 0.99]) {
    const own = sorted[Math.ceil(sorted.length * share) - 1];
    assert.ok(Math.abs(quantile(latency, share) - own) <= own * 0.05, `p${share * 100}: ${quantile(latency, share)} for ${own}`);
  }
  assert.equal(quantile([], 0.5), 0);
});

test("a data point holds what the dataset's columns are said to", () => {
  const minute = { ago: 1, counts: { requests: 7, timeout: 2 }, latency: [[bucketOf(100), 7]] };
  const { indexes, blobs, doubles } = toDataPoint("cart", minute, { node: "AMS/1", plan: "sha256:x", now: 10 * MINUTE + 5 });
  assert.deepEqual([indexes, blobs], [["cart"], ["cart", "AMS", "sha256:x"]]);
  assert.equal(doubles.length, 20);
  assert.deepEqual([doubles[0], doubles[1], doubles[FIELDS.indexOf("timeout") + 1]], [9, 7, 2]);
  assert.ok(doubles.slice(-3).every((ms) => Math.abs(ms - 100) <= 5));
});

test("a dataset that refuses a minute is a fault, and the store still hears", async () => {
  const fleet = createFleet();
  fleet.minute = () => {
    throw new Error("full");
  };
  await fleet.request();
  await nextMinute(fleet);
  assert.equal(told(fleet).counts.requests, 1);
  assert.ok(fleet.lines.some(({ kampkin, error }) => kampkin === "fault" && error === "Error: full"));
});
