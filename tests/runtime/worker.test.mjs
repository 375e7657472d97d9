import assert from "node:assert/strict";
import { test } from "node:test";
import { worker } from "../../compiler/kampkin/runtime/cloudflare.mjs";
import { POLICY } from "./fleet.mjs";

/** The platform's caches by name. The default one is what `fetch` reads: nobody may touch it. */
const held = new Map();
globalThis.caches = {
  get default() {
    throw new Error("fetch reads this one");
  },
  async open(name) {
    return { match: async ({ url }) => held.get(`${name} ${url}`)?.clone(), put: async ({ url }, response) => void held.set(`${name} ${url}`, response) };
  },
};

const PLAN = {
  version: 2, digest: "sha256:w", safety: { maxOverrideMs: 1000 },
  defaults: { targets: ["cloudflare"], methods: null, timeoutMs: 500, policy: POLICY, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
  endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "https", host: "origin.test", port: 443, path: "" } }],
};

/** How the Worker asks for a breaker's object: for a request, and for the admin API. @param {string | null} location */
async function asksFor(location) {
  const asked = [];
  const object = { sync: async () => null, read: async () => ({}) };
  const STATE = { idFromName: (name) => `id of ${name}`, get: (id, options) => (asked.push([id, options]), object) };
  const { fetch } = worker(PLAN, { store: "durable-object", binding: "STATE", location, analytics: null }, (io) => ({ ...io, call: async () => ({ response: new Response("ok") }) }));
  const work = [];
  const ask = (path, headers) => fetch(new Request(`https://edge.test${path}`, { headers }), { STATE, KAMPKIN_ADMIN: "t" }, { waitUntil: (one) => work.push(one) });
  await ask("/cart", {});
  const byRequests = asked.length;
  await ask("/.kampkin/v1/breakers/cart", { authorization: "Bearer t" });
  await Promise.allSettled(work);
  assert.ok(byRequests > 0 && asked.length > byRequests);
  return asked;
}

test("whoever asks for a breaker's object asks for it in the same place: the first decides", async () => {
  for (const asked of await asksFor("weur")) assert.deepEqual(asked, ["id of cart", { locationHint: "weur" }]);
  for (const asked of await asksFor(null)) assert.deepEqual(asked, ["id of cart", {}]);
});

const SITE = { store: "memory", binding: null, location: null, analytics: null, inFrontOf: null };

/** Sends a request to a Worker whose origins answer so. @param {any} plan @param {object} site @param {() => Response} origin */
async function send(plan, site, path, origin) {
  const work = [];
  const { fetch } = worker(plan, { ...SITE, ...site }, (io) => ({ ...io, call: async () => ({ response: origin() }) }));
  const answer = await fetch(new Request(`https://shop.test${path}`), {}, { waitUntil: (one) => work.push(one) });
  await Promise.allSettled(work);
  return answer;
}

test("earlier answers are kept apart from what fetch reads: it must not answer for the service itself with one", async () => {
  const plan = { ...PLAN, endpoints: [{ ...PLAN.endpoints[0], fallback: [{ kind: "stale", when: ["failure"], maxAgeMs: 60_000 }] }] };
  assert.equal((await send(plan, {}, "/cart", () => new Response("kept"))).status, 200);
  assert.deepEqual([...held.keys()], ["kampkin https://shop.test/cart"]);
  const stale = await send(plan, {}, "/cart", () => new Response("", { status: 500 }));
  assert.deepEqual([await stale.text(), stale.headers.get("proxy-status")], ["kept", 'kampkin; details="stale copy"']);
});

test("what no endpoint takes is handed on as it came, only where the Worker is in front of a host", async (t) => {
  const passed = [];
  t.mock.method(globalThis, "fetch", async (...given) => (passed.push(given), new Response("own")));
  assert.equal((await send(PLAN, {}, "/login", () => new Response("ok"))).status, 404);
  assert.equal(passed.length, 0);
  assert.equal(await (await send(PLAN, { inFrontOf: "shop.test" }, "/login", () => new Response("ok"))).text(), "own");
  assert.deepEqual(passed.map(([request, ...more]) => [request.url, more.length]), [["https://shop.test/login", 0]]);
  assert.equal(await (await send(PLAN, { inFrontOf: "shop.test" }, "/cart/x", () => new Response("ok"))).text(), "ok");
});
