// What holds under any policy and any traffic: generated, from seeds, so that a failure can be played again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "./dice.mjs";
import { createFleet } from "./fleet.mjs";

const TRACES = Number(process.env.KAMPKIN_TRACES ?? 150);
const OUTCOMES = [200, 200, 200, 204, 404, 500, 503, "timeout", "network", "void"];

function somePolicy(dice) {
  const slow = dice.chance(0.3);
  return {
    windowMs: dice.pick([1000, 10_000, 30_000]),
    networkFailures: dice.pick([0, 0, 2, 5]),
    serviceFailures: dice.pick([0, 0, 3]),
    consecutiveFailures: dice.pick([1, 3, 5]),
    failureRatioBp: dice.pick([0, 1000, 5000]),
    minimumRequests: dice.pick([1, 5, 20]),
    slowRatioBp: slow ? 5000 : 0,
    slowAfterMs: slow ? 300 : 0,
    cooldownMs: dice.pick([500, 1000, 10_000]),
    cooldownFactor: dice.pick([1, 2]),
    cooldownMaxMs: 20_000,
    cooldownJitterBp: dice.pick([0, 2000]),
    obeyRetryAfter: dice.chance(0.3),
    admitBp: dice.pick([0, 1000, 10_000]),
    maxProbes: dice.pick([1, 3]),
    successes: dice.pick([1, 3]),
    failures: dice.pick([1, 2]),
    probeTimeoutMs: 500,
    rampMs: dice.pick([0, 0, 5000]),
    monitor: false,
    override: null,
  };
}

/** A fleet under some traffic; `look` sees each answer with what was believed before it. */
async function traffic(seed, { nodes = 2, requests = 60, policy = {}, look = () => {}, before = () => {} } = {}) {
  const dice = random(seed);
  const fleet = createFleet({ nodes, policy: { ...somePolicy(dice), ...policy } });
  fleet.reached = { halfOpen: false, reopened: false };
  for (let count = 0; count < requests; count++) {
    fleet.now += dice.pick([0, 10, 100, 400, 1000, 1000, 3000, 12_000]);
    fleet.coin = dice.below(10_000);
    const sick = Math.floor(count / 12) % 2 === 1;
    fleet.origin = () => (sick ? dice.pick([500, 503, "timeout", "network", 500, 200]) : dice.pick(OUTCOMES));
    const node = dice.below(nodes);
    const was = { state: fleet.record.state, epoch: fleet.record.epoch, calls: fleet.calls, events: fleet.events.length };
    before(fleet, dice);
    const answer = await fleet.request(node);
    look(fleet, answer, was);
  }
  fleet.reached.halfOpen = fleet.events.some((event) => event.includes("> half-open"));
  fleet.reached.reopened = fleet.events.some((event) => event.includes("probe_failed"));
  return fleet;
}

const seeds = (count = TRACES) => Array.from({ length: count }, (_, seed) => seed + 1);
const isRejection = (answer) => answer.headers.get("proxy-status")?.includes("breaker") ?? false;

test("the traffic is worth something: traces reach half-open, and open again from there", async () => {
  let halfOpen = 0;
  let reopened = 0;
  for (const seed of seeds()) {
    const { reached } = await traffic(seed);
    halfOpen += reached.halfOpen;
    reopened += reached.reopened;
  }
  assert.ok(halfOpen >= 0.3 * TRACES, `${halfOpen} of ${TRACES} reach half-open`);
  assert.ok(reopened >= 0.1 * TRACES, `${reopened} of ${TRACES} open again`);
});

test("a rejected request reaches no origin, and one that passes reaches it once", async () => {
  for (const seed of seeds()) {
    await traffic(seed, {
      look: (fleet, answer, was) => assert.equal(fleet.calls - was.calls, isRejection(answer) ? 0 : 1, `seed ${seed}`),
    });
  }
});

test("every transition follows from the state before, and adds one to the epoch", async () => {
  const allowed = /^(closed|ramp) > open: |^open > half-open: cooldown_over|^half-open > (open: probe_failed|(closed|ramp): probes_succeeded)|^ramp > closed: ramp_over/;
  for (const seed of seeds()) {
    const fleet = await traffic(seed);
    for (const event of fleet.events) assert.match(event, allowed, `seed ${seed}`);
    for (let at = 1; at < fleet.events.length; at++) {
      assert.equal(fleet.events[at].split(" > ")[0], fleet.events[at - 1].split(" > ")[1].split(":")[0], `seed ${seed}`);
    }
    assert.equal(fleet.record.epoch, fleet.events.length, `seed ${seed}`);
  }
});

