// The event log: what the breakers did by themselves, what people did, what the file did.
import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.mjs";
import { ask } from "./ask.mjs";
import { onLog, useStream } from "./stream.mjs";
import { endpointUrl, setQuery, web } from "./router.mjs";
import { Since } from "./clock.mjs";
import { Choice } from "./filters.mjs";
import { Shape } from "./state.mjs";
import { ProblemNote } from "./note.mjs";
import { day, full, second } from "./words.mjs";

const KINDS = [["automatic", "automatic"], ["manual", "by hand"], ["configuration", "configuration"]];
const word = (kind) => KINDS.find(([id]) => id === kind)?.[1] ?? kind;
const MARKS = {
  automatic: html`<path d="M9 1L3 9h4l-1 6 7-9H8z" fill="currentColor" />`,
  manual: html`<path d="M8 1.5a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4zM2 15a6 6 0 0 1 12 0z" fill="currentColor" />`,
  configuration: html`<path d="M3 1.5h7l3.5 3.5v9.5H3zM5.5 7h5M5.5 10h5" fill="none" stroke="currentColor" stroke-width="1.6" />`,
};
function Mark({ kind }) {
  return html`<svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true" class="kind-mark">${MARKS[kind]}</svg>`;
}

function Entry({ entry: e }) {
  const names = e.breaker ? [e.breaker] : e.endpoints;
  // The words begin with the transition where there is one; it is drawn, so it need not be said twice.
  const said = e.from && e.to && e.words.startsWith(`${e.from} to ${e.to}`) ? e.words.slice(`${e.from} to ${e.to}`.length).replace(/^:\s*/, "") : e.words;
  return html`<li class=${`entry kind-${e.kind}`} data-row=${e.id}>
    <span class="e-time"><time class="num" dateTime=${new Date(e.at).toISOString()} title=${full(e.at)}>${second(e.at)}</time><span class="second dim"><${Since} at=${e.at} after=" ago" /></span></span>
    <span class="e-kind"><${Mark} kind=${e.kind} />${word(e.kind)}</span>
    <span class="e-who">${names.slice(0, 4).map((n, i) => html`${i ? ", " : ""}<a key=${n} href=${endpointUrl(n)}>${n}</a>`)}${names.length > 4 ? html` <span class="dim">and ${names.length - 4} more</span>` : ""}${e.place && html`<span class="second dim">${e.place}</span>`}</span>
    <span class="e-words">${e.from && e.to && html`<span class="move"><span class=${`tone-text tone-${e.from}`}><${Shape} of=${e.from} size="12" /> ${e.from}</span><span aria-hidden="true"> → </span><span class="sr">to</span><span class=${`tone-text tone-${e.to}`}><${Shape} of=${e.to} size="12" /> ${e.to}</span></span> `}<span class="break">${said}</span></span>
    <span class="e-by dim">${e.who}${web(e.url) && html` <a href=${e.url} target="_blank" rel="noopener">commit<span class="sr">, in a new tab</span></a>`}</span>
  </li>`;
}

const matches = (entry, f) => (!f.kind || entry.kind === f.kind) && (!f.endpoint || entry.breaker === f.endpoint || entry.endpoints?.includes(f.endpoint))
  && (!f.text || `${entry.words} ${entry.who ?? ""} ${entry.breaker ?? ""} ${entry.place ?? ""}`.toLowerCase().includes(f.text.toLowerCase()));

/** Newest first, each once: an entry may come by the stream and by an answer. */
function merge(a, b) {
  const seen = new Set();
  return [...a, ...b].filter((e) => !seen.has(e.id) && seen.add(e.id)).sort((x, y) => y.at - x.at);
}

function useLog(filter) {
  const key = `${filter.kind}|${filter.endpoint}|${filter.text}`;
  const [state, set] = useState({ key, entries: [], next: null, complete: true, since: null, problem: null, busy: true });
  const current = useRef(key);
  current.current = key;
  const load = async (before) => {
    const query = new URLSearchParams({ limit: "100" });
    for (const [k, v] of [["kind", filter.kind], ["endpoint", filter.endpoint], ["text", filter.text], ["before", before]]) if (v) query.set(k, v);
    set((s) => ({ ...s, busy: true, problem: null }));
    try {
      const page = await ask(`/api/events?${query}`);
      if (current.current !== key) return;
      set((s) => ({ key, entries: s.key === key ? merge(s.entries, page.entries) : page.entries, next: page.next, complete: page.complete, since: page.since, problem: null, busy: false }));
    } catch (problem) {
      if (current.current === key) set((s) => ({ ...s, key, entries: s.key === key ? s.entries : [], problem, busy: false }));
    }
  };
  // Typing should not ask for each letter.
  useEffect(() => { const timer = setTimeout(load, filter.text ? 200 : 0); return () => clearTimeout(timer); }, [key]);
  // While the server still reads back there will be more behind what it gave.
  useEffect(() => {
    if (state.complete || state.busy) return;
    const timer = setTimeout(load, 3000);
    return () => clearTimeout(timer);
  }, [state]);
  useEffect(() => onLog((fresh) => set((s) => ({ ...s, entries: merge(fresh.filter((e) => matches(e, filter)), s.entries) }))), [key]);
  return { ...state, older: () => load(state.next), again: () => load() };
}

