// Questions to the server's JSON, and their problems in one shape.
import { useCallback, useEffect, useRef, useState } from "./vendor/preact.mjs";

export class Problem extends Error {
  constructor(status, detail, hint) { super(detail); this.status = status; this.hint = hint; }
}

export async function ask(url, options) {
  let answer;
  try {
    answer = await fetch(url, { headers: { accept: "application/json" }, ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The dashboard's server does not answer.", "Is `kampkin dashboard` still running?");
  }
  let body = null;
  try { body = await answer.json(); } catch { /* the status says enough */ }
  if (!answer.ok) throw new Problem(answer.status, body?.detail ?? `The server answered ${answer.status}.`, body?.hint ?? null);
  return body;
}

export const send = (url, body) => ask(url, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });

/** Asks `url` (null: nothing) now, anew when it changes, and on `again()`; the last answer stays while a new one is on its way. */
export function useAnswer(url) {
  const [state, set] = useState({ url, data: null, problem: null, busy: true });
  const abort = useRef(null);
  const again = useCallback(async () => {
    abort.current?.abort();
    if (!url) return;
    const mine = (abort.current = new AbortController());
    set((s) => (s.url === url ? { ...s, busy: true } : { url, data: null, problem: null, busy: true }));
    try {
      const data = await ask(url, { signal: mine.signal });
      if (!mine.signal.aborted) set({ url, data, problem: null, busy: false });
    } catch (problem) {
      if (!mine.signal.aborted) set((s) => ({ ...s, problem, busy: false }));
    }
  }, [url]);
  useEffect(() => { again(); return () => abort.current?.abort(); }, [again]);
  return state.url === url ? { ...state, again } : { url, data: null, problem: null, busy: true, again };
}
