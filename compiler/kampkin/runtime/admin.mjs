/**
 * The admin API on the edge Worker: what the breakers do, and a person's word to them at run time. It is there only where the
 * Worker has the secret KAMPKIN_ADMIN. Whoever holds that may do all of it, and who that is, the holder says: docs/operate.md.
 *
 * @typedef {object} Desk what the API works on, handed in with each request
 * @property {string} secret
 * @property {((breaker: string) => any) | null} record a breaker's Durable Object; null where nodes share no record
 * @property {string} colo where this node is
 * @property {() => number} now ms
 * @property {(ms: number) => import("./within.mjs").Timer<void>} timer
 *
 * @typedef {{plan: any, policies: Map<string, import("./policy.mjs").Policy>, desk: Desk, request: Request, query: URLSearchParams, name: string}} Asked
 */

import { endpointsOf } from "./routes.mjs";
import { LATE, within } from "./within.mjs";

const PREFIX = "/.kampkin/v1/";
const STORE_LIMIT_MS = 4000;
const BODY_LIMIT_MS = 4000;
const BODY_MAX = 4096;
const OWNER_MAX = 200;
const REASON_MAX = 500;
const EVENTS_SHOWN = 20;
const EVENTS_MAX = 100;
const MINUTE_MS = 60_000;
const MINUTES_SHOWN = 60;
const MINUTES_MAX = 24 * 60;

const MODES = ["forced-open", "forced-closed", "monitor"];
const FLIPS = ["open", "half-open", "closed"];
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Whether a request is the API's, where there is one. @param {string} url */
export const isAdmin = (url) => url.includes(PREFIX) && new URL(url).pathname.startsWith(PREFIX);

/** Why a request is not carried out, as RFC 9457 has it. */
class Problem extends Error {
  /** @param {number} status @param {string} type @param {string} title @param {string} detail @param {object} extra @param {Record<string, string>} headers */
  constructor(status, type, title, detail, extra = {}, headers = {}) {
    super(detail);
    this.body = { type: `urn:kampkin:admin:${type}`, title, status, detail, ...extra };
    this.status = status;
    this.headers = headers;
  }
}

/** @type {[RegExp, Record<string, (asked: Asked) => Promise<{status?: number, body: object}>>][]} */
const ROUTES = [
  [/^breakers$/, { GET: showAll }],
  [/^breakers\/([^/]+)$/, { GET: showOne }],
  [/^breakers\/([^/]+)\/events$/, { GET: events }],
  [/^breakers\/([^/]+)\/metrics$/, { GET: metrics }],
  [/^breakers\/([^/]+)\/dead-letters$/, { GET: deadLetters }],
  [/^breakers\/([^/]+)\/override$/, { PUT: hold, DELETE: release }],
  [/^breakers\/([^/]+)\/flip$/, { POST: flip }],
  [/^override$/, { PUT: holdAll, DELETE: releaseAll }],
];

/** @param {any} plan @param {string} target @returns {(request: Request, desk: Desk) => Promise<Response>} */
export function createAdmin(plan, target) {
  const policies = new Map(endpointsOf(plan, target).map(({ name, policy }) => [name, policy]));
  return async (request, desk) => {
    try {
      await requireToken(request, desk.secret);
      const url = new URL(request.url);
      const { handle, name } = routeOf(url.pathname.slice(PREFIX.length), request.method);
      if (name && !policies.has(name)) throw unknownBreaker(name, policies);
      if (!desk.record) throw new Problem(409, "nothing-shared", "Nothing shared to operate", "This Worker's nodes share no record: its store is not the Durable Object.");
      const { status = 200, body } = await handle({ plan, policies, desk, request, query: url.searchParams, name });
      return json(status, body);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(500, "fault", "Fault", String(error));
      return json(problem.status, problem.body, { ...problem.headers, "content-type": "application/problem+json" });
    }
  };
}

/** @param {number} status @param {object} body @param {Record<string, string>} headers */
function json(status, body, headers = {}) {
  const own = { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff", "proxy-status": "kampkin" };
  return new Response(JSON.stringify(body), { status, headers: { ...own, ...headers } });
}

/** Both are hashed first, so that neither a length nor a common beginning shows in the time it takes. @param {Request} request @param {string} secret */
async function requireToken(request, secret) {
  const said = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const [one, other] = await Promise.all([said, secret].map(async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))));
  let differs = 0;
  for (let at = 0; at < one.length; at++) differs |= one[at] ^ other[at];
  if (differs !== 0) throw new Problem(401, "no-token", "Not authorized", "Expected Authorization: Bearer and the admin token.", {}, { "www-authenticate": "Bearer" });
}

