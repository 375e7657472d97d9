// Runs the modules that ship for a stretch of virtual time, over stores that count. One run is one breaker on one cloud.

import { converse } from "../../local/js/conversation.mjs";
import { createMiddleware } from "../../runtime/middleware.mjs";
import { durableObjectStore } from "../../runtime/stores/durable-object.mjs";
import { dynamoStore } from "../../runtime/stores/dynamodb.mjs";
import { kvStore } from "../../runtime/stores/kv.mjs";
import { memoryStore } from "../../runtime/stores/memory.mjs";
import { within } from "../../runtime/within.mjs";
import { createCampion } from "./campion.mjs";
import { Clock } from "./clock.mjs";
import { createKeys } from "./keys.mjs";
import { createObjects } from "./object.mjs";
import { createTable } from "./table.mjs";

const START = 1_800_000_000_000;
const REGION = "us-east-1";
const SEED = 20_261_124;
const REQUEST = new Request("https://edge.test/");

/**
 * Each store: what it counts, and a node's way to it, on which `hop` lets the time of a round trip go by.
 * @typedef {<T>(act: () => Promise<T>) => Promise<T>} Hop
 * @typedef {import("../../runtime/middleware.mjs").Io} Io
 * @type {Record<string, (clock: Clock, coin: () => number) => {counts: object, connect: (hop: Hop) => Io["store"]}>}
 */
const STORES = {
  "durable-object": (clock, coin) => {
    const { namespace, counts } = createObjects(() => clock.now, coin);
    const { sync } = durableObjectStore(namespace);
    return { counts, connect: (hop) => ({ sync: (breaker, delta) => hop(async () => sync(breaker, delta)) }) };
  },
  kv: (clock, coin) => {
    const { namespace, counts } = createKeys(() => clock.now);
    const report = (/** @type {string} */ _breaker, /** @type {unknown} */ error) => clock.fail(error);
    const platform = { now: () => clock.now, coin, timer: clock.timer, report };
    const reached = (/** @type {Hop} */ hop) => ({
      get: (/** @type {string} */ key) => hop(() => namespace.get(key)),
      put: (/** @type {string} */ key, /** @type {string} */ value, /** @type {any} */ options) => hop(() => namespace.put(key, value, options)),
    });
    return { counts, connect: (hop) => kvStore({ ...platform, namespace: reached(hop) }) };
  },
  memory: (clock, coin) => ({ counts: {}, connect: () => memoryStore({ now: () => clock.now, coin }) }),
  dynamodb: (clock, coin) => {
    const { call, counts } = createTable();
    const site = { table: "breakers", region: REGION, now: () => clock.now, coin };
    const reached = (/** @type {Hop} */ hop) => (/** @type {string} */ operation, /** @type {object} */ body) => hop(() => call(operation, body));
    return { counts, connect: (hop) => dynamoStore({ ...site, call: reached(hop) }) };
  },
};

/** How each platform lets work follow an answer: Workers behind it, Lambda@Edge before it. @type {Record<string, (clock: Clock) => Io["after"]>} */
const AFTER = {
  cloudflare: () => (work) => void work.catch(() => {}),
  aws: (clock) => async (work, budgetMs) => void (await within(work, budgetMs, clock.timer)),
};

/**
 * @param {object} run
 * @param {string} run.target @param {string} run.store
 * @param {{everyMs: number, fromMs: number, untilMs: number}} run.failing when the origin fails: between two points of each period
 * @param {object} run.policy @param {number} run.timeoutMs
 * @param {number} run.nodes @param {number} run.rate requests a second of one node, at random times
 * @param {number} run.stretchMs @param {number} run.originMs @param {number} run.storeMs a round trip
 */
async function measure({ target, store: kind, failing, policy, timeoutMs, nodes, rate, stretchMs, originMs, storeMs }) {
  const random = randomFrom(SEED);
  const coin = () => Math.floor(random() * 10_000);
  const clock = new Clock(START);
  const { counts, connect } = STORES[kind](clock, coin);
  const after = AFTER[target](clock);
  const plan = planOf(policy, timeoutMs, target);
  const campion = createCampion(coin);
  const seen = { requests: 0, calls: 0, busyMs: 0 };

  function isDown() {
    const into = (clock.now - START) % failing.everyMs;
    return into >= failing.fromMs && into < failing.untilMs;
  }

  /** What may be missing here is not what costs. @type {any} */
  const log = (/** @type {unknown} */ _write, /** @type {number} */ _now, /** @type {any} */ { kampkin, error }) => {
    if (error) clock.fail(new Error(`${kampkin}: ${error}`));
  };

  /** The origin: an answer after a while, or none in time. @param {{timeoutMs: number}} sent */
  async function call({ timeoutMs: limitMs }) {
    seen.calls += 1;
    const status = isDown() ? 503 : 200;
    await clock.sleep(Math.min(originMs, limitMs));
    return originMs < limitMs ? { response: new Response(null, { status }) } : { failure: "timeout", detail: "" };
  }

  /** A node from its first request to its last; when it spoke to the store, ms into the stretch. @param {number} number */
  function start(number) {
    /** @type {number[]} */
    const spoke = [];
    /** @type {Hop} */
    const hop = async (act) => {
      spoke.push(clock.now - START);
      await clock.sleep(storeMs / 2);
      try {
        return await act();
      } finally {
        await clock.sleep(storeMs / 2);
      }
    };
    const answer = createMiddleware(plan, target, log);
    const node = () => `${REGION}/${number}`;
    const keep = (/** @type {Promise<unknown>} */ work) => void work.catch(() => {});
    const io = { now: () => clock.now, coin, timer: clock.timer, call, store: connect(hop), keep, after, node, requestId: "", log: () => {} };

    async function request() {
      const began = clock.now;
      seen.requests += 1;
      campion.request(began, isDown());
      await answer(REQUEST, io);
      seen.busyMs += clock.now - began;
    }

    async function live() {
      for (let due = gap(); due < stretchMs; due += gap()) {
        await clock.sleep(Math.max(0, Math.ceil(START + due - clock.now)));
        const answered = request();
        if (target === "aws") await answered; // an environment serves one request at a time
        else answered.catch((error) => clock.fail(error));
      }
    }

    live().catch((error) => clock.fail(error));
    return spoke;
  }

  /** Until the next request of a node, ms: as requests of many callers come. */
  const gap = () => (-Math.log(1 - random()) * 1000) / rate;

  const spoke = Array.from({ length: nodes }, (_, number) => start(number));
  await clock.run(START + stretchMs + timeoutMs);
  return { ...seen, spoke, counts, campion: campion.counts };
}

/** A plan of one endpoint. @param {object} policy @param {number} timeoutMs @param {string} target */
function planOf(policy, timeoutMs, target) {
  const endpoint = { name: "measured", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "origin.test", port: 443, path: "" } };
  const plain = { methods: null, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] };
  return { version: 2, digest: "sha256:measured", defaults: { policy, ...plain, timeoutMs, targets: [target] }, endpoints: [endpoint] };
}

/** Numbers from 0 to 1, the same for each seed: Mulberry32. @param {number} seed */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

await converse(async () => ({ ready: {}, commands: { measure }, close() {} }));
