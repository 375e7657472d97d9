// Store places: the strip over the board, and one endpoint's small shapes in its row.
import { html } from "./vendor/preact.mjs";
import { Since } from "./clock.mjs";
import { Shape, holdWords, keepsRecord, lookAt, shortPlace } from "./state.mjs";
import { Coded } from "./note.mjs";

export function PlaceStrip({ places }) {
  if (!places.length) return null;
  return html`<section class="strip" aria-label="Store places"><ul>
    ${places.map((p) => p.keeps === false ? html`<li key=${p.place}><span class="strip-line"><${Mark} kind="none" /><b>${p.place}</b><span class="dim">keeps no record${p.problem && html`: <${Coded} text=${p.problem} />`}</span></span></li>`
    : html`<li key=${p.place} class=${p.problem ? "bad" : ""}>
      <span class="strip-line"><${Mark} kind=${p.problem ? "bad" : p.waitingSince != null || !p.answered ? "waits" : "ok"} /><b>${p.place}</b>
        <span class="dim">${p.problem && p.at ? html`silent for <${Since} at=${p.at} />${p.waitingSince != null && ", "}` : ""}${p.waitingSince != null ? html`asked <${Since} at=${p.waitingSince} after=" ago" />, no answer yet` : p.answered ? "answers" : p.at ? "" : "has not answered yet"}</span></span>
      ${p.problem && html`<span class="problem"><${Coded} text=${p.problem} /></span>`}
      ${p.hint && html`<span class="hint"><${Coded} text=${p.hint} /></span>`}
    </li>`)}
  </ul></section>`;
}

function Mark({ kind }) {
  if (kind === "none" || kind === "waits") return html`<svg class="mark calm" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d=${kind === "none" ? "M2 6h8" : "M2 6h1.6M5.2 6h1.6M8.4 6h1.6"} fill="none" stroke="currentColor" stroke-width="2" /></svg>`;
  return kind === "ok"
    ? html`<svg class="mark ok" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M2 6.5l2.8 2.8L10 3.5" fill="none" stroke="currentColor" stroke-width="2" /></svg>`
    : html`<svg class="mark" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 2.5l7 7m0-7l-7 7" fill="none" stroke="currentColor" stroke-width="2" /></svg>`;
}

/** Up to four places carry their names; more are shapes with a sum, and names in their tooltips. */
export function PlaceShapes({ places }) {
  if (!places.length) return html`<span class="dim">no place</span>`;
  const named = places.length <= 4;
  const trouble = places.filter((p) => lookAt(p).shape !== "closed" && keepsRecord(p)).length;
  return html`<ul class=${named ? "dots named" : "dots"}>${places.map((p) => {
    const { shape, word } = lookAt(p);
    const also = p.override && shape !== "held" ? holdWords(p.override) : "";
    const text = [`${p.place}: ${word}`, also, p.why, p.problem].filter(Boolean).join(", ");
    return html`<li key=${p.place} class=${`tone-${shape}`} title=${text}><${Shape} of=${shape} size="12" />${also && html`<span class="tone-held"><${Shape} of="held" size="10" /></span>`}<span class="sr">${text}</span>${named && html`<span class="dim" aria-hidden="true">${shortPlace(p.place)}</span>`}</li>`;
  })}${!named && html`<li class="dim" aria-hidden="true">${trouble ? `${trouble} of ${places.length} not closed` : `all ${places.length}`}</li>`}</ul>`;
}
