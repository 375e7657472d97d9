// The KV store between several nodes, on a clock of the test's own and a KV that other places read late.

import assert from "node:assert/strict";
import { test } from "node:test";
import { kvStore } from "../../compiler/kampkin/runtime/stores/kv.mjs";
import { createFleet } from "./fleet.mjs";

const LONG = { cooldownMs: 120_000, cooldownMaxMs: 120_000, consecutiveFailures: 3 };
const KEY = "cart";

/** A KV as Cloudflare describes it: a place reads its own writes at once and others' after `lagMs`, keeps what it read for `cacheTtl`. */
function createKv(clock, lagMs = 20_000) {
  const writes = [];
  const caches = [];
  const kv = {
    reads: 0,
    writes,
    forget: () => caches.forEach((cache) => cache.clear()),
    place(name) {
      const cache = new Map();
      caches.push(cache);
      return {
        async get(key, { cacheTtl }) {
          assert.ok(cacheTtl >= 30 && Buffer.byteLength(key) <= 512);
          kv.reads += 1;
          const cached = cache.get(key);
          if (cached && clock() < cached.until) return cached.value;
          const seen = writes.filter((write) => write.key === key && (write.place === name || clock() - write.at >= lagMs));
          const value = seen.at(-1)?.value ?? null;
          cache.set(key, { value, until: clock() + cacheTtl * 1000 });
          return value;
        },
        async put(key, value, { expirationTtl }) {
          assert.ok(expirationTtl >= 60 && Buffer.byteLength(key) <= 512);
          const last = writes.filter((write) => write.key === key).at(-1);
          if (last && clock() - last.at < 1000) throw new Error("KV PUT failed: 429 Too Many Requests");
          cache.delete(key);
          writes.push({ key, value, place: name, at: clock(), keptS: expirationTtl });
        },
      };
    },
    /** Somebody else's decision. */
    says(decision, at = clock() - lagMs) {
      writes.push({ key: KEY, value: typeof decision === "string" ? decision : JSON.stringify({ v: 1, why: "consecutive_failures", node: "else/where", ...decision }), place: "else", at });
    },
    get told() {
      return writes.map(({ value }) => JSON.parse(value));
    },
  };
  return kv;
}

/** A fleet whose nodes have a KV store each. */
function createPlaces({ policy = LONG, nodes = 2, lagMs, wrap = (namespace) => namespace, timer = () => ({ promise: new Promise(() => {}), cancel() {} }), ...options } = {}) {
  const fleet = createFleet({ policy, nodes, ...options });
  const kv = createKv(() => fleet.now, lagMs);
  const reports = [];
  const stores = new Map();
  fleet.store = async (breaker, delta) => {
    if (!stores.has(delta.node)) {
      const namespace = wrap(kv.place(delta.node));
      stores.set(delta.node, kvStore({ namespace, now: () => fleet.now, coin: () => fleet.coin, timer, report: (breaker, error, epoch) => reports.push(`${breaker} ${epoch} ${error}`) }));
    }
    return stores.get(delta.node).sync(breaker, delta);
  };
  return { fleet, kv, reports };
}

const transitions = ({ lines }) => lines.filter(({ kampkin }) => kampkin === "transition").map(({ to }) => to);

async function trip(fleet, node = 0) {
  fleet.origin = () => 500;
  for (let call = 0; call < fleet.policy.consecutiveFailures; call++) await fleet.request(node);
  assert.equal((await fleet.request(node)).status, 503);
  fleet.origin = () => 200;
}

/** Requests to a node, a second apart, until one is answered so; how long it took, ms. */
async function until(fleet, node, status, limitMs = 300_000) {
  const began = fleet.now;
  while ((await fleet.request(node)).status !== status) {
    fleet.now += 1000;
    assert.ok(fleet.now - began <= limitMs, `no ${status} within ${limitMs} ms`);
  }
  return fleet.now - began;
}

test("a node that begins in an outage hears of it with its first request, and calls nobody", async () => {
  const { fleet, kv } = createPlaces();
  await trip(fleet);
  fleet.now += 20_000;
  const { calls } = fleet;
  assert.equal((await fleet.request(1)).status, 503);
  assert.equal(fleet.calls, calls);
  assert.deepEqual(kv.told, [{ v: 1, st: "open", ra: fleet.now + 100_000, why: "consecutive_failures", node: "test/0" }]);
  assert.equal(kv.writes[0].keptS, 180); // the longest cooldown, and a minute for the last place to hear
});

