import { html, useEffect, useRef, useState } from "./vendor/preact.mjs";
import { useAnswer } from "./ask.mjs";
import { Since, Until, When } from "./clock.mjs";
import { Shape, groupOf, keepsRecord, look, lookAt } from "./state.mjs";
import { Drift, Holds, LastSeen, Override, Step, causeOf, withoutWords } from "./tile.mjs";
import { boardUrl } from "./router.mjs";
import { NONE, count, exact, latency, share } from "./words.mjs";
import { History, historyUrl } from "./history.mjs";
import { Incidents } from "./incidents.mjs";
import { Settings } from "./settings.mjs";
import { Promises } from "./promises.mjs";
import { CommandLine, DriftCard } from "./drift.mjs";
import { Copy } from "./copy.mjs";
import { Coded, ProblemNote } from "./note.mjs";

function Hero({ name, live, detail }) {
  const state = live ? look(live) : { shape: "unknown", word: "unknown", since: null };
  const owner = live?.owner ?? detail?.owner;
  const h = live?.hour, partial = withoutWords(h);
  const facts = [
    ["requests", count(h?.requests), exact(h?.requests)],
    ["errors", share(h?.errorBp), h ? `${exact(h.failures)} of ${exact(h.calls)} calls failed` : "", h?.errorBp >= 100 ? "hot" : ""],
    ["errors, 5 m", share(h?.recentErrorBp), "share of the calls of the last five minutes that failed", h?.recentErrorBp >= 100 ? "hot" : ""],
    ["rejects", count(h?.rejects), exact(h?.rejects), h?.rejects ? "amber" : ""],
    ["p50", latency(h?.p50)], ["p90", latency(h?.p90)], ["p99", latency(h?.p99)],
    ...(h?.wouldReject ? [["would reject", count(h.wouldReject), "what monitor would have rejected"]] : []),
  ];
  return html`<div class=${`hero tone-${state.shape}`} data-calm=${live && groupOf(live).id === "quiet" ? "yes" : undefined}>
    <div class="hero-top"><h1 tabindex="-1">${name}</h1><${Drift} drift=${live?.drift} /><span class="dim">${[owner, live?.targets.join(" + ")].filter(Boolean).join(" · ")}</span>${detail?.origin && html`<span class="dim break">to <code>${detail.origin}</code></span>`}</div>
    <div class="hero-state"><${Shape} of=${state.shape} size="34" /><div><p class="hero-word">${state.word}</p>
      <p>${state.since != null ? html`since <${When} at=${state.since} />` : state.shape === "unknown" && live && html`<${LastSeen} places=${live.places} />`}</p></div>
      <div class="hero-why"><p>${live ? causeOf(live) : "nothing is known of it yet"}</p>
        ${live && html`<${Step} endpoint=${live} />`}
        ${live && html`<${Holds} endpoint=${live} />`}</div>
      <div class="hour"><p class="dim">last hour</p><dl class="facts" aria-label=${`The last hour${partial && `, ${partial}`}`}>${facts.map(([label, value, title, tone]) => html`<div key=${label} title=${title}><dt>${label}</dt><dd class=${`num ${tone ?? ""}`}>${value}</dd></div>`)}${partial && html`<div><dt class="dim">partial</dt><dd class="partial-words">${partial}</dd></div>`}</dl></div>
    </div></div>`;
}

function Places({ live, hour }) {
  const places = live?.places ?? [];
  const counts = ["ok", "network", "service", "slow"];
  const byPlace = new Map((hour?.places ?? []).map((p) => [p.place, p]));
  return html`<section class="card" id="places" aria-labelledby="places-h"><div class="card-head"><h2 id="places-h">Places</h2></div>
    ${!places.length ? html`<p class="quiet-note">No place has told of this endpoint yet.</p>` : html`<div class="scroll" tabindex="0" role="group" aria-label="Places, to scroll"><table class="data places">
      <thead><tr><td colspan="5"></td><th colspan="4" scope="colgroup">in the window</th><th colspan="3" scope="colgroup">probes</th><th colspan="6" scope="colgroup">last hour</th></tr>
      <tr><th scope="col">Place</th><th scope="col">State</th><th scope="col">Since</th><th scope="col" class="r">Epoch</th><th scope="col">Heard</th>${counts.map((c) => html`<th key=${c} scope="col" class="r">${c}</th>`)}<th scope="col" class="r">ok</th><th scope="col" class="r">bad</th><th scope="col" class="r" title="neither good nor bad, but the service answers">answered</th><th scope="col" class="r">requests</th><th scope="col" class="r">errors</th><th scope="col" class="r">rejects</th><th scope="col" class="r">p50</th><th scope="col" class="r">p90</th><th scope="col" class="r">p99</th></tr></thead>
      <tbody>${places.map((p) => {
        const { shape, word, since } = lookAt(p);
        const n = byPlace.get(p.place);
        return [html`<tr key=${p.place}><th scope="row">${p.place}</th><td class=${`tone-${shape} tone-text`}><${Shape} of=${shape} /> ${word}</td>
          <td data-label="since">${since != null ? html`<${Since} at=${since} />` : NONE}</td><td data-label="epoch" class="r">${p.epoch ?? NONE}</td><td data-label="heard">${p.heard != null ? html`<${Since} at=${p.heard} after=" ago" />` : p.state == null ? NONE : "never"}</td>
          ${counts.map((c) => html`<td key=${c} data-label=${c} class=${`r ${c !== "ok" && p.counts?.[c] ? "hot" : p.counts?.[c] ? "" : "dim"}`}>${count(p.counts?.[c])}</td>`)}
          ${["ok", "bad", "answered"].map((c) => html`<td key=${c} data-label=${c === "answered" ? c : "probes " + c} class=${`r ${p.probes?.[c] ? "" : "dim"}`}>${count(p.probes?.[c])}</td>`)}
          ${[["requests", count(n?.requests)], ["errors", share(n?.errorBp)], ["rejects", count(n?.rejects)], ["p50", latency(n?.p50)], ["p90", latency(n?.p90)], ["p99", latency(n?.p99)]].map(([k, v]) => html`<td key=${k} data-label=${k} class="r">${v}</td>`)}</tr>`,
        (p.problem || p.override || (p.why && p.state !== "closed") || p.retryAt != null) && html`<tr key=${p.place + "+"} class="under"><td></td><td colspan="17">${p.problem && html`<span class=${keepsRecord(p) ? "tone-text tone-open" : "dim"}>${!keepsRecord(p) && "keeps no record: "}<${Coded} text=${p.problem} /> </span>`}${p.last && html`<span class="dim">It was <${LastSeen} places=${[p]} />. </span>`}${p.override && html`<${Override} override=${p.override} said=${word} /> `}<span class="dim">${[p.state !== "closed" && p.why, !p.override && p.state === "open" && p.retryAt != null && html`<${Until} to=${p.retryAt} before="probes in" past="the next request probes" />`].filter(Boolean).map((x, i) => html`${i || p.override ? " · " : ""}${x}`)}</span></td></tr>`];
      })}</tbody></table></div>`}
  </section>`;
}

