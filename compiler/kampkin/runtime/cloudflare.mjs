/** Kampkin on Cloudflare Workers: binds the platform to the middleware. */

import { createAdmin, isAdmin } from "./admin.mjs";
import { toDataPoint } from "./analytics.mjs";
import { badRequest } from "./answers.mjs";
import { copiesIn } from "./copies.mjs";
import { createMiddleware } from "./middleware.mjs";
import { RUNNING } from "./running.mjs";
import { secretIn } from "./secrets.mjs";
import { durableObjectStore, objectOf } from "./stores/durable-object.mjs";
import { kvStore } from "./stores/kv.mjs";
import { memoryStore } from "./stores/memory.mjs";
import { uploadOf } from "./upload.mjs";
import { call } from "./worker-call.mjs";

const COINS = 10_000;

/** A cache of its own: in the one that `fetch` reads a copy would answer for the service itself, where both are at one address. */
const COPIES = "kampkin";

/** @typedef {(ms: number) => import("./within.mjs").Timer<void>} CreateTimer */

/**
 * @typedef {object} Site what the Worker is bound to, by name
 * @property {"durable-object" | "kv" | "memory"} store
 * @property {string | null} binding the store's; null where it has none
 * @property {string | null} inFrontOf the host whose own origin has what no endpoint takes; null: nobody has
 * @property {string | null} location where the store's objects are to be made; null: near the first request
 * @property {string | null} analytics the Analytics Engine dataset that takes each minute's metrics; null where none does
 */

/**
 * The Worker's handlers.
 * @param {any} plan @param {Site} site
 * @param {(io: import("./middleware.mjs").Io) => import("./middleware.mjs").Io} platform the last word on what is handed in
 */
export function worker(plan, site, platform = (io) => io) {
  const handle = createMiddleware(plan, "cloudflare");
  const admin = createAdmin(plan, "cloudflare");
  /** @type {string} */
  let node;
  /** @type {import("./middleware.mjs").Io["store"]} this isolate's, for all of its requests */
  let store;
  /** @type {import("./copies.mjs").Copies} */
  let copies;
  return {
    /** @param {Request & {cf?: {colo?: string}}} request @param {any} env @param {any} ctx */
    async fetch(request, env, ctx) {
      if (!URL.canParse(request.url)) return badRequest(request);
      if (env.KAMPKIN_ADMIN && isAdmin(request.url) && new URL(request.url).pathname !== RUNNING) {
        const namespace = site.store === "durable-object" ? env[site.binding ?? ""] : null;
        const record = namespace && ((/** @type {string} */ breaker) => objectOf(namespace, breaker, site.location));
        return admin(request, { secret: env.KAMPKIN_ADMIN, record, colo: request.cf?.colo ?? "local", now: Date.now, timer });
      }
      return handle(request, platform({
        now: Date.now,
        coin,
        timer,
        call: (sent) => call(sent, timer),
        upload: (incoming, stallMs) => uploadOf(incoming, stallMs, timer),
        rewrap: (response) => new Response(response.body, response),
        copies: (copies ??= copiesIn(() => caches.open(COPIES))),
        beyond: site.inFrontOf ? (incoming) => fetch(incoming) : undefined, // not back to us: on its own zone a Worker's call goes to the origin
        secret: (name) => secretIn(env, name),
        store: (store ??= createStore(site, env)),
        keep: (work) => ctx.waitUntil(work.catch(() => {})),
        after: (work) => ctx.waitUntil(work.catch(() => {})),
        minute: site.analytics ? (breaker, minute) => env[site.analytics ?? ""].writeDataPoint(toDataPoint(breaker, minute, { node, plan: plan.digest, now: Date.now() })) : undefined,
        node: () => (node ??= `${request.cf?.colo ?? "local"}/${crypto.randomUUID().slice(0, 8)}`),
        requestId: request.headers.get("cf-ray") ?? "",
        log: console.log,
      }));
    },
  };
}

const coin = () => Math.floor(Math.random() * COINS);

/** The store that the file names. @param {Site} site @param {any} env @returns {import("./middleware.mjs").Io["store"]} */
function createStore({ store, binding, location }, env) {
  const platform = { now: Date.now, coin, timer, report };
  if (store === "memory") return memoryStore(platform);
  const bound = env[binding ?? ""];
  return store === "kv" ? kvStore({ namespace: bound, ...platform }) : durableObjectStore(bound, location);
}

/** A line about a store that failed and was done without. It comes of no one request. @param {string} breaker @param {unknown} error @param {number} epoch */
function report(breaker, error, epoch) {
  console.log(JSON.stringify({ kampkin: "store", breaker, epoch, error: String(error), request: "" }));
}

/** @type {CreateTimer} */
function timer(ms) {
  /** @type {any} */
  let handle;
  return { promise: new Promise((resolve) => (handle = setTimeout(resolve, ms))), cancel: () => clearTimeout(handle) };
}