test("a node that was there before hears of it once it reads again, at most 30 s and KV's own delay later", async () => {
  const { fleet } = createPlaces();
  assert.equal((await fleet.request(1)).status, 200);
  await trip(fleet);
  const took = await until(fleet, 1, 503);
  assert.ok(took > 1000 && took <= 60_000, String(took));
  fleet.now += 1;
  assert.equal((await fleet.request(1)).headers.get("retry-after"), String(Math.ceil((120_000 - took - 1) / 1000)));
});

test("what was heard holds until its own time, then this node probes for itself", async () => {
  const { fleet, kv } = createPlaces();
  kv.says({ st: "open", ra: fleet.now + 60_000 });
  assert.equal((await fleet.request()).status, 503);
  fleet.now += 59_999;
  assert.equal((await fleet.request()).status, 503);
  fleet.now += 1;
  assert.equal((await fleet.request()).status, 200);
  await until(fleet, 0, 200);
  assert.deepEqual(kv.told.map(({ st, node }) => [st, node]), [["open", "else/where"], ["closed", "test/0"]]);
});

test("an opening that is over is none", async () => {
  const { fleet, kv } = createPlaces();
  kv.says({ st: "open", ra: fleet.now });
  assert.equal((await fleet.request()).status, 200);
  assert.deepEqual(transitions(fleet), []);
});

test("an opening holds no longer than the longest cooldown, and only once", async () => {
  const { fleet, kv } = createPlaces();
  kv.says({ st: "open", ra: fleet.now + 3_000_000 });
  assert.equal((await fleet.request()).status, 503);
  fleet.now += 120_000;
  assert.equal((await fleet.request()).status, 200);
  fleet.now += 1000;
  assert.equal((await fleet.request()).status, 200);
  const calls = fleet.calls;
  for (let second = 0; second < 90; second++) {
    fleet.now += 1000;
    assert.equal((await fleet.request()).status, 200);
  }
  assert.equal(fleet.calls, calls + 90);
});

test("an opening heard while open makes it longer, never shorter", async () => {
  const { fleet, kv } = createPlaces({ policy: { ...LONG, cooldownMs: 90_000 } });
  await trip(fleet);
  kv.says({ st: "open", ra: fleet.now + 60_000 });
  fleet.now += 30_000;
  assert.equal((await fleet.request()).headers.get("retry-after"), "60");
  kv.says({ st: "open", ra: fleet.now + 80_000 });
  fleet.now += 30_000;
  await fleet.request();
  assert.equal((await fleet.request()).headers.get("retry-after"), "50");
});

test("an opening that was heard leaves the growth of the cooldown as it was", async () => {
  const { fleet, kv } = createPlaces({ policy: { ...LONG, cooldownMs: 30_000, cooldownMaxMs: 240_000 } });
  await trip(fleet);
  fleet.origin = () => 500;
  fleet.now += 30_000;
  assert.equal((await fleet.request()).status, 500); // a probe: now for 60 s
  kv.says({ st: "open", ra: fleet.now + 100_000 });
  fleet.now += 30_000;
  await fleet.request();
  fleet.now += 70_000;
  assert.equal((await fleet.request()).status, 500);
  assert.equal((await fleet.request()).headers.get("retry-after"), "120");
});

test("a closing that takes the place of an opening that was heard, closes", async () => {
  const { fleet, kv } = createPlaces();
  kv.says({ st: "open", ra: fleet.now + 120_000 });
  assert.equal((await fleet.request()).status, 503);
  kv.says({ st: "closed", ra: fleet.now - 1 });
  fleet.now += 31_000;
  await fleet.request();
  assert.equal((await fleet.request()).status, 200);
});

test("a clock that was set back keeps no node from reading", async () => {
  const { fleet, kv } = createPlaces();
  assert.equal((await fleet.request()).status, 200);
  fleet.now -= 3_600_000;
  kv.forget();
  kv.says({ st: "open", ra: fleet.now + 60_000 });
  assert.equal((await fleet.request()).status, 503);
});

