import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Unusable, email, payloadOf, slack, webhook } from "../../compiler/kampkin/runtime/channels.mjs";
import { duration, messageOf, whyOf } from "../../compiler/kampkin/runtime/message.mjs";

const AT = Date.UTC(2026, 10, 24, 6, 0, 0);
const KEY = Buffer.from("a key of thirty-two bytes, or so");
const SECRET = `https://hooks.acme.dev/kampkin?team=shop#whsec_${KEY.toString("base64")}`;
const CONTEXT = { owner: "shop", project: "acme", environment: "prod", lastChange: { commit: "0123456789abcdef0123", author: "Dana <dana@acme.dev>" } };
const OPENED = {
  id: `aws/eu-west-1/cart/7-${AT}`, breaker: "cart", edge: "aws", region: "eu-west-2", epoch: 7, from: "closed", to: "open", reason: "consecutive_failures",
  numbers: { ok: 12, network: 3, service: 2, streak: 5, slow: 0, aged: 0, firstFailureAgoMs: 4_000 }, at: AT, node: "eu-west-2/ab12cd34", retryAt: AT + 10_000,
};

/** A message of a kind about an event. */
const message = (kind, event, covered = [event], more = {}) => messageOf({ kind, covered, openings: 1, openedAt: null, ...more }, CONTEXT);

const opened = message("open", OPENED);

test("an opening says what tripped, since when, until when, where, who changed it last and what to run", () => {
  assert.equal(opened.title, "cart (prod, aws, eu-west-1) is open");
  assert.deepEqual(opened.facts, [
    ["Why", "5 failures in a row; in the window 3 network, 2 service, 12 successes"],
    ["At", "2026-11-24 06:00:00 UTC"],
    ["First failure", "2026-11-24 05:59:56 UTC"],
    ["Next probe", "2026-11-24 06:00:10 UTC, 10 s after it opened"],
    ["Seen in", "eu-west-2"],
    ["Last change", "0123456789ab by Dana <dana@acme.dev>"],
  ]);
  assert.deepEqual(opened.commands, ["kampkin status cart --env prod", 'kampkin hold cart open --for 30m --reason "…" --env prod']);
});

test("what is not known is left out", () => {
  const { numbers, ...event } = OPENED;
  const bare = messageOf({ kind: "open", covered: [{ ...event, retryAt: 0 }], openings: 1, openedAt: null }, { ...CONTEXT, environment: null, lastChange: null });
  assert.deepEqual(bare.facts.map(([label]) => label), ["Why", "At", "Seen in"]);
  assert.equal(bare.commands[0], "kampkin status cart");
});

test("a closing says for how long it was open, and what lay between", () => {
  const half = { ...OPENED, id: "a", from: "open", to: "half-open", reason: "cooldown_over", numbers: {}, retryAt: 0 };
  const closed = { ...OPENED, id: "aws/eu-west-1/cart/9-1", from: "half-open", to: "closed", reason: "probes_succeeded", numbers: { ok: 3, bad: 0, answered: 0 }, retryAt: 0, at: AT + 192_000 };
  const { title, facts } = message("close", closed, [half, closed], { openedAt: AT });
  assert.equal(title, "cart (prod, aws, eu-west-1) has closed");
  assert.equal(Object.fromEntries(facts)["Open for"], "3 min 12 s");
  assert.equal(Object.fromEntries(facts).Why, "3 probes succeeded");
  assert.match(Object.fromEntries(facts)["Since the last message"], /open to half-open \(cooldown_over\); .* half-open to closed \(probes_succeeded\)/);
});

for (const [reason, numbers, words] of [
  ["network_failures", { network: 6 }, "6 time-outs or unreachable in the window"],
  ["service_failures", { service: 1 }, "1 failure status in the window"],
  ["failure_ratio", { ok: 8, network: 5, service: 7 }, "12 of 20 requests failed (60 %): 5 network, 7 service"],
  ["slow_ratio", { slow: 16, aged: 20 }, "16 of 20 calls were slow (80 %)"],
  ["probe_failed", { ok: 2, bad: 1 }, "1 probe failed, 2 succeeded"],
  ["probes_succeeded", { ok: 1, answered: 4 }, "1 probe succeeded, 4 answered"],
  ["ramp_over", {}, "the ramp is over"],
  ["of_a_later_release", {}, "of_a_later_release"],
]) {
  test(`the reason ${reason} in words`, () => assert.equal(whyOf({ reason, numbers }), words));
}