/** @param {string} path @param {string} method */
function routeOf(path, method) {
  for (const [pattern, methods] of ROUTES) {
    const found = pattern.exec(path);
    if (!found) continue;
    const handle = methods[method];
    const allowed = Object.keys(methods).join(", ");
    if (!handle) throw new Problem(405, "method-not-allowed", "Method not allowed", `This takes ${allowed}.`, {}, { allow: allowed });
    return { handle, name: found[1] ?? "" };
  }
  throw new Problem(404, "no-resource", "No such resource", "Expected breakers, breakers/NAME and below that events, metrics, dead-letters, override or flip, or override for all.");
}

/** @param {string} name @param {Map<string, unknown>} policies */
function unknownBreaker(name, policies) {
  const declared = [...policies.keys()];
  return new Problem(404, "unknown-breaker", "No such breaker", `No breaker is named ${name}. Declared are ${declared.join(", ")}.`, { declared });
}

/** @param {Asked} asked */
async function showAll(asked) {
  const { breakers } = await forEach(asked, view);
  return { body: { plan: asked.plan.digest, breakers } };
}

/** @param {Asked} asked */
async function showOne(asked) {
  return { body: await view(asked) };
}

/** @param {Asked} asked */
async function events(asked) {
  const before = whole(asked.query, "before", null, 1, Number.MAX_SAFE_INTEGER);
  const limit = whole(asked.query, "limit", EVENTS_SHOWN, 1, EVENTS_MAX);
  return { body: await ask(asked, (record) => record.events({ before, limit })) };
}

