/** Where an answer points to, as callers must read it: the service knows only its own address. */

const NAMES = ["location", "content-location"];
const ABSOLUTE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/**
 * The headers that must be others for the caller to arrive where the service meant: within its path to the path here, on whatever host
 * and by whatever scheme the caller came; elsewhere to the service itself.
 * @param {Headers} headers of the answer
 * @param {import("./routes.mjs").Endpoint["route"]} route
 * @param {import("./routes.mjs").Origin} origin that answered
 * @param {string} asked the URL there @param {URL} edge the URL here
 * @param {boolean} passHost whether the service takes the host here for its own
 * @returns {[name: string, value: string][]} mostly none
 */
export function mapped(headers, route, origin, asked, edge, passHost = false) {
  /** @type {[string, string][]} */
  const changes = [];
  for (const name of NAMES) {
    const value = headers.get(name);
    if (value === null) continue;
    const there = mapOne(value, route, origin, asked, edge, passHost);
    if (there !== value) changes.push([name, there]);
  }
  return changes;
}

/** @param {string} value @param {import("./routes.mjs").Endpoint["route"]} route @param {import("./routes.mjs").Origin} origin @param {string} asked @param {URL} edge @param {boolean} passHost */
function mapOne(value, route, origin, asked, edge, passHost) {
  if (!URL.canParse(value, asked)) return value;
  const meant = new URL(value, asked);
  if (meant.origin !== new URL(asked).origin && !(passHost && meant.host === edge.host)) return value;
  const isAbsolute = ABSOLUTE.test(value);
  const path = protectedPath(meant.pathname, route, origin);
  if (path === null) return isAbsolute ? value : meant.href;
  if (path.startsWith("//")) return edge.origin + path + meant.search + meant.hash; // as a path it would name another host
  const here = path + meant.search + meant.hash;
  return !isAbsolute && new URL(value, edge).href === new URL(here, edge).href ? value : here;
}

/**
 * Where callers find what the origin has at a path; null when they do not.
 * @param {string} pathname @param {import("./routes.mjs").Endpoint["route"]} route @param {import("./routes.mjs").Origin} origin
 */
export function protectedPath(pathname, route, origin) {
  const base = route.path === "/" ? "" : route.path;
  if (!route.prefix) return pathname === (origin.path || "/") ? route.path : null;
  if (pathname === origin.path || (origin.path === "" && pathname === "/")) return base || "/";
  return pathname.startsWith(`${origin.path}/`) ? base + pathname.slice(origin.path.length) : null;
}