for (const [what, title, commands] of [
  [{ override: { mode: "forced-open", until: AT + 1_800_000, owner: "dana", reason: "move" } }, "is forced-open until 2026-11-24 06:30:00 UTC", ["kampkin status cart --env prod", "kampkin release cart --env prod"]],
  [{ override: { mode: "monitor", until: AT + 1_800_000, owner: "dana", reason: "move" } }, "is only monitoring until 2026-11-24 06:30:00 UTC", ["kampkin status cart --env prod", "kampkin release cart --env prod"]],
  [{ override: null }, "is released from its override", ["kampkin status cart --env prod", "kampkin events cart --env prod"]],
  [{ from: "open", to: "half-open", reason: "override_ended" }, "is half-open: its override is over", ["kampkin status cart --env prod", "kampkin events cart --env prod"]],
  [{ from: "closed", to: "open", reason: "manual" }, "was made open by hand", ["kampkin status cart --env prod", "kampkin events cart --env prod"]],
]) {
  test(`forced: ${title}`, () => {
    const said = message("forced", { id: `cloudflare/global/cart/o-${AT}`, breaker: "cart", edge: "cloudflare", region: "AMS", epoch: 1, at: AT, node: "dana", ...what });
    assert.equal(said.title, `cart (prod, cloudflare) ${title}`);
    assert.deepEqual(said.commands, commands);
    assert.equal(Object.fromEntries(said.facts).By, "dana");
    if (what.override) assert.equal(Object.fromEntries(said.facts).Why, "dana: move");
  });
}

test("flapping says how often it opened", () => {
  assert.equal(message("flapping", OPENED, [OPENED], { openings: 4 }).title, "cart (prod, aws, eu-west-1) is flapping: opened 4 times in 10 minutes, now open");
});

test("a webhook is a Standard Webhook: signed with the fragment, which is not sent", async () => {
  const { url, headers, body } = await webhook(opened, SECRET, AT + 1_999);
  assert.equal(url, "https://hooks.acme.dev/kampkin?team=shop");
  assert.equal(headers["webhook-id"], OPENED.id);
  assert.equal(headers["webhook-timestamp"], String(AT / 1000 + 1));
  const signature = createHmac("sha256", KEY).update(`${OPENED.id}.${AT / 1000 + 1}.${body}`).digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${signature}`);
  assert.deepEqual(JSON.parse(body), JSON.parse(JSON.stringify(payloadOf(opened))));
});

test("the same message has the same body, whenever it is sent", async () => {
  assert.equal((await webhook(opened, SECRET, AT)).body, (await webhook(opened, SECRET, AT + 60_000)).body);
});

test("the webhook's body has the numbers, and every event with its id", () => {
  const { type, timestamp, data } = payloadOf(message("open", OPENED, [{ ...OPENED, id: "earlier", to: "half-open", retryAt: 0 }, OPENED]));
  assert.deepEqual([type, timestamp, data.id, data.kind], ["breaker.open", "2026-11-24T06:00:00.000Z", OPENED.id, "open"]);
  assert.deepEqual([data.reason, data.numbers.streak], ["consecutive_failures", 5]);
  assert.deepEqual([data.firstFailureAt, data.nextProbeAt], ["2026-11-24T05:59:56.000Z", "2026-11-24T06:00:10.000Z"]);
  assert.deepEqual(data.lastChange, CONTEXT.lastChange);
  assert.deepEqual(data.events.map(({ id, to, nextProbeAt }) => [id, to, nextProbeAt]), [["earlier", "half-open", null], [OPENED.id, "open", "2026-11-24T06:00:10.000Z"]]);
});

for (const secret of ["https://hooks.acme.dev/kampkin", "#whsec_aGk=", "hooks.acme.dev#whsec_aGk=", "https://hooks.acme.dev#whsec_", "https://hooks.acme.dev#whsec_not base64!"]) {
  test(`a webhook's secret that is none is not echoed: ${secret}`, async () => {
    await assert.rejects(webhook(opened, secret, AT), (error) => error instanceof Unusable && !error.message.includes("hooks.acme.dev"));
  });
}

test("Slack gets a text for the phone's lock screen and blocks, its three characters escaped", () => {
  const { url, body } = slack(opened, "https://hooks.slack.com/services/T/B/x");
  const { text, blocks } = JSON.parse(body);
  assert.equal(url, "https://hooks.slack.com/services/T/B/x");
  assert.equal(text, "cart (prod, aws, eu-west-1) is open");
  assert.deepEqual(blocks.map(({ type }) => type), ["header", "section", "section"]);
  assert.match(blocks[1].text.text, /^\*Why\* {2}5 failures in a row/);
  assert.match(blocks[1].text.text, /Dana &lt;dana@acme.dev&gt;/);
  assert.match(blocks[2].text.text, /^```kampkin status cart --env prod\nkampkin hold/);
});

test("Slack takes no block of more than 3000 characters", () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ ...OPENED, id: `e${index}`, reason: "x".repeat(400) }));
  const { blocks } = JSON.parse(slack(message("flapping", OPENED, [...many, OPENED]), "https://hooks.slack.com/x").body);
  assert.ok(blocks[1].text.text.length <= 3000);
  assert.throws(() => slack(opened, "SHOP_SLACK"), Unusable);
});

test("an email is plain text with the event's id", () => {
  const { subject, text } = email(opened);
  assert.equal(subject, opened.title);
  assert.match(text, /^cart \(prod, aws, eu-west-1\) is open\n\nWhy: 5 failures in a row/);
  assert.match(text, /\nkampkin status cart --env prod\n/);
  assert.ok(text.endsWith(`event ${OPENED.id}\n`));
});

test("a duration in its two largest units", () => {
  assert.deepEqual([0, 400, 59_999, 61_000, 3_600_000, 90_061_000].map(duration), ["0 s", "0 s", "1 min", "1 min 1 s", "1 h", "25 h 1 min"]);
});
