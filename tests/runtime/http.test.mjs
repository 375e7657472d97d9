import assert from "node:assert/strict";
import { test } from "node:test";
import { onward } from "../../compiler/kampkin/runtime/headers.mjs";
import { mapped } from "../../compiler/kampkin/runtime/locations.mjs";
import { createMiddleware, createProxy } from "../../compiler/kampkin/runtime/middleware.mjs";
import { isPlain } from "../../compiler/kampkin/runtime/paths.mjs";
import { memoryStore } from "../../compiler/kampkin/runtime/stores/memory.mjs";
import { POLICY } from "./fleet.mjs";

const ENDPOINT = {
  name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "https", host: "origin.test", port: 443, path: "/v2" },
  targets: ["cloudflare"], methods: null, timeoutMs: 500, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [],
  policy: { ...POLICY, consecutiveFailures: 1 },
};
const ANSWER = { kind: "answer", when: ["open"], status: 200, headers: [["content-type", "text/plain"]], body: "resting", encoding: "utf8" };
const alternate = (host, when = ["open"]) => ({ kind: "origin", when, origin: { scheme: "https", host, port: 443, path: "" }, timeoutMs: 300 });

/** An edge of one node, whose origins answer by host: a Response, a failure's name, or a function of what is sent. */
function edge(endpoint = {}, origins = {}, more = {}) {
  const answer = createMiddleware({ version: 2, digest: "sha256:t", defaults: {}, endpoints: [{ ...ENDPOINT, ...endpoint, policy: { ...ENDPOINT.policy, ...endpoint.policy } }] }, "cloudflare");
  const seen = [];
  let now = 1_800_000_000_000;
  const send = async (path, init = {}) => {
    const work = [];
    const response = await answer(new Request(`https://edge.test${path}`, init), {
      now: () => now, coin: () => 5000, timer: () => ({ promise: new Promise(() => {}), cancel() {} }),
      async call(sent) {
        seen.push(sent);
        const origin = origins[new URL(sent.url).hostname] ?? new Response("ok");
        const came = typeof origin === "function" ? origin(sent) : origin;
        return typeof came === "string" ? { failure: came, detail: "" } : "response" in came ? came : { response: came };
      },
      store: { sync: async () => null }, keep: (one) => void work.push(one), after: async (one) => void (await one), node: () => "t/1", requestId: "r", log: () => {}, ...more,
    });
    await Promise.allSettled(work);
    return response;
  };
  return { send, seen, wait: (ms) => (now += ms) };
}

test("a path that others may read as another is refused, any other passes as it is", () => {
  for (const path of ["/a/..%2fb", "/a/%2e%2e%5cb", "/a/..;/b", "/a/..;x=1/b", "/a/%c0%ae%c0%ae/b", "/a/%e0%80%ae", "/a/%f0%80%80%ae", "/..%2f", "/..%00/a", "/a/..%2500/..%00x"]) assert.equal(isPlain(path), false, path);
  for (const path of ["/a/b", "/a%2Fb", "/a/b%5Cc", "/a/%C3%BC", "/a/%FC", "/a/..b", "/a/b..;c", "/a/;..", "/a/%252e%252e%252fb", "/a/1;v=..2"]) assert.equal(isPlain(path), true, path);
});

test("dot segments are resolved before the route is looked for, and never leave the origin's path", async () => {
  const { send, seen } = edge();
  assert.equal((await send("/cart/../admin")).status, 404);
  assert.equal((await send("/cart/a/%2e%2e/b")).status, 200);
  assert.equal((await send("/cart/..%2f..%2fadmin")).status, 400);
  assert.deepEqual(seen.map(({ url }) => url), ["https://origin.test:443/v2/b"]);
});

test("what holds for one hop stays behind, and who asked whom goes on", () => {
  const headers = onward(new Headers({ connection: "keep-alive", te: "trailers", forwarded: "for=1.2.3.4", host: "edge.test", upgrade: "h2c", "x-forwarded-host": "evil.test", via: "1.0 a", "x-a": "1" }), new URL("https://edge.test/"));
  assert.deepEqual([...headers], [["via", "1.0 a, 1.1 kampkin"], ["x-a", "1"], ["x-forwarded-host", "edge.test"], ["x-forwarded-proto", "https"]]);
  assert.equal(onward(new Headers({ upgrade: "websocket" }), new URL("https://edge.test/")).get("upgrade"), "websocket");
});

