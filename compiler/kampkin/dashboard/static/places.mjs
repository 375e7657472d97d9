// Store places: the strip over the board, and one endpoint's small shapes in its row.
import { html } from "./vendor/preact.mjs";
import { Since } from "./clock.mjs";
import { Shape, lookAt, shortPlace } from "./state.mjs";

export function PlaceStrip({ places }) {
  if (!places.length) return null;
  return html`<section class="strip" aria-label="Store places"><ul>
    ${places.map((p) => html`<li key=${p.place} class=${p.answered ? "" : "bad"}>
      <span class="strip-line"><${Mark} ok=${p.answered} /><b>${p.place}</b>
        <span class="dim">${p.answered ? html`answers` : p.at ? html`silent for <${Since} at=${p.at} />` : "has not answered yet"}</span></span>
      ${p.problem && html`<span class="problem">${p.problem}</span>`}
      ${p.hint && html`<span class="hint">${p.hint}</span>`}
    </li>`)}
  </ul></section>`;
}

function Mark({ ok }) {
  return ok
    ? html`<svg class="mark ok" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M2 6.5l2.8 2.8L10 3.5" fill="none" stroke="currentColor" stroke-width="2" /></svg>`
    : html`<svg class="mark" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 2.5l7 7m0-7l-7 7" fill="none" stroke="currentColor" stroke-width="2" /></svg>`;
}

/** Up to four places carry their names; more are shapes with a sum, and names in their tooltips. */
export function PlaceShapes({ places }) {
  if (!places.length) return html`<span class="dim">no place</span>`;
  const named = places.length <= 4;
  const trouble = places.filter((p) => lookAt(p).shape !== "closed").length;
  return html`<ul class=${named ? "dots named" : "dots"}>${places.map((p) => {
    const { shape, word } = lookAt(p);
    const text = `${p.place}: ${word}${p.why ? ", " + p.why : ""}${p.problem ? ", " + p.problem : ""}`;
    return html`<li key=${p.place} class=${`tone-${shape}`} title=${text}><${Shape} of=${shape} size="12" /><span class="sr">${text}</span>${named && html`<span class="dim" aria-hidden="true">${shortPlace(p.place)}</span>`}</li>`;
  })}${!named && html`<li class="dim" aria-hidden="true">${trouble ? `${trouble} of ${places.length} not closed` : `all ${places.length}`}</li>`}</ul>`;
}
