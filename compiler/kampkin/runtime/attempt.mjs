/**
 * The call of an origin: made, watched, judged, and told to the breaker; here, or by the platform in our stead.
 *
 * @typedef {import("./middleware.mjs").Called} Called
 * @typedef {import("./middleware.mjs").HandBack} HandBack
 * @typedef {import("./middleware.mjs").End} End
 */

import { PROBES, note, noteCall } from "./metrics.mjs";
import { admit, arrive, due, slowAt } from "./node.mjs";
import { NETWORK, OUTCOMES, TIMEOUT, VOID, isFailure, outcomeOf } from "./outcome.mjs";
import { dress, onward } from "./headers.mjs";
import { keepCopy, makeUp, pass } from "./replies.mjs";
import { retryAfterMs } from "./retry-after.mjs";
import { originUrl } from "./routes.mjs";
import { LATE, within } from "./within.mjs";

const NOTHING = { outcome: VOID, slow: false, after: 0 };

/** Those that this node has told of that they lack a secret: once is enough. @type {WeakSet<import("./routes.mjs").Endpoint>} */
const toldOf = new WeakSet();

/**
 * Calls the origin and tells the breaker what came of it.
 * @param {import("./talk.mjs").Talk} talk @param {Request} request @param {URL} url @param {import("./node.mjs").Admission} admission
 */
export async function exchange(talk, request, url, admission) {
  const { endpoint, node, io } = talk;
  const { route, origin, policy, idleTimeoutMs, largeBodies } = endpoint;
  const isProbe = admission.lease !== 0;
  const timeoutMs = isProbe ? policy.probeTimeoutMs : endpoint.timeoutMs;
  const asked = originUrl(route, origin, url);
  let started = talk.now();
  if (isProbe) note(node.metrics, started, PROBES);
  const upload = io.upload?.(request, timeoutMs) ?? null;
  const sent = upload?.done.then(() => (started = talk.now()));
  if (isProbe && sent) io.keep(makeRoom(talk, sent, admission));
  const handBack = { breaker: endpoint.name, epoch: node.alone || admission.exempt ? -1 : node.epoch, startedAt: started, lease: admission.local ? 0 : admission.lease, always: largeBodies && !isProbe };
  const watch = isProbe || endpoint.watchBody || idleTimeoutMs > 0;
  const headers = onward(request.headers, url);
  const own = dressed(talk, headers);
  const calling = io.call({ url: asked, request, headers, own, host: endpoint.passHost ? url.host : null, timeoutMs, idleTimeoutMs, patient: isProbe, watch, upload, handBack });
  if (policy.slowRatioBp > 0 && !isProbe) lookAtSlow(talk, calling, sent, admission);
  const called = await calling;
  if ("response" in called && called.handedBack === "before") {
    if (admission.local) await talk.settle(admission, NOTHING); // nobody could tell this node of it
    await talk.beat(); // its outcome may be another node's to tell
    return called.response;
  }
  const ms = Math.max(0, talk.now() - started);
  const outcome = judge(talk, called, ms, timeoutMs);
  if ("response" in called && called.end && !isFailure(outcome)) io.keep(conclude(talk, called, outcome, ms, admission, isProbe ? timeoutMs - ms : Infinity));
  else await record(talk, called, outcome, ms, admission);
  if ("response" in called && !isFailure(outcome)) {
    keepCopy(talk, request, url, called.response);
    return pass(talk, called.response, request, url, asked);
  }
  return makeUp(talk, called, outcome, request, url, asked);
}

/** What came of a call that someone else has made. @param {import("./talk.mjs").Talk} talk @param {HandBack} call @param {Response} response */
export async function hear(talk, { epoch, startedAt, lease }, response) {
  const { node } = talk;
  try {
    if (arrive(node, talk.io.now()) || node.epoch !== epoch) await talk.wait(talk.converse()); // another node may have let it through
    const admission = { ...admit(node, lease), exempt: node.alone || node.epoch !== epoch };
    await record(talk, { response }, outcomeOf(response.status, talk.endpoint.policy), startedAt === 0 ? 0 : Math.max(0, talk.now() - startedAt), admission);
  } catch (error) {
    talk.fault(error);
  }
}

