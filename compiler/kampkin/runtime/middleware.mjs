/**
 * The flow of a request, on Web-standard Request and Response: match, decide, fetch, observe, fall back.
 * What differs between platforms is handed in with each request as `io`; nothing here knows where it runs.
 *
 * @typedef {object} Io
 * @property {() => number} now ms
 * @property {() => number} coin 0..9999
 * @property {(ms: number) => import("./within.mjs").Timer<void>} timer
 * @property {(sent: Sent) => Promise<Called>} call an origin
 * @property {(request: Request, stallMs: number) => import("./upload.mjs").Upload | null} [upload] the caller's body on its way, where it still is
 * @property {(response: Response) => Response} [rewrap] the same with headers that may be changed
 * @property {import("./copies.mjs").Copies} [copies] of earlier answers, where the platform keeps any
 * @property {(request: Request) => Promise<Response>} [beyond] whoever has the paths that no endpoint has, where somebody does
 * @property {(name: string) => string | undefined} [secret] its value, where the platform keeps any
 * @property {{sync: (breaker: string, delta: import("./wire.mjs").Delta) => Promise<unknown>, region?: string}} store and the region of its records, where there may be several
 * @property {(work: Promise<unknown>) => void} keep lets work go on after the answer, where the platform can
 * @property {(work: Promise<unknown>, budgetMs: number) => Promise<void> | void} after work that follows the outcome
 * @property {(breaker: string, minute: import("./metrics.mjs").Minute) => void} [minute] takes a minute's counts beside the store
 * @property {() => string} node this node's id, `<region>/<random>`
 * @property {string} requestId
 * @property {(line: string) => void} log
 *
 * @typedef {object} Sent
 * @property {string} url @property {Request} request as the caller sent it @property {Headers} headers as the origin gets them
 * @property {string[]} own those of them that are the edge's to set, whether it has or not
 * @property {string | null} host the Host that the origin gets; null: its own
 * @property {number} timeoutMs until its headers, or its end where it is read whole @property {number} idleTimeoutMs between two chunks of its body; 0: any
 * @property {boolean} patient run to its end though the caller has gone @property {boolean} watch tell when the body ends, and how
 * @property {import("./upload.mjs").Upload | null} upload the body to send, where it is still coming
 * @property {HandBack | null} handBack that the platform may make the call in our stead; null: it may not
 *
 * @typedef {object} HandBack what is to be known of a call that someone else makes
 * @property {string} breaker @property {number} epoch -1: it does not count @property {number} startedAt ms; 0: unknown @property {number} lease 0 when it is no probe
 * @property {boolean} always without trying it here first
 *
 * @typedef {{response: Response, ownLimit?: boolean, end?: Promise<End>, handedBack?: "before" | "after"}
 *   | {failure: "timeout" | "network" | "void" | "gone" | "cut", detail: string}} Called
 * "ownLimit": the platform could not carry the answer. "end": how the body ends, where that is watched. "handedBack": the platform makes the
 * call, instead of us or once more, and the response only stands for it. "gone": the caller left. "void": the platform's own limit, or a socket
 * that had died; "cut": the caller did not send his body whole. Neither says anything of the origin.
 *
 * @typedef {"whole" | "network" | "timeout" | "gone"} End
 */

import { badRequest, looping, methodNotAllowed, noRoute, notShared, permitted } from "./answers.mjs";
import { exchange, hear as hearOf } from "./attempt.mjs";
import { isAllowed, isPreflight, permission, share } from "./cors.mjs";
import { gate } from "./gate.mjs";
import { isLooping } from "./headers.mjs";
import { mapped, protectedPath } from "./locations.mjs";
import { createLog } from "./log.mjs";
import { createNode } from "./node.mjs";
import { isPlain } from "./paths.mjs";
import { reject, shared } from "./replies.mjs";
import { createMatcher, endpointsOf } from "./routes.mjs";
import { RUNNING, running } from "./running.mjs";
import { Talk } from "./talk.mjs";

