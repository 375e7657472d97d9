/**
 * The flow of a request, on Web-standard Request and Response: match, decide, fetch, observe, fall back.
 * What differs between platforms is handed in with each request as `io`; nothing here knows where it runs.
 *
 * @typedef {object} Io
 * @property {() => number} now ms
 * @property {() => number} coin 0..9999
 * @property {(ms: number) => import("./within.mjs").Timer<void>} timer
 * @property {(url: string, request: Request, timeoutMs: number, patient: boolean) => Promise<Called>} call
 *   the origin; patient calls are run to their end though the caller has gone
 * @property {{sync: (breaker: string, delta: import("./wire.mjs").Delta) => Promise<unknown>}} store
 * @property {(work: Promise<unknown>) => void} keep lets work go on after the answer, where the platform can
 * @property {(work: Promise<unknown>, budgetMs: number) => Promise<void> | void} after work that follows the outcome
 * @property {(breaker: string, minute: import("./metrics.mjs").Minute) => void} [minute] takes a minute's counts beside the store
 * @property {() => string} node this node's id, `<region>/<random>`
 * @property {string} requestId
 * @property {(line: string) => void} log
 *
 * @typedef {{response: Response, ownLimit?: boolean} | {failure: "timeout" | "network" | "void" | "gone", detail: string}} Called
 * "ownLimit": the platform could not carry the answer. "gone": the caller left. "void": the platform's own limit or a socket that had died; says nothing of the origin.
 */

import { EXEMPT, OPEN, PASS, PROBE, STATES, WOULD_REJECT } from "./breaker.mjs";
import { methodNotAllowed, noRoute, rejected, timedOut, unreachable } from "./answers.mjs";
import { createLog } from "./log.mjs";
import { FALLBACKS, PROBES, REJECTS_FORCED, REQUESTS, WOULD_REJECTS, note, noteCall, noteReject } from "./metrics.mjs";
import { STORE_WAIT_MS, admit, admitAlone, admitExempt, admitUnlent, arrive, createNode, dispatch, due, lateLease, mayAsk, nodeTime, receive, refuse, settleAt, slowAt, verdict } from "./node.mjs";
import { NETWORK, OUTCOMES, TIMEOUT, VOID, isFailure, outcomeOf } from "./outcome.mjs";
import { FORCED_OPEN, inForce } from "./overrides.mjs";
import { forcedRetryAfter, retryAfter, retryAfterMs } from "./retry-after.mjs";
import { createMatcher, endpointsOf, originUrl } from "./routes.mjs";
import { LATE, within } from "./within.mjs";

const PLAN_VERSION = 1;
const STORE_GIVE_UP_MS = 2000;
const AFTER_OTHERS_MS = 50;

/**
 * @param {any} plan as `plan.mjs` holds it: what is the same as `plan.defaults` is left out
 * @param {string} target the endpoints of other targets are not served
 * @param {ReturnType<typeof createLog>} log
 * @returns {(request: Request, io: Io) => Promise<Response>}
 */
export function createMiddleware(plan, target, log = createLog()) {
  if (plan.version !== PLAN_VERSION) throw new Error(`this runtime reads plan version ${PLAN_VERSION}, not ${plan.version}`);
  const match = createMatcher(endpointsOf(plan, target));
  /** @type {Map<string, import("./node.mjs").Node>} */
  const nodes = new Map();

  return async (request, io) => {
    const url = new URL(request.url);
    const endpoint = match(url.pathname);
    if (!endpoint) return noRoute(request);
    if (endpoint.methods && !endpoint.methods.includes(request.method)) return methodNotAllowed(request, endpoint.methods);
    let node = nodes.get(endpoint.name);
    if (!node) nodes.set(endpoint.name, (node = createNode(io.node(), plan.digest, endpoint.policy)));
    const passage = new Passage(endpoint, node, io, log);
    const admission = await passage.gate();
    if (!admission) return passage.reject(request);
    const exchange = passage.exchange(request, originUrl(endpoint, url), admission);
    io.keep(exchange);
    return exchange;
  };
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
   * @param {Request} request @param {string} url @param {import("./node.mjs").Admission} admission
   */
  async exchange(request, url, admission) {
    const { endpoint, io } = this;
    const isProbe = admission.lease !== 0;
    const timeoutMs = isProbe ? endpoint.policy.probeTimeoutMs : endpoint.timeoutMs;
    const started = this.now();
    if (isProbe) note(this.node.metrics, started, PROBES);
    const calling = io.call(url, request, timeoutMs, isProbe);
    if (endpoint.policy.slowRatioBp > 0 && !isProbe) this.watch(calling, admission);
    const called = await calling;
    const ended = this.now();
    const ms = Math.max(0, ended - started);
    const outcome = this.judge(called, ms, timeoutMs);
    noteCall(this.node.metrics, ended, outcome, ms);
    if (isFailure(outcome)) this.log("failure", { kind: OUTCOMES[outcome], status: "response" in called ? called.response.status : null, ms, probe: isProbe });
    await this.settle(admission, { outcome, slow: this.isSlow(ms), after: this.after(called) });
    if ("response" in called) return called.response;
    return outcome === TIMEOUT ? timedOut(request, endpoint.name) : unreachable(request, endpoint.name);
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

  /** Looks at a call that is still pending when it is slow. @param {Promise<Called>} calling @param {import("./node.mjs").Admission} admission */
  watch(calling, admission) {
    const { node, endpoint, io } = this;
    const looking = within(calling, endpoint.policy.slowAfterMs, io.timer).then(async (first) => {
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

  /** @param {Request} request */
  async reject(request) {
    const { endpoint, node, io } = this;
    const now = this.now();
    const { state, retryAt } = node.view;
    const override = inForce(node.view, endpoint.policy, now);
    const forced = override?.mode === FORCED_OPEN;
    const seconds = forced ? forcedRetryAfter(override.until - now) : state === OPEN ? retryAfter(endpoint.policy, retryAt - now, io.coin()) : 1;
    const said = forced ? FORCED_OPEN : STATES[state];
    const answer = rejected(request, endpoint, said, seconds);
    if (forced) note(node.metrics, now, REJECTS_FORCED);
    else noteReject(node.metrics, now, state);
    if (endpoint.fallback) note(node.metrics, now, FALLBACKS);
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
