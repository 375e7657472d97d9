// The words of `kampkin diff`: text as in a terminal, but its tables are tables, so that they fit a page.
import { html } from "./vendor/preact.mjs";

/** Where columns begin: words that two spaces or more part. */
const startsOf = (line) => [...line.matchAll(/\S+(?: \S+)*/g)].map((m) => m.index);

/** @returns {string[]|null} the cells of a line below a head whose columns begin at `starts`; null where it is none of its rows */
function cellsOf(line, starts) {
  if (line.search(/\S/) !== starts[0] || starts.slice(1).some((at) => line.slice(at - 2, at).trim())) return null;
  const cells = starts.map((at, i) => line.slice(at, starts[i + 1]).trim());
  return cells.slice(1).some(Boolean) ? cells : null;
}

/** @returns {({text: string[]} | {indent: number, head: string[], rows: string[][]})[]} */
export function blocksOf(lines) {
  const blocks = [];
  for (let i = 0; i < lines.length; i++) {
    const starts = startsOf(lines[i]);
    const rows = [];
    if (starts.length > 2) for (let cells; i + 1 + rows.length < lines.length && (cells = cellsOf(lines[i + 1 + rows.length], starts));) rows.push(cells);
    if (rows.length) {
      blocks.push({ indent: starts[0], head: cellsOf(lines[i], starts), rows });
      i += rows.length;
    } else if (blocks.at(-1)?.text) blocks.at(-1).text.push(lines[i]);
    else blocks.push({ text: [lines[i]] });
  }
  return blocks;
}

export function Review({ lines }) {
  return html`<div class="review" tabindex="0" role="group" aria-label="What it means">${blocksOf(lines).map((b, k) => b.text
    ? html`<pre key=${k}>${b.text.join("\n")}</pre>`
    : html`<table key=${k} style=${{ marginLeft: b.indent + "ch" }}><thead><tr>${b.head.map((h, i) => html`<th key=${i} scope="col">${h}</th>`)}</tr></thead><tbody>${b.rows.map((row, j) => html`<tr key=${j}>${row.map((cell, i) => (i ? html`<td key=${i}>${cell}</td>` : html`<th key=${i} scope="row">${cell}</th>`))}</tr>`)}</tbody></table>`)}</div>`;
}
