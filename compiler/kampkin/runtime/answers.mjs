/**
 * The answers Kampkin makes itself. Each says so (`Proxy-Status`, RFC 9209) and none may be kept: a stored
 * rejection would outlive the outage. Problems are RFC 9457.
 */

const NAME = "kampkin";

const MADE_HERE = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** @typedef {{status: number, type: string, title: string, detail: string, proxyStatus: string, headers?: Record<string, string>, extra?: object}} Problem */

/** @param {Request} request @param {Problem} problem */
function problem(request, { status, type, title, detail, proxyStatus, headers = {}, extra = {} }) {
  const body = JSON.stringify({ type: `urn:kampkin:${type}`, title, status, detail, ...extra });
  return made(request, status, { ...headers, "content-type": "application/problem+json" }, body, proxyStatus);
}

/** @param {Request} request @param {number} status @param {Record<string, string>} headers @param {BodyInit} body @param {string} proxyStatus */
function made(request, status, headers, body, proxyStatus) {
  const empty = request.method === "HEAD" || status === 204 || status === 304 || body === "";
  return new Response(empty ? null : body, { status, headers: { ...headers, ...MADE_HERE, "proxy-status": `${NAME}; ${proxyStatus}` } });
}

/** No endpoint is declared there. @param {Request} request */
export const noRoute = (request) =>
  problem(request, {
    status: 404, type: "no-route", title: "No such endpoint", detail: "No endpoint is declared for this path.",
    proxyStatus: 'error=http_request_error; details="no route"',
  });

/** The endpoint does not take this method. @param {Request} request @param {string[]} methods */
export const methodNotAllowed = (request, methods) =>
  problem(request, {
    status: 405, type: "method-not-allowed", title: "Method not allowed", detail: `This endpoint takes ${methods.join(", ")}.`,
    proxyStatus: 'error=http_request_error; details="method"', headers: { allow: methods.join(", ") },
  });

/** The platform cannot carry the answer. @param {Request} request */
export const responseTooLarge = (request) =>
  problem(request, {
    status: 502, type: "response-too-large", title: "Response too large", detail: "The origin's answer is larger than this edge passes on, and the request must not be sent twice. large_bodies: true lets the endpoint have any.",
    proxyStatus: "error=http_response_body_size",
  });

/** The origin's status is none that the platform takes. @param {Request} request @param {number} status */
export const unpassable = (request, status) =>
  problem(request, {
    status: 502, type: "status-not-passable", title: "Status not passable", detail: `The origin answered ${status}, which this edge cannot pass on.`,
    proxyStatus: `error=http_protocol_error; received-status=${status}`,
  });

/** The request cannot be read as one, or may be read in two ways. @param {Request} request */
export const badRequest = (request) =>
  problem(request, {
    status: 400, type: "bad-request", title: "Bad request", detail: "The request's address, a header or its body is none that this edge passes on.",
    proxyStatus: 'error=http_request_error; details="unreadable"',
  });

/** It has been here before. RFC 9209 would have 502, which the breakers it came through would count. @param {Request} request */
export const looping = (request) =>
  problem(request, {
    status: 508, type: "loop", title: "Loop detected", detail: "The request has passed this proxy several times: an origin leads back to it.",
    proxyStatus: "error=proxy_loop_detected",
  });

/** The platform carries no WebSockets. @param {Request} request */
export const noWebSocket = (request) =>
  problem(request, {
    status: 501, type: "no-websocket", title: "No WebSocket here", detail: "This edge carries no WebSockets.",
    proxyStatus: 'error=http_request_error; details="websocket"',
  });

/** The page may not. @param {Request} request */
export const notShared = (request) =>
  problem(request, {
    status: 403, type: "origin-not-allowed", title: "Origin not allowed", detail: "This endpoint is not shared with pages of that origin.",
    proxyStatus: 'error=http_request_denied; details="cors"',
  });

/** The page may. @param {Request} request @param {Record<string, string>} headers */
export const permitted = (request, headers) => made(request, 204, headers, "", 'details="cors preflight"');

/** What the edge says of itself. @param {Request} request @param {object} value */
export const told = (request, value) => made(request, 200, { "content-type": "application/json" }, JSON.stringify(value), 'details="running"');

/** Nobody here has a breaker of that name. @param {Request} request */
export const unknownBreaker = (request) =>
  problem(request, {
    status: 404, type: "unknown-breaker", title: "No such breaker", detail: "No endpoint of that name is on this edge.",
    proxyStatus: 'error=http_request_error; details="no breaker"',
  });

/** What it was that failed, or was rejected, for Proxy-Status. @typedef {{said: string, retryAfter?: number}} Cause */

/** The origin did not answer in time. */
export const TIMED_OUT = "error=http_response_timeout";

/** The origin could not be reached, or hung up. */
export const UNREACHABLE = 'error=destination_unavailable; details="unreachable"';

/** The origin answered, but badly. @param {number} status */
export const failedWith = (status) => `received-status=${status}`;

/** The breaker rejects. @param {string} state */
export const restingAs = (state) => `error=destination_unavailable; details="breaker ${state}"`;

/** @param {Request} request @param {string} breaker */
export const timedOut = (request, breaker) =>
  problem(request, {
    status: 504, type: "timeout", title: "Origin timed out", detail: "The origin did not answer in time.",
    proxyStatus: TIMED_OUT, extra: { breaker },
  });

/** @param {Request} request @param {string} breaker */
export const unreachable = (request, breaker) =>
  problem(request, {
    status: 502, type: "unreachable", title: "Origin unreachable", detail: "The origin could not be reached.",
    proxyStatus: UNREACHABLE, extra: { breaker },
  });

/**
 * The breaker rejects, and no fallback answers: 503 with an honest Retry-After (s).
 * @param {Request} request @param {string} breaker @param {string} state @param {number} retryAfter
 */
export const rejected = (request, breaker, state, retryAfter) =>
  problem(request, {
    status: 503, type: "breaker-open", title: "Service resting", detail: `The breaker of ${breaker} is ${state}: the service behind it is failing. Try again in ${retryAfter} s.`,
    proxyStatus: restingAs(state), headers: { "retry-after": String(retryAfter) }, extra: { breaker, state, retryAfter },
  });

/**
 * An answer that a team has written. A 503 says when to come back, if it is known.
 * @param {Request} request @param {import("./fallbacks.mjs").Written} entry @param {Cause} cause
 */
export function written(request, { status, headers, body, encoding }, { said, retryAfter }) {
  const retry = status === 503 && retryAfter !== undefined ? { "retry-after": String(retryAfter) } : {};
  return made(request, status, { ...retry, ...Object.fromEntries(headers) }, encoding === "base64" ? bytesOf(body) : body, said);
}

/** Says of another's answer that it stands in for the origin's. @param {Headers} headers changed in place @param {string} what */
export const standingIn = (headers, what) => headers.append("proxy-status", `${NAME}; details="${what}"`);

/** @param {string} text base64 */
const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
