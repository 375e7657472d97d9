// The frame around every page: bar, banners, spoken transitions, and the page that the path names.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.mjs";
import { useStream, onMove } from "./stream.mjs";
import { boardUrl, useLocation } from "./router.mjs";
import { GROUPS, groupOf, spoken } from "./state.mjs";
import { Since, now } from "./clock.mjs";
import { count, time } from "./words.mjs";
import { toggleTheme, useTheme } from "./theme.mjs";
import { Coded } from "./note.mjs";
import { Help } from "./help.mjs";
import { help } from "./keys.mjs";
import { Board } from "./board.mjs";
import { Endpoint } from "./endpoint.mjs";
import { Events } from "./events.mjs";

function useTitle(stream, at) {
  const sums = Object.fromEntries(GROUPS.map((g) => [g.id, 0]));
  for (const endpoint of stream.byName.values()) sums[groupOf(endpoint).id]++;
  const where = stream.board ? [stream.board.project, stream.board.environment].filter(Boolean).join(" ") : "Kampkin";
  const trouble = GROUPS.filter((g) => g.id !== "quiet" && sums[g.id]).map((g) => `${sums[g.id]} ${g.word}`).join(", ") || "all closed";
  const page = at.page === "endpoint" ? `${at.name} · ` : at.page === "events" ? "Events · " : "";
  const title = stream.board ? `${page}${stream.staleSince ? "stale · " : ""}${trouble} · ${where}` : "Kampkin";
  useEffect(() => { document.title = title; }, [title]);
  const icon = sums.open ? "/static/favicon-open.svg" : "/static/favicon.svg";
  useEffect(() => { document.getElementById("icon").href = icon; }, [icon]);
}

/** Says transitions to screen readers; of many at once the first three. */
function Announcer() {
  const [text, say] = useState("");
  useEffect(() => onMove((moves) => {
    const first = moves.slice(0, 3).map(({ before, after }) => spoken(before, after));
    if (moves.length > 3) first.push(`and ${moves.length - 3} more`);
    say(first.join(". "));
  }), []);
  return html`<div class="sr" role="status" aria-live="polite" aria-atomic="true">${text}</div>`;
}

function Bar({ stream, page }) {
  const theme = useTheme();
  const { board, at, staleSince } = stream;
  const link = (url, mine, label) => html`<a href=${url} aria-current=${mine ? "page" : undefined}>${label}</a>`;
  return html`<header class="bar">
    <a class="brand" href=${boardUrl()} aria-label="Kampkin, to the board"><svg width="18" height="18" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="11" fill="none" stroke="currentColor" stroke-width="4.5" /></svg><span>Kampkin</span></a>
    ${board && html`<p class="where"><b>${board.project}</b>${board.environment && html`<span class="env">${board.environment}</span>`}
      ${board.local && html`<span class="badge">local</span>`}
      ${board.targets.map((t) => html`<span class="badge wide" key=${t}>${t}</span>`)}</p>`}
    <nav aria-label="Pages">${link(boardUrl(), page === "board", "Board")}${link("/events", page === "events", "Events")}</nav>
    <div class="looked" data-stale=${staleSince ? "yes" : undefined}>
      <span class="dot" aria-hidden="true"></span>${!board ? "connecting" : staleSince ? "stale" : html`<span><span class="wide">looked </span><${Since} at=${at} after=" ago" /></span>`}
    </div>
    <button type="button" class="icon" onClick=${toggleTheme} title="Dark or light (t)" aria-label=${`Show the page ${theme === "dark" ? "light" : "dark"}`}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6" /><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" /></svg></button>
    <button type="button" class="icon wide" onClick=${help} title="Keys (?)" aria-label="Keyboard help"><span aria-hidden="true">?</span></button>
  </header>`;
}

function Banners({ stream }) {
  const { staleSince, slow, file, lost, board, at } = stream;
  return html`<div class="banners">
    ${staleSince && html`<div class="banner bad" role="alert"><b>No word from the server for <${Since} at=${staleSince} always=${true} />, since ${time(staleSince, now())}.</b>
      <span>What you see is how it was then. Reconnecting by itself; if it stays so, look whether <code>kampkin dashboard</code> still runs.</span></div>`}
    ${!board && lost && html`<div class="banner bad" role="alert"><b>The server does not answer.</b> <span>Trying again. Is <code>kampkin dashboard</code> running?</span></div>`}
    ${slow && html`<div class="banner calm" role="status">${board ? html`<span>The last look took place <${Since} at=${at} after=" ago" />; a place is slow to answer.</span>` : html`<span>The first look takes its time: a place is slow to answer.</span>`}</div>`}
    ${file && html`<div class="banner warn" role="alert"><b class="pre"><${Coded} text=${file} /></b> <span>What is shown is how it was before.</span></div>`}
  </div>`;
}

function Nowhere() {
  return html`<div class="empty"><h1>No such page</h1><p><a href=${boardUrl()}>To the board</a></p></div>`;
}

export function App() {
  const stream = useStream();
  const at = useLocation();
  useTitle(stream, at);
  const main = useRef(null);
  const path = at.page + (at.name ?? "");
  const first = useRef(true);
  // A new page says its name to screen readers: the focus goes to its heading.
  useLayoutEffect(() => {
    if (first.current) { first.current = false; return; }
    if (main.current.contains(document.activeElement) && document.activeElement !== document.body) return;
    main.current.querySelector("h1")?.focus({ preventScroll: true });
  }, [path]);
  return html`<div class="frame" data-stale=${stream.staleSince ? "yes" : undefined}>
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>Skip to content</a>
    <${Bar} stream=${stream} page=${at.page} />
    <${Announcer} />
    <main id="main" tabindex="-1" ref=${main}>
      <${Banners} stream=${stream} />
      ${at.page === "board" ? html`<${Board} stream=${stream} query=${at.query} />`
      : at.page === "endpoint" ? html`<${Endpoint} key=${at.name} name=${at.name} stream=${stream} />`
      : at.page === "events" ? html`<${Events} query=${at.query} />`
      : html`<${Nowhere} />`}
    </main>
    <footer class="foot">${stream.board && html`<span>Kampkin ${stream.board.version}</span><span>${stream.board.file}</span>
      ${stream.board.plan && html`<span class="mono" title=${stream.board.plan}>plan ${stream.board.plan.slice(0, 19)}</span>`}<span>looks every ${count(stream.board.everyMs / 1000)} s</span><span>all times UTC</span>`}</footer>
    <${Help} />
  </div>`;
}