function Urls({ urls }) {
  return html`<section class="card" id="urls" aria-labelledby="urls-h"><div class="card-head"><h2 id="urls-h">Protected URLs</h2></div><div class="card-body">
    ${urls.length ? urls.map((u) => html`<div key=${u.target}><p class="dim">${u.target}</p><${CommandLine} command=${u.url} what=${`the URL on ${u.target}`} /></div>`) : html`<p class="dim">No URL is known: the target has no host in the file.</p>`}</div></section>`;
}

function Commands({ commands, note }) {
  return html`<section class="card" id="commands" aria-labelledby="commands-h"><div class="card-head"><h2 id="commands-h">By hand</h2></div><div class="card-body">
    ${commands.length > 0 && html`<p class="dim">This page changes nothing live. Run these in a terminal; they ask before they do.</p>`}
    ${(note || !commands.length) && html`<p class="dim"><${Coded} text=${note ?? "There is no command for it."} /></p>`}
    ${commands.map((c) => html`<div key=${c.title}><p>${c.title}</p><${CommandLine} command=${c.command} what=${c.title} /></div>`)}</div></section>`;
}

function Missing({ name, problem }) {
  return html`<div class="empty"><h1 tabindex="-1">There is no endpoint ${name}</h1><p>${problem.message}</p>${problem.hint && html`<p class="hint">${problem.hint}</p>`}<p><a href=${boardUrl()}>To the board</a></p></div>`;
}

export function Endpoint({ name, stream }) {
  const live = stream.byName.get(name);
  const answer = useAnswer(`/api/endpoints/${encodeURIComponent(name)}`);
  const [span, setSpan] = useState("hour");
  const hour = useAnswer(historyUrl(name, "hour"));
  const longer = useAnswer(span === "hour" ? null : historyUrl(name, span));
  // A transition makes a new step of an incident: ask again, once the log has it.
  const moves = live?.places.map((p) => `${p.epoch}${p.state}${p.override?.mode ?? ""}`).join();
  const before = useRef(undefined);
  useEffect(() => {
    const first = before.current === undefined;
    before.current = moves;
    if (first || moves === undefined) return;
    const timer = setTimeout(() => { answer.again(); hour.again(); }, 1500);
    return () => clearTimeout(timer);
  }, [moves]);
  const { data, problem } = answer;
  if (problem?.status === 404 && !live) return html`<${Missing} name=${name} problem=${problem} />`;
  return html`<div class="endpoint">
    <nav class="crumbs" aria-label="Where"><a href=${boardUrl()}>Board</a><span aria-hidden="true">/</span><span>${name}</span>
      <span class="jumps">${["places", "history", "incidents", "commands", "settings", "promises"].map((id) => html`<a key=${id} href=${"#" + id}>${id === "commands" ? "by hand" : id}</a>`)}</span></nav>
    ${stream.board || data ? html`<${Hero} name=${name} live=${live} detail=${data} />` : html`<h1 class="sr" tabindex="-1">${name}</h1><div class="skeleton tall" aria-busy="true"></div>`}
    ${problem && html`<${ProblemNote} problem=${problem} again=${answer.again} />`}
    <${Places} live=${live} hour=${hour.data} />
    <div class="columns"><div class="past">
      <${History} name=${name} span=${span} setSpan=${setSpan} answer=${span === "hour" ? hour : longer} />
      ${data ? html`<${Incidents} incidents=${data.incidents} problem=${data.incidentsProblem} unread=${data.unread ?? []} />` : !problem && html`<div class="skeleton tall"></div><div class="skeleton tall"></div>`}
    </div><div class="side">
      ${data && html`<${Commands} commands=${data.commands} note=${data.commandsNote} /><${Urls} urls=${data.urls} />`}
      <${DriftCard} name=${name} drift=${live?.drift} />
    </div><div class="file">
      ${data && html`<${Settings} name=${name} detail=${data} />
        <${Promises} promises=${data.promises} />`}
    </div></div>
  </div>`;
}
