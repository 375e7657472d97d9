// One endpoint of the board: a row of the table at a desk, a card on a phone.
import { Component, html } from "./vendor/preact.mjs";
import { Since, Until } from "./clock.mjs";
import { Shape, holdWords, holdsOf, keepsRecord, lastSeen, look, shortPlace } from "./state.mjs";
import { Coded } from "./note.mjs";
import { PlaceShapes } from "./places.mjs";
import { Spark } from "./spark.mjs";
import { endpointUrl } from "./router.mjs";
import { NONE, count, exact, latency, length, ordinal, share } from "./words.mjs";

/** The soonest probe of all places that are open by themselves. */
export function nextProbe(endpoint) {
  const times = endpoint.places.filter((p) => p.state === "open" && !p.override && p.retryAt != null).map((p) => p.retryAt);
  return times.length ? Math.min(...times) : null;
}

/** What began it: of an outage the trip, however often a probe has failed since. */
export const causeOf = (endpoint) => endpoint.outage?.tripped ?? endpoint.because;

/** How far an outage has come since its trip, and when it probes next. */
export function Step({ endpoint: e }) {
  const probe = e.worst === "open" ? nextProbe(e) : null;
  const moved = causeOf(e) !== e.because;
  const said = moved && (e.because?.startsWith("probe_failed") ? `${ordinal(e.outage.failedProbes)} probe failed` : e.because);
  if (!said && probe == null) return null;
  return html`<span class="second dim">${said}${said && probe != null && ", "}${probe != null && html`<${Until} to=${probe} before=${said ? "next in" : "probes in"} past="the next request probes" />`}</span>`;
}

/** "open 9 s ago", of what cannot be seen now; nothing where it never was. */
export function LastSeen({ places }) {
  const last = lastSeen(places);
  return last && html`${last.word} <${Since} at=${last.at} after=" ago" />`;
}

/** A person's word: what it makes of the breaker, until when, whose, why. `said`: the word that stands beside it already. */
export function Override({ override, said, at }) {
  const word = holdWords(override);
  return html`<span class="hold">${word !== said && html`<span class="badge held"><${Shape} of="held" size="10" /> ${word}</span> `}${at?.length > 0 && html`<span>at ${at.map((p, i) => html`${i ? ", " : ""}<span class="nowrap">${shortPlace(p)}</span>`)} · </span>`}${override.until == null ? "no end known" : html`<${Until} to=${override.until} before="ends in" past="ends now" />`}${override.owner && html`<span> · ${override.owner}</span>`}${override.reason && html`<span> · ${override.reason}</span>`}</span>`;
}

/** Every word in force on an endpoint; `where`: with the places, unless it holds at all of them. */
export function Holds({ endpoint: e, most = 9, where = true }) {
  const holds = holdsOf(e), said = look(e).word;
  return html`${holds.slice(0, most).map((h) => html`<span key=${h.override.mode + h.places} class="hold-line" title=${`${holdWords(h.override)} at ${h.places.join(", ")}${[h.override.owner, h.override.reason].filter(Boolean).map((x) => ": " + x).join("")}`}><${Override} override=${h.override} said=${said} at=${where && h.places.length < e.places.length ? h.places : null} /></span>`)}${holds.length > most && html`<span class="second hold">and ${holds.length - most} more</span>`}`;
}

export function Drift({ drift }) {
  if (drift?.state !== "other") return null;
  return html`<span class="badge drift" title=${drift.words}>drift<span class="sr">: ${drift.words}</span></span>`;
}

/** What the windows of all places count now: the last hour's numbers are a minute behind. */
export function windowWords(e) {
  const sum = {};
  for (const place of e.places) for (const [name, n] of Object.entries(place.counts ?? {})) sum[name] = (sum[name] ?? 0) + n;
  const failed = (sum.network ?? 0) + (sum.service ?? 0) + (sum.slow ?? 0);
  if (!failed) return null;
  const said = ["network", "service", "slow"].filter((name) => sum[name]).map((name) => `${exact(sum[name])} ${name}`);
  return `${said.join(", ")} and ${exact(sum.ok ?? 0)} ok in ${length(e.windowMs)}`;
}

