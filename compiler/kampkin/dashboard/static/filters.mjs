// The board's filter lives in the URL's query, so it can be sent to a colleague.
import { html } from "./vendor/preact.mjs";
import { setQuery } from "./router.mjs";
import { GROUPS, Shape, groupOf, holdWords, holdsOf, look } from "./state.mjs";
import { count } from "./words.mjs";

/** @param {URLSearchParams} query */
export function readFilter(query) {
  const known = new Set(GROUPS.map((g) => g.id));
  return {
    states: (query.get("state") ?? "").split(",").filter((s) => known.has(s)),
    owner: query.get("owner") ?? "",
    target: query.get("target") ?? "",
    text: query.get("q") ?? "",
  };
}

export const isFiltered = (f) => Boolean(f.states.length || f.owner || f.target || f.text);
export const clearFilter = () => setQuery({ state: "", owner: "", target: "", q: "" });

/** @returns {(endpoint: object) => boolean} every word of the text must be found somewhere */
export function matcher(filter) {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (e) => {
    if (filter.states.length && !filter.states.includes(groupOf(e).id)) return false;
    if (filter.owner && e.owner !== filter.owner) return false;
    if (filter.target && !e.targets.includes(filter.target)) return false;
    if (!words.length) return true;
    const hay = `${e.name} ${e.origin} ${e.route} ${e.owner ?? ""} ${e.targets.join(" ")} ${look(e).word} ${e.because ?? ""} ${holdsOf(e).map(({ override: o }) => `${holdWords(o)} ${o.reason ?? ""} ${o.owner ?? ""}`).join(" ")} ${e.places.map((p) => p.place).join(" ")}`.toLowerCase();
    return words.every((w) => hay.includes(w));
  };
}

export function Summary({ endpoints, filter }) {
  const sums = Object.fromEntries(GROUPS.map((g) => [g.id, 0]));
  for (const e of endpoints) sums[groupOf(e).id]++;
  const toggle = (id) => setQuery({ state: (filter.states.includes(id) ? filter.states.filter((s) => s !== id) : [...filter.states, id]).join(",") });
  return html`<div class="summary" role="group" aria-label="By state">
    ${GROUPS.filter((g) => g.id !== "unknown" || sums.unknown || filter.states.includes("unknown")).map((g) => html`<button key=${g.id} type="button" class=${`sum ${sums[g.id] ? `tone-${g.shape}` : "none"}`} aria-pressed=${filter.states.includes(g.id)} onClick=${() => toggle(g.id)}>
      <${Shape} of=${g.shape} size="16" /><b class="num">${count(sums[g.id])}</b><span>${g.word}</span></button>`)}
  </div>`;
}

/** One of several; a value of the address that is none of them is shown as what it is. */
export function Choice({ name, label = name, value, options, any }) {
  const all = value && !options.includes(value) ? [value, ...options] : options;
  return html`<label class="field"><span class="sr">${label}</span><select value=${value} onChange=${(e) => setQuery({ [name]: e.target.value })}>
    <option value="">${any}</option>${all.map((o) => html`<option key=${o} value=${o} selected=${o === value}>${o}</option>`)}</select></label>`;
}

export function Filters({ board, filter }) {
  return html`<form class="filters" role="search" aria-label="Filter the endpoints" onSubmit=${(e) => e.preventDefault()}>
    <label class="field grow"><span class="sr">Filter by text</span><input data-filter type="search" placeholder="Filter by text  ( / )" autocomplete="off" spellcheck=${false} value=${filter.text} onInput=${(e) => setQuery({ q: e.target.value })} /></label>
    ${(board.owners.length > 0 || filter.owner) && html`<${Choice} name="owner" value=${filter.owner} options=${board.owners} any="any owner" />`}
    ${(board.targets.length > 1 || filter.target) && html`<${Choice} name="target" value=${filter.target} options=${board.targets} any="any target" />`}
    <button type="button" class="btn" disabled=${!isFiltered(filter)} onClick=${clearFilter}>Clear</button>
  </form>`;
}