test("the endpoint's own origin is told what the file says; what a secret cannot be is left out, with one line for all requests", async () => {
  const lines = [];
  const secrets = { GOOD: "Bearer x", BROKEN: "a\r\nx-b: c" };
  const headers = { requestHeaders: [["x-from", "edge"]], secretHeaders: [["authorization", "GOOD"], ["x-broken", "BROKEN"], ["x-none", "NONE"]] };
  const { send, seen } = edge({ ...headers, fallback: [alternate("other.test", ["failure"])] }, { "origin.test": "network" }, { secret: (name) => secrets[name], log: (line) => lines.push(JSON.parse(line)) });
  for (const path of ["/cart", "/cart/x"]) await send(path, { headers: { authorization: "mine", "x-broken": "mine", "x-none": "mine", "x-from": "me" } });
  const told = seen.map(({ url, own, headers: sent }) => [new URL(url).hostname, own, ...["x-from", "authorization", "x-broken", "x-none"].map((name) => sent.get(name))]);
  assert.deepEqual(told, [
    ["origin.test", ["x-from", "authorization", "x-broken", "x-none"], "edge", "Bearer x", null, null],
    ["other.test", [], "me", "mine", "mine", "mine"],
  ]);
  assert.deepEqual(lines.filter(({ kampkin }) => kampkin === "secret").map(({ breaker, missing }) => [breaker, missing]), [["cart", "BROKEN, NONE"]]);
});

test("a request that goes round is ended, and counts nowhere", async () => {
  const { send, seen } = edge();
  assert.equal((await send("/cart", { headers: { via: "1.1 kampkin, 1.1 x, 1.1 kampkin" } })).status, 200);
  const answer = await send("/cart", { headers: { via: "1.1 kampkin, 1.1 kampkin, 1.1 kampkin" } });
  assert.deepEqual([answer.status, answer.headers.get("proxy-status"), seen.length], [508, "kampkin; error=proxy_loop_detected", 1]);
});

const location = (value, { route = ENDPOINT.route, origin = ENDPOINT.origin, asked = "https://origin.test/v2/a/b", edge: at = "https://edge.test/cart/a/b" } = {}) =>
  mapped(new Headers({ location: value }), route, origin, asked, new URL(at))[0]?.[1] ?? value;

test("a Location within the origin leads to the protected URL, one beside its path to the origin itself", () => {
  assert.equal(location("https://origin.test/v2/x?y=1#z"), "/cart/x?y=1#z");
  assert.equal(location("https://origin.test:443/v2"), "/cart");
  assert.equal(location("/v2/x"), "/cart/x");
  assert.equal(location("/login"), "https://origin.test/login");
  assert.equal(location("/v2x"), "https://origin.test/v2x");
  assert.equal(location("//origin.test/v2/x"), "/cart/x");
  assert.equal(location("c"), "c");
  assert.equal(location("../c"), "../c");
  assert.equal(location("../../c"), "https://origin.test/c");
  assert.equal(location("?page=2"), "?page=2");
  assert.equal(location("https://elsewhere.test/v2/x"), "https://elsewhere.test/v2/x");
  assert.equal(location("http://origin.test/v2/x"), "http://origin.test/v2/x");
  assert.equal(location("http://["), "http://[");
  const root = { route: { path: "/", prefix: true }, origin: { ...ENDPOINT.origin, path: "" }, asked: "https://origin.test/a", edge: "https://edge.test/a" };
  assert.equal(location("https://origin.test/x", root), "/x");
  assert.equal(location("https://origin.test//evil.test/x", root), "https://edge.test//evil.test/x"); // not //evil.test
  assert.equal(location("/x", root), "/x");
  const exact = { route: { path: "/one", prefix: false }, asked: "https://origin.test/v2", edge: "https://edge.test/one" };
  assert.equal(location("/v2", exact), "/one");
  assert.equal(location("/v2/x", exact), "https://origin.test/v2/x");
});

const CORS = { origins: ["https://shop.test"], headers: null, credentials: false, maxAgeS: 600 };
const from = (origin, more = {}) => ({ headers: { origin, ...more } });

