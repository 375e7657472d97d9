// Many nodes on one clock, over the stores that ship, each of them as real as this process allows: the Durable Object on
// SQLite, DynamoDB's expressions on a table, KV with another place's delay, memory. Between node and store stands a fault.

import { Clock } from "../../compiler/kampkin/cost/js/clock.mjs";
import { createObjects } from "../../compiler/kampkin/cost/js/object.mjs";
import { createTable } from "../../compiler/kampkin/cost/js/table.mjs";
import { createMiddleware } from "../../compiler/kampkin/runtime/middleware.mjs";
import { durableObjectStore } from "../../compiler/kampkin/runtime/stores/durable-object.mjs";
import { dynamoStore } from "../../compiler/kampkin/runtime/stores/dynamodb.mjs";
import { kvStore } from "../../compiler/kampkin/runtime/stores/kv.mjs";
import { memoryStore } from "../../compiler/kampkin/runtime/stores/memory.mjs";
import { within } from "../../compiler/kampkin/runtime/within.mjs";
import { random } from "./dice.mjs";
import { POLICY } from "./fleet.mjs";

export const START = 1_800_000_000_000;
export const ORIGIN_MS = 20;
const HOP_MS = 4;
const REGION = "us-east-1";

/**
 * What may stand between a node and its store: what comes of an exchange that would have been carried out. `before` is what
 * an earlier exchange of that node was answered.
 */
export const FAULTS = {
  refuses: async () => {
    throw new Error("connection refused");
  },
  hangs: () => new Promise(() => {}),
  delays: async (act, { clock }) => {
    await clock.sleep(5000);
    return act();
  },
  drops: async (act) => {
    await act();
    return new Promise(() => {});
  },
  garbage: async (_act, { dice }) => dice.pick([null, undefined, 7, "<html>", [], {}, { ack: 1, state: 3 }, { Attributes: { e: { N: "x" }, st: { S: "asleep" } }, Item: 5 }]),
  old: async (act, { node }) => (node.before ??= await act()),
  duplicates: async (act) => {
    await act();
    return act();
  },
};

/** What each store is made of: how a node reaches it, and what a person does and reads there. */
const STORES = {
  "durable-object": ({ clock, coin }) => {
    const { namespace, counts } = createObjects(() => clock.now, coin);
    const object = namespace.get(namespace.idFromName("cart"));
    return {
      counts,
      connect: (between) => {
        const { sync } = durableObjectStore(namespace);
        return { sync: (breaker, delta) => between(() => sync(breaker, delta)) };
      },
      override: (decided) => object.override(decided, "test/dana", "cart"),
      flip: (state, policy) => object.flip(state, policy, "test/dana", "cart"),
      async read() {
        const { snapshot } = await object.read();
        const { events } = await object.events({ limit: 1000 });
        return { ...snapshot, events };
      },
    };
  },
  dynamodb: ({ clock, coin }) => {
    const { call, counts } = createTable();
    const key = { pk: { S: `b#cart#${REGION}` }, sk: { S: "state" } };
    const site = { table: "breakers", region: REGION, now: () => clock.now, coin };
    return {
      counts,
      connect: (between) => dynamoStore({ ...site, call: (operation, body) => between(() => call(operation, body)) }),
      override: ({ forMs, ...said }) =>
        call("UpdateItem", {
          TableName: "breakers",
          Key: key,
          UpdateExpression: "SET ov = :ov",
          ExpressionAttributeValues: { ":ov": { M: { mode: { S: said.mode }, owner: { S: said.owner }, reason: { S: said.reason }, until: { N: String(clock.now + forMs) } } } },
        }),
      flip: (state, policy) =>
        call("UpdateItem", {
          TableName: "breakers",
          Key: key,
          UpdateExpression: "SET e = :e, st = :st, #at = :at, ra = :ra, ga = :no, lv = :no, why = :why",
          ExpressionAttributeNames: { "#at": "at" },
          ExpressionAttributeValues: {
            ":e": { N: "1" }, ":st": { S: state }, ":at": { N: String(clock.now) }, ":ra": { N: String(clock.now + policy.cooldownMs) }, ":no": { N: "0" }, ":why": { S: "manual" },
          },
        }),
      async read() {
        const { Item: item = {} } = await call("GetItem", { TableName: "breakers", Key: key, ConsistentRead: true });
        const { Items: rows } = await call("Query", {
          TableName: "breakers",
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": key.pk },
        });
        const epoch = Number(item.e?.N ?? 0);
        const buckets = Object.entries(item).flatMap(([name, { N }]) => {
          const found = new RegExp(`^([ofslg])${epoch}w\\d+_\\d+$`).exec(name);
          return found ? [[0, ...["o", "f", "s", "l", "g"].map((field) => (field === found[1] ? Number(N) : 0))]] : [];
        });
        const events = rows.filter(({ sk }) => sk.S.startsWith("event#")).map(({ epoch: { N }, to: { S } }) => ({ epoch: Number(N), to: S }));
        return { epoch, state: item.st?.S ?? "closed", buckets, events };
      },
    };
  },
  kv: ({ clock, coin, faults }) => {
    /** KV shows a write at once to whoever made it and to others after a while. */
    const writes = [];
    const counts = { gets: 0, puts: 0 };
    return {
      counts,
      connect(between, number) {
        const namespace = {
          get: () => between(async () => {
            counts.gets += 1;
            return writes.findLast(({ at, by }) => by === number || clock.now - at >= 60_000)?.text ?? null;
          }),
          put: (_key, text) => between(async () => {
            counts.puts += 1;
            writes.push({ text, at: clock.now, by: number });
          }),
        };
        return kvStore({ namespace, now: () => clock.now, coin, timer: clock.timer, report: (_breaker, error) => faults.push(String(error)) });
      },
    };
  },
  memory: ({ clock, coin }) => ({ counts: {}, connect: () => memoryStore({ now: () => clock.now, coin }) }),
};

