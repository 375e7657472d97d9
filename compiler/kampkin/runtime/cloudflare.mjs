/** Kampkin on Cloudflare Workers: binds the platform to the middleware. */

import { createAdmin, isAdmin } from "./admin.mjs";
import { badRequest } from "./answers.mjs";
import { createMiddleware } from "./middleware.mjs";
import { durableObjectStore } from "./stores/durable-object.mjs";

const COINS = 10_000;

/** @typedef {(ms: number) => import("./within.mjs").Timer<void>} CreateTimer */

/**
 * The Worker's handlers.
 * @param {any} plan @param {{binding: string}} site the names of what it is bound to
 * @param {(io: import("./middleware.mjs").Io) => import("./middleware.mjs").Io} platform the last word on what is handed in
 */
export function worker(plan, site, platform = (io) => io) {
  const handle = createMiddleware(plan, "cloudflare");
  const admin = createAdmin(plan, "cloudflare");
  /** @type {string} */
  let node;
  return {
    /** @param {Request & {cf?: {colo?: string}}} request @param {any} env @param {any} ctx */
    async fetch(request, env, ctx) {
      if (!URL.canParse(request.url)) return badRequest(request);
      if (env.KAMPKIN_ADMIN && isAdmin(request.url)) {
        const namespace = env[site.binding];
        const record = (/** @type {string} */ breaker) => namespace.get(namespace.idFromName(breaker));
        return admin(request, { secret: env.KAMPKIN_ADMIN, record, colo: request.cf?.colo ?? "local", now: Date.now, timer });
      }
      return handle(request, platform({
        now: Date.now,
        coin: () => Math.floor(Math.random() * COINS),
        timer,
        call,
        store: durableObjectStore(env[site.binding]),
        keep: (work) => ctx.waitUntil(work.catch(() => {})),
        after: (work) => ctx.waitUntil(work.catch(() => {})),
        node: () => (node ??= `${request.cf?.colo ?? "local"}/${crypto.randomUUID().slice(0, 8)}`),
        requestId: request.headers.get("cf-ray") ?? "",
        log: console.log,
      }));
    },
  };
}

/**
 * Calls the origin until its headers come; the body streams on untouched. Redirects go to the caller.
 * @param {string} url @param {Request} incoming @param {number} timeoutMs @param {boolean} patient
 * @returns {Promise<import("./middleware.mjs").Called>}
 */
async function call(url, incoming, timeoutMs, patient) {
  const controller = new AbortController();
  const limit = setTimeout(() => controller.abort("timeout"), timeoutMs);
  const leave = () => controller.abort("gone");
  const client = patient ? null : incoming.signal;
  client?.addEventListener("abort", leave);
  try {
    const { method, headers, body } = incoming; // without a copy of the whole Request: bench worker
    return { response: await fetch(url, { method, headers, body, signal: controller.signal, redirect: "manual" }) };
  } catch (error) {
    return { failure: controller.signal.aborted ? controller.signal.reason : "network", detail: String(error) };
  } finally {
    clearTimeout(limit);
    client?.removeEventListener("abort", leave);
  }
}

/** @type {CreateTimer} */
function timer(ms) {
  /** @type {any} */
  let handle;
  return { promise: new Promise((resolve) => (handle = setTimeout(resolve, ms))), cancel: () => clearTimeout(handle) };
}
