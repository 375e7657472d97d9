import { html, useEffect, useRef } from "./vendor/preact.mjs";
import { KEYS, onHelp } from "./keys.mjs";
import { GROUPS, Shape } from "./state.mjs";

const MEANS = {
  open: "opened by itself: callers are answered at once, the service rests",
  "half-open": "a few requests probe whether the service is back",
  ramp: "it is back: traffic grows to all of it",
  held: "a person holds it open, closed or in monitor, until a set time; one that is open by itself is shown open, and the hold beside it",
  failing: "closed, but calls fail",
  quiet: "closed, and nothing is wrong",
  unknown: "no place answers for it",
};

export function Help() {
  const dialog = useRef(null);
  useEffect(() => onHelp(() => dialog.current.open || dialog.current.showModal()), []);
  const outside = (event) => { if (event.target === dialog.current) dialog.current.close(); };
  return html`<dialog ref=${dialog} class="help" aria-labelledby="help-title" onClick=${outside}>
    <div class="help-body">
      <div class="help-head"><h2 id="help-title">Keys and shapes</h2><form method="dialog"><button class="btn small" onClick=${(e) => { e.preventDefault(); dialog.current.close(); }}>Close</button></form></div>
      <dl class="keys">${KEYS.map((k) => html`<div key=${k.does}><dt>${k.keys.map((x) => html`<kbd>${x}</kbd> `)}</dt><dd>${k.does}</dd></div>`)}</dl>
      <dl class="keys shapes">${GROUPS.map((g) => html`<div key=${g.id}><dt class=${`tone-${g.shape}`}><${Shape} of=${g.shape} /> ${g.word}</dt><dd>${MEANS[g.id]}</dd></div>`)}</dl>
      <p class="dim">This page never changes anything live. What does is copied from it into a terminal.</p>
    </div>
  </dialog>`;
}
