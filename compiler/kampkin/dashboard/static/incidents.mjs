import { html } from "./vendor/preact.mjs";
import { Lanes } from "./lanes.mjs";
import { Since, When, now } from "./clock.mjs";
import { Shape } from "./state.mjs";
import { Coded } from "./note.mjs";
import { NONE, count, exact, length, second, some, time } from "./words.mjs";

/** One lane for each place: what it was before its first step, then from step to step; where its end is lost nobody knows what came last. */
export function lanesOf(incident, from, to) {
  return incident.places.map((place) => {
    const steps = incident.steps.filter((s) => s.place === place && s.to);
    const spans = [];
    let at = from, state = steps[0]?.from ?? "unknown";
    for (const step of steps) {
      if (step.at > at) spans.push({ from: at, to: step.at, state });
      at = Math.max(at, step.at);
      state = step.to;
    }
    spans.push({ from: at, to, state: incident.lost ? "unknown" : state });
    return { place, spans, marks: steps.filter((s) => s.kind === "manual").map((s) => ({ at: s.at, words: s.words })) };
  });
}

function Incident({ incident: i }) {
  const runs = i.to == null && !i.lost;
  const end = i.to ?? (i.lost ? Math.max(i.from, ...i.steps.map((s) => s.at)) : now());
  const margin = Math.max(1000, (end - i.from) * (i.lost ? 0.15 : 0.04));
  const from = i.from - margin, to = runs ? end : end + margin;
  const facts = [
    ["answered at once, origin calls saved", count(i.rejected), `${exact(i.rejected)} callers got their answer from the breaker, and the service was not called`],
    ["of them with the fallback", count(i.fallbacks)],
    ["failed calls", count(i.failed)],
    ["probes", count(i.probes)],
    ["openings", count(i.openings)],
    ["open for", i.openMs != null ? length(i.openMs) : NONE],
  ];
  return html`<article class=${`incident ${runs ? "running tone-open" : ""}`} aria-label=${`Incident ${runs ? "still running, " : ""}of ${second(i.from)} UTC`}>
    <div class="incident-head"><h3>${!runs ? html`<span class="tone-closed"><${Shape} of="closed" /></span> ${i.lost ? "over; its end is not known" : length(i.to - i.from)}` : html`<span class="tone-open"><${Shape} of="open" /> running for <${Since} at=${i.from} /></span>`}</h3>
      <${When} at=${i.from} /><span class="dim">${some(i.places.length, "place")}</span><span class="push ended">${i.lost ? "" : i.to ? html`ended: <b>${i.ended ?? "not known"}</b>` : html`<b class="tone-text tone-open">not over</b>`}</span></div>
    <p class="tripped">${i.tripped == null ? html`began before ${time(i.from, now())}: what tripped it is not kept` : html`<span class="dim">tripped by</span> ${i.tripped}`}</p>
    <${Lanes} from=${from} to=${to} lanes=${lanesOf(i, from, to)} axis=${true} />
    <dl class="facts">${facts.map(([label, value, title]) => html`<div key=${label} title=${title}><dt>${label}</dt><dd class="num">${value}</dd></div>`)}</dl>
    <details><summary>${some(i.steps.length, "step")}</summary><ol class="steps">${i.steps.map((s, k) => html`<li key=${k}><time class="num">${second(s.at)}</time><span class=${`tone-${s.to ?? "unknown"} tone-text`}>${s.to && html`<${Shape} of=${s.to} size="12" />`} ${s.to ?? ""}</span><span>${s.place}</span><span>${s.words}</span><span class="dim">${s.kind === "manual" ? "by hand, " : ""}${s.who ?? ""}</span></li>`)}</ol></details>
  </article>`;
}

/** That nothing is known is not that nothing was: only where every place's events were read it can be said that it never tripped. */
export function Incidents({ incidents, problem, unread }) {
  const all = !problem && !unread.length;
  return html`<section class="card" id="incidents" aria-labelledby="incidents-h"><div class="card-head"><h2 id="incidents-h">Incidents</h2><span class="dim">${incidents.length ? some(incidents.length, "incident") : ""}</span></div>
    ${unread.length > 0 && html`<div class="note warn"><b>Not all events could be read, so not all incidents may be here.</b><ul class="plain">${unread.map((u) => html`<li key=${u}><${Coded} text=${u} /></li>`)}</ul></div>`}
    ${problem && html`<div class="note warn"><b>Not all is known of the incidents.</b> <span><${Coded} text=${problem} /></span></div>`}
    ${incidents.length ? incidents.map((i) => html`<${Incident} key=${i.id} incident=${i} />`) : all ? html`<p class="quiet-note"><span class="tone-closed tone-text"><${Shape} of="closed" /></span> Never tripped, as far back as the log goes.</p>`
    : html`<p class="quiet-note">No incident is known from what could be read.</p>`}
  </section>`;
}
