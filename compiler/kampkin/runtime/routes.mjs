/** Which endpoint a path belongs to, and where that is at the origin. */

/**
 * @typedef {{scheme: string, host: string, port: number, path: string}} Origin path: without a trailing slash, "" for the root
 *
 * @typedef {object} Endpoint
 * @property {string} name @property {string[]} targets
 * @property {{path: string, prefix: boolean}} route
 * @property {Origin} origin
 * @property {string[] | null} methods
 * @property {number} timeoutMs
 * @property {number} idleTimeoutMs between two chunks of a body; 0: any
 * @property {boolean} watchBody the outcome is known at the body's end
 * @property {boolean} largeBodies every call is handed back to the platform, where it has a way
 * @property {import("./cors.mjs").Cors | null} cors
 * @property {[string, string][]} requestHeaders what its own origin gets in place of the caller's
 * @property {[string, string][]} secretHeaders the same, with the name of a secret in place of a value
 * @property {boolean} passHost its own origin gets the caller's Host
 * @property {import("./policy.mjs").Policy} policy
 * @property {import("./fallbacks.mjs").Fallback[]} fallback
 */

/** What a plan says nothing of that was made before there was such a setting. */
const UNSAID = { requestHeaders: [], secretHeaders: [], passHost: false };

/**
 * The plan's endpoints on a target, with what `plan.defaults` has of them put back.
 * @param {any} plan as `plan.mjs` holds it @param {string} target @returns {Endpoint[]}
 */
export const endpointsOf = (plan, target) =>
  plan.endpoints
    .map((/** @type {any} */ endpoint) => ({ ...UNSAID, ...plan.defaults, ...endpoint, policy: { ...plan.defaults.policy, ...endpoint.policy } }))
    .filter((/** @type {Endpoint} */ endpoint) => endpoint.targets.includes(target));

/**
 * A matcher over the endpoints: an exact route wins over a prefix, a longer prefix over a shorter; by whole
 * segments, never by the order of the file.
 * @param {Endpoint[]} endpoints @returns {(pathname: string) => Endpoint | undefined}
 */
export function createMatcher(endpoints) {
  const exact = new Map();
  const prefixes = new Map();
  for (const endpoint of endpoints) (endpoint.route.prefix ? prefixes : exact).set(withoutSlash(endpoint.route), endpoint);
  return (pathname) => {
    const found = exact.get(pathname);
    if (found) return found;
    for (let path = pathname; ; path = path.slice(0, path.lastIndexOf("/"))) {
      if (prefixes.has(path)) return prefixes.get(path);
      if (path === "") return undefined;
    }
  };
}

/**
 * An origin's URL for a request: what follows the route is appended to the origin's path, the query passes.
 * @param {Endpoint["route"]} route @param {Origin} origin @param {URL} url
 */
export function originUrl(route, origin, url) {
  const rest = route.prefix ? url.pathname.slice(withoutSlash(route).length) : "";
  return `${origin.scheme}://${origin.host}:${origin.port}${origin.path}${rest}${url.search}`;
}

/** @param {{path: string, prefix: boolean}} route */
const withoutSlash = ({ path, prefix }) => (prefix && path === "/" ? "" : path);
