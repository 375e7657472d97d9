import { html } from "./vendor/preact.mjs";

/** Text whose `backticks` are drawn as code; one without its other half stays as it is. */
export function Coded({ text }) {
  const parts = String(text ?? "").split("`");
  if (parts.length % 2 === 0) parts.push(parts.splice(-2).join("`"));
  return parts.map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));
}

/** A question that was not answered: what, what to do, and once more. */
export function ProblemNote({ problem, again }) {
  return html`<div class="note bad" role="alert"><b><${Coded} text=${problem.message} /></b>${problem.hint && html`<span class="hint"><${Coded} text=${problem.hint} /></span>`}
    ${again && html`<button type="button" class="btn small" onClick=${again}>Try again</button>`}</div>`;
}
