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
 * @property {{sync: (breaker: string, delta: import("./wire.mjs").Delta) => Promise<unknown>}} store
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

import { EXEMPT, OPEN, PASS, PROBE, STATES, WOULD_REJECT } from "./breaker.mjs";
import { TIMED_OUT, UNREACHABLE, badRequest, failedWith, looping, methodNotAllowed, noRoute, notShared, permitted, rejected, restingAs, standingIn, timedOut, unreachable } from "./answers.mjs";
import { expose, isAllowed, isPreflight, permission, share } from "./cors.mjs";
import { fallBack } from "./fallbacks.mjs";
import { dress, isLooping, onward } from "./headers.mjs";
import { mapped, protectedPath } from "./locations.mjs";
import { createLog } from "./log.mjs";
import { FALLBACKS, PROBES, REJECTS_FORCED, REQUESTS, WOULD_REJECTS, note, noteCall, noteReject } from "./metrics.mjs";
import { STORE_WAIT_MS, admit, admitAlone, admitExempt, admitUnlent, arrive, createNode, dispatch, due, lateLease, mayAsk, nodeTime, receive, refuse, settleAt, slowAt, verdict } from "./node.mjs";
import { NETWORK, OUTCOMES, TIMEOUT, VOID, isFailure, outcomeOf } from "./outcome.mjs";
import { FORCED_OPEN, inForce } from "./overrides.mjs";
import { isPlain } from "./paths.mjs";
import { forcedRetryAfter, retryAfter, retryAfterMs } from "./retry-after.mjs";
import { createMatcher, endpointsOf, originUrl } from "./routes.mjs";
import { LATE, within } from "./within.mjs";

const PLAN_VERSION = 2;
const STORE_GIVE_UP_MS = 2000;
const AFTER_OTHERS_MS = 50;
const NOTHING = { outcome: VOID, slow: false, after: 0 };

/** Those that this node has told of that they lack a secret: once is enough. @type {WeakSet<import("./routes.mjs").Endpoint>} */
const toldOf = new WeakSet();

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
  function passageOf(endpoint, io) {
    let node = nodes.get(endpoint.name);
    if (!node) nodes.set(endpoint.name, (node = createNode(io.node(), plan.digest, endpoint.policy)));
    return new Passage(endpoint, node, io, log);
  }

  /** @param {Request} request @param {Io} io @returns {Promise<Response>} */
  async function serve(request, io) {
    const url = new URL(request.url);
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
    const passage = passageOf(endpoint, io);
    const admission = await passage.gate();
    const exchange = admission ? passage.exchange(request, url, admission) : passage.reject(request, url);
    io.keep(exchange);
    return exchange;
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
    if (call.epoch >= 0) await passageOf(endpoint, io).hear(call, response);
    const path = protectedPath(new URL(way.asked).pathname, endpoint.route, endpoint.origin) ?? "/";
    for (const [name, value] of mapped(response.headers, endpoint.route, endpoint.origin, way.asked, new URL(way.edge + path), endpoint.passHost)) response.headers.set(name, value);
    if (endpoint.cors) share(response.headers, endpoint.cors, way.origin);
    return response;
  }

  return { serve, hear };
}

/** A body where the method gives it no meaning: neither platform can send one on. @param {Request} request */
const hasStrayBody = ({ method, body, headers }) => body !== null && (method === "GET" || method === "HEAD") && headers.get("content-length") !== "0";

/** An answer of our own, as far as the page may read it. @param {Response} response @param {import("./cors.mjs").Cors | null} cors @param {Request} request */
function shared(response, cors, request) {
  if (!cors) return response;
  share(response.headers, cors, request.headers.get("origin"));
  expose(response.headers);
  return response;
}

/** One request on its way through one breaker. Whatever goes wrong in here, the request goes on. */
class Passage {
  /** @param {import("./routes.mjs").Endpoint} endpoint @param {import("./node.mjs").Node} node @param {Io} io @param {ReturnType<typeof createLog>} log */
  constructor(endpoint, node, io, log) {
    this.endpoint = endpoint;
    this.node = node;
    this.io = io;
    this.write = log;
  }

  now() {
    return nodeTime(this.node, this.io.now());
  }