function Why({ endpoint: e }) {
  const counts = e.rank < 6 ? windowWords(e) : null;
  const problem = e.worst === "unknown" && e.places.find((p) => p.problem)?.problem;
  // While nothing is wrong, why it closed last is history, not news.
  return html`<div class=${e.rank >= 6 && !(problem && e.places.some(keepsRecord)) ? "dim" : ""}>
    <span class="because" title=${problem || causeOf(e) || ""}><${Coded} text=${problem || (e.rank === 5 ? "" : causeOf(e))} /></span>
    <${Step} endpoint=${e} />
    ${counts && html`<span class=${e.rank === 5 ? "counts" : "second dim"}>${counts}</span>`}
    <${Holds} endpoint=${e} most=${2} where=${false} />
  </div>`;
}

const HOUR = [
  ["requests", (h) => count(h.requests), (h) => exact(h.requests), () => ""],
  ["errors", (h) => share(h.errorBp), (h) => `${exact(h.failures)} of ${exact(h.calls)} calls failed in the last hour; ${share(h.recentErrorBp)} in the last 5 minutes`, (h) => (h.errorBp >= 100 ? "hot" : h.failures ? "" : "zero")],
  ["rejects", (h) => count(h.rejects), (h) => `${exact(h.rejects)} answered by the breaker, ${exact(h.fallbacks)} with the fallback`, (h) => (h.rejects ? "amber" : "zero")],
  ["p50", (h) => latency(h.p50), () => "", () => ""],
  ["p90", (h) => latency(h.p90), () => "", () => ""],
  ["p99", (h) => latency(h.p99), () => "", () => ""],
];

/** Places whose minutes are not in the numbers. */
export const withoutWords = (hour) => (hour?.without?.length ? `without ${hour.without.join(", ")}` : "");

/** Renders only when its endpoint is another object than before. */
export class Tile extends Component {
  shouldComponentUpdate(next) { return next.endpoint !== this.props.endpoint; }
  componentDidUpdate(before) {
    // A short glow where a state has changed: the eye finds it, and nothing moves.
    if (look(before.endpoint).word === look(this.props.endpoint).word || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.base.animate?.([{ backgroundColor: "color-mix(in srgb, var(--tone) 17%, transparent)" }, {}], { duration: 2500, easing: "ease-out" });
  }
  render({ endpoint: e, targets }) {
    const { shape, word, since } = look(e);
    const h = e.hour, partial = withoutWords(h);
    return html`<div role="row" class=${`row tone-${shape}`} data-row=${e.name} data-calm=${e.rank >= 6 ? "yes" : undefined}>
      <div role="cell" class="c-state"><${Shape} of=${shape} size="18" /><div><b class="word">${word}</b><span class="second dim">${since != null ? html`<${Since} at=${since} />` : shape === "held" ? "" : e.rank !== 7 ? "never moved" : lastSeen(e.places) ? html`<${LastSeen} places=${e.places} />` : "not seen"}</span></div></div>
      <div role="rowheader" class="c-name"><a href=${endpointUrl(e.name)}>${e.name}</a><${Drift} drift=${e.drift} /><span class="second dim">${[e.owner, e.targets.length < targets && `${e.targets.join(" + ")} only`].filter(Boolean).join(" · ")}</span></div>
      <div role="cell" class="c-why"><${Why} endpoint=${e} /></div>
      <div role="cell" class="c-places"><${PlaceShapes} places=${e.places} /></div>
      ${HOUR.map(([label, text, title, tone]) => html`<div key=${label} role="cell" class=${`c-num c-${label} ${h ? tone(h) : "zero"}`} data-label=${label} title=${h ? [title(h), partial].filter(Boolean).join("; ") : "no minute told in the last hour"}>${h ? text(h) : NONE}${label === "requests" && partial && html`<span class="partial">partial<span class="sr">: ${partial}</span></span>`}</div>`)}
      <div role="cell" class="c-spark"><${Spark} spark=${e.spark} /></div>
    </div>`;
  }
}
