import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import tls from "node:tls";
import { lambda } from "../../compiler/kampkin/runtime/lambda.mjs";
import { POLICY } from "./fleet.mjs";

function functionFor(port, lines = [], more = {}) {
  const plan = {
    version: 2, digest: "sha256:test",
    defaults: { targets: ["aws"], methods: null, timeoutMs: 2000, policy: { ...POLICY, consecutiveFailures: 1 }, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
    endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "http", host: "127.0.0.1", port, path: "" }, ...more }],
  };
  const handler = lambda(plan, { table: "t", regions: ["us-east-1"] }, { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1/" });
  return async (request, { response, ...config } = {}) => {
    const write = console.log;
    console.log = (line) => lines.push(JSON.parse(line));
    try {
      const cf = { config: { requestId: "r", ...config }, response, request: { method: "GET", uri: "/cart", querystring: "", headers: { host: [{ key: "Host", value: "edge.test" }] }, ...request } };
      return await handler({ Records: [{ cf }] });
    } finally {
      console.log = write;
    }
  };
}

async function listening(serve) {
  const server = http.createServer(serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: server.address().port };
}

test("an event that is no request is answered 400, never thrown", async () => {
  const send = functionFor(1);
  const host = (value) => ({ headers: { host: [{ key: "Host", value }] } });
  for (const request of [host("a b"), host("user@evil.test"), { headers: { ...host("x.y").headers, "x-a": [{ key: "X-A", value: "\u2603" }] } }]) {
    assert.equal((await send(request)).status, "400");
  }
});

test("a socket that died between two requests costs no caller an error and no breaker a count", async () => {
  const sockets = new Set();
  const { server, port } = await listening((request, response) => {
    sockets.add(request.socket);
    response.end("ok");
  });
  const lines = [];
  const send = functionFor(port, lines);
  assert.equal((await send({})).status, "200");
  for (const socket of sockets) socket.resetAndDestroy();
  assert.equal((await send({})).status, "200");
  assert.equal(sockets.size, 2);
  assert.deepEqual(lines.filter(({ kampkin }) => kampkin === "failure"), []);
  server.closeAllConnections();
  server.close();
});

test("with the caller's Host the certificate asked for is still the origin's", async () => {
  const asked = [];
  const server = tls.createServer({ SNICallback: (name, done) => (asked.push(name), done(new Error("no certificate here"))) });
  server.on("tlsClientError", () => {}).unref();
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const origin = { scheme: "https", host: "localhost", port: server.address().port, path: "" };
  for (const passHost of [true, false]) assert.equal((await functionFor(0, [], { origin, passHost })({})).status, "502");
  assert.deepEqual(asked, ["localhost", "localhost"]);
  server.close();
});

test("an answer too large is handed back once where that is safe, and then at once; elsewhere it is 502 and sent once", async () => {
  let calls = 0;
  const { server, port } = await listening((_request, response) => {
    calls += 1;
    response.end(Buffer.alloc(900_000));
  });
  const lines = [];
  const send = functionFor(port, lines);
  const first = await send({ querystring: "page=1" });
  assert.deepEqual([first.uri, first.querystring, first.origin.custom.port, first.headers.host[0].value], ["/", "page=1", port, `127.0.0.1:${port}`]);
  assert.match(first.origin.custom.customHeaders["kampkin-exchange"][0].value, /^cart;-1;/); // counted already
  assert.equal(calls, 1);
  assert.match((await send({ querystring: "page=1" })).origin.custom.customHeaders["kampkin-exchange"][0].value, /^cart;0;/);
  assert.equal(calls, 1);
  const posted = await send({ method: "POST", uri: "/cart/post", body: { data: Buffer.from("x").toString("base64"), encoding: "base64", inputTruncated: false } });
  assert.equal(posted.status, "502");
  assert.match(Buffer.from(posted.body, "base64").toString(), /large_bodies: true/);
  assert.equal(calls, 2);
  assert.deepEqual(lines.filter(({ kampkin }) => kampkin === "failure"), []);
  server.closeAllConnections();
  server.close();
});

test("a body that the event holds in part only is handed back untouched", async () => {
  const body = { data: "eA==", encoding: "base64", inputTruncated: true, action: "read-only" };
  const result = await functionFor(1)({ method: "POST", uri: "/cart/upload", body });
  assert.equal(result.body, body);
  assert.equal(result.uri, "/upload");
});

test("what came of a call that was handed back counts, and leads callers back", async () => {
  const send = functionFor(1);
  const body = { data: "eA==", encoding: "base64", inputTruncated: true, action: "read-only" };
  const request = await send({ method: "POST", uri: "/cart/upload", body });
  const response = { status: "500", statusDescription: "", headers: { location: [{ key: "Location", value: "/items/7" }], "x-a": [{ key: "X-A", value: "1" }] } };
  const answer = await send({ ...request, origin: request.origin }, { eventType: "origin-response", response });
  assert.deepEqual(answer.headers, { location: [{ key: "location", value: "/cart/items/7" }], "x-a": [{ key: "X-A", value: "1" }] });
  assert.equal((await send({})).status, "503"); // one failure trips it
});

test("what is not safe is never sent twice, nor over a connection that may have died", async (t) => {
  const sockets = [];
  const { server, port } = await listening((request, response) => {
    sockets.push(request.socket);
    if (request.url === "/reset") request.socket.resetAndDestroy();
    else response.end("ok");
  });
  const send = functionFor(port);
  const post = (path) => send({ method: "POST", uri: `/cart${path}` });
  assert.equal((await post("/a")).status, "200");
  assert.equal((await post("/b")).status, "200"); // over a kept one from here on
  assert.equal((await post("/reset")).status, "502");
  assert.equal(sockets.length, 3);
  assert.equal((await send({})).status, "200"); // it said nothing of the origin
  assert.equal((await post("/c")).status, "200");
  assert.equal(sockets[4], sockets[3]);
  const later = Date.now() + 5_000;
  t.mock.method(Date, "now", () => later);
  assert.equal((await post("/d")).status, "200");
  assert.notEqual(sockets[5], sockets[4]); // which is alive here, but who knows
  server.close();
  server.closeAllConnections();
});

test("a stream of events that is longer than the time-out says nothing of the origin", async () => {
  const { server, port } = await listening((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
  });
  const send = functionFor(port, [], { timeoutMs: 200 });
  for (let call = 0; call < 2; call++) {
    const answer = await send({ method: "POST", uri: "/cart/chat", body: { data: "eA==", encoding: "base64" } });
    assert.equal(answer.status, "502");
    assert.match(Buffer.from(answer.body, "base64").toString(), /large_bodies: true/);
  }
  server.closeAllConnections();
  server.close();
});

const TRUNCATED = { data: "eA==", encoding: "base64", inputTruncated: true, action: "read-only" };

test("a redirect of a call that was handed back never leads to a host that the caller wrote", async () => {
  const send = functionFor(1, [], { route: { path: "/", prefix: true } });
  for (const [uri, location, expected] of [["//evil.test/dir", "dir/", "https://edge.test//evil.test/dir/"], ["//", "/x", "/x"]]) {
    const request = await send({ method: "POST", uri, body: TRUNCATED });
    const response = { status: "302", statusDescription: "", headers: { location: [{ key: "Location", value: location }] } };
    assert.equal((await send(request, { eventType: "origin-response", response })).headers.location[0].value, expected);
  }
});

test("what rides along is ours alone, and ends what goes round through CloudFront", async () => {
  const send = functionFor(1);
  let headers = { host: [{ key: "Host", value: "edge.test" }], te: [{ key: "TE", value: "trailers" }] };
  for (let round = 1; round <= 3; round++) {
    const request = await send({ method: "POST", body: TRUNCATED, headers });
    const [rides] = request.origin.custom.customHeaders["kampkin-exchange"];
    assert.match(rides.value, new RegExp(`;${round}$`));
    assert.deepEqual([request.headers["kampkin-exchange"], request.headers.te], [undefined, undefined]);
    headers = { ...headers, "kampkin-exchange": [rides] };
  }
  assert.equal((await send({ method: "POST", body: TRUNCATED, headers })).status, "508");
});

test("what cannot be looked at passes as it is", async () => {
  const send = functionFor(1);
  const request = await send({ method: "POST", body: TRUNCATED });
  const look = (response) => send(request, { eventType: "origin-response", response });
  const odd = { status: "999", headers: {} };
  assert.deepEqual(await look(odd), odd);
  const header = [{ key: "X-A", value: "\u2603" }];
  const seen = await look({ status: "302", headers: { "x-a": header, location: [{ key: "Location", value: "/x" }] } });
  assert.deepEqual(seen.headers, { "x-a": header, location: [{ key: "location", value: "/cart/x" }] });
});

test("cookies stay several, hop-by-hop headers stay behind", async () => {
  let seen;
  const { server, port } = await listening((request, response) => {
    seen = request.headers;
    response.writeHead(200, [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"], ["X-Cache", "theirs"], ["Via", "them"]].flat());
    response.end("ok");
  });
  const send = functionFor(port);
  const headers = { host: [{ key: "Host", value: "edge.test" }], te: [{ key: "TE", value: "trailers" }], cookie: [{ key: "Cookie", value: "c=3" }] };
  const result = await send({ headers });
  assert.deepEqual(result.headers["set-cookie"].map(({ value }) => value), ["a=1", "b=2"]);
  assert.ok(!("x-cache" in result.headers) && !("via" in result.headers));
  assert.equal(seen.te, undefined);
  assert.equal(seen.cookie, "c=3");
  assert.equal(seen.host, `127.0.0.1:${port}`);
  server.closeAllConnections();
  server.close();
});