/** How each platform lets work follow an answer: Workers behind it, Lambda@Edge before it. */
const AFTER = {
  cloudflare: () => (work) => void work.catch(() => {}),
  aws: (clock) => async (work, budgetMs) => void (await within(work, budgetMs, clock.timer)),
};

/** What has been begun has come as far as it can without time going by. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Nodes, a store and an origin. */
export class Storm {
  constructor({ store, target = store === "dynamodb" ? "aws" : "cloudflare", policy = {}, nodes = 4, seed = 1 }) {
    this.clock = new Clock(START);
    this.dice = random(seed);
    this.target = target;
    this.origin = () => 200;
    this.fault = null;
    this.faults = [];
    this.inFlight = 0;
    this.probesAtOnce = 0;
    this.policy = { ...POLICY, obeyRetryAfter: false, slowRatioBp: 0, slowAfterMs: 0, rampMs: 0, monitor: false, override: null, ...policy };
    const coin = () => this.dice.below(10_000);
    this.store = STORES[store]({ clock: this.clock, coin, faults: this.faults });
    this.coin = coin;
    const plan = {
      version: 2, digest: "sha256:storm",
      defaults: { targets: [target], methods: null, timeoutMs: 500, policy: this.policy, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] },
      endpoints: [{ name: "cart", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "cart.test", port: 443, path: "" } }],
    };
    this.nodes = Array.from({ length: nodes }, (_, number) => {
      const node = { number, before: undefined, spoke: [], answer: createMiddleware(plan, target, (_write, _now, entry) => this.log(entry)) };
      const between = async (act) => {
        node.spoke.push(this.clock.now);
        await this.clock.sleep(HOP_MS / 2);
        const answered = this.fault ? await this.fault(act, { clock: this.clock, dice: this.dice, node }) : await act();
        await this.clock.sleep(HOP_MS / 2);
        return answered;
      };
      node.store = this.store.connect(between, number);
      return node;
    });
  }

  log({ kampkin, error }) {
    if (kampkin === "fault") this.faults.push(error);
  }

  /** One request at one node: its status, and how long it took beyond what the origin took, ms. */
  async request(number) {
    const { clock } = this;
    const node = this.nodes[number];
    const began = clock.now;
    let originMs = 0;
    const response = await node.answer(new Request("https://edge.test/"), {
      now: () => clock.now,
      coin: this.coin,
      timer: clock.timer,
      call: async ({ timeoutMs: limitMs, patient }) => {
        const result = this.origin();
        originMs = Math.min(limitMs, result === "timeout" ? limitMs : ORIGIN_MS);
        if (patient) this.probesAtOnce = Math.max(this.probesAtOnce, ++this.inFlight);
        await clock.sleep(originMs);
        if (patient) this.inFlight -= 1;
        return typeof result === "number" ? { response: new Response(null, { status: result }) } : { failure: result, detail: "" };
      },
      store: node.store,
      keep: (work) => void work.catch(() => {}),
      after: AFTER[this.target](clock),
      node: () => `test/${number}`,
      requestId: "",
      log: () => {},
    });
    return { status: response.status, waitedMs: clock.now - began - originMs, called: originMs > 0 };
  }

  /** Sends so many requests, `everyMs` apart, at those nodes in turn; what each came to. On AWS a node serves one at a time. */
  async traffic(count, everyMs, numbers = this.nodes.map(({ number }) => number)) {
    const answers = [];
    const busy = this.nodes.map(() => Promise.resolve());
    for (let sent = 0; sent < count; sent++) {
      const number = numbers[sent % numbers.length];
      const one = async () => {
        answers.push({ ...(await this.request(number)), node: number, sent });
      };
      const before = busy[number];
      busy[number] = this.target === "aws" ? before.then(one) : Promise.all([before, one()]);
      await settled();
      await this.clock.run(this.clock.now + everyMs);
    }
    let over = false;
    Promise.all(busy).then(() => (over = true));
    while (!over) await this.clock.run(this.clock.now + 10);
    return answers;
  }
}
