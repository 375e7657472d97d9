// The server's stream, made into one store that the pages read. Objects that did not change stay
// the same objects, so a row can tell by identity that it need not render.
import { useEffect, useState } from "./vendor/preact.mjs";
import { running, setClock, stopClock } from "./clock.mjs";
import { holdsOf, look as lookOf, setPlaces } from "./state.mjs";

/** The server says something every second. */
const GONE_MS = 5000;
/** A look may take as long as three of its rounds, and this, before it is called slow. */
const LONG_MS = 2000;

/**
 * @typedef {object} Snapshot
 * @property {object|null} board     what `board` said beside the endpoints and places
 * @property {number|null} at        the last look, by the server's clock
 * @property {object[]} places
 * @property {string[]} order        names, the worst first
 * @property {Map<string, object>} byName
 * @property {string|null} file      what is wrong with the file now
 * @property {number|null} staleSince  when the server was heard last, where that is too long ago
 * @property {boolean} slow          the server is there, but a look takes long
 * @property {boolean} lost          no word at all yet, and there should have been
 */
/** @type {Snapshot} */
let snapshot = { board: null, at: null, places: [], order: [], byName: new Map(), file: null, staleSince: null, slow: false, lost: false };
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
/** When the server was heard last: by a clock that nobody sets, and by its own. */
let heard = performance.now(), heardAt = null;

/** Any word will do: the server is there. @param {number} [at] its time */
function word(at) {
  if (at != null) setClock(at);
  heard = performance.now();
  heardAt = running();
  waits = 0;
  stopClock(null);
  if (snapshot.staleSince || snapshot.lost) set({ staleSince: null, lost: false });
}

const told = (e) => [lookOf(e).word, ...holdsOf(e).map((h) => h.override.mode + h.places)].join();
const moved = (before, after) => before && told(before) !== told(after);

/** A look that takes long is no reason to doubt the server: it says so itself. */
function onBeat(event) {
  const { at, lookingSince } = JSON.parse(event.data);
  word(at);
  const long = Math.max(LONG_MS, 3 * (snapshot.board?.everyMs ?? LONG_MS));
  const slow = lookingSince != null && at - lookingSince > long;
  if (slow !== snapshot.slow) set({ slow });
}

function onBoard(event) {
  const { endpoints, places, at, ...board } = JSON.parse(event.data);
  word(at);
  setPlaces(places);
  const old = snapshot.byName;
  const moves = endpoints.filter((e) => moved(old.get(e.name), e)).map((after) => ({ before: old.get(after.name), after }));
  set({ board, places, at, order: endpoints.map((e) => e.name), byName: new Map(endpoints.map((e) => [e.name, e])), slow: false, file: board.fileProblem ?? null });
  if (moves.length) moveListeners.forEach((f) => f(moves));
}

function onLook(event) {
  const look = JSON.parse(event.data);
  word(look.at);
  if (look.places) setPlaces(look.places);
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
  set({ byName, at: look.at, places: look.places ?? snapshot.places, order: look.order ?? snapshot.order, slow: false });
  if (moves.length) moveListeners.forEach((f) => f(moves));
}

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource("/api/stream");
  source.addEventListener("board", onBoard);
  source.addEventListener("look", onLook);
  source.addEventListener("beat", onBeat);
  source.addEventListener("log", (e) => { word(); logListeners.forEach((f) => f(JSON.parse(e.data).entries)); });
  source.addEventListener("file", (e) => { word(); set({ file: JSON.parse(e.data).problem }); });
  source.onerror = () => {
    if (!snapshot.board) set({ lost: true });
    // The browser reconnects after a broken connection, but gives up where an answer is no stream.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(connect, Math.min(10_000, 1000 * 2 ** waits++));
  };
}

function watchStale() {
  if (document.hidden || snapshot.staleSince || snapshot.lost || performance.now() - heard <= GONE_MS) return;
  if (!snapshot.board) return set({ lost: true });
  stopClock(heardAt);
  set({ staleSince: heardAt, slow: false });
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
