import assert from "node:assert/strict";
import { test } from "node:test";
import { createNode, dispatch } from "../../compiler/kampkin/runtime/node.mjs";
import { createFleet } from "./fleet.mjs";

const rejected = (answer) => answer.status === 503;

test("trips on the fifth failure in a row, not on the fourth", async () => {
  const fleet = createFleet();
  fleet.origin = () => 500;
  for (let call = 1; call <= 4; call++) assert.equal((await fleet.request()).status, 500);
  assert.equal((await fleet.request()).status, 500);
  assert.ok(rejected(await fleet.request()));
  assert.equal(fleet.calls, 5);
  assert.deepEqual(fleet.events, ["closed > open: consecutive_failures"]);
});

test("a success between failures ends the streak", async () => {
  const fleet = createFleet();
  for (const status of [500, 500, 500, 500, 200, 500, 500, 500, 500]) {
    fleet.origin = () => status;
    assert.equal((await fleet.request()).status, status);
  }
  assert.deepEqual(fleet.events, []);
});

test("a neutral answer neither ends the streak nor adds to it", async () => {
  const fleet = createFleet();
  for (const status of [500, 500, 404, 500, 500, 404, 500]) {
    fleet.origin = () => status;
    await fleet.request();
  }
  assert.deepEqual(fleet.events, ["closed > open: consecutive_failures"]);
});

test("the ratio rule waits for its minimum and trips at the ratio, not above it", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 0, minimumRequests: 4, failureRatioBp: 5000 } });
  for (const status of [500, 500, 200]) {
    fleet.origin = () => status;
    await fleet.request();
  }
  assert.deepEqual(fleet.events, []);
  fleet.origin = () => 500;
  await fleet.request();
  assert.deepEqual(fleet.events, ["closed > open: failure_ratio"]);
});

test("network and service failures are counted apart", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 0, failureRatioBp: 0, networkFailures: 2, serviceFailures: 3 } });
  for (const result of [500, "timeout", 500]) {
    fleet.origin = () => result;
    await fleet.request();
  }
  assert.deepEqual(fleet.events, []);
  fleet.origin = () => "network";
  await fleet.request();
  assert.deepEqual(fleet.events, ["closed > open: network_failures"]);
});

test("failures older than the window are forgotten, however long the silence", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 0, failureRatioBp: 0, serviceFailures: 2 } });
  fleet.origin = () => 500;
  await fleet.request();
  fleet.now += 3_600_000;
  await fleet.request();
  assert.deepEqual(fleet.events, []);
  fleet.now += 5000;
  await fleet.request();
  assert.deepEqual(fleet.events, ["closed > open: service_failures"]);
});

test("an unreachable origin is a network failure, as an error or as Cloudflare's status", async () => {
  for (const result of ["network", 521, 530]) {
    const fleet = createFleet({ policy: { consecutiveFailures: 0, failureRatioBp: 0, networkFailures: 1 } });
    fleet.origin = () => result;
    await fleet.request();
    assert.deepEqual(fleet.events, ["closed > open: network_failures"], String(result));
  }
});

async function opened(options) {
  const fleet = createFleet(options);
  fleet.origin = () => 500;
  for (let call = 0; call < 5; call++) await fleet.request();
  assert.equal(fleet.record.state, 1);
  return fleet;
}

test("open rejects until its cooldown is over, to the millisecond, then the first request probes", async () => {
  const fleet = await opened();
  fleet.now += 999;
  assert.ok(rejected(await fleet.request()));
  assert.equal(fleet.calls, 5);
  fleet.now += 1;
  await fleet.request();
  assert.equal(fleet.calls, 6);
});

test("a failed probe opens for longer each time, up to the maximum", async () => {
  const fleet = await opened();
  const cooldowns = [];
  for (let round = 0; round < 4; round++) {
    const since = fleet.now;
    const before = fleet.calls;
    while (fleet.calls === before) {
      await fleet.request();
      if (fleet.calls === before) fleet.now += 100;
    }
    cooldowns.push(fleet.now - since);
  }
  assert.deepEqual(cooldowns, [1000, 2000, 4000, 4000]);
});

test("a healthy origin closes it within successes + 1 requests a second apart", async () => {
  const fleet = await opened();
  fleet.origin = () => 200;
  fleet.now += 1000;
  const took = await fleet.until(() => fleet.record.state === 0);
  assert.ok(took <= 3, `took ${took}`);
  assert.deepEqual(fleet.events.slice(-2), ["open > half-open: cooldown_over", "half-open > closed: probes_succeeded"]);
});

test("an origin that answers 404 to every probe is not dead", async () => {
  const fleet = await opened();
  fleet.origin = () => 404;
  fleet.now += 1000;
  const took = await fleet.until(() => fleet.record.state === 0);
  assert.equal(took, 4);
});

