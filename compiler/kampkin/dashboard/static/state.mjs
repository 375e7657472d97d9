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

/** @returns {{shape: string, word: string}} how one endpoint as a whole is shown */
export function look(endpoint) {
  if (endpoint.override) return { shape: "held", word: holdWords(endpoint.override) };
  if (endpoint.rank === 1 || endpoint.rank === 4) return { shape: "held", word: `held, ${endpoint.worst}` };
  if (endpoint.rank === 5) return { shape: "failing", word: "failing" };
  return { shape: endpoint.worst, word: endpoint.worst };
}

/** @returns {{shape: string, word: string}} how it is at one place */
export function lookAt(place) {
  if (place.override) return { shape: "held", word: holdWords(place.override) };
  return { shape: place.state ?? "unknown", word: place.state ?? "unknown" };
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
