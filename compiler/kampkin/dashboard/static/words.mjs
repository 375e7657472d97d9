// Numbers, lengths and times as people read them. Everything is UTC, as in the command line's output.

export const NONE = "–";
const THIN = "\u202f"; // keeps a number and its unit on one line

/** 812, 1.2 k, 12 k, 1.2 M. @param {number|null|undefined} n */
export function count(n) {
  if (n == null) return NONE;
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (n >= size) {
      const part = n / size;
      return (part < 10 ? Math.floor(part * 10) / 10 : Math.floor(part)) + THIN + unit;
    }
  }
  return String(n);
}

/** The number in full, for tooltips. @param {number|null|undefined} n */
export const exact = (n) => (n == null ? "unknown" : n.toLocaleString("en-GB"));

/** Basis points as a share. @param {number|null|undefined} bp */
export function share(bp) {
  if (bp == null) return NONE;
  if (bp === 0) return "0%";
  if (bp < 10) return (bp / 100).toFixed(2) + "%";
  return (bp < 1000 ? String(Math.round(bp / 10) / 10) : String(Math.round(bp / 100))) + "%";
}

/** @param {number|null|undefined} ms */
export function latency(ms) {
  if (ms == null) return NONE;
  if (ms < 1000) return Math.round(ms) + THIN + "ms";
  return (ms < 10_000 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000))) + THIN + "s";
}

/** 12 s, 4 m 12 s, 2 h 5 m, 3 d 4 h: never more than two parts. @param {number} ms */
export function length(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const parts = [[Math.floor(s / 86400), "d"], [Math.floor(s / 3600) % 24, "h"], [Math.floor(s / 60) % 60, "m"], [s % 60, "s"]];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0" + THIN + "s";
  return parts.slice(first, first + 2).filter(([n], i) => i === 0 || n > 0).map(([n, unit]) => n + THIN + unit).join(" ");
}

const two = (n) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 03:12:04 UTC, with the day where it is not today's. @param {number} at @param {number} now */
export function time(at, now) {
  const d = new Date(at);
  const hms = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} UTC`;
  const n = new Date(now);
  if (d.toISOString().slice(0, 10) === n.toISOString().slice(0, 10)) return hms;
  return `${day(at)}${d.getUTCFullYear() === n.getUTCFullYear() ? "" : " " + d.getUTCFullYear()} ${hms}`;
}

/** 27 Nov. @param {number} at */
export const day = (at) => `${new Date(at).getUTCDate()} ${MONTHS[new Date(at).getUTCMonth()]}`;

/** 03:12. @param {number} at */
export const minute = (at) => `${two(new Date(at).getUTCHours())}:${two(new Date(at).getUTCMinutes())}`;

/** 03:12:04. @param {number} at */
export const second = (at) => `${minute(at)}:${two(new Date(at).getUTCSeconds())}`;

/** @param {number} at */
export const full = (at) => new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");

/**
 * How much of a row of steps is not known, null: "" where all is. That the last are not over yet is said apart.
 * @param {(number|null)[]} values
 */
export function gapWords(values, step = "minute") {
  const known = values.filter((n) => n != null).length;
  if (!known) return "nothing known";
  const late = values.length - 1 - values.findLastIndex((n) => n != null);
  const pending = late > 2 ? 0 : late, gone = values.length - known - pending;
  return [gone && `${gone} of ${values.length} ${step}s not known`, pending && `the last ${step === "minute" && pending === 1 ? "minute is" : `${step}s are`} not told yet`].filter(Boolean).join("; ");
}

/** 1st, 2nd, 11th. @param {number} n */
export const ordinal = (n) => n + (n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] ?? "th");

/** 1 endpoint, 2 endpoints. */
export const some = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
