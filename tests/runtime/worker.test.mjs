import assert from "node:assert/strict";
import { test } from "node:test";
import { worker } from "../../compiler/kampkin/runtime/cloudflare.mjs";
import { POLICY } from "./fleet.mjs";

globalThis.caches = { default: {} }; // the platform's, which nothing here keeps anything in

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