test("half-open admits its share by the coin, and one request a second whatever the coin says", async () => {
  const fleet = await opened({ policy: { admitBp: 1000, successes: 50 } });
  fleet.origin = () => 200;
  fleet.now += 1000;
  await fleet.request();
  assert.equal(fleet.calls, 6);
  fleet.coin = 1000;
  assert.ok(rejected(await fleet.request()));
  fleet.coin = 999;
  assert.equal((await fleet.request()).status, 200);
  fleet.coin = 9999;
  fleet.now += 999;
  assert.ok(rejected(await fleet.request()));
  fleet.now += 1;
  assert.equal((await fleet.request()).status, 200);
});

test("silence changes nothing: open stays due, half-open stays half-open", async () => {
  const fleet = await opened();
  fleet.now += 3_600_000;
  fleet.origin = () => 200;
  await fleet.request();
  assert.equal(fleet.record.state, 2);
  fleet.now += 3_600_000;
  assert.equal(fleet.record.state, 2);
  await fleet.request();
  assert.equal(fleet.record.state, 0);
});

test("never more probes than max_probes are under way in a fleet, and a lost lease runs out", async () => {
  const fleet = createFleet({ nodes: 5, policy: { maxProbes: 2, admitBp: 10_000 } });
  fleet.origin = () => 500;
  for (let call = 0; call < 5; call++) await fleet.request();
  fleet.now += 1000;
  let release;
  const held = new Promise((resolve) => (release = resolve));
  fleet.origin = () => held;
  const waiting = [0, 1, 2, 3, 4].map((node) => fleet.request(node));
  const settled = await Promise.all(waiting.slice(2));
  assert.equal(fleet.calls, 7);
  assert.ok(settled.every(rejected));
  fleet.now += fleet.record.leases[0] / 1000 - fleet.now + 1; // both probes are lost
  fleet.origin = () => 200;
  assert.equal((await fleet.request(4)).status, 200);
  release(200);
  await Promise.all(waiting);
});

test("a fresh node in the middle of an outage answers from the shared state", async () => {
  const fleet = createFleet({ nodes: 2 });
  fleet.origin = () => 500;
  for (let call = 0; call < 5; call++) await fleet.request(0);
  assert.ok(rejected(await fleet.request(1)));
  assert.equal(fleet.calls, 5);
});

test("failures of several nodes add up", async () => {
  const fleet = createFleet({ nodes: 5 });
  fleet.origin = () => 500;
  for (let node = 0; node < 5; node++) await fleet.request(node);
  assert.deepEqual(fleet.events, ["closed > open: consecutive_failures"]);
});

test("a result admitted before a transition counts no more", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 2, successes: 1 } });
  let release;
  fleet.origin = () => new Promise((resolve) => (release = resolve));
  const slow = fleet.request();
  while (!release) await Promise.resolve();
  fleet.origin = () => 500;
  await fleet.request();
  await fleet.request();
  fleet.origin = () => 200;
  fleet.now += 1000;
  await fleet.request();
  assert.equal(fleet.record.state, 0);
  release(500);
  await slow;
  assert.equal(fleet.record.streak, 0);
});

test("a store that throws, lies or hangs fails no request, and the node trips and recovers alone", async () => {
  const stores = {
    throws: async () => { throw new Error("down"); },
    garbage: async () => ({ state: "open", ack: "yes" }),
    "wrong ack": async (_breaker, delta) => ({ ...(await createFleet().shared("cart", delta)), ack: 99 }),
    null: async () => null,
    hangs: () => new Promise(() => {}),
  };
  for (const [name, store] of Object.entries(stores)) {
    const fleet = createFleet();
    fleet.store = store;
    fleet.silent = name === "hangs";
    fleet.origin = () => 500;
    for (let call = 0; call < 5; call++) assert.equal((await fleet.request()).status, 500, name);
    assert.ok(rejected(await fleet.request()), name);
    fleet.now += 1000;
    fleet.origin = () => 200;
    await fleet.until((answer) => answer.status === 200 && fleet.calls >= 8);
    assert.equal(fleet.lines.filter(({ kampkin }) => kampkin === "fault").length, 0, name);
  }
});

test("when the store comes back, its word replaces what the node judged alone", async () => {
  const fleet = createFleet();
  fleet.store = async () => null;
  fleet.origin = () => 500;
  for (let call = 0; call < 5; call++) await fleet.request();
  assert.ok(rejected(await fleet.request()));
  fleet.store = fleet.shared;
  fleet.origin = () => 200;
  fleet.now += 2500; // a heartbeat later
  await fleet.request();
  assert.equal((await fleet.request()).status, 200);
  assert.equal(fleet.record.state, 0);
});