/** How many came above what is in sight, since the reader scrolled away from the top. */
function useNew(entries) {
  const [seen, setSeen] = useState(null);
  const top = entries[0]?.at ?? null;
  useEffect(() => {
    const look = () => setSeen((before) => (scrollY < 80 ? null : before ?? entries[0]?.at ?? null));
    look();
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, [top]);
  return seen == null ? 0 : entries.filter((e) => e.at > seen).length;
}

function byDay(entries) {
  const days = [];
  for (const e of entries) {
    const id = new Date(e.at).toISOString().slice(0, 10);
    if (days.at(-1)?.id !== id) days.push({ id, title: day(e.at), entries: [] });
    days.at(-1).entries.push(e);
  }
  return days;
}

export function Events({ query }) {
  const names = useStream((s) => s.order);
  const filter = { kind: query.get("kind") ?? "", endpoint: query.get("endpoint") ?? "", text: query.get("q") ?? "" };
  const log = useLog(filter);
  const fresh = useNew(log.entries);
  const options = useMemo(() => [...names].sort(), [names]);
  const filtered = filter.kind || filter.endpoint || filter.text;
  const days = byDay(log.entries);
  return html`<div class="events">
    <div class="controls"><h1 tabindex="-1">Event log</h1>
      <div class="tabs" role="group" aria-label="Kind">${[["", "all"], ...KINDS].map(([id, label]) => html`<button key=${id} type="button" aria-pressed=${filter.kind === id} class=${`kind-${id || "all"}`} onClick=${() => setQuery({ kind: id })}>${id && html`<${Mark} kind=${id} />`}${label}</button>`)}</div>
      <form class="filters" role="search" aria-label="Filter the log" onSubmit=${(e) => e.preventDefault()}>
        <label class="field grow"><span class="sr">Filter by text</span><input data-filter type="search" placeholder="Filter by text  ( / )" autocomplete="off" spellcheck=${false} value=${filter.text} onInput=${(e) => setQuery({ q: e.target.value })} /></label>
        <${Choice} name="endpoint" value=${filter.endpoint} options=${options} any="any endpoint" />
        <button type="button" class="btn" disabled=${!filtered} onClick=${() => setQuery({ kind: "", endpoint: "", q: "" })}>Clear</button></form></div>
    ${fresh > 0 && html`<button type="button" class="pill" onClick=${() => scrollTo({ top: 0 })}>↑ ${fresh} new</button>`}
    <p class="sr" role="status">${fresh ? `${fresh} new entries` : ""}</p>
    ${log.problem && html`<${ProblemNote} problem=${log.problem} again=${log.again} />`}
    ${!log.complete && html`<div class="note"><b>Still reading back.</b> <span>Older entries appear by themselves.</span></div>`}
    ${log.entries.length ? days.map((d) => html`<section key=${d.id} class="card log" aria-label=${d.title}><h2>${d.title} <span class="dim">UTC</span></h2><ol>${d.entries.map((e) => html`<${Entry} key=${e.id} entry=${e} />`)}</ol></section>`)
    : log.busy ? html`<div aria-busy="true">${Array.from({ length: 8 }, (_, i) => html`<div key=${i} class="skeleton line"></div>`)}</div>`
    : !log.problem && (filtered ? html`<div class="empty"><h2>Nothing fits this filter</h2><button type="button" class="btn" onClick=${() => setQuery({ kind: "", endpoint: "", q: "" })}>Clear the filter</button></div>`
      : html`<div class="empty"><h2>No events yet</h2><p>Transitions, holds and changes of the file appear here as they happen.</p></div>`)}
    ${log.next ? html`<p class="more"><button type="button" class="btn" disabled=${log.busy} onClick=${log.older}>${log.busy ? "Loading…" : "Older"}</button></p>`
      : log.entries.length > 0 && log.since != null && html`<p class="more dim">The log goes back to ${full(log.since)}.</p>`}
  </div>`;
}
