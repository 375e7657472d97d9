import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { lambda } from "../../compiler/kampkin/runtime/lambda.mjs";
import { POLICY } from "./fleet.mjs";

function functionFor(port, lines = []) {
  const plan = {
    version: 1, digest: "sha256:test",
    defaults: { targets: ["aws"], methods: null, timeoutMs: 2000, policy: { ...POLICY, consecutiveFailures: 1 }, fallback: null },
    endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "http", host: "127.0.0.1", port, path: "" } }],
  };
  const handler = lambda(plan, { table: "t", regions: ["us-east-1"] }, { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1/" });
  return async (request) => {
    const write = console.log;
    console.log = (line) => lines.push(JSON.parse(line));
    try {
      const cf = { config: { requestId: "r" }, request: { method: "GET", uri: "/cart", querystring: "", headers: { host: [{ key: "Host", value: "edge.test" }] }, ...request } };
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

test("an answer too large to pass on is 502 and says nothing of the origin", async () => {
  const { server, port } = await listening((_request, response) => response.end(Buffer.alloc(900_000)));
  const lines = [];
  const send = functionFor(port, lines);
  for (let call = 0; call < 3; call++) {
    const result = await send({});
    assert.equal(result.status, "502");
    assert.equal(JSON.parse(Buffer.from(result.body, "base64")).type, "urn:kampkin:response-too-large");
  }
  assert.deepEqual(lines.filter(({ kampkin }) => kampkin === "failure" || kampkin === "reject"), []);
  server.closeAllConnections();
  server.close();
});

test("a request that arrives cut short is refused, not passed on cut", async () => {
  const send = functionFor(1);
  const result = await send({ method: "POST", body: { data: "AAAA", encoding: "base64", inputTruncated: true } });
  assert.equal(result.status, "413");
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
