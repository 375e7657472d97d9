/**
 * Cross-origin reading, where an endpoint declares it: then the edge decides, for the service's answers and for its own, since a
 * service at rest cannot. Where it is not declared nothing is added and nothing taken away. https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 * @typedef {object} Cors
 * @property {string[]} origins "*" alone is any
 * @property {string[] | null} headers that a request may have; null: those the page asks for
 * @property {boolean} credentials
 * @property {number} maxAgeS how long a browser may remember
 */

const ALLOW_ORIGIN = "access-control-allow-origin";
const ALLOW_CREDENTIALS = "access-control-allow-credentials";
const EXPOSED = "retry-after, proxy-status";

/** Whether a browser asks if its page may. @param {Request} request */
export const isPreflight = ({ method, headers }) => method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");

/** Whether the page may read. @param {Cors} cors @param {string | null} origin */
export const isAllowed = ({ origins }, origin) => origin !== null && (origins[0] === "*" || origins.includes(origin));

/**
 * What the answer to a preflight says, beside what every answer does.
 * @param {Cors} cors @param {string[] | null} methods of the endpoint @param {Headers} asked @returns {Record<string, string>}
 */
export function permission({ headers, maxAgeS }, methods, asked) {
  const wanted = asked.get("access-control-request-headers");
  const allowed = headers === null ? wanted : headers.join(", ");
  return {
    "access-control-allow-methods": methods ? methods.join(", ") : (asked.get("access-control-request-method") ?? ""),
    "access-control-max-age": String(maxAgeS),
    ...(allowed ? { "access-control-allow-headers": allowed } : {}),
    vary: "access-control-request-method, access-control-request-headers",
  };
}

/**
 * Lets the page read the answer, or not.
 * @param {Headers} headers of the answer, changed in place @param {Cors} cors @param {string | null} origin of the page
 */
export function share(headers, cors, origin) {
  headers.delete(ALLOW_ORIGIN);
  headers.delete(ALLOW_CREDENTIALS);
  const any = cors.origins[0] === "*";
  if (!any) headers.append("vary", "origin");
  if (!isAllowed(cors, origin)) return;
  headers.set(ALLOW_ORIGIN, any ? "*" : /** @type {string} */ (origin));
  if (cors.credentials) headers.set(ALLOW_CREDENTIALS, "true");
}

/** Lets the page read what we say of the breaker too. @param {Headers} headers of an answer of our own */
export const expose = (headers) => headers.append("access-control-expose-headers", EXPOSED);
