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

/** Addresses from the server are followed only where they are the web's. */
export const web = (url) => (/^https?:\/\//.test(url ?? "") ? url : null);

export const endpointUrl = (name) => `/endpoints/${encodeURIComponent(name)}`;
/** The board as it was left, with its filter. */
export const boardUrl = () => lastBoard;

let here = { ...route(), url: location.pathname + location.search };
function arrive() {
  if (here.page === "board") lastBoard = here.url;
  cameFrom = here.page === "endpoint" ? here.name : null;
  here = { ...route(), url: location.pathname + location.search };
  listeners.forEach((f) => f());
}

export function go(url) {
  if (url === location.pathname + location.search) return;
  history.replaceState({ ...history.state, y: scrollY }, "");
  history.pushState({}, "", url);
  arrive();
  if (!cameFrom || route().page !== "board") scrollTo(0, 0);
}

/** Changes the query without a new page. @param {Record<string, string>} values */
export function setQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) value ? query.set(key, value) : query.delete(key);
  const text = query.toString().replaceAll("%2C", ",");
  history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  here.url = location.pathname + location.search;
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
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.pathname.startsWith("/api/") || link.pathname.startsWith("/static/")) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
  addEventListener("popstate", () => {
    if (location.pathname + location.search === here.url) return; // a jump within the page
    arrive();
    requestAnimationFrame(() => {
      scrollTo(0, history.state?.y ?? 0);
      document.activeElement?.closest("[data-row]")?.scrollIntoView({ block: "nearest" }); // the order may be another now
    });
  });
}
