import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { lambda } from "../../compiler/kampkin/runtime/lambda.mjs";
import { nearest } from "../../compiler/kampkin/runtime/regions.mjs";
import { POLICY } from "./fleet.mjs";

const WORLD = ["us-east-1", "eu-west-1", "ap-southeast-2"];

for (const [executing, regions, expected, why] of [
  ["eu-west-1", WORLD, "eu-west-1", "the same region"],
  ["eu-central-1", WORLD, "eu-west-1", "Frankfurt to Dublin"],
  ["us-west-2", WORLD, "us-east-1", "Oregon to Virginia"],
  ["ap-northeast-1", WORLD, "ap-southeast-2", "Tokyo to Sydney: shorter than over the pole"],
  ["sa-east-1", WORLD, "us-east-1", "São Paulo to Virginia"],
  ["us-west-2", ["ap-northeast-1", "eu-west-1"], "eu-west-1", "Oregon to Dublin, by great circle, is a little shorter than to Tokyo"],
  ["ap-northeast-1", ["eu-west-1", "us-west-2"], "us-west-2", "Tokyo to Oregon, over the date line"],
  ["us-gov-west-1", WORLD, "us-east-1", "an unknown one to the home"],
  ["local", ["eu-west-1", "us-east-1"], "eu-west-1", "no region to the home"],
  ["eu-central-1", ["xx-new-1", "us-east-1"], "us-east-1", "a table in a region that is on no map is far"],
  ["eu-central-1", ["xx-new-1", "xx-new-2"], "xx-new-1", "all of them off the map: the home"],
  ["xx-new-2", ["us-east-1", "xx-new-2"], "xx-new-2", "off the map, and there"],
]) {
  test(`${executing} of ${regions}: ${why}`, () => assert.equal(nearest(executing, regions), expected));
}

test("the function keeps its breakers in the table nearest to where it runs", async () => {
  const seen = [];
  const dynamodb = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      seen.push({ signedFor: request.headers.authorization.split("/")[2], ...JSON.parse(body) });
      response.end("{}");
    });
  });
  const origin = http.createServer((_request, response) => response.writeHead(500).end());
  for (const server of [dynamodb, origin]) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const plan = {
    version: 2, digest: "sha256:test",
    defaults: { targets: ["aws"], methods: null, timeoutMs: 2000, policy: { ...POLICY, consecutiveFailures: 1 }, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
    endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "http", host: "127.0.0.1", port: origin.address().port, path: "" } }],
  };
  const env = { AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamodb.address().port}/` };
  const handler = lambda(plan, { store: "dynamodb", table: "t", regions: ["us-east-1", "eu-west-1"] }, env);
  const write = console.log;
  console.log = () => {};
  await handler({ Records: [{ cf: { config: {}, request: { method: "GET", uri: "/cart", querystring: "", headers: { host: [{ key: "Host", value: "edge.test" }] } } } }] });
  console.log = write;
  for (const server of [dynamodb, origin]) {
    server.closeAllConnections();
    server.close();
  }
  const places = seen.map(({ signedFor, Key }) => `${signedFor} ${Key.pk.S}`);
  assert.deepEqual([...new Set(places)], ["eu-west-1 b#cart#eu-west-1"]);
});
