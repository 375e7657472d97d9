// Nodes in real time over a store in another process, as many and for as long as the argument, JSON, says; prints what the
// origin came to, and how many probes were ever under way at once. The stores there have clocks of their own, so time is real: the
// pauses below are the traffic itself, and a heartbeat takes as long as a heartbeat.

import { setTimeout as sleep } from "node:timers/promises";
import { createMiddleware } from "../../compiler/kampkin/runtime/middleware.mjs";
import { DynamoError, dynamoStore } from "../../compiler/kampkin/runtime/stores/dynamodb.mjs";
import { random } from "./dice.mjs";

const { store: at, nodes: number, policy, phases, everyMs, beatMs } = JSON.parse(process.argv[2]);
const dice = random(7);
const coin = () => dice.below(10_000);
const came = { 200: 0, 500: 0 };
let failing = 0;
let probes = 0;
let probesAtOnce = 0;
const wrong = [];

async function post(url, body, headers = {}) {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  return [answer.ok, await answer.json()];
}

const STORES = {
  worker: ({ url }) => ({
    async sync(breaker, delta) {
      const [ok, snapshot] = await post(url, { breaker, delta });
      if (!ok) throw new Error("the worker failed");
      return snapshot;
    },
  }),
  dynamodb: ({ url, table, region }) =>
    dynamoStore({
      table, region, now: Date.now, coin,
      async call(operation, input) {
        const authorization = `AWS4-HMAC-SHA256 Credential=local/20300101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`;
        const [ok, output] = await post(url, input, { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}`, authorization });
        if (!ok) throw new DynamoError(String(output.__type).replace(/^.*#/, ""), output);
        return output;
      },
    }),
};

function timer(ms) {
  let handle;
  return { promise: new Promise((resolve) => (handle = setTimeout(resolve, ms))), cancel: () => clearTimeout(handle) };
}

const plan = {
  version: 2, digest: "sha256:nodes",
  defaults: { targets: ["cloudflare"], methods: null, timeoutMs: 1000, policy, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
  endpoints: [{ name: "cart", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "cart.test", port: 443, path: "" } }],
};
const log = (_write, _now, { kampkin, error }) => ["fault", "store"].includes(kampkin) && wrong.push(`${kampkin}: ${error}`);
const works = new Set();
const keep = (work) => {
  works.add(work);
  work.catch(() => {}).finally(() => works.delete(work));
};
const handlers = Array.from({ length: number }, () => createMiddleware(plan, "cloudflare", log));
const stores = handlers.map(() => STORES[at.kind](at));

function request(node) {
  return handlers[node](new Request("https://edge.test/"), {
    now: Date.now, coin, timer, store: stores[node], keep, after: keep, node: () => `test/${node}`, requestId: "", log: () => {},
    async call({ patient }) {
      if (patient) probesAtOnce = Math.max(probesAtOnce, ++probes);
      await sleep(5); // how long this service takes: probes overlap
      if (patient) probes -= 1;
      const status = dice.below(100) < failing ? 500 : 200;
      came[status] += 1;
      return { response: new Response(null, { status }) };
    },
  });
}

let sent = 0;
for (const phase of [...phases, { requests: number, failing: 0, afterMs: beatMs }]) {
  failing = phase.failing;
  if (phase.afterMs) await sleep(phase.afterMs); // then each node tells what it has not
  for (let count = 0; count < phase.requests; count++) {
    keep(request(sent++ % number));
    await sleep(everyMs); // the callers' rate, against a real store
  }
}
while (works.size > 0) await Promise.allSettled(works);
console.log(JSON.stringify({ came, probesAtOnce, wrong }));