/** What the endpoint's own origin is told in place of the caller: no other gets that. @param {import("./talk.mjs").Talk} talk @param {Headers} headers changed in place */
function dressed(talk, headers) {
  const { own, missing } = dress(headers, talk.endpoint, talk.io.secret);
  if (missing.length > 0 && !toldOf.has(talk.endpoint)) {
    toldOf.add(talk.endpoint);
    talk.log("secret", { missing: missing.join(", ") });
  }
  return own;
}

/**
 * A probe whose caller is slow makes room for another: its lease would run out before it said anything.
 * @param {import("./talk.mjs").Talk} talk @param {Promise<unknown>} sent @param {import("./node.mjs").Admission} admission
 */
async function makeRoom(talk, sent, admission) {
  if ((await within(sent, talk.endpoint.policy.probeTimeoutMs, talk.io.timer)) !== LATE) return;
  await talk.settle(admission, NOTHING);
  admission.exempt = true;
}

/**
 * An answer that is watched to the end of its body is judged there; a probe's no later than its lease lasts.
 * @param {import("./talk.mjs").Talk} talk @param {Called & {end?: Promise<End>}} called @param {number} outcome by its headers @param {number} ms until then
 * @param {import("./node.mjs").Admission} admission @param {number} patienceMs
 */
async function conclude(talk, called, outcome, ms, admission, patienceMs) {
  const end = /** @type {Promise<End>} */ (called.end);
  const how = patienceMs === Infinity ? await end : await within(end, Math.max(0, patienceMs), talk.io.timer);
  await record(talk, called, how === "network" ? NETWORK : how === "timeout" ? TIMEOUT : how === "gone" ? VOID : outcome, ms, admission);
}

/** @param {import("./talk.mjs").Talk} talk @param {Called} called @param {number} outcome @param {number} ms @param {import("./node.mjs").Admission} admission */
async function record(talk, called, outcome, ms, admission) {
  noteCall(talk.node.metrics, talk.now(), outcome, ms);
  if (isFailure(outcome)) talk.log("failure", { kind: OUTCOMES[outcome], status: "response" in called ? called.response.status : null, ms, probe: admission.lease !== 0 });
  await talk.settle(admission, { outcome, slow: isSlow(talk, ms), after: after(talk, called) });
}

/** @param {import("./talk.mjs").Talk} talk @param {Called} called @param {number} ms @param {number} timeoutMs */
function judge(talk, called, ms, timeoutMs) {
  if ("response" in called) return called.ownLimit ? VOID : outcomeOf(called.response.status, talk.endpoint.policy);
  switch (called.failure) {
    case "timeout":
      return TIMEOUT;
    case "network":
      return NETWORK;
    case "gone": // a caller who left early says nothing; one who gave up on a slow answer does
      return ms * 2 < (talk.endpoint.policy.slowRatioBp > 0 ? Math.min(timeoutMs, talk.endpoint.policy.slowAfterMs) : timeoutMs) ? VOID : TIMEOUT;
    default:
      return VOID;
  }
}

/** Whether a call that took so long is slow. @param {import("./talk.mjs").Talk} talk @param {number} ms */
function isSlow(talk, ms) {
  const { slowRatioBp, slowAfterMs } = talk.endpoint.policy;
  return slowRatioBp > 0 && ms >= slowAfterMs;
}

/** The origin's own Retry-After, ms, where the breaker obeys it. @param {import("./talk.mjs").Talk} talk @param {Called} called */
function after(talk, called) {
  if (!talk.endpoint.policy.obeyRetryAfter || !("response" in called)) return 0;
  return retryAfterMs(called.response.headers.get("retry-after"), talk.now());
}

/**
 * Looks at a call that is still pending when it is slow, from when the caller had sent it.
 * @param {import("./talk.mjs").Talk} talk @param {Promise<Called>} calling @param {Promise<unknown> | undefined} sent @param {import("./node.mjs").Admission} admission
 */
function lookAtSlow(talk, calling, sent, admission) {
  const { node, endpoint, io } = talk;
  const begun = sent ? sent.then(() => within(calling, endpoint.policy.slowAfterMs, io.timer)) : within(calling, endpoint.policy.slowAfterMs, io.timer);
  const looking = begun.then(async (first) => {
    if (first !== LATE) return;
    const now = talk.now();
    if (slowAt(node, admission, now, io.coin()) || due(node, now)) await talk.converse();
  });
  io.keep(looking.catch((error) => talk.fault(error)));
}
