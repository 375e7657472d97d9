import assert from "node:assert/strict";
import { test } from "node:test";
import { copiesIn } from "../../compiler/kampkin/runtime/copies.mjs";

const NOW = 1_800_000_000_000;
const URL_ = new URL("https://edge.test/cart/items?page=1");

/** Copies in a cache of a map's making, which reads a body to its end as the real one does. */
function createCopies() {
  const held = new Map();
  const cache = {
    match: async ({ url }) => held.get(url)?.clone(),
    async put({ url }, response) {
      held.set(url, new Response(await response.arrayBuffer(), response));
    },
  };
  return copiesIn(async () => cache);
}

/** Whether an answer to such a request is kept and found again by somebody else. */
async function isKept({ headers = {}, method = "GET", cf, answer = {}, body = "items", status = 200 } = {}) {
  const copies = createCopies();
  const request = Object.assign(new Request(URL_, { method, headers }), cf ? { cf } : {});
  await copies.keep(request, URL_, new Response(body, { status, headers: answer }), 60_000, NOW);
  return (await copies.find(new Request(URL_), URL_, 60_000, NOW + 1_000)) !== null;
}

test("what anybody may have is kept", async () => {
  assert.ok(await isKept());
  assert.ok(await isKept({ headers: { accept: "a/b", "user-agent": "x", "cf-connecting-ip": "192.0.2.1", "cf-ray": "r", "sec-fetch-mode": "cors", "x-forwarded-for": "192.0.2.1" }, answer: { vary: "Accept-Encoding, Origin" } }));
});

test("what may be somebody's own is not", async () => {
  for (const name of ["authorization", "cookie", "x-api-key", "x-user", "x-tenant", "signature", "cf-access-jwt-assertion", "x-forwarded-user", "range"]) {
    assert.equal(await isKept({ headers: { [name]: "mine" } }), false, name);
  }
  assert.equal(await isKept({ cf: { tlsClientAuth: { certPresented: "1" } } }), false);
  for (const answer of [{ "cache-control": "private" }, { "cache-control": "no-store" }, { "set-cookie": "a=1" }, { vary: "cookie" }, { vary: "*" }, { "content-type": "text/event-stream" }]) {
    assert.equal(await isKept({ answer }), false, JSON.stringify(answer));
  }
  assert.equal(await isKept({ method: "POST" }), false);
  assert.equal(await isKept({ status: 404 }), false);
});

test("what is larger than a copy may be is not, whether it says so or not", async () => {
  const large = 8 * 1024 * 1024 + 1;
  const stream = (size) => new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(size)); controller.close(); } });
  assert.ok(await isKept({ body: stream(1_000) }));
  assert.equal(await isKept({ body: stream(large) }), false);
  assert.equal(await isKept({ answer: { "content-length": String(large) } }), false);
});

test("a copy that is older than said is none; one that is not says how old it is", async () => {
  const copies = createCopies();
  await copies.keep(new Request(URL_), URL_, new Response("items"), 60_000, NOW);
  assert.equal(await copies.find(new Request(URL_), URL_, 60_000, NOW + 60_001), null);
  const found = await copies.find(new Request(URL_), URL_, 60_000, NOW + 59_000);
  assert.deepEqual([found.headers.get("age"), found.headers.get("cache-control"), await found.text()], ["59", "no-store", "items"]);
  assert.equal(await copies.find(new Request(URL_, { method: "POST" }), URL_, 60_000, NOW), null);
});
