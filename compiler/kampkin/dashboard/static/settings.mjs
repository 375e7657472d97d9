import { html, useLayoutEffect, useRef, useState } from "./vendor/preact.mjs";
import { When } from "./clock.mjs";
import { web } from "./router.mjs";
import { Proposal } from "./proposal.mjs";
import { Coded } from "./note.mjs";

/** Whether an edit makes a value another one. */
const isOther = (s, edit) => edit === null || (edit !== undefined && edit.trim() !== String(s.value ?? ""));

/** What the form sends: only what differs from the file. @param {Record<string, string|null>} edits */
export function changesOf(settings, edits) {
  return settings.filter((s) => isOther(s, edits[s.key])).map((s) => ({ key: s.key, value: edits[s.key]?.trim() ?? null }));
}

/** A value that is not shown must not be written over. */
const fixed = (s) => !s.editable || String(s.value ?? "").includes("•••");

/** A value to be chosen, where there are few, or to be typed. */
function Input({ setting: s, value, onEdit }) {
  const has = { class: "mono", "aria-label": s.key, "data-changed": isOther(s, value) ? "yes" : undefined };
  const given = value ?? s.value ?? "";
  if (s.choices.length) return html`<select ...${has} value=${given} onChange=${(e) => onEdit(s.key, e.target.value)}>${given === "" && html`<option value=""></option>`}${s.choices.map((c) => html`<option key=${c} value=${c} selected=${c === given}>${c}</option>`)}</select>`;
  return html`<input ...${has} value=${given} placeholder=${s.example} spellcheck=${false} autocomplete="off" onInput=${(e) => onEdit(s.key, e.target.value)} />`;
}

function Value({ setting: s, edit, onEdit }) {
  if (edit === undefined && !onEdit) return s.value == null ? html`<span class="dim">not set</span>` : html`<code class="break">${s.value}</code>`;
  if (fixed(s)) return html`${s.value == null ? html`<span class="dim">not set,</span>` : html`<code class="break">${s.value}</code>`} <span class="badge">fixed</span>`;
  const out = edit === null;
  return html`<span class="edit">${out ? html`<del class="mono">${s.value}</del>` : html`<${Input} setting=${s} value=${edit} onEdit=${onEdit} />`}
    ${s.removable && html`<button type="button" class="btn small" aria-pressed=${out} onClick=${() => onEdit(s.key, out || s.isNew ? undefined : null)}>${out ? "Keep" : "Take out"}<span class="sr"> ${s.key}</span></button>`}</span>`;
}

/** A setting that the endpoint does not have yet becomes a row like the others. */
function Add({ settings, onEdit }) {
  return html`<tr><td colspan="4"><label class="add">Add a setting <select value="" onChange=${(e) => { onEdit(e.target.value, ""); e.target.value = ""; }}><option value=""></option>${settings.map((s) => html`<option key=${s.key} value=${s.key}>${s.key}</option>`)}</select></label></td></tr>`;
}

function Changed({ changed: c }) {
  if (!c) return null;
  const short = c.commit.slice(0, 10);
  return html`<p class="card-note">Last changed by ${c.author}, <${When} at=${c.at} />: ${c.subject} ${web(c.url) ? html`<a class="mono" href=${c.url} target="_blank" rel="noopener">${short}<span class="sr">, in a new tab</span></a>` : html`<code>${short}</code>`}</p>`;
}

export function Settings({ name, detail }) {
  const [edits, setEdits] = useState(null);
  const editing = edits !== null;
  const fresh = detail.addable.map((s) => ({ ...s, isNew: true, value: null, layer: "", place: null, editable: true, removable: true }));
  const settings = [...detail.settings, ...fresh.filter((s) => editing && s.key in edits)];
  // With a proposal the card takes the page's full width, and so may move: what was clicked stays where it is.
  const card = useRef(null), top = useRef(null);
  const edit = (next) => { top.current = card.current.getBoundingClientRect().top; setEdits(next); };
  useLayoutEffect(() => {
    if (top.current == null) return;
    scrollBy(0, card.current.getBoundingClientRect().top - top.current);
    top.current = null;
  }, [editing]);
  const onEdit = (key, value) => setEdits((before) => {
    const next = { ...before };
    if (value === undefined) delete next[key]; else next[key] = value;
    return next;
  });
  return html`<section ref=${card} class="card" id="settings" data-editing=${editing ? "yes" : undefined} aria-labelledby="settings-h"><div class="card-head"><h2 id="settings-h">Settings</h2>${detail.environment && html`<span class="dim">as they hold in ${detail.environment}</span>`}
      <span class="push">${editing ? html`<button type="button" class="btn" onClick=${() => edit(null)}>Cancel</button>` : !settings.every(fixed) && html`<button type="button" class="btn" onClick=${() => edit({})}>Propose a change</button>`}</span></div>
    <${Changed} changed=${detail.changed} />
    <div class="scroll" tabindex="0" role="group" aria-label="Settings, to scroll"><table class="data settings"><thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">From</th><th scope="col">Where</th></tr></thead>
      <tbody>${settings.map((s) => html`<tr key=${s.key}><th scope="row"><code>${s.key}</code><span class="second dim"><${Coded} text=${s.words} /></span></th><td><${Value} setting=${s} edit=${edits?.[s.key]} onEdit=${editing ? onEdit : null} /></td><td>${s.layer === `endpoint ${name}` ? "endpoint" : s.layer}</td>
        <td class="mono nowrap">${s.place ? `${s.place.file}:${s.place.line}` : html`<span class="dim">${s.isNew ? "new" : "not in a file"}</span>`}${web(s.edit) && html` <a href=${s.edit} target="_blank" rel="noopener">Edit<span class="sr"> ${s.key}, in a new tab</span></a>`}</td></tr>`)}${editing && html`<${Add} settings=${fresh.filter((s) => !(s.key in edits))} onEdit=${onEdit} />`}</tbody></table></div>
    ${editing && html`<${Proposal} name=${name} environment=${detail.environment} changes=${changesOf(settings, edits)} />`}
  </section>`;
}