  /** Whether the request may pass, and as what; null when it is rejected. @returns {Promise<import("./node.mjs").Admission | null>} */
  async gate() {
    try {
      note(this.node.metrics, this.now(), REQUESTS);
      const deaf = arrive(this.node, this.io.now()) && (await this.wait(this.converse())) === LATE;
      switch (verdict(this.node, this.now(), this.io.coin())) {
        case PASS:
          return admit(this.node);
        case PROBE:
          return await this.probe(deaf);
        case EXEMPT:
          return admitExempt(this.node);
        case WOULD_REJECT:
          return this.pardon();
        default:
          return null;
      }
    } catch (error) {
      this.fault(error);
      return admit(this.node);
    }
  }

  /**
   * A would-be probe asks for its lease, and waits a little for it; without an answer this node judges alone.
   * @param {boolean} deaf the request has waited for the store already, in vain: it waits once
   */
  async probe(deaf) {
    const { node, io } = this;
    if (!mayAsk(node, this.now())) return this.pardon();
    if (deaf) return admitAlone(node, this.now(), io.coin()) ?? this.pardon();
    const asked = this.converse({ ask: true });
    const answer = await this.wait(asked);
    if (answer === LATE || !answer.answered) {
      const alone = admitAlone(node, this.now(), io.coin());
      if (alone) io.keep(asked.then((late) => this.late(alone, late.lease)));
      return alone ?? this.pardon();
    }
    if (answer.lease) return admit(node, answer.lease);
    return admitUnlent(node, this.now()) ?? this.pardon();
  }

  /** @param {import("./node.mjs").Admission} admission @param {number} lease */
  async late(admission, lease) {
    const probe = lateLease(this.node, admission, lease);
    if (probe) await this.converse({ probe });
  }

  /** A rejection, which a breaker that only monitors does not carry out. @returns {import("./node.mjs").Admission | null} */
  pardon() {
    const admission = refuse(this.node, this.now());
    if (admission) {
      note(this.node.metrics, this.now(), WOULD_REJECTS);
      this.log("would-reject", { state: STATES[this.node.view.state] });
    }
    return admission;
  }

  /**
   * Calls the origin and tells the breaker what came of it.
   * @param {Request} request @param {URL} url @param {import("./node.mjs").Admission} admission
   */
  async exchange(request, url, admission) {
    const { endpoint, node, io } = this;
    const { route, origin, policy, idleTimeoutMs, largeBodies } = endpoint;
    const isProbe = admission.lease !== 0;
    const timeoutMs = isProbe ? policy.probeTimeoutMs : endpoint.timeoutMs;
    const asked = originUrl(route, origin, url);
    let started = this.now();
    if (isProbe) note(node.metrics, started, PROBES);
    const upload = io.upload?.(request, timeoutMs) ?? null;
    const sent = upload?.done.then(() => (started = this.now()));
    if (isProbe && sent) io.keep(this.makeRoom(sent, admission));
    const handBack = { breaker: endpoint.name, epoch: node.alone || admission.exempt ? -1 : node.epoch, startedAt: started, lease: admission.local ? 0 : admission.lease, always: largeBodies && !isProbe };
    const watch = isProbe || endpoint.watchBody || idleTimeoutMs > 0;
    const headers = onward(request.headers, url);
    const own = this.dress(headers);
    const calling = io.call({ url: asked, request, headers, own, host: endpoint.passHost ? url.host : null, timeoutMs, idleTimeoutMs, patient: isProbe, watch, upload, handBack });
    if (policy.slowRatioBp > 0 && !isProbe) this.watch(calling, sent, admission);
    const called = await calling;
    if ("response" in called && called.handedBack === "before") {
      if (admission.local) await this.settle(admission, NOTHING); // nobody could tell this node of it
      await this.beat(); // its outcome may be another node's to tell
      return called.response;
    }
    const ms = Math.max(0, this.now() - started);
    const outcome = this.judge(called, ms, timeoutMs);
    if ("response" in called && called.end && !isFailure(outcome)) io.keep(this.conclude(called, outcome, ms, admission, isProbe ? timeoutMs - ms : Infinity));
    else await this.record(called, outcome, ms, admission);
    if ("response" in called && !isFailure(outcome)) {
      this.keepCopy(request, url, called.response);
      return this.pass(called.response, request, url, asked);
    }
    return this.makeUp(called, outcome, request, url, asked);
  }

