/**
 * What the window holds: counts of outcomes in a ring of time buckets, evicted by age.
 *
 * A ring covers at least the policy's window with ten buckets; twelve are kept, for the partial one
 * and for one ahead of our clock. Times are milliseconds, a bucket number is floor(now / width).
 */

export const OK = 0;
export const NET = 1;
export const SVC = 2;
export const SLOW = 3;
export const AGED = 4;

const FIELDS = 5;
const BUCKETS = 12;
const WIDTHS = [100, 250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000];

/**
 * @typedef {object} Window
 * @property {number} width bucket width, ms
 * @property {number} windowMs the policy's window that it was last asked for by: saves looking up its width
 * @property {number} head number of the newest bucket
 * @property {Int32Array} counts BUCKETS x FIELDS; bucket n lies at n mod BUCKETS
 */

/**
 * @typedef {[age: number, ok: number, net: number, svc: number, slow: number, aged: number]} Bucket
 * a bucket on the wire: its age in whole buckets, then its counts
 */

/** The bucket width for a window: the smallest of which ten cover it. @param {number} windowMs */
export function widthFor(windowMs) {
  for (const width of WIDTHS) if (width * 10 >= windowMs) return width;
  return WIDTHS[WIDTHS.length - 1];
}

/** @param {number} width @returns {Window} */
export function createWindow(width) {
  return { width, windowMs: 0, head: 0, counts: new Int32Array(BUCKETS * FIELDS) };
}

/** Empties the window. @param {Window} window */
export function clear(window) {
  window.counts.fill(0);
}

/**
 * Where the counts of bucket `n` begin, the ring moved forward if need be; -1 when it is too old to keep.
 * @param {Window} window @param {number} n
 */
function slot(window, n) {
  if (n > window.head) {
    if (n - window.head >= BUCKETS) window.counts.fill(0);
    else for (let gone = window.head + 1; gone <= n; gone++) {
      const at = (gone % BUCKETS) * FIELDS;
      window.counts.fill(0, at, at + FIELDS);
    }
    window.head = n;
  }
  return n > window.head - BUCKETS ? (n % BUCKETS) * FIELDS : -1;
}

/** Adds `count` to one field now. @param {Window} window @param {number} now @param {number} field @param {number} count */
export function add(window, now, field, count) {
  const at = slot(window, Math.floor(now / window.width));
  if (at >= 0) window.counts[at + field] += count;
}

/**
 * Sums the buckets that the window still sees into `totals` (FIELDS numbers).
 * @param {Window} window @param {number} now @param {number} windowMs @param {Int32Array} totals
 */
export function sum(window, now, windowMs, totals) {
  totals.fill(0);
  slot(window, Math.floor(now / window.width));
  const { width, head, counts } = window;
  for (let n = head; n > head - BUCKETS && (n + 1) * width > now - windowMs; n--) {
    const at = (n % BUCKETS) * FIELDS;
    for (let field = 0; field < FIELDS; field++) totals[field] += counts[at + field];
  }
  return totals;
}

/** How long ago the bucket begins that holds the oldest failure or slow call still counted, ms; 0 when there is none. @param {Window} window @param {number} now @param {number} windowMs */
export function firstFailureAgo({ width, head, counts }, now, windowMs) {
  let ago = 0;
  for (let n = head; n > head - BUCKETS && (n + 1) * width > now - windowMs; n--) {
    const at = (n % BUCKETS) * FIELDS;
    if (counts[at + NET] + counts[at + SVC] + counts[at + SLOW] > 0) ago = Math.max(0, now - n * width);
  }
  return ago;
}

/** Room for `sum`. */
export function createTotals() {
  return new Int32Array(FIELDS);
}

/** The buckets that hold anything, newest first. @param {Window} window @param {number} now @returns {Bucket[]} */
export function toBuckets(window, now) {
  const current = Math.floor(now / window.width);
  slot(window, current);
  const buckets = [];
  for (let n = window.head; n > window.head - BUCKETS && n >= 0; n--) {
    const at = (n % BUCKETS) * FIELDS;
    const counts = window.counts.subarray(at, at + FIELDS);
    if (counts.some((count) => count !== 0)) buckets.push(/** @type {Bucket} */ ([Math.max(0, current - n), ...counts]));
  }
  return buckets;
}

/** Adds buckets that came over the wire; those too old are dropped. @param {Window} window @param {number} now @param {Bucket[]} buckets */
export function addBuckets(window, now, buckets) {
  const current = Math.floor(now / window.width);
  for (const [age, ...counts] of buckets) {
    const at = slot(window, current - Math.max(0, age));
    if (at >= 0) for (let field = 0; field < FIELDS; field++) window.counts[at + field] += counts[field];
  }
}
