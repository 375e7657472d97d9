import assert from "node:assert/strict";
import { test } from "node:test";
import { Unusable } from "../../compiler/kampkin/runtime/channels.mjs";
import { RETRY, Undelivered, deliver, waitAfter, whatHappened } from "../../compiler/kampkin/runtime/delivery.mjs";

const NOW = 1_800_000_000_000;
const EVENT = { id: "aws/us-east-1/cart/1-1", breaker: "cart", epoch: 1, at: NOW, node: "a/b", edge: "aws", region: "a" };
const MESSAGE = { kind: "open", event: EVENT, covered: [EVENT], context: { owner: "shop", project: "acme", environment: null, lastChange: null }, title: "cart is open", facts: [], commands: [] };

/** Delivers to a Slack that answers so; what it was sent. */
async function toSlack(answer, secret = "https://hooks.acme.dev/x") {
  const sent = [];
  const fetch = async (url, init) => sent.push([url, init]) && answer();
  await deliver("slack", MESSAGE, { fetch, secret: () => secret, mail: assert.fail, now: () => NOW });
  return sent;
}

test("an attempt is one POST that follows no redirect and has an end", async () => {
  const [[url, init]] = await toSlack(() => new Response("ok"));
  assert.equal(url, "https://hooks.acme.dev/x");
  assert.deepEqual([init.method, init.redirect], ["POST", "manual"]);
  assert.ok(init.signal instanceof AbortSignal);
});

for (const status of [301, 400, 404, 410, 429, 500, 503]) {
  test(`${status} is not taken`, async () => {
    await assert.rejects(toSlack(() => new Response("no_service", { status })), (error) => error instanceof Undelivered && error.message === `${status} no_service`);
  });
}

for (const [said, ms] of [["7", 7_000], [new Date(NOW + 30_000).toUTCString(), 30_000], ["soon", 0], [null, 0]]) {
  test(`Retry-After: ${said} is ${ms} ms`, async () => {
    const headers = said === null ? {} : { "retry-after": said };
    await assert.rejects(toSlack(() => new Response("", { status: 503, headers })), (error) => error.afterMs === ms);
  });
}

test("a secret that is missing is nothing to be sent to", async () => {
  await assert.rejects(toSlack(assert.fail, ""), Unusable);
});

test("an email is the mailer's", async () => {
  const mails = [];
  await deliver("email", MESSAGE, { fetch: assert.fail, secret: assert.fail, mail: async (mail) => mails.push(mail.subject), now: () => NOW });
  assert.deepEqual(mails, ["cart is open"]);
});

test("the wait doubles from five seconds to ten minutes, and is no shorter than the receiver asks for", () => {
  const waits = Array.from({ length: RETRY.tries }, (_, tries) => RETRY.delayMs(tries + 1) / 1000);
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 160, 320, ...Array(8).fill(600)]);
  assert.equal(waitAfter(new Undelivered("503", 60_000), 1, RETRY.delayMs), 60_000);
  assert.equal(waitAfter(new Undelivered("503", 1_000), 4, RETRY.delayMs), 40_000);
  assert.equal(waitAfter(new TypeError("fetch failed"), 2, RETRY.delayMs), 10_000);
});

test("what went wrong is one line that tells no URL: it may be a secret", () => {
  assert.equal(whatHappened(new TypeError("Failed to parse URL from https://hooks.acme.dev/T/secret now")), "Failed to parse URL from … now");
  assert.equal(whatHappened(new Error("one\ntwo")), "one two");
  assert.equal(whatHappened("text"), "text");
});
