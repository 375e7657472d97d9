// What a state looks like: a shape, a colour (by class) and a word. Never the colour alone.
import { html } from "./vendor/preact.mjs";

/** The board's groups, in the order of trouble. `ranks` are the server's. */
export const GROUPS = [
  { id: "open", word: "open", shape: "open", ranks: [0] },
  { id: "half-open", word: "half-open", shape: "half-open", ranks: [2] },
  { id: "ramp", word: "ramp", shape: "ramp", ranks: [3] },
  { id: "held", word: "held", shape: "held", ranks: [1, 4] },
  { id: "failing", word: "failing", shape: "failing", ranks: [5] },
  { id: "quiet", word: "quiet", shape: "closed", ranks: [6] },
  { id: "unknown", word: "unknown", shape: "unknown", ranks: [7] },
];
export const groupOf = (endpoint) => GROUPS.find((g) => g.ranks.includes(endpoint.rank)) ?? GROUPS[6];

const HOLDS = { "forced-open": "held open", "forced-closed": "held closed", monitor: "monitor only", observe: "monitor only" };
/** @param {{mode: string}} override */
export const holdWords = (override) => HOLDS[override.mode] ?? `held: ${override.mode}`;

const FORCED_OPEN = 1, HELD = 4, FAILING = 5, UNKNOWN = 7;
const held = (override) => ({ shape: "held", word: override ? holdWords(override) : "held", since: override?.since ?? null });

/** Places whose store keeps no record; that there is none of an endpoint is no trouble there. */
let recordless = new Set();
export function setPlaces(places) { recordless = new Set(places.filter((p) => p.keeps === false).map((p) => p.place)); }
export const keepsRecord = (place) => !recordless.has(place.place);

/**
 * @returns {{shape: string, word: string, since: number|null}} how one endpoint as a whole is shown: as its rank says, so a hold never
 * hides an open breaker. Since when: a hold has its own time, and an outage goes on through its probes.
 */
export function look(endpoint) {
  const { rank, worst, places } = endpoint, since = endpoint.outage?.since ?? endpoint.since;
  if (rank === FORCED_OPEN) return held(places.find((p) => p.override?.mode === "forced-open")?.override ?? endpoint.override);
  if (rank === HELD) return held(endpoint.override);
  if (rank === FAILING) return { shape: "failing", word: "failing", since };
  if (rank === UNKNOWN && places.length && !places.some(keepsRecord)) return { shape: "unknown", word: "no record", since };
  return { shape: worst, word: worst, since };
}

const MOVED = new Set(["open", "half-open", "ramp"]);
/** @returns {{shape: string, word: string, since: number|null}} how it is at one place, by the same rule */
export function lookAt(place) {
  const { state, override } = place;
  if (override && (override.mode === "forced-open" || !MOVED.has(state))) return held(override);
  if (state == null) return { shape: "unknown", word: keepsRecord(place) ? "unknown" : "no record", since: null };
  return { shape: state, word: state, since: place.since };
}

const STATES = [...MOVED, "closed"];
/** @returns {{word: string, at: number}|null} how it was when it was seen last, the worst of its places that cannot be seen now */
export function lastSeen(places) {
  const [worst] = places.map((p) => p.last).filter(Boolean).sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return worst ? { word: lookAt(worst).word, at: worst.at } : null;
}

/** People's words in force, each once, with the places where it holds. @returns {{override: object, places: string[]}[]} */
export function holdsOf(endpoint) {
  const found = new Map();
  for (const { place, override } of endpoint.places) {
    if (!override) continue;
    const key = [override.mode, override.owner, override.reason].join("\n");
    if (!found.has(key)) found.set(key, { override, places: [] });
    found.get(key).places.push(place);
  }
  return [...found.values()];
}

/** What a screen reader says of a change. */
export function spoken(before, after) {
  const { shape, word } = look(after);
  const [was, is] = [before, after].map((e) => holdsOf(e).map((h) => holdWords(h.override)));
  const also = is.filter((w) => w !== word);
  const gone = look(before).word === word ? was.filter((w) => !is.includes(w)).map((w) => `no longer ${w}`) : [];
  const by = holdsOf(after)[0]?.override;
  const why = shape === "held" || also.length ? [by?.owner, by?.reason].filter(Boolean).join(", ") : after.because;
  return `${after.name} is ${[word, ...also, ...gone].join(", ")}${why ? ": " + why : ""}`;
}

const ring = html`<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.8" />`;
const SHAPES = {
  closed: () => ring,
  open: () => html`<circle cx="8" cy="8" r="6.5" fill="currentColor" />`,
  "half-open": () => [ring, html`<path d="M8 2.4a5.6 5.6 0 0 0 0 11.2z" fill="currentColor" />`],
  ramp: () => [ring, html`<path d="M8 8V2.4A5.6 5.6 0 0 1 13.6 8z" fill="currentColor" />`],
  held: () => [html`<rect x="2.6" y="7" width="10.8" height="7.4" rx="1.6" fill="currentColor" />`, html`<path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" stroke-width="1.8" />`],
  failing: () => [ring, html`<path d="M8 5v3.6M8 10.1v1.3" stroke="currentColor" stroke-width="1.8" fill="none" />`],
  unknown: () => html`<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="2.2 2.2" />`,
};

/** Decoration: the word always stands beside it, or on its parent. */
export function Shape({ of, size = 14 }) {
  const draw = SHAPES[of] ?? SHAPES.unknown;
  return html`<svg class=${`shape s-${of}`} width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">${draw()}</svg>`;
}

/** "us-east-1" of "aws us-east-1": the target is said once, elsewhere. */
export const shortPlace = (place) => place.replace(/^aws /, "");
