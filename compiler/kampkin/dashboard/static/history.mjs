import { html, useEffect, useMemo, useState } from "./vendor/preact.mjs";
import { Chart } from "./chart.mjs";
import { LaneKey, Lanes } from "./lanes.mjs";
import { NONE, count, day, exact, full, latency, minute } from "./words.mjs";
import { Coded, ProblemNote } from "./note.mjs";

export const SPANS = [["hour", "Hour"], ["day", "Day"], ["fortnight", "14 days"]];
export const historyUrl = (name, span) => `/api/endpoints/${encodeURIComponent(name)}/history?span=${span}`;

/** null where nothing is known: that is not zero. */
const sum = (list) => (list.every((n) => n == null) ? null : list.reduce((a, b) => a + (b ?? 0), 0));

function Swatch({ label, colour, text, dash }) {
  return html`<li><svg width="14" height="10" aria-hidden="true"><path d=${dash ? "M0 5h14" : "M0 0h14v10h-14z"} class=${`k-${colour}`} stroke-dasharray=${dash === true ? undefined : dash} /></svg><span class="dim">${label}</span> <b class="num">${text}</b></li>`;
}

function stepWords(at, span) {
  return span === "fortnight" ? `${day(at)} ${minute(at)} UTC` : `${minute(at)} UTC`;
}

function SeriesTable({ history }) {
  const { series: s, span } = history;
  const [shown, show] = useState(false);
  return html`<details onToggle=${(e) => show(e.target.open)}><summary>As a table</summary>
    ${shown && html`<div class="scroll" tabindex="0" role="group" aria-label="History as a table, to scroll"><table class="data"><thead><tr>${["From", "Requests", "Failures", "Rejects", "Fallbacks", "Probes", "p50", "p90", "p99"].map((h) => html`<th key=${h} scope="col" class=${h === "From" ? "" : "r"}>${h}</th>`)}</tr></thead>
      <tbody>${s.at.map((at, i) => html`<tr key=${at}><th scope="row" title=${full(at)}>${stepWords(at, span)}</th>${["requests", "failures", "rejects", "fallbacks", "probes"].map((k) => html`<td key=${k} class="r">${s[k][i] == null ? NONE : exact(s[k][i])}</td>`)}${["p50", "p90", "p99"].map((k) => html`<td key=${k} class="r">${latency(s[k][i])}</td>`)}</tr>`)}</tbody></table></div>`}
  </details>`;
}

function Charts({ history }) {
  const { series: s, span, from, to, states } = history;
  const [index, setIndex] = useState(null);
  const onAt = (i) => setIndex(i != null && i < 2 * s.at.length ? i >> 1 : null);
  // A step lasts until the next one begins, the last until the end: each is a pair of points, so that one between two gaps has its width too.
  const pairs = (list) => list.flatMap((n) => [n, n]);
  const times = useMemo(() => s.at.flatMap((from, i) => [from, Math.max(from + 1, (s.at[i + 1] ?? to) - 1)]), [history]);
  const counts = useMemo(() => {
    const answered = s.rejects.map((n, i) => (n == null && s.failures[i] == null ? null : n + s.failures[i]));
    return [times, pairs(s.requests), pairs(answered), pairs(s.failures)];
  }, [history]);
  const latencies = useMemo(() => [times, ...["p50", "p90", "p99"].map((k) => pairs(s[k].map((n) => (n == null ? null : Math.max(1, n)))))], [history]);
  const at = index == null ? null : s.at[index];
  const one = (key) => (index == null ? sum(s[key]) : s[key][index]);
  const most = (key) => (index == null ? Math.max(...s[key].filter((n) => n != null), -1) : s[key][index]);
  const ms = (key) => { const v = most(key); return latency(v === -1 ? null : v); };
  const all = sum(s.requests);
  return html`<div class="charts">
    <div class="readout"><b class="num">${at == null ? (span === "hour" ? "the whole hour" : span === "day" ? "the whole day" : "all 14 days") : `${stepWords(at, span)}`}</b>
      <ul><${Swatch} label="requests" colour="requests" text=${count(one("requests"))} /><${Swatch} label="rejects" colour="rejects" text=${count(one("rejects"))} /><${Swatch} label="failures" colour="failures" text=${count(one("failures"))} />
      ${sum(s.wouldReject) > 0 && html`<li><span class="dim">monitor would have rejected</span> <b class="num">${count(one("wouldReject"))}</b></li>`}</ul></div>
    ${states.length > 0 && html`<${Lanes} from=${from} to=${to} lanes=${states} />`}
    ${!all ? html`<p class="quiet-note">${all == null ? "Not known: no place tells its minutes now." : "No minute has been told of this time. Nodes tell one when it is over."}</p>` : html`
    <${Chart} data=${counts} span=${span} height=${170} value=${count} onAt=${onAt} label=${`Requests, rejects and failures: ${count(all)}, ${count(sum(s.rejects))} and ${count(sum(s.failures))} in all. The table below has each step.`}
      series=${[{ label: "requests", colour: "requests", fill: 0.45, width: 1 }, { label: "rejects", colour: "rejects", fill: 0.95, width: 0 }, { label: "failures", colour: "failures", fill: 1, width: 0 }]} />
    <div class="readout"><b>${at == null ? "highest latency" : "latency"}</b><ul><${Swatch} label="p50" colour="p50" dash=${true} text=${ms("p50")} /><${Swatch} label="p90" colour="p90" dash="5 3" text=${ms("p90")} /><${Swatch} label="p99" colour="p99" dash="2 2" text=${ms("p99")} /></ul></div>
    <${Chart} data=${latencies} span=${span} height=${140} value=${latency} log=${true} onAt=${onAt} label="Latency p50, p90 and p99. The table below has each step."
      series=${[{ label: "p50", colour: "closed" }, { label: "p90", colour: "ramp", dash: [5, 3] }, { label: "p99", colour: "held", dash: [2, 2] }]} />`}
  </div>`;
}

export function History({ name, span, setSpan, answer }) {
  const { data, problem, busy, again } = answer;
  useEffect(() => {
    const every = { hour: 30_000, day: 120_000, fortnight: 600_000 }[span];
    const timer = setInterval(() => document.hidden || again(), every);
    return () => clearInterval(timer);
  }, [span, again]);
  return html`<section class="card" id="history" aria-labelledby="history-h" aria-busy=${busy}>
    <div class="card-head"><h2 id="history-h">History</h2>
      <div class="tabs" role="group" aria-label="Span">${SPANS.map(([id, label]) => html`<button key=${id} type="button" aria-pressed=${span === id} onClick=${() => setSpan(id)}>${label}</button>`)}</div>
      <span class="push"><${LaneKey} lanes=${data?.states ?? []} /></span></div>
    ${problem && html`<${ProblemNote} problem=${problem} again=${again} />`}
    ${data ? html`
      ${data.unanswered.length > 0 && html`<div class="note warn"><b>Not all places gave their history.</b> ${data.unanswered.map((u) => html`<span key=${u.place}>${u.place}: <${Coded} text=${u.problem} />. </span>`)}</div>`}
      <${Charts} history=${data} />
      <div class="card-foot"><${SeriesTable} key=${data.span} history=${data} /><a href=${historyUrl(name, span)} target="_blank" rel="noopener">As JSON<span class="sr">, in a new tab</span></a></div>`
    : !problem && html`<div class="skeleton tall" aria-hidden="true"></div>`}
  </section>`;
}
