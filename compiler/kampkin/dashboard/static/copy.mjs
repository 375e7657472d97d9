import { html, useEffect, useRef, useState } from "./vendor/preact.mjs";

async function put(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another name than localhost has no clipboard API.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}

/** @param {{text: string, what: string, label?: string}} props */
export function Copy({ text, what, label = "Copy" }) {
  const [said, say] = useState(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const click = async () => {
    try { await put(text); say("Copied"); } catch { say("Not copied: select it"); }
    clearTimeout(timer.current);
    timer.current = setTimeout(() => say(null), 2000);
  };
  return html`<button type="button" class="btn small" onClick=${click}><span aria-live="polite">${said ?? label}</span><span class="sr"> ${what}</span></button>`;
}