  /** What the endpoint's own origin is told in place of the caller: no other gets that. @param {Headers} headers changed in place */
  dress(headers) {
    const { own, missing } = dress(headers, this.endpoint, this.io.secret);
    if (missing.length > 0 && !toldOf.has(this.endpoint)) {
      toldOf.add(this.endpoint);
      this.log("secret", { missing: missing.join(", ") });
    }
    return own;
  }

  /**
   * A probe whose caller is slow makes room for another: its lease would run out before it said anything.
   * @param {Promise<unknown>} sent @param {import("./node.mjs").Admission} admission
   */
  async makeRoom(sent, admission) {
    if ((await within(sent, this.endpoint.policy.probeTimeoutMs, this.io.timer)) !== LATE) return;
    await this.settle(admission, NOTHING);
    admission.exempt = true;
  }

  /**
   * An answer that is watched to the end of its body is judged there; a probe's no later than its lease lasts.
   * @param {Called & {end?: Promise<End>}} called @param {number} outcome by its headers @param {number} ms until then
   * @param {import("./node.mjs").Admission} admission @param {number} patienceMs
   */
  async conclude(called, outcome, ms, admission, patienceMs) {
    const end = /** @type {Promise<End>} */ (called.end);
    const how = patienceMs === Infinity ? await end : await within(end, Math.max(0, patienceMs), this.io.timer);
    await this.record(called, how === "network" ? NETWORK : how === "timeout" ? TIMEOUT : how === "gone" ? VOID : outcome, ms, admission);
  }

  /** @param {Called} called @param {number} outcome @param {number} ms @param {import("./node.mjs").Admission} admission */
  async record(called, outcome, ms, admission) {
    noteCall(this.node.metrics, this.now(), outcome, ms);
    if (isFailure(outcome)) this.log("failure", { kind: OUTCOMES[outcome], status: "response" in called ? called.response.status : null, ms, probe: admission.lease !== 0 });
    await this.settle(admission, { outcome, slow: this.isSlow(ms), after: this.after(called) });
  }

  /** What came of a call that someone else has made. @param {HandBack} call @param {Response} response */
  async hear({ epoch, startedAt, lease }, response) {
    const { node } = this;
    try {
      if (arrive(node, this.io.now()) || node.epoch !== epoch) await this.wait(this.converse()); // another node may have let it through
      const admission = { ...admit(node, lease), exempt: node.alone || node.epoch !== epoch };
      await this.record({ response }, outcomeOf(response.status, this.endpoint.policy), startedAt === 0 ? 0 : Math.max(0, this.now() - startedAt), admission);
    } catch (error) {
      this.fault(error);
    }
  }

  /** The origin's answer for the caller: itself, but for what must be another. @param {Response} response @param {Request} request @param {URL} url @param {string} asked */
  pass(response, request, url, asked, { route, origin, passHost } = this.endpoint) {
    const { cors } = this.endpoint;
    const changes = mapped(response.headers, route, origin, asked, url, passHost);
    if ((!cors && changes.length === 0) || response.status === 101) return response;
    const answer = this.io.rewrap?.(response) ?? response;
    for (const [name, value] of changes) answer.headers.set(name, value);
    if (cors) share(answer.headers, cors, request.headers.get("origin"));
    return answer;
  }

  /** For the fallback that gives earlier answers again. @param {Request} request @param {URL} url @param {Response} response */
  keepCopy(request, url, response) {
    const stale = this.endpoint.fallback.find((entry) => entry.kind === "stale");
    if (!stale) return;
    try {
      const keeping = this.io.copies?.keep(request, url, response, stale.maxAgeMs, this.now());
      if (keeping) this.io.keep(keeping);
    } catch (error) {
      this.fault(error);
    }
  }

