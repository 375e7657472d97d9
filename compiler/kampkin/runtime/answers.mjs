/**
 * The answers Kampkin makes itself. Each says so (`Proxy-Status`, RFC 9209) and none may be kept: a stored
 * rejection would outlive the outage. Problems are RFC 9457.
 */

const MADE_HERE = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** @typedef {{status: number, type: string, title: string, detail: string, proxyStatus: string, headers?: Record<string, string>, extra?: object}} Problem */

/** @param {Request} request @param {Problem} problem */
function problem(request, { status, type, title, detail, proxyStatus, headers = {}, extra = {} }) {
  const body = JSON.stringify({ type: `urn:kampkin:${type}`, title, status, detail, ...extra });
  return made(request, status, { ...headers, "content-type": "application/problem+json" }, body, proxyStatus);
}

/** @param {Request} request @param {number} status @param {Record<string, string>} headers @param {string} body @param {string} proxyStatus */
function made(request, status, headers, body, proxyStatus) {
  const empty = request.method === "HEAD" || status === 204 || status === 304 || body === "";
  return new Response(empty ? null : body, { status, headers: { ...headers, ...MADE_HERE, "proxy-status": `kampkin; ${proxyStatus}` } });
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

/** The platform could not hand the request over whole. @param {Request} request */
export const requestTooLarge = (request) =>
  problem(request, {
    status: 413, type: "request-too-large", title: "Request body too large", detail: "This edge takes request bodies up to 1 MB.",
    proxyStatus: 'error=http_request_error; details="request too large"',
  });

/** The platform cannot carry the answer. @param {Request} request */
export const responseTooLarge = (request) =>
  problem(request, {
    status: 502, type: "response-too-large", title: "Response too large", detail: "The origin's answer is larger than this edge can pass on.",
    proxyStatus: "error=http_response_body_size",
  });

/** The request cannot be read as one. @param {Request} request */
export const badRequest = (request) =>
  problem(request, {
    status: 400, type: "bad-request", title: "Bad request", detail: "The request's address or a header cannot be understood.",
    proxyStatus: 'error=http_request_error; details="unreadable"',
  });

/** The origin did not answer in time. @param {Request} request @param {string} breaker */
export const timedOut = (request, breaker) =>
  problem(request, {
    status: 504, type: "timeout", title: "Origin timed out", detail: "The origin did not answer in time.",
    proxyStatus: "error=http_response_timeout", extra: { breaker },
  });

/** The origin could not be reached, or hung up. @param {Request} request @param {string} breaker */
export const unreachable = (request, breaker) =>
  problem(request, {
    status: 502, type: "unreachable", title: "Origin unreachable", detail: "The origin could not be reached.",
    proxyStatus: 'error=destination_unavailable; details="unreachable"', extra: { breaker },
  });

/**
 * The breaker rejects: the endpoint's fallback, or 503 with an honest Retry-After (s).
 * @param {Request} request @param {import("./routes.mjs").Endpoint} endpoint @param {string} state @param {number} retryAfter
 */
export function rejected(request, { name, fallback }, state, retryAfter) {
  const proxyStatus = `error=destination_unavailable; details="breaker ${state}"`;
  const retry = { "retry-after": String(retryAfter) };
  if (fallback) {
    const headers = Object.fromEntries(fallback.headers);
    return made(request, fallback.status, fallback.status === 503 ? { ...retry, ...headers } : headers, fallback.body, proxyStatus);
  }
  return problem(request, {
    status: 503, type: "breaker-open", title: "Service resting", detail: `The breaker of ${name} is ${state}: the service behind it is failing. Try again in ${retryAfter} s.`,
    proxyStatus, headers: retry, extra: { breaker: name, state, retryAfter },
  });
}
