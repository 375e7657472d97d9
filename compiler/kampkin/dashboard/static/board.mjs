import { Component, html, useEffect, useMemo, useState } from "./vendor/preact.mjs";
import { Filters, Summary, clearFilter, isFiltered, matcher, readFilter } from "./filters.mjs";
import { PlaceStrip } from "./places.mjs";
import { Tile } from "./tile.mjs";
import { cameFrom, endpointUrl, go } from "./router.mjs";
import { some } from "./words.mjs";

const PAGE = 500;
const SCREEN = 40;
const PORTION = 90;
const HEADS = [["state", "State"], ["name", "Endpoint"], ["why", "Why"], ["places", "Places"], ["num", "Requests"], ["num", "Errors"], ["num", "Rejects"], ["num", "p50"], ["num", "p90"], ["num", "p99"], ["spark", "Last hour"]];

const rowOf = (node) => node?.closest?.("[data-row]");
const barBottom = () => document.querySelector(".bar")?.getBoundingClientRect().bottom ?? 0;

/**
 * Keeps the eye and the focus where they are when the order changes: moving a node takes the focus
 * away, and the browser's own anchoring loses a row that was moved.
 */
class Rows extends Component {
  getSnapshotBeforeUpdate(before) {
    if (before.endpoints.length === this.props.endpoints.length && before.endpoints.every((e, i) => e.name === this.props.endpoints[i].name)) return null;
    const focused = document.activeElement;
    const focusedRow = this.base.contains(focused) ? rowOf(focused) : null;
    const visible = (row) => { const r = row.getBoundingClientRect(); return r.bottom > barBottom() && r.top < innerHeight; };
    let anchor = focusedRow && visible(focusedRow) ? focusedRow : null;
    // At the top of the page the worst should come into sight; further down somebody is reading.
    if (!anchor && scrollY > this.base.offsetTop) anchor = [...this.base.querySelectorAll("[data-row]")].find(visible);
    return { focused: focusedRow && focused, anchor, top: anchor?.getBoundingClientRect().top };
  }
  componentDidUpdate(_, __, snapshot) {
    if (!snapshot) return;
    if (snapshot.focused?.isConnected && document.activeElement !== snapshot.focused) snapshot.focused.focus({ preventScroll: true });
    if (snapshot.anchor?.isConnected) scrollBy(0, snapshot.anchor.getBoundingClientRect().top - snapshot.top);
  }
  componentDidMount() {
    if (!cameFrom) return;
    const row = this.base.querySelector(`[data-row="${CSS.escape(cameFrom)}"]`);
    row?.querySelector("a").focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }
  click(event) {
    const row = rowOf(event.target);
    if (!row || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.target.closest("a, button") || String(getSelection())) return;
    go(endpointUrl(row.dataset.row));
  }
  render({ endpoints, targets }) {
    return html`<div role="rowgroup" class="rows" onClick=${this.click}>${endpoints.map((e) => html`<${Tile} key=${e.name} endpoint=${e} targets=${targets} />`)}</div>`;
  }
}

function Skeleton() {
  return html`<div aria-busy="true"><h1 class="sr" tabindex="-1">Board</h1><p class="sr" role="status">Loading</p>
    <div class="skeleton sums"></div>${Array.from({ length: 9 }, (_, i) => html`<div key=${i} class="skeleton line"></div>`)}</div>`;
}

export function Board({ stream, query }) {
  const { board, places, order, byName } = stream;
  const [pages, setPages] = useState(1);
  // The first paint has what fits a screen and the rest comes in portions, so that no key waits;
  // coming back to the board needs all rows at once, to scroll to one.
  const [limit, setLimit] = useState(board ? PAGE : SCREEN);
  const whole = limit >= PAGE;
  useEffect(() => {
    if (!board || whole) return;
    const timer = setTimeout(() => setLimit(limit + PORTION), 30);
    return () => clearTimeout(timer);
  }, [board === null, limit]);
  const filter = readFilter(query);
  const all = useMemo(() => order.map((n) => byName.get(n)).filter(Boolean), [order, byName]);
  const found = isFiltered(filter) ? all.filter(matcher(filter)) : all;
  if (!board) return html`<${Skeleton} />`;
  const shown = found.slice(0, whole ? pages * PAGE : limit);
  return html`<div class="board">
    <h1 class="sr" tabindex="-1">Breakers of ${board.project}${board.environment ? `, ${board.environment}` : ""}</h1>
    <${PlaceStrip} places=${places} />
    <div class="controls"><${Summary} endpoints=${all} filter=${filter} /><${Filters} board=${board} filter=${filter} /></div>
    <p class="sr" role="status">${isFiltered(filter) ? `${found.length} of ${some(all.length, "endpoint")}` : ""}</p>
    ${!all.length ? html`<div class="empty"><h2>No endpoint yet</h2><p><code>${board.file}</code> declares none. Add one under <code>endpoints:</code> and it appears here by itself.</p></div>`
    : !found.length ? html`<div class="empty"><h2>Nothing fits this filter</h2><p>${some(all.length, "endpoint")} without it.</p><button type="button" class="btn" onClick=${clearFilter}>Clear the filter</button></div>`
    : html`<div role="table" class="table" aria-label="Endpoints, the worst first">
        <div role="rowgroup" class="head"><div role="row" class="row">${HEADS.map(([c, label]) => html`<div key=${label} role="columnheader" class=${`c-${c} c-${label.toLowerCase()}`}>${label}${c === "num" && html`<span class="second">1 h</span>`}</div>`)}</div></div>
        <${Rows} endpoints=${shown} targets=${board.targets.length} />
      </div>
      ${whole && found.length > shown.length ? html`<p class="more"><button type="button" class="btn" onClick=${() => setPages(pages + 1)}>Show ${Math.min(PAGE, found.length - shown.length)} more</button> <span class="dim">${found.length - shown.length} not shown</span></p>` : html`<p class="more dim">${isFiltered(filter) ? `${found.length} of ${some(all.length, "endpoint")}` : some(all.length, "endpoint")}</p>`}`}
  </div>`;
}
