// A fleet of nodes in one process, on a clock and a coin of the test's own: the real middleware, the real merge,
// an origin and a store that the test drives.

import { createLedger, sync } from "../../compiler/kampkin/runtime/ledger.mjs";
import { createMiddleware } from "../../compiler/kampkin/runtime/middleware.mjs";

export const POLICY = {
  windowMs: 10_000, networkFailures: 0, serviceFailures: 0, consecutiveFailures: 5, failureRatioBp: 5000, minimumRequests: 20,
  cooldownMs: 1000, cooldownFactor: 2, cooldownMaxMs: 4000, cooldownJitterBp: 0, admitBp: 0, maxProbes: 1, successes: 2, failures: 1,
  probeTimeoutMs: 500, failureStatuses: [[500, 500], [502, 504]],
};

export function createFleet({ policy = {}, nodes = 1, endpoint = {} } = {}) {
  const ledger = createLedger();
  const fleet = {
    now: 1_700_000_000_000,
    coin: 9999,
    origin: () => 200,
    calls: 0,
    store: null,
    record: ledger.record,
    events: [],
    deltas: [],
    policy: { ...POLICY, ...policy },
    lines: [],
    wait: async () => {},
  };
  fleet.shared = async (_breaker, delta) => {
    fleet.deltas.push(delta);
    const { snapshot, transitions } = sync(ledger, structuredClone(delta), { now: fleet.now, coin: fleet.coin });
    fleet.events.push(...transitions.map(({ from, to, reason }) => `${from} > ${to}: ${reason}`));
    return structuredClone(snapshot);
  };
  fleet.store = fleet.shared;
  const plan = {
    version: 2, digest: "sha256:test",
    defaults: { targets: ["cloudflare"], methods: null, timeoutMs: 500, policy: POLICY, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
    endpoints: [{ name: "cart", route: { path: "/cart", prefix: true }, origin: { scheme: "https", host: "cart.test", port: 443, path: "/v2" }, policy, ...endpoint }],
  };
  const handlers = Array.from({ length: nodes }, () => createMiddleware(plan, "cloudflare"));

  // A timer that never fires unless the store is silent, for ever or for so many ms: then it is the only one left to wait for.
  const timer = (ms) => ({ promise: fleet.silent === true || fleet.silent === ms ? Promise.resolve() : new Promise(() => {}), cancel() {} });

  fleet.request = async (node = 0, path = "/cart/1", init = {}) => {
    const background = [];
    const answer = await handlers[node](new Request(`https://edge.test${path}`, init), {
      now: () => fleet.now,
      coin: () => fleet.coin,
      timer,
      call: async ({ url }) => {
        fleet.calls += 1;
        fleet.url = url;
        const result = await fleet.origin(url);
        return typeof result === "number" ? { response: new Response(null, { status: result }) } : { failure: result, detail: "" };
      },
      store: { sync: (breaker, delta) => fleet.store(breaker, delta) },
      keep: (work) => background.push(work),
      after: (work) => void background.push(work),
      node: () => `test/${node}`,
      minute: fleet.minute,
      requestId: "r",
      log: (line) => fleet.lines.push(JSON.parse(line)),
    });
    await Promise.all(background);
    return answer;
  };

  /** Sends requests `everyMs` apart until `done(answer)` says so, at most `limit`; how many it took. */
  fleet.until = async (done, { everyMs = 1000, limit = 50 } = {}) => {
    for (let count = 1; count <= limit; count++) {
      if (done(await fleet.request())) return count;
      fleet.now += everyMs;
    }
    throw new Error(`not within ${limit} requests`);
  };
  return fleet;
}
