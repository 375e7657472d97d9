// The Durable Object's outbox over days, on SQLite, its clock and its receivers the test's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Storage } from "../../compiler/kampkin/cost/js/object.mjs";
import { Outbox } from "../../compiler/kampkin/runtime/outbox.mjs";

const START = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OWNERS = {
  project: "acme", environment: null, from: null,
  owners: { shop: { channels: { slack: "SLACK", webhook: "HOOK" }, when: ["open", "close"] } },
  endpoints: { cart: "shop" },
};
const ENV = { SECRET_SLACK: "https://slack.test/services/T000/B000/XXXXSECRET", SECRET_HOOK: "https://hook.test/in#whsec_c2VjcmV0c2VjcmV0c2VjcmV0" };

function createDesk() {
  const storage = new Storage({ requests: 0, rowsRead: 0, rowsWritten: 0 });
  const desk = { now: START, alarm: null, happened: [], sent: [], storage, answer: () => new Response(null, { status: 200 }) };
  storage.setAlarm = (due) => void (desk.alarm = due);
  const recent = (until, limit) => desk.happened.filter(({ at }) => at <= until).slice(-limit);
  const create = () => new Outbox({ storage, env: ENV, owners: OWNERS, changes: {}, recent, now: () => desk.now });
  const log = console.log;
  desk.lines = [];
  desk.outbox = create();
  desk.reborn = () => void (desk.outbox = create());
  desk.happen = () => {
    const epoch = desk.happened.length + 1;
    const open = epoch % 2 === 1;
    const event = {
      id: `e${epoch}`, breaker: "cart", edge: "cloudflare", region: "AMS", epoch, from: open ? "closed" : "open", to: open ? "open" : "closed",
      reason: "consecutive_failures", numbers: { streak: 5, firstFailureAgoMs: 0 }, at: desk.now, node: "AMS/a", retryAt: open ? desk.now + 1 : 0,
    };
    desk.happened.push(event);
    desk.outbox.add(event);
  };
  /** Time goes by, alarm by alarm. */
  desk.until = async (end) => {
    console.log = (line) => desk.lines.push(JSON.parse(line));
    try {
      while (desk.alarm !== null && desk.alarm <= end) {
        desk.now = Math.max(desk.now, desk.alarm);
        desk.alarm = null;
        await desk.outbox.drain(async (url, init) => {
          desk.sent.push({ url, at: desk.now });
          return desk.answer(url, init);
        });
      }
    } finally {
      console.log = log;
    }
    desk.now = end;
  };
  desk.count = (where) => storage.sql.exec(`SELECT COUNT(*) AS rows FROM outbox WHERE ${where}`).toArray()[0].rows;
  return desk;
}

test("a receiver that takes nothing for days leaves a day of messages at most, and costs few rows", async () => {
  const desk = createDesk();
  desk.answer = (url) => new Response(null, { status: url.startsWith("https://slack") ? 404 : 200 });
  const days = 3;
  for (let minute = 0; minute < days * 24 * 60; minute += 5) {
    desk.happen();
    await desk.until(START + (minute + 5) * MINUTE);
  }
  assert.equal(desk.count("channel = 'webhook'"), 0);
  assert.ok(desk.count("dead IS NULL") <= 24 * 12 + 2, `${desk.count("dead IS NULL")} wait`);
  assert.ok(desk.count("dead IS NOT NULL") >= (days - 1) * 24 * 12 - 2, `${desk.count("dead IS NOT NULL")} dead`);
  const perEvent = desk.storage.counts.rowsWritten / desk.happened.length;
  assert.ok(perEvent < 20, `${perEvent} rows written an event`);
  assert.ok(desk.lines.length > 0 && desk.lines.every(({ kampkin }) => kampkin === "dead-letter"));
});

test("while a receiver asks to be left alone no new event disturbs it", async () => {
  const desk = createDesk();
  desk.answer = (url) => (url.startsWith("https://slack") ? new Response(null, { status: 429, headers: { "retry-after": "3600" } }) : new Response());
  for (let count = 0; count < 20; count++) {
    desk.happen();
    await desk.until(desk.now + 30_000);
  }
  const at = desk.sent.filter(({ url }) => url.startsWith("https://slack")).map(({ at }) => at - START);
  assert.deepEqual(at, [0]);
  desk.answer = () => new Response();
  await desk.until(START + HOUR);
  assert.equal(desk.count("dead IS NULL"), 0);
});

test("a message that is refused for what it is does not hold up the next", async () => {
  const desk = createDesk();
  desk.answer = (_url, { body }) => new Response(null, { status: body.includes('"e1"') ? 400 : 200 });
  desk.happen();
  await desk.until(desk.now + 1000);
  desk.happen();
  await desk.until(desk.now + MINUTE);
  assert.deepEqual(desk.storage.sql.exec("SELECT DISTINCT json_extract(event, '$.id') AS id FROM outbox WHERE channel = 'webhook'").toArray().map(({ id }) => id), ["e1"]);
});

test("an object that comes to life again sets the alarm that it lost", async () => {
  const desk = createDesk();
  desk.answer = () => new Response(null, { status: 503 });
  desk.happen();
  await desk.until(desk.now + 1000);
  desk.alarm = null;
  desk.reborn();
  desk.answer = () => new Response();
  await desk.until(desk.now + MINUTE);
  assert.equal(desk.count("1"), 0);
});

test("what a receiver echoes of its address is kept out of dead letters and log", async () => {
  const desk = createDesk();
  desk.answer = (url) => new Response(`Cannot POST ${new URL(url).pathname}, no XXXXSECRET here`, { status: url.includes("slack") ? 404 : 200 });
  desk.happen();
  await desk.until(START + 25 * HOUR);
  const told = JSON.stringify([desk.outbox.deadLetters(), desk.lines]);
  assert.ok(told.includes("404 Cannot POST"));
  assert.ok(!told.includes("XXXXSECRET"), told);
});

test("an answer without end is not read to its end", async () => {
  const desk = createDesk();
  let pulled = 0;
  desk.answer = () => new Response(new ReadableStream({ pull: (controller) => void (pulled++, controller.enqueue(new Uint8Array(1000).fill(97))) }), { status: 500 });
  desk.happen();
  await desk.until(START + 1000);
  assert.ok(pulled <= 8, `${pulled} chunks`);
});