test("a closing newer than the opening here closes; an older one does not", async () => {
  for (const [age, status] of [[-1, 200], [1, 503]]) {
    const { fleet, kv } = createPlaces();
    await trip(fleet);
    kv.says({ st: "closed", ra: fleet.now - age, why: "probes_succeeded" });
    fleet.now += 31_000;
    await fleet.request();
    assert.equal((await fleet.request()).status, status, String(age));
  }
});

test("a closing heard while half-open ends the probing", async () => {
  const { fleet, kv } = createPlaces({ policy: { ...LONG, successes: 1000 } });
  await trip(fleet);
  fleet.now += 120_000;
  assert.equal((await fleet.request()).status, 200);
  assert.equal((await fleet.request()).status, 503);
  kv.says({ st: "closed", ra: fleet.now - 100_000 });
  fleet.now += 31_000;
  await fleet.request();
  for (let call = 0; call < 5; call++) assert.equal((await fleet.request()).status, 200);
});

test("what a node tells while it reads is not lost", async () => {
  let answer = () => {};
  const policy = { ...LONG, consecutiveFailures: 0, serviceFailures: 2 };
  const wrap = (namespace) => ({ ...namespace, get: () => (answer === null ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(null)) });
  const { fleet } = createPlaces({ nodes: 1, policy, wrap });
  assert.equal((await fleet.request()).status, 200);
  fleet.now += 31_000;
  await fleet.request(); // was silent: it reads before its call
  for (let second = 1; second < 30; second++) {
    fleet.now += 1000;
    await fleet.request();
  }
  fleet.now += 1000;
  answer = null;
  fleet.origin = () => 500;
  const first = fleet.request();
  await new Promise(setImmediate);
  assert.equal(typeof answer, "function", "the first failure is being told while KV is read");
  assert.equal((await fleet.request()).status, 500);
  assert.equal((await fleet.request()).status, 503);
  answer(null);
  await first;
  assert.equal((await fleet.request()).status, 503);
});

test("an opening of one's own that another's outlasts is not told", async () => {
  const { fleet, kv } = createPlaces({ policy: { ...LONG, cooldownMs: 60_000 } });
  kv.says({ st: "closed", ra: fleet.now });
  await fleet.request();
  fleet.origin = () => 500;
  for (let call = 0; call < 2; call++) await fleet.request();
  fleet.now += 30_000;
  kv.forget();
  kv.says({ st: "open", ra: fleet.now + 100_000 });
  await fleet.request();
  assert.equal((await fleet.request()).headers.get("retry-after"), "100");
  assert.equal(kv.told.at(-1).node, "else/where");
});

test("a node heeds no word of its own", async () => {
  const { fleet, kv } = createPlaces();
  kv.says({ st: "open", ra: fleet.now + 60_000, node: "test/0" });
  assert.equal((await fleet.request(0)).status, 200);
  assert.equal((await fleet.request(1)).status, 503);
});

test("a person's word in the file goes first", async () => {
  const override = { mode: "forced-closed", until: 1_700_000_100_000, owner: "dana", reason: "CHG-1" };
  const { fleet, kv } = createPlaces({ policy: { ...LONG, override } });
  kv.says({ st: "open", ra: fleet.now + 110_000 });
  assert.equal((await fleet.request()).status, 200);
  assert.deepEqual(transitions(fleet), []);
  fleet.now = override.until;
  assert.equal((await fleet.request()).status, 200);
});

test("KV is written when it opens and when it closes, and no two times within a second: then the last word waits", async () => {
  const { fleet, kv, reports } = createPlaces({ policy: { ...LONG, cooldownMs: 100, successes: 1 } });
  await trip(fleet);
  fleet.now += 100;
  assert.equal((await fleet.request()).status, 200); // probed, and closed
  assert.deepEqual(kv.told.map(({ st }) => st), ["open"]);
  const first = fleet.now;
  fleet.now += 900;
  await trip(fleet); // what waited is written; the opening waits in turn, until it is the last word no more
  fleet.now += 100;
  const second = fleet.now;
  await fleet.request();
  fleet.now += 900;
  await fleet.request();
  fleet.now += 3000;
  await fleet.request();
  assert.deepEqual(kv.told.slice(1).map(({ st, ra }) => [st, ra]), [["closed", first], ["closed", second]]);
  assert.deepEqual(reports, []);
});

