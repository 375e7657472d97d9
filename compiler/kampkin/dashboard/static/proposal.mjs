// From edited values to what they mean, to a patch or a branch. Nothing here reaches the clouds.
import { html, useState } from "./vendor/preact.mjs";
import { send } from "./ask.mjs";
import { Copy } from "./copy.mjs";
import { CommandLine } from "./drift.mjs";
import { Coded, ProblemNote } from "./note.mjs";
import { Review } from "./review.mjs";
import { some } from "./words.mjs";

const MARKS = { error: "✕", warning: "!" };

function Findings({ findings }) {
  return findings?.length > 0 && html`<ul class="findings">${findings.map((f, i) => html`<li key=${i} class=${f.severity}><span class="finding-mark" aria-hidden="true">${MARKS[f.severity] ?? "·"}</span><div><b>${f.severity}</b> <span class="mono dim">${f.place}</span><br /><${Coded} text=${f.message} />${f.hint && html`<br /><span class="hint"><${Coded} text=${f.hint} /></span>`}</div></li>`)}</ul>`;
}

const kindOf = (line) => (/^(\+\+\+|---|diff |index )/.test(line) ? "meta" : line[0] === "+" ? "add" : line[0] === "-" ? "cut" : line.startsWith("@@") ? "hunk" : "");
function Patch({ patch, shown, whyNot, file }) {
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([patch], { type: "text/x-diff" }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return html`<div><div class="sub-head"><h4>The patch</h4>${patch ? html`<${Copy} text=${patch} what="the patch" label="Copy patch" /><button type="button" class="btn small" onClick=${download}>Download patch</button>` : html`<span class="dim">Not to be copied: ${whyNot}</span>`}</div>
    <pre class="patch" tabindex="0" aria-label="Patch">${shown.replace(/\n$/, "").split("\n").map((line, i) => html`<span key=${i} class=${kindOf(line)}>${line + "\n"}</span>`)}</pre></div>`;
}

function Branch({ name, body, suggested }) {
  const [branch, setBranch] = useState(suggested ?? "");
  const [made, setMade] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const make = async (event) => {
    event.preventDefault();
    setBusy(true); setProblem(null);
    try { setMade(await send(`/api/endpoints/${encodeURIComponent(name)}/branch`, { ...body, branch: branch.trim() })); }
    catch (error) { setProblem(error); }
    setBusy(false);
  };
  if (made) return html`<div class="note good" role="status"><b>Branch ${made.branch}</b> <span>has the change as commit <code>${made.commit.slice(0, 10)}</code>. Your work tree is as it was. Next:</span>${made.commands.map((c) => html`<${CommandLine} key=${c} command=${c} what="the push command" />`)}</div>`;
  return html`<form class="branch" onSubmit=${make}><label>Branch <input class="mono" value=${branch} spellcheck=${false} autocomplete="off" required onInput=${(e) => setBranch(e.target.value)} /></label><button class="btn" disabled=${busy || !branch.trim()}>${busy ? "Making it…" : "Make a branch"}</button>${problem && html`<${ProblemNote} problem=${problem} />`}</form>`;
}

function Result({ name, result, body }) {
  const nothing = result.ok && !result.shownPatch;
  return html`<div class="result">
    ${!result.ok && html`<div class="note bad" role="alert"><b>This cannot be proposed.</b> ${result.detail && html`<span>${result.detail}</span>`}</div>`}
    ${nothing && html`<div class="note"><b>Nothing changes.</b> <span>The file would say the same as now.</span></div>`}
    <${Findings} findings=${result.findings} />
    ${result.needsApproval?.length > 0 && html`<div class="note warn"><b>Needs approval</b><ul class="plain">${result.needsApproval.map((a) => html`<li key=${a}>${a}</li>`)}</ul></div>`}
    ${result.review?.lines?.length > 0 && html`<div><div class="sub-head"><h4>What it means</h4></div><${Review} lines=${result.review.lines} /></div>`}
    ${result.ok && result.shownPatch && html`<${Patch} patch=${result.patch} shown=${result.shownPatch} whyNot=${result.whyNoPatch} file=${`${(result.branch ?? name).replaceAll("/", "-")}.patch`} />`}
    ${result.ok && result.canBranch && html`<${Branch} key=${result.branch} name=${name} body=${body} suggested=${result.branch} />`}
    ${result.ok && !result.canBranch && result.whyNoBranch && html`<p class="dim">No branch from here: ${result.whyNoBranch}</p>`}
  </div>`;
}

export function Proposal({ name, environment, changes }) {
  const [only, setOnly] = useState(false);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const body = { changes, environment: only ? environment : null };
  const asked = JSON.stringify(body);
  const show = async (event) => {
    event.preventDefault();
    setBusy(true); setProblem(null);
    try { setAnswer({ asked, body, result: await send(`/api/endpoints/${encodeURIComponent(name)}/proposal`, body) }); }
    catch (error) { setProblem(error); setAnswer(null); }
    setBusy(false);
  };
  const old = answer && answer.asked !== asked;
  return html`<div class="proposal" aria-label="Propose a change" role="group">
    <form class="act" onSubmit=${show}>
      ${environment && html`<fieldset class="choice"><legend class="sr">Where the change goes</legend>
        <label><input type="radio" name="scope" checked=${!only} onChange=${() => setOnly(false)} /> in the endpoint itself</label><label><input type="radio" name="scope" checked=${only} onChange=${() => setOnly(true)} /> for ${environment} only</label></fieldset>`}
      <span class="dim" aria-live="polite">${changes.length ? some(changes.length, "change") : "nothing changed yet"}</span>
      <button class="btn main" disabled=${busy || !changes.length}>${busy ? "Working it out…" : "Show what it means"}</button>
    </form>
    ${problem && html`<${ProblemNote} problem=${problem} />`}
    <div aria-live="polite">${old && html`<div class="note"><b>The values have changed since.</b> <span>Show what it means once more.</span></div>`}
      ${answer && !old && html`<h3 class="sr">What the change means</h3><${Result} name=${name} result=${answer.result} body=${answer.body} />`}</div>
  </div>`;
}