test("where cors is declared the edge decides, for the origin's answers and its own", async () => {
  const { send } = edge({ cors: CORS }, { "origin.test": ({ request }) => (request.headers.has("x-fail") ? "network" : new Response("ok", { headers: { "access-control-allow-origin": "*", "access-control-expose-headers": "x-a" } })) });
  const read = await send("/cart", from("https://shop.test"));
  assert.deepEqual([read.headers.get("access-control-allow-origin"), read.headers.get("vary"), read.headers.get("access-control-expose-headers")], ["https://shop.test", "origin", "x-a"]);
  assert.equal((await send("/cart", from("https://evil.test"))).headers.has("access-control-allow-origin"), false);
  const failed = await send("/cart", from("https://shop.test", { "x-fail": "1" }));
  assert.deepEqual([failed.status, failed.headers.get("access-control-allow-origin")], [502, "https://shop.test"]);
  const rejected = await send("/cart", from("https://shop.test"));
  assert.deepEqual([rejected.status, rejected.headers.get("access-control-allow-origin"), rejected.headers.get("access-control-expose-headers")], [503, "https://shop.test", "retry-after, proxy-status"]);
});

test("a preflight is answered at the edge, with the breaker open too", async () => {
  const { send, seen } = edge({ cors: { ...CORS, headers: ["x-a"], credentials: true }, methods: ["GET", "PUT"] });
  const asks = { "access-control-request-method": "PUT", "access-control-request-headers": "x-b" };
  const answer = await send("/cart", { method: "OPTIONS", ...from("https://shop.test", asks) });
  assert.equal(answer.status, 204);
  assert.deepEqual(
    ["allow-origin", "allow-methods", "allow-headers", "allow-credentials", "max-age"].map((name) => answer.headers.get(`access-control-${name}`)),
    ["https://shop.test", "GET, PUT", "x-a", "true", "600"],
  );
  assert.equal((await send("/cart", { method: "OPTIONS", ...from("https://evil.test", asks) })).status, 403);
  assert.equal(seen.length, 0);
});

test("where cors is not declared nothing is added and nothing taken away", async () => {
  const { send } = edge({}, { "origin.test": () => new Response("ok", { headers: { "access-control-allow-origin": "*" } }) });
  assert.equal((await send("/cart", from("https://any.test"))).headers.get("access-control-allow-origin"), "*");
  assert.equal((await edge({}, { "origin.test": "network" }).send("/cart", from("https://any.test"))).headers.has("access-control-allow-origin"), false);
});

test("the first fallback that can answer, does; each at its time", async () => {
  const both = edge(
    { fallback: [alternate("two.test"), { ...ANSWER, when: ["failure"], status: 203 }, { ...ANSWER, status: 200 }] },
    { "origin.test": "network", "two.test": () => new Response("two", { status: 500 }) },
  );
  assert.equal((await both.send("/cart/x?q=1")).status, 203); // failed
  const answer = await both.send("/cart/x?q=1"); // rejected: two is down too
  assert.deepEqual([answer.status, await answer.text()], [200, "resting"]);
  assert.equal(both.seen.at(-1).url, "https://two.test:443/x?q=1");
  assert.deepEqual(both.seen.map(({ timeoutMs }) => timeoutMs), [500, 300]);
});

test("another origin's answer says that it stands in, and counts for nobody", async () => {
  const { send, seen } = edge({ fallback: [alternate("two.test", ["open", "failure"])] }, { "origin.test": () => new Response("", { status: 503 }), "two.test": () => new Response("two") });
  for (let request = 0; request < 2; request++) {
    const answer = await send("/cart");
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get("proxy-status")], [200, "two", 'kampkin; details="fallback origin"']);
  }
  assert.deepEqual(seen.map(({ url }) => new URL(url).hostname), ["origin.test", "two.test", "two.test"]); // the second was rejected
});

test("what is not safe to repeat is never sent twice", async () => {
  const origins = { "origin.test": "network", "two.test": "network", "three.test": () => new Response("three") };
  const { send, seen } = edge({ fallback: [alternate("two.test", ["open", "failure"]), alternate("three.test", ["open", "failure"])] }, origins);
  const post = { method: "POST", body: "x" };
  assert.equal((await send("/cart", post)).status, 502);
  assert.equal(seen.length, 1);
  assert.equal((await send("/cart", post)).status, 503); // rejected: two is asked, three no more
  assert.equal(seen.length, 2);
  assert.equal((await send("/cart")).status, 200); // a GET may
});

