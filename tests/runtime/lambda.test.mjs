import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { lambda } from "../../compiler/kampkin/runtime/lambda.mjs";
import { POLICY } from "./fleet.mjs";

function functionFor(port, lines = []) {
  const plan = {
    version: 2, digest: "sha256:test",
    defaults: { targets: ["aws"], methods: null, timeoutMs: 2000, policy: { ...POLICY, consecutiveFailures: 1 }, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
    endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "http", host: "127.0.0.1", port, path: "" } }],
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
  assert.match((await send({ querystring: "page=2" })).origin.custom.customHeaders["kampkin-exchange"][0].value, /^cart;0;/);
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