test("never more probes than max_probes are under way", async () => {
  for (const seed of seeds()) {
    const dice = random(seed);
    const maxProbes = dice.pick([1, 2, 3]);
    const fleet = createFleet({ nodes: 4, policy: { consecutiveFailures: 1, admitBp: 10_000, maxProbes, successes: 50, probeTimeoutMs: 3000 } });
    fleet.origin = () => 500;
    await fleet.request();
    const going = new Set();
    for (let count = 0; count < 40; count++) {
      fleet.now += dice.pick([10, 100, 500, 1000]);
      fleet.coin = dice.below(10_000);
      let end;
      const held = new Promise((resolve) => (end = () => resolve(dice.chance(0.9) ? 200 : 404)));
      fleet.origin = () => held;
      const before = fleet.calls;
      const request = fleet.request(dice.below(4));
      await new Promise((resolve) => setImmediate(resolve));
      const probe = { end, until: fleet.now + 3000, request };
      if (fleet.calls > before && fleet.record.state === 2) going.add(probe);
      assert.ok([...going].filter(({ until }) => until >= fleet.now).length <= maxProbes, `seed ${seed}`);
      for (const one of [...going].filter(() => dice.chance(0.4))) {
        going.delete(one);
        one.end();
        await one.request;
      }
      if (fleet.calls === before) await request;
    }
    for (const one of going) one.end();
  }
});

test("500 cold nodes at a true failure share of 2 % never trip a rule of 50 %", async () => {
  for (const seed of seeds(3)) {
    const dice = random(seed);
    const fleet = createFleet({ nodes: 500, policy: { consecutiveFailures: 0, failureRatioBp: 5000, minimumRequests: 20, windowMs: 30_000 } });
    fleet.origin = () => (dice.chance(0.02) ? 500 : 200);
    for (let count = 0; count < 4000; count++) {
      fleet.now += 2;
      await fleet.request(dice.below(500));
    }
    assert.deepEqual(fleet.events, [], `seed ${seed}`);
  }
});

test("a healthy origin closes it within successes + 1 requests a second apart, whatever was before", async () => {
  for (const seed of seeds()) {
    const fleet = await traffic(seed, { policy: { rampMs: 0, admitBp: 0 } });
    fleet.origin = () => 200;
    fleet.now += 60_000; // past any cooldown and any lost lease
    fleet.coin = 9999;
    const { successes } = fleet.policy;
    for (let count = 0; count <= successes; count++) {
      await fleet.request(0);
      fleet.now += 1000;
    }
    assert.equal(fleet.record.state, 0, `seed ${seed}`);
  }
});

test("silence changes nothing", async () => {
  for (const seed of seeds()) {
    const fleet = await traffic(seed);
    const { state, epoch } = fleet.record;
    fleet.now += 24 * 3_600_000;
    assert.deepEqual([fleet.record.state, fleet.record.epoch], [state, epoch], `seed ${seed}`);
  }
});

test("a neutral outcome changes no state but half-open's, and that only to let go", async () => {
  for (const seed of seeds()) {
    const fleet = await traffic(seed);
    for (let count = 0; count < 20; count++) {
      fleet.origin = () => [404, "void"][count % 2];
      const was = fleet.events.length;
      await fleet.request(0);
      for (const event of fleet.events.slice(was)) assert.doesNotMatch(event, /> open/, `seed ${seed}`);
      fleet.now += 700;
    }
  }
});

test("forced-open beats everything but its own end", async () => {
  for (const seed of seeds()) {
    const until = 1_700_000_000_000 + 3_600_000;
    await traffic(seed, {
      requests: 30,
      policy: { override: { mode: "forced-open", until, owner: "o", reason: "r" }, monitor: seed % 2 === 0 },
      look: (fleet, answer) => fleet.now < until && assert.ok(isRejection(answer) && fleet.events.length === 0, `seed ${seed}`),
    });
  }
});

test("a breaker that monitors rejects nothing, and trips all the same", async () => {
  let trips = 0;
  for (const seed of seeds()) {
    const fleet = await traffic(seed, { policy: { monitor: true }, look: (_, answer) => assert.ok(!isRejection(answer), `seed ${seed}`) });
    trips += fleet.events.filter((event) => event.includes("> open")).length;
  }
  assert.ok(trips > TRACES, `${trips} trips`);
});

test("a clock that steps five seconds either way opens and closes nothing by itself", async () => {
  for (const seed of seeds()) {
    const fleet = await traffic(seed, { nodes: 1 });
    const { events } = fleet;
    const count = events.length;
    for (const step of [-5000, 5000, -5000, 5000]) {
      fleet.now += step;
      fleet.origin = () => 404; // an answer that decides nothing when it is no probe
      const open = fleet.record.state === 1 && fleet.now < fleet.record.retryAt;
      const before = fleet.calls;
      await fleet.request(0);
      if (open) assert.equal(fleet.calls, before, `seed ${seed}`);
    }
    for (const event of events.slice(count)) assert.doesNotMatch(event, /> open/, `seed ${seed}`);
  }
});

test("a store that comes and goes costs no request an error", async () => {
  for (const seed of seeds()) {
    await traffic(seed, {
      before(fleet, dice) {
        if (!dice.chance(0.2)) return;
        fleet.store = dice.pick([fleet.shared, async () => null, async () => ({ ack: -1 }), () => Promise.reject(new Error("down"))]);
      },
      look: (_, answer) => assert.ok([200, 204, 404, 500, 502, 503, 504].includes(answer.status), `seed ${seed}: ${answer.status}`),
    });
  }
});