  /**
   * A call has failed: a fallback that answers for failures, else what there is.
   * @param {Called} called @param {number} outcome @param {Request} request @param {URL} url @param {string} asked
   */
  async makeUp(called, outcome, request, url, asked) {
    const { endpoint, node } = this;
    if ("failure" in called && called.failure === "cut") return shared(badRequest(request), endpoint.cors, request);
    const response = "response" in called ? called.response : null;
    const said = response ? failedWith(response.status) : outcome === TIMEOUT ? TIMED_OUT : UNREACHABLE;
    const instead = await this.fallBack(request, url, "failure", { said });
    if (!instead) {
      if (response) return this.pass(response, request, url, asked);
      return shared(outcome === TIMEOUT ? timedOut(request, endpoint.name) : unreachable(request, endpoint.name), endpoint.cors, request);
    }
    note(node.metrics, this.now(), FALLBACKS);
    response?.body?.cancel().catch(() => {}); // it would hold one of the few connections
    return instead;
  }

  /** @param {Request} request @param {URL} url @param {import("./fallbacks.mjs").Occasion} occasion @param {import("./answers.mjs").Cause} cause */
  async fallBack(request, url, occasion, cause) {
    const { endpoint, io } = this;
    try {
      const answer = await fallBack(request, endpoint, occasion, cause, {
        ask: (alternate) => this.ask(alternate, request, url),
        recall: async ({ maxAgeMs }) => (await io.copies?.find(request, url, maxAgeMs, io.now())) ?? null,
      });
      return answer && (answer.status === 101 ? answer : shared(answer, endpoint.cors, request));
    } catch (error) {
      this.fault(error);
      return null;
    }
  }

  /** Another origin is asked the same; what comes of it counts for nobody. @param {import("./fallbacks.mjs").Alternate} alternate @param {Request} request @param {URL} url */
  async ask({ origin, timeoutMs }, request, url) {
    const { endpoint, io } = this;
    const asked = originUrl(endpoint.route, origin, url);
    const upload = io.upload?.(request, timeoutMs) ?? null;
    const called = await io.call({
      url: asked, request, headers: onward(request.headers, url), own: [], host: null, timeoutMs, idleTimeoutMs: endpoint.idleTimeoutMs, patient: false, watch: false, upload, handBack: null,
    });
    if (!("response" in called) || called.ownLimit) return null;
    if (isFailure(outcomeOf(called.response.status, endpoint.policy))) {
      called.response.body?.cancel().catch(() => {});
      return null;
    }
    if (called.response.status === 101) return called.response;
    const answer = this.io.rewrap?.(this.pass(called.response, request, url, asked, { ...endpoint, origin, passHost: false })) ?? called.response;
    standingIn(answer.headers, "fallback origin");
    return answer;
  }

  /** @param {Called} called @param {number} ms @param {number} timeoutMs */
  judge(called, ms, timeoutMs) {
    if ("response" in called) return called.ownLimit ? VOID : outcomeOf(called.response.status, this.endpoint.policy);
    switch (called.failure) {
      case "timeout":
        return TIMEOUT;
      case "network":
        return NETWORK;
      case "gone": // a caller who left early says nothing; one who gave up on a slow answer does
        return ms * 2 < (this.endpoint.policy.slowRatioBp > 0 ? Math.min(timeoutMs, this.endpoint.policy.slowAfterMs) : timeoutMs) ? VOID : TIMEOUT;
      default:
        return VOID;
    }
  }

  /** Whether a call that took so long is slow. @param {number} ms */
  isSlow(ms) {
    const { slowRatioBp, slowAfterMs } = this.endpoint.policy;
    return slowRatioBp > 0 && ms >= slowAfterMs;
  }

  /** The origin's own Retry-After, ms, where the breaker obeys it. @param {Called} called */
  after(called) {
    if (!this.endpoint.policy.obeyRetryAfter || !("response" in called)) return 0;
    return retryAfterMs(called.response.headers.get("retry-after"), this.now());
  }

  /**
   * Looks at a call that is still pending when it is slow, from when the caller had sent it.
   * @param {Promise<Called>} calling @param {Promise<unknown> | undefined} sent @param {import("./node.mjs").Admission} admission
   */
  watch(calling, sent, admission) {
    const { node, endpoint, io } = this;
    const begun = sent ? sent.then(() => within(calling, endpoint.policy.slowAfterMs, io.timer)) : within(calling, endpoint.policy.slowAfterMs, io.timer);
    const looking = begun.then(async (first) => {
      if (first !== LATE) return;
      const now = this.now();
      if (slowAt(node, admission, now, io.coin()) || due(node, now)) await this.converse();
    });
    io.keep(looking.catch((error) => this.fault(error)));
  }