test("a fallback that throws leaves the ordinary answer", async () => {
  const { send } = edge({ fallback: [{ kind: "stale", when: ["failure", "open"], maxAgeMs: 1000 }] }, { "origin.test": "timeout" }, { copies: { keep: () => null, find: () => Promise.reject(new Error("no cache")) } });
  assert.equal((await send("/cart")).status, 504);
  assert.equal((await send("/cart")).status, 503);
});

test("an answer in bytes is those bytes", async () => {
  const { send } = edge({ fallback: [{ ...ANSWER, when: ["failure"], body: Buffer.from([0, 255, 1]).toString("base64"), encoding: "base64" }] }, { "origin.test": "network" });
  assert.deepEqual(new Uint8Array(await (await send("/cart")).arrayBuffer()), new Uint8Array([0, 255, 1]));
});

test("a watched body is judged at its end, an open one not before", async () => {
  for (const [end, next] of [["network", 503], ["timeout", 503], ["whole", 200], ["gone", 200]]) {
    const { send, seen } = edge({ watchBody: true }, { "origin.test": () => ({ response: new Response("ok"), end: Promise.resolve(end) }) });
    assert.equal((await send("/cart")).status, 200);
    assert.equal((await send("/cart")).status, next, end);
    assert.equal(seen[0].watch, true);
  }
});

test("what came of a probe that was handed back counts, though another node hears of it that knows less", async () => {
  let now = 1_800_000_000_000;
  const store = memoryStore({ now: () => now, coin: () => 5000 });
  const plan = { version: 2, digest: "sha256:t", defaults: {}, endpoints: [{ ...ENDPOINT, policy: { ...ENDPOINT.policy, successes: 1, cooldownMs: 1000, cooldownJitterBp: 0 } }] };
  let came;
  const ioOf = (id) => ({
    now: () => now, coin: () => 5000, timer: () => ({ promise: new Promise(() => {}), cancel() {} }), store, keep() {}, after: (work) => work,
    node: () => id, requestId: "r", log: () => {}, call: async (sent) => came(sent),
  });
  const nodes = ["t/a", "t/b", "t/c"].map((id) => ({ io: ioOf(id), ...createProxy(plan, "cloudflare") }));
  const send = ({ serve, io }) => serve(new Request("https://edge.test/cart"), io);
  came = () => ({ response: new Response("ok") });
  for (const node of nodes.slice(0, 2)) await send(node);
  came = () => ({ failure: "network", detail: "" });
  await send(nodes[0]); // trips, and the other has not heard
  now += 1500;
  let handed;
  came = ({ handBack }) => {
    handed = handBack;
    return { response: new Response(null), handedBack: "before" };
  };
  await send(nodes[0]); // the probe
  assert.notEqual(handed.lease, 0);
  await nodes[1].hear(handed, new Response(null), { asked: "https://origin.test/v2", edge: "https://edge.test", origin: null }, nodes[1].io);
  came = () => ({ response: new Response("ok") });
  now += 100;
  assert.equal((await send(nodes[2])).status, 200); // closed by it, as one who comes new hears
});

/** Waits for a condition that promises alone bring about. */
async function until(condition) {
  for (let turn = 0; turn < 100 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(condition());
}

test("a probe whose caller is slow makes room for another", async () => {
  const told = [];
  const store = {
    async sync(_breaker, delta) {
      if (delta.probe) told.push(delta.probe.result);
      const lease = delta.ask ? { id: 1_900_000_000_000_001, ttlMs: 1500 } : null;
      return { v: 1, epoch: 2, state: "half-open", why: "", sinceMs: 0, retryInMs: 0, level: 0, w: 1000, buckets: [], streak: 0, half: [0, 0, 0, 5000], lease, override: null, again: 0, ack: delta.seq };
    },
  };
  const late = [];
  const timer = (ms) => ({ promise: ms === ENDPOINT.policy.probeTimeoutMs ? new Promise((resolve) => late.push(resolve)) : new Promise(() => {}), cancel() {} });
  let sent;
  const done = new Promise((resolve) => (sent = resolve));
  const call = async ({ upload }) => (await upload.done, { response: new Response("ok") });
  const answer = edge({}, {}, { store, timer, call, upload: () => ({ stream: null, done }), keep() {} }).send("/cart", { method: "POST" });
  await until(() => late.length > 0);
  late[0]();
  await until(() => told.length > 0);
  sent("whole");
  assert.equal((await answer).status, 200);
  assert.deepEqual(told, ["void"]); // and nothing after that
});
