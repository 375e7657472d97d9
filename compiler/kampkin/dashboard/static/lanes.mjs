// States over time, one lane for each place. The height says the state as well as the colour does:
// closed a thin line, ramp low, half-open half, open full.
import { html } from "./vendor/preact.mjs";
import { Shape, holdWords, shortPlace } from "./state.mjs";
import { length, minute, second, day, time } from "./words.mjs";

const KNOWN = new Set(["open", "half-open", "ramp", "closed"]);
const kind = (state) => (KNOWN.has(state) ? state : "unknown");

/** What a lane shows, said: closed times go without saying. */
function told({ spans, holds = [] }, to) {
  const words = [...spans.filter((s) => s.state !== "closed").map((s) => [s.state, s]), ...holds.map((h) => [holdWords(h), h])];
  const parts = words.map(([word, s]) => `${word} from ${time(s.from, to)} for ${length(s.to - s.from)}`);
  return parts.length ? parts.join("; ") : "closed all the time";
}

/**
 * @param {{from: number, to: number, lanes: {place: string, spans: {from: number, to: number, state: string}[], holds?: {from: number, to: number, mode: string}[], marks?: {at: number, words: string}[]}[], axis?: boolean}} props
 */
export function Lanes({ from, to, lanes, axis = false }) {
  const width = Math.max(1, to - from);
  const stretch = (s) => ({ left: x(s.from) + "%", width: Math.max(0, x(s.to) - x(s.from)) + "%" });
  const when = (s) => `${second(s.from)} to ${second(s.to)} UTC, ${length(s.to - s.from)}`;
  const x = (at) => Math.min(100, Math.max(0, ((at - from) / width) * 100));
  return html`<div class="lanes">
    <ul>${lanes.map((lane) => html`<li key=${lane.place}>
      <span class="lane-name" title=${lane.place}>${shortPlace(lane.place)}</span><span class="sr">: ${told(lane, to)}</span>
      <span class="lane" aria-hidden="true">
        ${lane.spans.map((s) => html`<span key=${s.from + s.state} class=${`span l-${kind(s.state)}`} title=${`${lane.place}: ${s.state}, ${when(s)}`} style=${stretch(s)}></span>`)}
        ${(lane.holds ?? []).map((h) => html`<span key=${"h" + h.from} class="span l-held" title=${`${lane.place}: ${holdWords(h)}, ${when(h)}`} style=${stretch(h)}></span>`)}
        ${(lane.marks ?? []).map((m) => html`<span key=${"m" + m.at} class="lane-mark" title=${`${second(m.at)} UTC: ${m.words}`} style=${{ left: x(m.at) + "%" }}></span>`)}
      </span></li>`)}</ul>
    ${axis && html`<div class="lane-axis num" aria-hidden="true">${ticks(from, to).map((t) => html`<span key=${t} style=${{ left: x(t) + "%" }}>${tick(t, to - from)}</span>`)}</div>`}
  </div>`;
}

const STEPS = [5e3, 10e3, 30e3, 60e3, 120e3, 300e3, 600e3, 1800e3, 3600e3, 7200e3, 21600e3, 86400e3, 7 * 86400e3];
function ticks(from, to) {
  const step = STEPS.find((s) => (to - from) / s <= 6) ?? STEPS.at(-1);
  const out = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) out.push(t);
  return out.filter((t) => t - from > (to - from) * 0.03 && to - t > (to - from) * 0.03);
}
const tick = (at, span) => (span > 2 * 86400e3 ? day(at) : span > 20 * 60e3 ? minute(at) : second(at));

export function LaneKey({ lanes }) {
  const held = lanes.some((lane) => lane.holds.length), unknown = lanes.some((lane) => lane.spans.some((s) => kind(s.state) === "unknown"));
  return html`<ul class="lane-key dim" aria-label="How states are drawn">${[...KNOWN, held && "held", unknown && "unknown"].filter(Boolean).map((s) => html`<li key=${s}><span class=${`tone-${s}`}><${Shape} of=${s} size="12" /></span><span class="lane sample" aria-hidden="true"><span class=${`span l-${s}`}></span></span>${s}</li>`)}</ul>`;
}