  /** Records the outcome and, when it is time, tells the store. @param {import("./node.mjs").Admission} admission @param {import("./node.mjs").Result} result */
  async settle(admission, result) {
    const { node, io } = this;
    try {
      const now = this.now();
      const { urgent, probe, transition } = settleAt(node, admission, result, now, io.coin());
      if (!urgent && !due(node, now)) return;
      const patient = isFailure(result.outcome) || probe !== null || transition !== null;
      await io.after(this.converse({ probe }), patient ? STORE_WAIT_MS : AFTER_OTHERS_MS);
    } catch (error) {
      this.fault(error);
    }
  }

  /** A rejecting node keeps its heartbeat, so that it hears of what others did. */
  async beat() {
    try {
      if (due(this.node, this.now())) await this.io.after(this.converse(), AFTER_OTHERS_MS);
    } catch (error) {
      this.fault(error);
    }
  }

  /** @param {Request} request @param {URL} url */
  async reject(request, url) {
    const { endpoint, node, io } = this;
    const now = this.now();
    const { state, retryAt } = node.view;
    const override = inForce(node.view, endpoint.policy, now);
    const forced = override?.mode === FORCED_OPEN;
    const seconds = forced ? forcedRetryAfter(override.until - now) : state === OPEN ? retryAfter(endpoint.policy, retryAt - now, io.coin()) : 1;
    const said = forced ? FORCED_OPEN : STATES[state];
    if (forced) note(node.metrics, now, REJECTS_FORCED);
    else noteReject(node.metrics, now, state);
    const instead = endpoint.fallback.length === 0 ? null : await this.fallBack(request, url, "open", { said: restingAs(said), retryAfter: seconds });
    if (instead) note(node.metrics, this.now(), FALLBACKS);
    const answer = instead ?? shared(rejected(request, endpoint.name, said, seconds), endpoint.cors, request);
    this.log("reject", { state: said, status: answer.status });
    await this.beat();
    return answer;
  }

  /**
   * Sends what is pending and takes in the answer; never throws, never takes longer than STORE_GIVE_UP_MS.
   * @param {{ask?: boolean, probe?: import("./wire.mjs").Delta["probe"]}} what
   * @returns {Promise<{answered: boolean, lease: number}>}
   */
  async converse(what = {}) {
    const { node, endpoint, io } = this;
    const { epoch } = node;
    const delta = dispatch(node, this.now(), what);
    this.tellMinute(delta);
    const answer = await within(this.sync(delta), STORE_GIVE_UP_MS, io.timer);
    const lease = receive(node, delta, answer, this.now());
    if (node.epoch !== epoch) this.log("transition", { to: STATES[node.view.state], why: node.view.why });
    return { answered: node.acked >= delta.seq, lease };
  }

  /** @param {import("./wire.mjs").Delta} delta */
  tellMinute({ metrics }) {
    try {
      if (metrics) this.io.minute?.(this.endpoint.name, metrics);
    } catch (error) {
      this.fault(error);
    }
  }

  /** @param {import("./wire.mjs").Delta} delta */
  async sync(delta) {
    try {
      return await this.io.store.sync(this.endpoint.name, delta);
    } catch (error) {
      this.log("store", { error: String(error) });
      return null;
    }
  }

  /** Waits for the store as long as a request may; the work goes on behind it. @template T @param {Promise<T>} work */
  wait(work) {
    this.io.keep(work);
    return within(work, STORE_WAIT_MS, this.io.timer);
  }

  /** @param {unknown} error */
  fault(error) {
    this.log("fault", { error: String(error) });
  }

  /** @param {string} kind @param {Record<string, unknown>} facts */
  log(kind, facts) {
    const { endpoint, node, io } = this;
    this.write(io.log, this.io.now(), { kampkin: kind, breaker: endpoint.name, epoch: node.epoch, ...facts, request: io.requestId });
  }
}