test("a lease that comes late belongs to the probe that asked", async () => {
  const fleet = await opened();
  fleet.now += 1000;
  fleet.origin = () => 200;
  let answer;
  fleet.store = (breaker, delta) => new Promise((resolve) => (answer = async () => resolve(await fleet.shared(breaker, delta))));
  fleet.silent = true;
  const probing = fleet.request();
  while (fleet.calls < 6) await Promise.resolve();
  fleet.store = fleet.shared;
  await answer();
  await probing;
  assert.equal(fleet.calls, 6);
  assert.ok([0, 2].includes(fleet.record.state));
});

test("a healthy node talks to the store at the heartbeat only", async () => {
  const fleet = createFleet();
  for (let request = 0; request < 100; request++) {
    await fleet.request();
    fleet.now += 100;
  }
  assert.ok(fleet.deltas.length <= 7, `${fleet.deltas.length} syncs in 10 s`);
});

test("failures are told at most every 250 ms", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 0, failureRatioBp: 0, serviceFailures: 100_000 } });
  fleet.origin = () => 500;
  for (let request = 0; request < 100; request++) {
    await fleet.request();
    fleet.now += 10;
  }
  assert.ok(fleet.deltas.length <= 6, `${fleet.deltas.length} syncs in 1 s`);
  fleet.now += 250;
  await fleet.request();
  const told = fleet.deltas.flatMap(({ buckets }) => buckets.map(([, , , service]) => service)).reduce((a, b) => a + b, 0);
  assert.equal(told, 101);
});

test("a clock set back by an hour blocks nothing for long", async () => {
  const fleet = await opened();
  fleet.now -= 3_600_000;
  fleet.origin = () => 200;
  fleet.now += 1000;
  await fleet.until(() => fleet.record.state === 0, { everyMs: 1000, limit: 10 });
});

test("a rejection is honest, says who made it, and is not kept", async () => {
  const fleet = await opened();
  const answer = await fleet.request();
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("retry-after"), "1");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.match(answer.headers.get("proxy-status"), /^kampkin; error=destination_unavailable/);
  assert.equal((await answer.json()).state, "open");
});

test("while open the declared fallback answers; failures themselves pass", async () => {
  const fleet = await opened({ endpoint: { fallback: [{ kind: "answer", when: ["open"], status: 200, headers: [["content-type", "application/json"]], body: "[]", encoding: "utf8" }] } });
  const answer = await fleet.request();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("retry-after"), null);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(await answer.text(), "[]");
});

test("only declared routes and methods reach an origin", async () => {
  const fleet = createFleet({ endpoint: { methods: ["GET"] } });
  for (const path of ["/", "/cartoon", "/cart/../admin", "/CART"]) assert.equal((await fleet.request(0, path)).status, 404, path);
  const refused = await fleet.request(0, "/cart", { method: "POST" });
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.get("allow"), "GET");
  assert.equal(fleet.calls, 0);
});

test("what follows the route is appended to the origin's path, the query passes unchanged", async () => {
  const fleet = createFleet();
  for (const [path, url] of [
    ["/cart", "https://cart.test:443/v2"],
    ["/cart/", "https://cart.test:443/v2/"],
    ["/cart/items/7?a=1&b=%20", "https://cart.test:443/v2/items/7?a=1&b=%20"],
    ["/cart//evil.test/x", "https://cart.test:443/v2//evil.test/x"],
  ]) {
    await fleet.request(0, path);
    assert.equal(fleet.url, url);
  }
});

test("a lease that comes when its probe is over takes the result along", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 1, successes: 1 } });
  fleet.origin = () => 500;
  await fleet.request();
  fleet.now += 1000;
  fleet.origin = () => 200;
  fleet.silent = 300; // the wait for the lease is over at once; the store is given up only after that
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  fleet.store = async (...sync) => {
    await opened;
    return fleet.shared(...sync);
  };
  const request = fleet.request();
  await new Promise((resolve) => setImmediate(resolve));
  open();
  assert.equal((await request).status, 200);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(fleet.record.state, 0);
});

test("a request waits for a store that hangs once, though it is a stale node's first and a would-be probe", async () => {
  const fleet = createFleet({ policy: { consecutiveFailures: 1 } });
  fleet.origin = () => 500;
  await fleet.request();
  fleet.now += 3_600_000;
  fleet.silent = true;
  fleet.origin = () => 200;
  let syncs = 0;
  fleet.store = () => {
    syncs += fleet.calls === 1 ? 1 : 0; // before the origin is called
    return new Promise(() => {});
  };
  assert.equal((await fleet.request()).status, 200);
  assert.equal(syncs, 1);
});

test("deltas that were given up are not kept", () => {
  const node = createNode("test/0", "sha256:test", createFleet().policy);
  for (let second = 0; second < 100; second += 10) dispatch(node, 1_700_000_000_000 + second * 1000);
  assert.equal(node.flights.length, 1);
});
