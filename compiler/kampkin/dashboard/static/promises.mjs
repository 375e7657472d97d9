import { html } from "./vendor/preact.mjs";

const KINDS = [["wait", "How long a caller waits"], ["opening", "When it opens"], ["pressure", "What the service gets meanwhile"], ["healing", "How it comes back"]];

export function Promises({ promises: p }) {
  if (!p) return null;
  const kinds = [...KINDS, ...[...new Set(p.promises.map((x) => x.kind))].filter((k) => !KINDS.some(([id]) => id === k)).map((k) => [k, k])];
  return html`<section class="card" id="promises" aria-labelledby="promises-h"><div class="card-head"><h2 id="promises-h">Promises</h2><span class="dim">${p.rate ? `at ${p.rate} requests a second` : ""}</span></div>
    <div class="promises">${kinds.map(([kind, title]) => {
      const mine = p.promises.filter((x) => x.kind === kind);
      return mine.length > 0 && html`<div key=${kind}><h3>${title}</h3><ul>${mine.map((x, i) => html`<li key=${i}>${x.text}${x.proof.length > 0 && html`<ul class="proof dim">${x.proof.map((line, j) => html`<li key=${j}>${line}</li>`)}</ul>`}</li>`)}</ul></div>`;
    })}
    ${p.instead?.length > 0 && html`<div><h3>What callers get instead</h3><ul>${p.instead.map((x, i) => html`<li key=${i}>${x}</li>`)}</ul></div>`}</div>
    ${p.assumption && html`<p class="card-note dim">${p.assumption}</p>`}
  </section>`;
}
