/**
 * Whom an event is told to, and when. A decision over the event, the breaker's history and what the owner wants to hear;
 * it keeps nothing, so whoever asks again gets the same answer, and a receiver that sees a message twice can tell.
 *
 * @typedef {import("./events.mjs").Event} Event
 * @typedef {"open" | "close" | "flapping" | "forced"} Kind
 * @typedef {{kind: Kind, covered: Event[], openings: number, openedAt: number | null}} Notice
 * covered: what the message tells of, oldest first, the event itself last; openings: in the ten minutes up to it;
 * openedAt: when the breaker had opened last, ms
 */

const FLAPPING_MS = 600_000;
const FLAPPING_OPENINGS = 3;
const MINUTE_MS = 60_000;
const MARGIN_MS = 30_000; // stores and clocks of several nodes: an event of a minute may be written a little after it

/** How long an event of a flapping breaker is held: its clock minute is over by then. */
export const HELD_MS = MINUTE_MS + MARGIN_MS;

/** How many events before an event its notice looks at. */
export const LOOK_BACK = 500;

/** The time up to which the history must be known for an event's notice, ms. @param {Event} event */
export const horizonOf = (event) => (minuteOf(event) + 1) * MINUTE_MS - 1;

/**
 * How long the event is held before `noticeOf` is asked, ms; null where it concerns nobody.
 * @param {Event} event @param {Event[]} history oldest first @param {Kind[]} when what the owner wants to hear
 */
export function holdOf(event, history, when) {
  const kind = kindIn(...within(event, history), when);
  if (kind === null) return null;
  return kind === "flapping" ? HELD_MS : 0;
}

/**
 * What the event is told as, or null: it concerns nobody, or a later one of its minute speaks for it.
 * @param {Event} event @param {Event[]} past oldest first, up to `horizonOf(event)` @param {Kind[]} when
 * @returns {Notice | null}
 */
export function noticeOf(event, past, when) {
  const [history, index] = within(event, past);
  const kind = kindIn(history, index, when);
  if (kind === null) return null;
  const ofMinute = (/** @type {number} */ other) => minuteOf(history[other]) === minuteOf(event) && kindIn(history, other, when) === "flapping";
  if (kind === "flapping" && history.some((_, other) => other > index && ofMinute(other))) return null;
  let told = index - 1;
  while (told >= 0 && !isToldBefore(history, told, when, kind === "flapping" ? minuteOf(event) : null)) told -= 1;
  return { kind, covered: history.slice(told + 1, index + 1), openings: openingsUpTo(history, index), openedAt: lastOpening(history, index) };
}

/** Whether an earlier event had a message of its own; those of a group's minute are listed once more. @param {Event[]} history @param {number} index @param {Kind[]} when @param {number | null} minute */
const isToldBefore = (history, index, when, minute) => minuteOf(history[index]) !== minute && kindIn(history, index, when) !== null;

/**
 * What an event is to an owner. While the breaker flaps, an owner who wants to hear of that hears of nothing else but
 * what people decide.
 * @param {Event[]} history @param {number} index @param {Kind[]} when @returns {Kind | null}
 */
function kindIn(history, index, when) {
  const kind = basicKind(history, index);
  if (kind === null) return null;
  if (kind !== "forced" && when.includes("flapping") && openingsUpTo(history, index) >= FLAPPING_OPENINGS) return "flapping";
  return when.includes(kind) ? kind : null;
}

/** @param {Event[]} history @param {number} index @returns {"open" | "close" | "forced" | null} */
function basicKind(history, index) {
  const event = history[index];
  if (isPersons(event)) return "forced";
  if (isOpening(history, index)) return "open";
  return event.to === "closed" ? "close" : null;
}

/** What a person decided, and its end. @param {Event} event */
const isPersons = ({ override, reason }) => override !== undefined || reason === "manual" || reason === "override_ended";

/**
 * Whether an outage begins. That a probe fails is the same outage going on, unless a person had the breaker probe.
 * @param {Event[]} history @param {number} index
 */
function isOpening(history, index) {
  const event = history[index];
  if (event.to !== "open" || isPersons(event)) return false;
  if (event.from !== "half-open") return true;
  for (let before = index - 1; before >= 0; before -= 1) if (history[before].to !== undefined) return isPersons(history[before]);
  return false;
}

/** @param {Event[]} history @param {number} index */
function openingsUpTo(history, index) {
  const from = history[index].at - FLAPPING_MS;
  let openings = 0;
  for (let other = index; other >= 0; other -= 1) if (history[other].at >= from && isOpening(history, other)) openings += 1;
  return openings;
}

/** @param {Event[]} history @param {number} index */
function lastOpening(history, index) {
  for (let other = index; other >= 0; other -= 1) if (isOpening(history, other)) return history[other].at;
  return null;
}

/** The history with the event in it, which may be forgotten by now, and where it is there. @param {Event} event @param {Event[]} history @returns {[Event[], number]} */
function within(event, history) {
  const index = history.findIndex(({ id }) => id === event.id);
  return index < 0 ? [[...history, event], history.length] : [history, index];
}

/** @param {Event} event */
const minuteOf = ({ at }) => Math.floor(at / MINUTE_MS);