test("KV is read every 30 s, however much there is to tell", async () => {
  const { fleet, kv } = createPlaces();
  fleet.origin = () => (fleet.calls % 3 === 0 ? 500 : 200);
  for (let second = 0; second < 300; second++) {
    for (let call = 0; call < 5; call++) await fleet.request();
    fleet.now += 1000;
  }
  assert.equal(kv.reads, 10);
  assert.deepEqual(kv.writes, []);
});

test("each node probes for itself, at most max_probes at once", async () => {
  const { fleet } = createPlaces({ policy: { ...LONG, maxProbes: 2, admitBp: 10_000 } });
  fleet.coin = 0;
  await trip(fleet);
  fleet.now += 30_000;
  await fleet.request(1);
  fleet.now += 120_000;
  for (const node of [0, 1]) {
    const before = fleet.calls;
    let answer;
    fleet.origin = () => new Promise((resolve) => (answer = resolve));
    const probes = [fleet.request(node)];
    for (let call = 0; call < 5; call++) {
      await new Promise(setImmediate);
      probes.push(fleet.request(node));
    }
    await new Promise(setImmediate);
    assert.equal(fleet.calls - before, 2, `node ${node}`);
    assert.ok(answer);
  }
});

test("a name too long for a key is hashed", async () => {
  const name = "é".repeat(300);
  const { fleet, kv, reports } = createPlaces({ endpoint: { name } });
  await trip(fleet);
  assert.deepEqual(reports, []);
  assert.match(kv.writes[0].key, /^sha256:[0-9a-f]{64}$/);
});

const down = () => Promise.reject(new Error("KV GET failed: 500"));
const FAULTS = {
  "reads throw": (kv) => ({ ...kv, get: down }),
  "reads throw at once": (kv) => ({ ...kv, get: () => { throw new Error("at once"); } }),
  "writes are refused": (kv) => ({ ...kv, put: () => Promise.reject(new Error("KV PUT failed: 429 Too Many Requests")) }),
  "reads hang": (kv) => ({ ...kv, get: () => new Promise(() => {}) }),
  "writes hang": (kv) => ({ ...kv, put: () => new Promise(() => {}) }),
  "is not bound": () => undefined,
};
const GARBAGE = [
  "", "no JSON", "null", "5", "[]", "{}", '{"st":"open"}', '{"v":1,"st":"ajar","ra":1800000000000,"why":"","node":"x"}',
  '{"v":1,"st":"open","ra":"1800000000000","why":"","node":"x"}', '{"v":1,"st":"open","ra":1e999,"why":"","node":"x"}', '{"v":1,"st":"open","ra":1800000000000,"why":5,"node":"x"}',
];
for (const value of GARBAGE) FAULTS[`holds ${JSON.stringify(value)}`] = (kv) => ({ ...kv, get: async () => value });

for (const [name, wrap] of Object.entries(FAULTS)) {
  test(`the breaker is what it is without KV where KV ${name}`, async () => {
    const timer = () => ({ promise: new Promise(setImmediate), cancel() {} }); // when nothing but a hang is left
    const { fleet, reports } = createPlaces({ wrap, timer, nodes: 1 });
    assert.equal((await fleet.request()).status, 200);
    await trip(fleet);
    fleet.now += 119_999;
    assert.equal((await fleet.request()).status, 503);
    fleet.now += 1;
    for (let probe = 0; probe < fleet.policy.successes; probe++) {
      assert.equal((await fleet.request()).status, 200);
      fleet.now += 1000;
    }
    for (let call = 0; call < 5; call++) assert.equal((await fleet.request()).status, 200);
    assert.deepEqual(fleet.lines.filter(({ kampkin }) => kampkin === "store" || kampkin === "fault"), []);
    assert.deepEqual(transitions(fleet), ["open", "half-open", "closed"]);
    assert.equal(reports.length > 0, !name.includes("hang"), reports.join("; "));
  });
}
