// Which page is shown goes by location.pathname; links of the page itself do not load it anew.
import { useEffect, useState } from "./vendor/preact.mjs";

history.scrollRestoration = "manual";
const listeners = new Set();
let lastBoard = "/";
/** Which endpoint's page was left last: the board puts the focus back on its row. */
export let cameFrom = null;

/** @returns {{page: "board"|"endpoint"|"events"|"none", name?: string}} */
export function route() {
  const path = location.pathname;
  if (path === "/") return { page: "board" };
  if (path === "/events" || path === "/events/") return { page: "events" };
  const match = path.match(/^\/endpoints\/([^/]+)\/?$/);
  if (match) { try { return { page: "endpoint", name: decodeURIComponent(match[1]) }; } catch { /* a broken escape */ } }
  return { page: "none" };
}

export const endpointUrl = (name) => `/endpoints/${encodeURIComponent(name)}`;
/** The board as it was left, with its filter. */
export const boardUrl = () => lastBoard;

function leave() {
  const at = route();
  if (at.page === "board") lastBoard = location.pathname + location.search;
  cameFrom = at.page === "endpoint" ? at.name : null;
}

export function go(url) {
  if (url === location.pathname + location.search) return;
  leave();
  history.replaceState({ ...history.state, y: scrollY }, "");
  history.pushState({}, "", url);
  listeners.forEach((f) => f());
  if (!cameFrom || route().page !== "board") scrollTo(0, 0);
}

/** Changes the query without a new page. @param {Record<string, string>} values */
export function setQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) value ? query.set(key, value) : query.delete(key);
  const text = query.toString().replaceAll("%2C", ",");
  history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  listeners.forEach((f) => f());
}

export function useLocation() {
  const [, set] = useState(0);
  useEffect(() => {
    const f = () => set((n) => n + 1);
    listeners.add(f);
    return () => listeners.delete(f);
  }, []);
  return { ...route(), query: new URLSearchParams(location.search) };
}

export function watchLinks() {
  let before = route();
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.pathname.startsWith("/api/") || link.pathname.startsWith("/static/")) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    before = route();
    go(link.pathname + link.search);
  });
  addEventListener("popstate", () => {
    cameFrom = before.page === "endpoint" ? before.name : null;
    before = route();
    listeners.forEach((f) => f());
    requestAnimationFrame(() => scrollTo(0, history.state?.y ?? 0));
  });
}
