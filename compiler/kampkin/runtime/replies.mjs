/**
 * What the caller gets: the origin's answer, something in its stead, or a rejection.
 *
 * @typedef {import("./middleware.mjs").Called} Called
 */

import { OPEN, STATES } from "./breaker.mjs";
import { TIMED_OUT, UNREACHABLE, badRequest, failedWith, rejected, restingAs, standingIn, timedOut, unreachable } from "./answers.mjs";
import { expose, share } from "./cors.mjs";
import { fallBack } from "./fallbacks.mjs";
import { onward } from "./headers.mjs";
import { mapped } from "./locations.mjs";
import { FALLBACKS, REJECTS_FORCED, note, noteReject } from "./metrics.mjs";
import { TIMEOUT, isFailure, outcomeOf } from "./outcome.mjs";
import { FORCED_OPEN, inForce } from "./overrides.mjs";
import { forcedRetryAfter, retryAfter } from "./retry-after.mjs";
import { originUrl } from "./routes.mjs";

/** An answer of our own, as far as the page may read it. @param {Response} response @param {import("./cors.mjs").Cors | null} cors @param {Request} request */
export function shared(response, cors, request) {
  if (!cors) return response;
  share(response.headers, cors, request.headers.get("origin"));
  expose(response.headers);
  return response;
}

/** The origin's answer for the caller: itself, but for what must be another. @param {import("./talk.mjs").Talk} talk @param {Response} response @param {Request} request @param {URL} url @param {string} asked */
export function pass(talk, response, request, url, asked, { route, origin, passHost } = talk.endpoint) {
  const { cors } = talk.endpoint;
  const changes = mapped(response.headers, route, origin, asked, url, passHost);
  if ((!cors && changes.length === 0) || response.status === 101) return response;
  const answer = talk.io.rewrap?.(response) ?? response;
  for (const [name, value] of changes) answer.headers.set(name, value);
  if (cors) share(answer.headers, cors, request.headers.get("origin"));
  return answer;
}

/**
 * A call has failed: a fallback that answers for failures, else what there is.
 * @param {import("./talk.mjs").Talk} talk @param {Called} called @param {number} outcome @param {Request} request @param {URL} url @param {string} asked
 */
export async function makeUp(talk, called, outcome, request, url, asked) {
  const { endpoint, node } = talk;
  if ("failure" in called && called.failure === "cut") return shared(badRequest(request), endpoint.cors, request);
  const response = "response" in called ? called.response : null;
  const said = response ? failedWith(response.status) : outcome === TIMEOUT ? TIMED_OUT : UNREACHABLE;
  const instead = await standIn(talk, request, url, "failure", { said });
  if (!instead) {
    if (response) return pass(talk, response, request, url, asked);
    return shared(outcome === TIMEOUT ? timedOut(request, endpoint.name) : unreachable(request, endpoint.name), endpoint.cors, request);
  }
  note(node.metrics, talk.now(), FALLBACKS);
  response?.body?.cancel().catch(() => {}); // it would hold one of the few connections
  return instead;
}

/** @param {import("./talk.mjs").Talk} talk @param {Request} request @param {URL} url */
export async function reject(talk, request, url) {
  const { endpoint, node, io } = talk;
  const now = talk.now();
  const { state, retryAt } = node.view;
  const override = inForce(node.view, endpoint.policy, now);
  const forced = override?.mode === FORCED_OPEN;
  const seconds = forced ? forcedRetryAfter(override.until - now) : state === OPEN ? retryAfter(endpoint.policy, retryAt - now, io.coin()) : 1;
  const said = forced ? FORCED_OPEN : STATES[state];
  if (forced) note(node.metrics, now, REJECTS_FORCED);
  else noteReject(node.metrics, now, state);
  const instead = endpoint.fallback.length === 0 ? null : await standIn(talk, request, url, "open", { said: restingAs(said), retryAfter: seconds });
  if (instead) note(node.metrics, talk.now(), FALLBACKS);
  const answer = instead ?? shared(rejected(request, endpoint.name, said, seconds), endpoint.cors, request);
  talk.log("reject", { state: said, status: answer.status });
  await talk.beat();
  return answer;
}

/** For the fallback that gives earlier answers again. @param {import("./talk.mjs").Talk} talk @param {Request} request @param {URL} url @param {Response} response */
export function keepCopy(talk, request, url, response) {
  const stale = talk.endpoint.fallback.find((entry) => entry.kind === "stale");
  if (!stale) return;
  try {
    const keeping = talk.io.copies?.keep(request, url, response, stale.maxAgeMs, talk.now());
    if (keeping) talk.io.keep(keeping);
  } catch (error) {
    talk.fault(error);
  }
}

/** @param {import("./talk.mjs").Talk} talk @param {Request} request @param {URL} url @param {import("./fallbacks.mjs").Occasion} occasion @param {import("./answers.mjs").Cause} cause */
async function standIn(talk, request, url, occasion, cause) {
  const { endpoint, io } = talk;
  try {
    const answer = await fallBack(request, endpoint, occasion, cause, {
      ask: (alternate) => ask(talk, alternate, request, url),
      recall: async ({ maxAgeMs }) => (await io.copies?.find(request, url, maxAgeMs, io.now())) ?? null,
    });
    return answer && (answer.status === 101 ? answer : shared(answer, endpoint.cors, request));
  } catch (error) {
    talk.fault(error);
    return null;
  }
}

/** Another origin is asked the same; what comes of it counts for nobody. @param {import("./talk.mjs").Talk} talk @param {import("./fallbacks.mjs").Alternate} alternate @param {Request} request @param {URL} url */
async function ask(talk, { origin, timeoutMs }, request, url) {
  const { endpoint, io } = talk;
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
  const answer = talk.io.rewrap?.(pass(talk, called.response, request, url, asked, { ...endpoint, origin, passHost: false })) ?? called.response;
  standingIn(answer.headers, "fallback origin");
  return answer;
}
