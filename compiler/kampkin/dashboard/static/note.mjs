import { html } from "./vendor/preact.mjs";

/** A question that was not answered: what, what to do, and once more. */
export function ProblemNote({ problem, again }) {
  return html`<div class="note bad" role="alert"><b>${problem.message}</b>${problem.hint && html`<span class="hint">${problem.hint}</span>`}
    ${again && html`<button type="button" class="btn small" onClick=${again}>Try again</button>`}</div>`;
}
