import { html, useEffect, useState } from "./vendor/preact.mjs";
import { ask, send } from "./ask.mjs";
import { When } from "./clock.mjs";
import { Copy } from "./copy.mjs";
import { Coded, ProblemNote } from "./note.mjs";

const SAYS = { same: "runs the file's plan", other: "runs another plan than the file's", unknown: "what runs is not known", "not-compared": "not compared" };

/** What the edges run against the file, and a look into the clouds on request. */
export function DriftCard({ name, drift }) {
  const [look, setLook] = useState(null);
  const [problem, setProblem] = useState(null);
  const running = look?.running ?? false;
  const load = async (how) => { try { setLook(await how()); setProblem(null); } catch (error) { setProblem(error); } };
  const compared = drift != null && drift.state !== "not-compared";
  useEffect(() => { if (compared) load(() => ask("/api/drift")); }, [compared]);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => load(() => ask("/api/drift")), 1500);
    return () => clearInterval(timer);
  }, [running]);
  const start = () => load(async () => { const answer = await send("/api/drift"); return { ...(look ?? {}), ...(answer ?? {}), running: true }; });
  const mine = (look?.drifts ?? []).filter((d) => !d.endpoint || d.endpoint === name);
  const others = (look?.drifts ?? []).length - mine.length;
  return html`<section class="card" id="drift" aria-labelledby="drift-h"><div class="card-head"><h2 id="drift-h">Drift</h2></div>
    <div class="card-body">
      <p class=${drift?.state === "other" ? "tone-text tone-half-open" : ""}><b>${SAYS[drift?.state] ?? SAYS.unknown}</b></p>
      ${drift?.words && html`<p class="dim break"><${Coded} text=${drift.words} /></p>`}
      ${compared && html`<div class="act"><button type="button" class="btn" onClick=${start} disabled=${running}>${running ? "Looking…" : "Look for drift"}</button>
        ${running && html`<progress aria-label="Looking for drift"></progress>`}</div>`}
      ${compared && html`<div aria-live="polite">
        ${problem && html`<${ProblemNote} problem=${problem} />`}
        ${look?.problem && html`<div class="note bad"><b>The look failed.</b> <span class="break">${look.problem}</span></div>`}
        ${!running && look?.at && !look.problem && html`<p>${mine.length ? html`<b>${mine.length} changed outside the file</b>` : "Nothing here was changed outside the file."} <${When} at=${look.at} /></p>`}
        ${!running && mine.length > 0 && html`<ul class="drifts">${mine.map((d, i) => html`<li key=${i}><b>${d.target}</b> ${d.resource}<br /><span class="dim">${d.setting}:</span> <del class="mono">${d.desired}</del> <ins class="mono">${d.live}</ins>${d.by && html`<span class="second dim">by ${d.by}</span>`}</li>`)}</ul>`}
        ${!running && others > 0 && html`<p class="dim">${others} at other endpoints</p>`}
        ${!running && look?.blind?.length > 0 && html`<details><summary>${look.blind.length} not seen</summary><ul class="plain">${look.blind.map((b) => html`<li key=${b}>${b}</li>`)}</ul></details>`}
      </div>`}
      ${compared && look?.command && html`<${CommandLine} command=${look.command} what="the drift command" />`}
    </div></section>`;
}

export function CommandLine({ command, what }) {
  // A word that breaks inside, after the dashes of an option, would be read wrongly.
  return html`<div class="command"><code>${command.split(" ").map((word, i) => html`${i ? " " : ""}<span class="cmd-word">${word}</span>`)}</code><${Copy} text=${command} what=${what} /></div>`;
}
