// A breaker's life over two releases: one begins it, the other goes on with what is in the store, and the first again, as
// during a deploy. argv: the folders of the two runtimes and the store, as JSON. Prints what each step came to.

import { pathToFileURL } from "node:url";
import { Storage } from "../../compiler/kampkin/cost/js/object.mjs"; // which also stands in for the platform's modules
import { createTable } from "../../compiler/kampkin/cost/js/table.mjs";

const { first, second, store: kind } = JSON.parse(process.argv[2]);

const POLICY = {
  windowMs: 30_000, networkFailures: 0, serviceFailures: 0, consecutiveFailures: 5, failureRatioBp: 0, minimumRequests: 20, slowRatioBp: 0, slowAfterMs: 0,
  cooldownMs: 1000, cooldownFactor: 2, cooldownMaxMs: 4000, cooldownJitterBp: 0, obeyRetryAfter: false, admitBp: 10_000, maxProbes: 2, successes: 2,
  failures: 1, probeTimeoutMs: 500, rampMs: 0, monitor: false, override: null, failureStatuses: [[500, 500]],
};
/** A plan as the release reads it. */
const planOf = (version) => ({
  version, digest: "sha256:life",
  defaults: {
    policy: POLICY, methods: null, timeoutMs: 500, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null,
    fallback: version === 1 ? null : [], targets: ["cloudflare"],
  },
  endpoints: [{ name: "cart", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "cart.test", port: 443, path: "" } }],
});

let now = 1_800_000_000_000;
let status = 200;
let nodes = 0;

/** The same state for each release's store. */
const storage = new Storage({ requests: 0, rowsRead: 0, rowsWritten: 0 });
class Failure extends Error {
  constructor(type, body) {
    super(type);
    Object.assign(this, { type, body });
  }
}
const table = createTable(Failure);

/** What a release makes of the plan, in the version that it reads. */
function reads(createMiddleware) {
  try {
    return createMiddleware(planOf(2), "cloudflare");
  } catch {
    return createMiddleware(planOf(1), "cloudflare");
  }
}

async function release(folder) {
  const load = (name) => import(pathToFileURL(`${folder}/${name}`).href);
  const { createMiddleware } = await load("middleware.mjs");
  const stores = {
    async "durable-object"() {
      const { BreakerState } = await load("state.mjs");
      class Timed extends BreakerState {
        now = () => now;
        coin = () => 5000;
      }
      return { sync: async (breaker, delta) => structuredClone(new Timed({ storage }, {}).sync(structuredClone(delta), breaker)) };
    },
    async dynamodb() {
      const { dynamoStore, DynamoError } = await load("stores/dynamodb.mjs");
      const call = (operation, body) =>
        table.call(operation, body).catch((error) => {
          throw error instanceof Failure ? new DynamoError(error.type, error.body) : error;
        });
      return dynamoStore({ table: "breakers", region: "us-east-1", call, now: () => now, coin: () => 5000 });
    },
  };
  const store = await stores[kind]();
  /** A fresh node of this release, over a store of its own or of another. */
  const node = (over = store) => {
    const answer = reads(createMiddleware);
    const id = `test/${nodes++}`;
    return async () => {
      const works = [];
      const failed = [];
      const response = await answer(new Request("https://edge.test/"), {
        now: () => now, coin: () => 5000, timer: () => ({ promise: new Promise(() => {}), cancel() {} }), store: over, keep: (work) => works.push(work),
        after: (work) => void works.push(work), node: () => id, requestId: "", call: async () => ({ response: new Response(null, { status }) }),
        log: (line) => /"(?:fault|store)"/.test(line) && failed.push(line),
      });
      await Promise.all(works);
      if (failed.length > 0) throw new Error(failed.join("\n"));
      return response.status;
    };
  };
  return { store, node };
}

const one = await release(first);
const other = await release(second);
const came = [];
const step = async (request) => void came.push(await request());

status = 500;
for (let failure = 0; failure < 4; failure++) await step(one.node()); // each a node's first outcome, told at once
await step(other.node());                                              // the fifth, to the other release: opens
status = 200;
await step(one.node());                                                // a node of the first hears of it, over its own code
await step(one.node(other.store));                                     // and over the other's: rejected
await step(other.node(one.store));
now += 1000;
await step(other.node());                                              // a probe
await step(one.node(other.store));                                     // the second closes it
await step(one.node());
console.log(JSON.stringify(came));
