// A store that refuses, hangs, delays, drops, answers garbage or old things, or does everything twice, is nobody's outage.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS, Storm } from "./storm.mjs";

const REQUESTS = Number(process.env.KAMPKIN_REQUESTS ?? 2000);
const WAIT_MS = 300; // a cold node's first request, and a would-be probe
const AFTER_MS = { cloudflare: 0, aws: 300 }; // after a failure or a probe; nothing runs behind an answer on AWS
const LIMIT_MS = 60_000;
const SHARED = ["durable-object", "dynamodb"];
const EVERY_MS = 25;
const LIES = ["garbage", "old"]; // a read that shows nothing cannot be told from a table that was lost

for (const store of [...SHARED, "kv"]) {
  for (const [fault, between] of Object.entries(FAULTS)) {
    test(`${store} that ${fault}: a healthy origin's callers notice nothing`, { timeout: LIMIT_MS }, async () => {
      const storm = new Storm({ store });
      storm.fault = between;
      const answers = await storm.traffic(REQUESTS, EVERY_MS);
      for (const { status, waitedMs, sent } of answers) {
        assert.equal(status, 200);
        const cold = sent < storm.nodes.length;
        assert.ok(waitedMs <= (cold ? WAIT_MS : 0) + (storm.target === "aws" ? 50 : 0), `${waitedMs} ms, request ${sent}`);
      }
      assert.equal(answers.length, REQUESTS);
    });

    test(`${store} that ${fault}: a failing origin opens every node's breaker, and it closes by itself`, { timeout: LIMIT_MS }, async () => {
      const storm = new Storm({ store });
      storm.fault = between;
      await storm.traffic(40, EVERY_MS);
      storm.origin = () => 500;
      const failing = await storm.traffic(REQUESTS, EVERY_MS);
      assert.ok(failing.every(({ status }) => status === 500 || status === 503));
      assert.ok(failing.every(({ waitedMs }) => waitedMs <= WAIT_MS + AFTER_MS[storm.target]));
      const calls = failing.filter(({ called }) => called).length;
      const lasted = REQUESTS * EVERY_MS;
      const relearns = LIES.includes(fault) ? lasted / (storm.policy.windowMs / 4) : 0; // each heartbeat may be told that all is well
      const perNode = (5 + 1) * (1 + relearns) + lasted / 1000; // five failures, one beside; a probe a second
      assert.ok(calls <= perNode * storm.nodes.length, `${calls} calls`);
      assert.ok(failing.filter(({ status }) => status === 503).length > REQUESTS / 4);
      storm.origin = () => 200;
      await storm.traffic(600, EVERY_MS * 4);
      const healed = await storm.traffic(100, EVERY_MS);
      assert.ok(healed.every(({ status }) => status === 200));
    });
  }
}

for (const store of SHARED) {
  for (const [fault, between] of Object.entries(FAULTS)) {
    test(`${store} that no longer ${fault}: each node agrees within a heartbeat of its next request`, { timeout: LIMIT_MS }, async () => {
      const storm = new Storm({ store });
      await storm.traffic(40, EVERY_MS);
      storm.fault = between;
      storm.origin = () => "network";
      await storm.traffic(REQUESTS, EVERY_MS);
      await storm.store.override({ mode: "forced-open", forMs: 3_600_000, owner: "dana", reason: "a test" });
      storm.origin = () => 200;
      await storm.traffic(REQUESTS, EVERY_MS);
      storm.fault = null;
      const heartbeat = Math.min(10_000, storm.policy.windowMs / 4);
      const givesUp = 2_000; // a delta under way holds the heartbeat back for so long
      await storm.traffic(Math.ceil((heartbeat + givesUp + 100) / EVERY_MS), EVERY_MS);
      const after = await storm.traffic(40, EVERY_MS);
      assert.ok(after.every(({ status, called }) => status === 503 && !called));
    });
  }
}