/** @param {Asked} asked */
async function metrics(asked) {
  const to = whole(asked.query, "to", Math.floor(asked.desk.now() / MINUTE_MS), 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const from = whole(asked.query, "from", Math.max(0, to - MINUTES_SHOWN + 1), 0, Number.MAX_SAFE_INTEGER) ?? 0;
  if (from > to || to - from >= MINUTES_MAX) throw bad(`Expected from and to, minutes since 1970, at most ${MINUTES_MAX} in all.`);
  return { body: { from, to, minutes: await ask(asked, (record) => record.metrics({ from, to })) } };
}

/** @param {Asked} asked */
async function deadLetters(asked) {
  return { body: { deadLetters: await ask(asked, (record) => record.deadLetters()) } };
}

/** @param {Asked} asked */
async function hold(asked) {
  return { body: await override(asked, await decisionOf(asked)) };
}

/** @param {Asked} asked */
async function release(asked) {
  return { body: await letGo(asked) };
}

/** @param {Asked} asked */
async function holdAll(asked) {
  const decided = await decisionOf(asked);
  return several(asked, (one) => override(one, decided));
}

/** @param {Asked} asked */
async function releaseAll(asked) {
  return several(asked, letGo);
}

/** @param {Asked} asked */
async function flip(asked) {
  const { state, ...others } = await bodyOf(asked);
  if (!FLIPS.includes(state) || Object.keys(others).length > 0) throw bad(`Expected {"state": S} with S one of ${FLIPS.join(", ")}.`);
  await ask(asked, (record) => record.flip(state, asked.policies.get(asked.name), whoIs(asked), asked.name));
  return { body: await view(asked) };
}

/** Where no override is in force, nothing is written. @param {Asked} asked */
async function letGo(asked) {
  const now = await view(asked);
  return now.snapshot.override?.leftMs > 0 ? override(asked, null) : now;
}

/** Sets it, or with null lets go of it; the record as it then stands. @param {Asked} asked @param {Awaited<ReturnType<typeof decisionOf>> | null} decided */
async function override(asked, decided) {
  await ask(asked, (record) => record.override(decided, whoIs(asked), asked.name));
  return view(asked);
}

/** @param {Asked} asked */
async function view(asked) {
  const { regions, snapshot, deadLetters = 0 } = await ask(asked, (record) => record.read());
  return { name: asked.name, plan: asked.plan.digest, regions, deadLetters, snapshot };
}

/** Of each breaker what came of it; 207 where some failed. @param {Asked} asked @param {(one: Asked) => Promise<object>} act */
async function several(asked, act) {
  const { breakers, failed } = await forEach(asked, act);
  return { status: failed ? 207 : 200, body: { breakers } };
}

/** @param {Asked} asked @param {(one: Asked) => Promise<object>} act */
async function forEach(asked, act) {
  let failed = false;
  const outcome = async (/** @type {string} */ name) => {
    try {
      return { status: 200, ...(await act({ ...asked, name })) };
    } catch (error) {
      failed = true;
      return { name, ...(error instanceof Problem ? error.body : { status: 500, title: "Fault", detail: String(error) }) };
    }
  };
  return { breakers: await Promise.all([...asked.policies.keys()].map(outcome)), failed };
}

/** What the breaker's record answers, within the limit. @param {Asked} asked @param {(record: any) => Promise<any>} what */
async function ask({ desk, name }, what) {
  let answer;
  try {
    answer = await within(Promise.resolve(what(/** @type {any} */ (desk.record)(name))), STORE_LIMIT_MS, desk.timer);
  } catch (/** @type {any} */ error) {
    throw new Problem(502, "store-failed", "The store refused", `The record of ${name}: ${error?.message ?? error}.`, { breaker: name });
  }
  if (answer === LATE) {
    throw new Problem(504, "store-late", "The store did not answer", `The record of ${name} did not answer within ${STORE_LIMIT_MS} ms; a change may still take effect.`, { breaker: name });
  }
  return answer;
}

/** What a person has decided, from the request's body. @param {Asked} asked */
async function decisionOf(asked) {
  const most = asked.plan.safety.maxOverrideMs;
  const { mode, for: duration, until, owner, reason, ...others } = await bodyOf(asked);
  if (!MODES.includes(mode)) throw bad(`Expected mode to be one of ${MODES.join(", ")}.`);
  if ((duration === undefined) === (until === undefined)) throw bad("Expected an end: either for, in ms, or until, in ms since 1970.");
  const forMs = Number.isSafeInteger(until) ? until - asked.desk.now() : duration;
  if (!Number.isSafeInteger(forMs) || forMs < 1 || forMs > most) throw bad(`Expected an end within ${most} ms from now: safety.max_override of the plan.`, { maxOverrideMs: most });
  if (!isLine(owner, OWNER_MAX)) throw bad(`Expected owner: one line of at most ${OWNER_MAX} characters.`);
  if (!isLine(reason, REASON_MAX)) throw bad(`Expected reason: one line of at most ${REASON_MAX} characters.`);
  if (Object.keys(others).length > 0) throw bad(`Expected mode, for or until, owner and reason, and nothing else; there is ${Object.keys(others).join(", ")}.`);
  return { mode, forMs, owner: owner.trim(), reason: reason.trim() };
}

/** @param {unknown} text @param {number} longest */
const isLine = (text, longest) => typeof text === "string" && text.trim() !== "" && text.length <= longest && !CONTROL.test(text);

/** The request's body: a JSON object, no larger than it need be. @param {Asked} asked @returns {Promise<any>} */
async function bodyOf({ request, desk }) {
  const text = await within(textOf(request), BODY_LIMIT_MS, desk.timer);
  if (text === LATE) throw new Problem(408, "body-late", "The body did not come", `Expected the whole body within ${BODY_LIMIT_MS} ms.`);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("Expected a JSON object as the body.");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw bad("Expected a JSON object as the body.");
  return value;
}

/** @param {Request} request */
async function textOf(request) {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for await (const part of /** @type {any} */ (request.body ?? [])) {
    size += part.length;
    if (size > BODY_MAX) throw new Problem(413, "body-too-large", "Body too large", `Expected at most ${BODY_MAX} bytes.`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** A whole number of the query's, or what holds without. @template T @param {URLSearchParams} query @param {string} key @param {T} otherwise @param {number} least @param {number} most */
function whole(query, key, otherwise, least, most) {
  const text = query.get(key);
  if (text === null) return otherwise;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw bad(`Expected ${key} to be a whole number from ${least} to ${most}.`);
  return number;
}

/** Who says so, as the token's holder has it; percent-encoded where it is not ASCII. @param {Asked} asked */
function whoIs({ request, desk }) {
  const said = request.headers.get("x-kampkin-who")?.trim() ?? "";
  let who = said;
  try {
    who = decodeURIComponent(said);
  } catch {
    // as it came
  }
  return `${desk.colo}/${isLine(who, OWNER_MAX) ? who : "unnamed"}`;
}

/** @param {string} detail @param {object} extra */
const bad = (detail, extra = {}) => new Problem(400, "bad-request", "Bad request", detail, extra);
