// The server's stream, made into one store that the pages read. Objects that did not change stay
// the same objects, so a row can tell by identity that it need not render.
import { useEffect, useState } from "./vendor/preact.mjs";
import { setClock, stopClock } from "./clock.mjs";

/**
 * @typedef {object} Snapshot
 * @property {object|null} board     what `board` said beside the endpoints and places
 * @property {number|null} at        the last look, by the server's clock
 * @property {object[]} places
 * @property {string[]} order        names, the worst first
 * @property {Map<string, object>} byName
 * @property {string|null} file      why the file cannot be read now
 * @property {number|null} staleSince  when the server was heard last, where that is too long ago
 * @property {boolean} lost          no word at all yet, and connecting failed
 */
/** @type {Snapshot} */
let snapshot = { board: null, at: null, places: [], order: [], byName: new Map(), file: null, staleSince: null, lost: false };
const listeners = new Set();
const logListeners = new Set();
const moveListeners = new Set();

export const get = () => snapshot;
function set(change) {
  snapshot = { ...snapshot, ...change };
  listeners.forEach((f) => f());
}

/** @template T @param {(s: Snapshot) => T} pick @returns {T} */
export function useStream(pick = (s) => s) {
  const [value, setValue] = useState(() => pick(snapshot));
  useEffect(() => {
    const f = () => setValue(() => pick(snapshot));
    listeners.add(f);
    f();
    return () => listeners.delete(f);
  }, []);
  return value;
}
/** New entries of the event log. */
export function onLog(f) { logListeners.add(f); return () => logListeners.delete(f); }
/** Endpoints whose state or override is another than before: `f([{before, after}])`. */
export function onMove(f) { moveListeners.add(f); return () => moveListeners.delete(f); }

/** @type {EventSource|null} */
let source = null;
let retry = 0, waits = 0;
/** Of this connection: its first tells how things stand, a later one that the file is sound and new. */
let heard = performance.now(), heardAt = null;

function word() {
  heard = performance.now();
  heardAt = Date.now();
  waits = 0;
  stopClock(null);
}

function moved(before, after) {
  return before && (before.worst !== after.worst || before.override?.mode !== after.override?.mode);
}

function onBoard(event) {
  const { endpoints, places, at, ...board } = JSON.parse(event.data);
  word();
  setClock(at);
  const old = snapshot.byName;
  const moves = endpoints.filter((e) => moved(old.get(e.name), e)).map((after) => ({ before: old.get(after.name), after }));
  set({ board, places, at, order: endpoints.map((e) => e.name), byName: new Map(endpoints.map((e) => [e.name, e])), staleSince: null, lost: false, file: board.fileProblem ?? null });
  if (moves.length) moveListeners.forEach((f) => f(moves));
}

function onLook(event) {
  const look = JSON.parse(event.data);
  word();
  setClock(look.at);
  let { byName } = snapshot;
  const moves = [];
  if (look.endpoints.length) {
    byName = new Map(byName);
    for (const after of look.endpoints) {
      const before = byName.get(after.name);
      if (moved(before, after)) moves.push({ before, after });
      byName.set(after.name, after);
    }
  }
  set({ byName, at: look.at, places: look.places ?? snapshot.places, order: look.order ?? snapshot.order, staleSince: null });
  if (moves.length) moveListeners.forEach((f) => f(moves));
}

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource("/api/stream");
  source.addEventListener("board", onBoard);
  source.addEventListener("look", onLook);
  source.addEventListener("log", (e) => { word(); logListeners.forEach((f) => f(JSON.parse(e.data).entries)); });
  source.addEventListener("file", (e) => { word(); set({ file: JSON.parse(e.data).problem }); });
  source.onerror = () => {
    if (!snapshot.board) set({ lost: true });
    // The browser reconnects after a broken connection, but gives up where an answer is no stream.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(connect, Math.min(10_000, 1000 * 2 ** waits++));
  };
}

function watchStale() {
  const every = snapshot.board?.everyMs;
  if (!every || document.hidden || snapshot.staleSince) return;
  if (performance.now() - heard > 3 * every) {
    stopClock(snapshot.at);
    set({ staleSince: heardAt });
  }
}

export function open() {
  if (!document.hidden) connect();
  // A page nobody sees asks for nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { clearTimeout(retry); source?.close(); source = null; }
    else { heard = performance.now(); connect(); }
  });
  setInterval(watchStale, 1000);
}
