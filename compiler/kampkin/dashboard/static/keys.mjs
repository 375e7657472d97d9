// The keyboard: what each key does is listed once here, and the help dialog reads it.
import { boardUrl, go } from "./router.mjs";
import { toggleTheme } from "./theme.mjs";

export const KEYS = [
  { keys: ["/"], does: "filter by text" },
  { keys: ["j", "↓"], does: "next row" },
  { keys: ["k", "↑"], does: "row before" },
  { keys: ["Enter"], does: "open the row" },
  { keys: ["b"], does: "the board" },
  { keys: ["e"], does: "the event log" },
  { keys: ["t"], does: "dark or light" },
  { keys: ["?"], does: "this help" },
  { keys: ["Esc"], does: "close this, leave the filter" },
];

const helpers = new Set();
/** @param {() => void} show */
export function onHelp(show) { helpers.add(show); return () => helpers.delete(show); }
export const help = () => helpers.forEach((f) => f());

function step(by) {
  const rows = [...document.querySelectorAll("main [data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement?.closest?.("[data-row]"));
  const next = at < 0 ? (by > 0 ? rows.find((r) => r.getBoundingClientRect().bottom > 100) ?? rows[0] : rows[0]) : rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  const target = next.querySelector("a, button") ?? next;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

const typing = (node) => node?.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return; // Esc is the dialog's own
    const active = document.activeElement;
    if (typing(active)) {
      if (event.key === "Escape") active.blur();
      return;
    }
    // Arrows scroll, unless the focus is on a row already.
    const onRow = active?.closest?.("[data-row]");
    switch (event.key) {
      case "/": {
        const field = document.querySelector("[data-filter]");
        if (!field) return;
        field.focus(); field.select();
        break;
      }
      case "j": if (!step(1)) return; break;
      case "k": if (!step(-1)) return; break;
      case "ArrowDown": if (!onRow || !step(1)) return; break;
      case "ArrowUp": if (!onRow || !step(-1)) return; break;
      case "b": go(boardUrl()); break;
      case "e": go("/events"); break;
      case "t": toggleTheme(); break;
      case "?": help(); break;
      default: return;
    }
    event.preventDefault();
  });
}
