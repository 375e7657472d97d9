// One timer for every moving text on the page. It writes text nodes directly: 500 rows that count
// seconds must not make 500 components render.
import { html, useEffect, useRef } from "./vendor/preact.mjs";
import { full, length, time } from "./words.mjs";

let skew = 0;
let stopped = null;
export const running = () => Date.now() + skew;
/** The server's clock, as well as its last word tells; while the page is stale, the time of that word. */
export const now = () => stopped ?? running();
/** Stale counts must not go on as if they were known. @param {number|null} at */
export function stopClock(at) { if (at !== stopped) { stopped = at; tick(); } }
/** @param {number} serverTime */
export function setClock(serverTime) {
  const next = serverTime - Date.now();
  // Word is some milliseconds old; moving with each would make the counts stutter.
  if (Math.abs(next - skew) > 1500) skew = next;
}

/** @type {Set<{node: HTMLElement, of: (now: number) => string, last: string}>} */
const moving = new Set();
function tick() {
  for (const one of moving) {
    const text = one.of(one.always ? running() : now());
    if (text !== one.last && one.node.firstChild) {
      one.node.firstChild.data = text;
      one.last = text;
    }
  }
}
setInterval(tick, 1000);
document.addEventListener("visibilitychange", () => document.hidden || tick());

function useMoving(of, always = false) {
  const ref = useRef(null);
  const entry = useRef(null);
  if (entry.current) { entry.current.of = of; entry.current.last = null; }
  useEffect(() => {
    const one = { node: ref.current, of, always, last: null };
    entry.current = one;
    moving.add(one);
    return () => moving.delete(one);
  }, []);
  return ref;
}

/** How long ago `at` was, counting; `always`: also while the page is stale. */
export function Since({ at, after = "", always = false }) {
  const of = (t) => length(t - at) + after;
  const ref = useMoving(of, always);
  return html`<time class="num" ref=${ref} dateTime=${new Date(at).toISOString()} title=${full(at)}>${of(always ? running() : now())}</time>`;
}

/** The time in UTC with its age: "03:12:04 UTC, 4 m ago". */
export function When({ at }) {
  return html`<span class="when"><span class="num" title=${full(at)}>${time(at, now())}</span> <span class="dim"><${Since} at=${at} after=" ago" /></span></span>`;
}

/** Counts down to `to`; `past` is said from then on. */
export function Until({ to, before, past }) {
  const of = (t) => (to - t >= 1000 ? `${before} ${length(to - t)}` : past);
  const ref = useMoving(of);
  return html`<time class="num" ref=${ref} dateTime=${new Date(to).toISOString()} title=${full(to)}>${of(now())}</time>`;
}