const PLAN_VERSION = 2;

/**
 * @param {any} plan as `plan.mjs` holds it: what is the same as `plan.defaults` is left out
 * @param {string} target the endpoints of other targets are not served
 * @param {ReturnType<typeof createLog>} log
 * @returns {(request: Request, io: Io) => Promise<Response>}
 */
export const createMiddleware = (plan, target, log = createLog()) => createProxy(plan, target, log).serve;

/**
 * The breakers of a plan and the way through them. `serve` answers a request; `hear` takes in what came of a call that was handed back.
 * @param {any} plan @param {string} target @param {ReturnType<typeof createLog>} log
 */
export function createProxy(plan, target, log = createLog()) {
  if (plan.version !== PLAN_VERSION) throw new Error(`this runtime reads plan version ${PLAN_VERSION}, not ${plan.version}`);
  const endpoints = endpointsOf(plan, target);
  const match = createMatcher(endpoints);
  const named = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  /** @type {Map<string, import("./node.mjs").Node>} */
  const nodes = new Map();

  /** @param {import("./routes.mjs").Endpoint} endpoint @param {Io} io */
  function talkOf(endpoint, io) {
    let node = nodes.get(endpoint.name);
    if (!node) nodes.set(endpoint.name, (node = createNode(io.node(), plan.digest, endpoint.policy)));
    return new Talk(endpoint, node, io, log);
  }

  /** @param {string} name @param {Io} io */
  function talkNamed(name, io) {
    const endpoint = named.get(name);
    return endpoint ? talkOf(endpoint, io) : null;
  }

  /** @param {Request} request @param {Io} io @returns {Promise<Response>} */
  async function serve(request, io) {
    const url = new URL(request.url);
    if (url.pathname === RUNNING) return running(request, url, plan, target, io, (name) => talkNamed(name, io));
    const endpoint = match(url.pathname);
    if (!endpoint && io.beyond) return io.beyond(request);
    if (!isPlain(url.pathname) || hasStrayBody(request)) return badRequest(request);
    if (!endpoint) return noRoute(request);
    const { cors, methods } = endpoint;
    if (cors && isPreflight(request)) {
      if (!isAllowed(cors, request.headers.get("origin"))) return notShared(request);
      return shared(permitted(request, permission(cors, methods, request.headers)), cors, request);
    }
    if (methods && !methods.includes(request.method)) return shared(methodNotAllowed(request, methods), cors, request);
    if (isLooping(request.headers)) return shared(looping(request), cors, request);
    const talk = talkOf(endpoint, io);
    const admission = await gate(talk);
    const answer = admission ? exchange(talk, request, url, admission) : reject(talk, request, url);
    io.keep(answer);
    return answer;
  }

  /**
   * What came of a call that was handed back, and how its answer's headers must change for the caller.
   * @param {HandBack} call @param {Response} response without its body @param {{asked: string, edge: string, origin: string | null}} way
   *   the URL at the origin, the edge's own origin, the page's
   * @param {Io} io @returns {Promise<Response>}
   */
  async function hear(call, response, way, io) {
    const endpoint = named.get(call.breaker);
    if (!endpoint) return response;
    if (call.epoch >= 0) await hearOf(talkOf(endpoint, io), call, response);
    const path = protectedPath(new URL(way.asked).pathname, endpoint.route, endpoint.origin) ?? "/";
    for (const [name, value] of mapped(response.headers, endpoint.route, endpoint.origin, way.asked, new URL(way.edge + path), endpoint.passHost)) response.headers.set(name, value);
    if (endpoint.cors) share(response.headers, endpoint.cors, way.origin);
    return response;
  }

  return { serve, hear };
}

/** A body where the method gives it no meaning: neither platform can send one on. @param {Request} request */
const hasStrayBody = ({ method, body, headers }) => body !== null && (method === "GET" || method === "HEAD") && headers.get("content-length") !== "0";
