import { html, useLayoutEffect, useRef, useState } from "./vendor/preact.mjs";
import { When } from "./clock.mjs";
import { web } from "./router.mjs";
import { Proposal } from "./proposal.mjs";
import { Coded } from "./note.mjs";

/** What the form sends: only what differs from the file. @param {Record<string, string|null>} edits */
export function changesOf(settings, edits) {
  return settings.filter((s) => s.key in edits && (edits[s.key] === null || edits[s.key].trim() !== String(s.value ?? ""))).map((s) => ({ key: s.key, value: edits[s.key] === null ? null : edits[s.key].trim() }));
}

/** A value that is not shown must not be written over. */
const fixed = (s) => !s.editable || String(s.value ?? "").includes("•••");

function Value({ setting: s, edit, onEdit }) {
  if (edit === undefined && !onEdit) return s.value == null ? html`<span class="dim">not set</span>` : html`<code class="break">${s.value}</code>`;
  if (fixed(s)) return html`${s.value == null ? html`<span class="dim">not set,</span>` : html`<code class="break">${s.value}</code>`} <span class="badge">fixed</span>`;
  const out = edit === null;
  return html`<span class="edit">${out ? html`<del class="mono">${s.value}</del>` : html`<input class="mono" aria-label=${s.key} value=${edit ?? s.value ?? ""} data-changed=${edit !== undefined && edit.trim() !== String(s.value ?? "") ? "yes" : undefined} spellcheck=${false} autocomplete="off" onInput=${(e) => onEdit(s.key, e.target.value)} />`}
    <button type="button" class="btn small" aria-pressed=${out} onClick=${() => onEdit(s.key, out ? undefined : null)}>${out ? "Keep" : "Take out"}<span class="sr"> ${s.key}</span></button></span>`;
}

function Changed({ changed: c }) {
  if (!c) return null;
  const short = c.commit.slice(0, 10);
  return html`<p class="card-note">Last changed by ${c.author}, <${When} at=${c.at} />: ${c.subject} ${web(c.url) ? html`<a class="mono" href=${c.url} target="_blank" rel="noopener">${short}<span class="sr">, in a new tab</span></a>` : html`<code>${short}</code>`}</p>`;
}

export function Settings({ name, detail }) {
  const { settings } = detail;
  const [edits, setEdits] = useState(null);
  const editing = edits !== null;
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
      <tbody>${settings.map((s) => html`<tr key=${s.key}><th scope="row"><code>${s.key}</code><span class="second dim"><${Coded} text=${s.words} /></span></th><td><${Value} setting=${s} edit=${edits?.[s.key]} onEdit=${editing ? onEdit : null} /></td><td>${s.layer}</td>
        <td class="mono nowrap">${s.place ? `${s.place.file}:${s.place.line}` : html`<span class="dim">not in a file</span>`}${web(s.edit) && html` <a href=${s.edit} target="_blank" rel="noopener">Edit<span class="sr"> ${s.key}, in a new tab</span></a>`}</td></tr>`)}</tbody></table></div>
    ${editing && html`<${Proposal} name=${name} environment=${detail.environment} changes=${changesOf(settings, edits)} />`}
  </section>`;
}
