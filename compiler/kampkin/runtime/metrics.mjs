/**
 * What a node counts for people, a minute at a time: requests, what became of them, how long calls took. It decides nothing.
 * A minute that is over goes to the store with the node's next delta, once; what no delta takes along is lost.
 *
 * @typedef {object} Metrics
 * @property {number} minute since 1970, of `counts`; -1 before the first
 * @property {Int32Array} counts FIELDS, then the latency buckets
 * @property {Minute | null} ready a minute that is over, to be sent
 * @property {number} readyMinute which
 *
 * @typedef {object} Minute a node's minute on the wire
 * @property {number} ago whole minutes before now
 * @property {Record<string, number>} counts by the names of FIELDS; zeros are left out
 * @property {[bucket: number, calls: number][]} latency
 */

export const REQUESTS = 0;
export const PROBES = 1;
export const WOULD_REJECTS = 2;
export const FALLBACKS = 3;
export const STORE_CALLS = 4;
const REJECTS = 5; // by state, in the order of STATES
export const REJECTS_FORCED = 9;
const OUTCOMES = 10; // in the order of outcome.mjs

/** What is counted, by name. `rejects…`: by the state the breaker was in, or a person's word; `fallbacks`: of those, answered by the endpoint's own. */
export const FIELDS = [
  "requests", "probes", "wouldReject", "fallbacks", "storeCalls", "rejectsClosed", "rejectsOpen", "rejectsHalfOpen", "rejectsRamp", "rejectsForced",
  "void", "success", "answered", "service", "network", "timeout",
];

const MINUTE_MS = 60_000;
const LONGEST_MS = 300_000;

/**
 * Where each latency bucket begins, ms: 0, 1, 2, … and from 20 on each a tenth further than the one before. So a quantile
 * that is read as the middle of its bucket is within 5 % of the true one.
 */
const BOUNDS = [0];
for (let bound = 1; bound <= LONGEST_MS; bound = Math.max(bound + 1, Math.floor((bound * 11) / 10))) BOUNDS.push(bound);

/** @returns {Metrics} */
export const createMetrics = () => ({ minute: -1, counts: new Int32Array(FIELDS.length + BOUNDS.length), ready: null, readyMinute: 0 });

/** Counts one of FIELDS. @param {Metrics} metrics @param {number} now ms @param {number} field */
export function note(metrics, now, field) {
  turn(metrics, now);
  metrics.counts[field] += 1;
}

/** Counts a rejection by the state the breaker is in. @param {Metrics} metrics @param {number} now @param {number} state */
export const noteReject = (metrics, now, state) => note(metrics, now, REJECTS + state);

/** Counts a call to the origin. @param {Metrics} metrics @param {number} now @param {number} outcome @param {number} ms how long it took */
export function noteCall(metrics, now, outcome, ms) {
  note(metrics, now, OUTCOMES + outcome);
  metrics.counts[FIELDS.length + bucketOf(ms)] += 1;
}

/** The minute that is over and untold, which is told with this; null when there is none. @param {Metrics} metrics @param {number} now @returns {Minute | null} */
export function take(metrics, now) {
  turn(metrics, now);
  const { ready } = metrics;
  metrics.ready = null;
  return ready && { ...ready, ago: Math.max(0, Math.floor(now / MINUTE_MS) - metrics.readyMinute) };
}

/** Sets aside the minute that is over. @param {Metrics} metrics @param {number} now */
function turn(metrics, now) {
  const minute = Math.floor(now / MINUTE_MS);
  if (minute === metrics.minute) return;
  if (metrics.minute >= 0 && metrics.counts.some((count) => count !== 0)) {
    metrics.ready = toMinute(metrics.counts);
    metrics.readyMinute = metrics.minute;
    metrics.counts.fill(0);
  }
  metrics.minute = minute;
}

/** @param {Int32Array} counts @returns {Minute} */
function toMinute(counts) {
  const minute = /** @type {Minute} */ ({ ago: 0, counts: {}, latency: [] });
  counts.forEach((count, at) => {
    if (count === 0) return;
    if (at < FIELDS.length) minute.counts[FIELDS[at]] = count;
    else minute.latency.push([at - FIELDS.length, count]);
  });
  return minute;
}

/** Two nodes' minutes as one. @param {Pick<Minute, "counts" | "latency">} one @param {Pick<Minute, "counts" | "latency">} other */
export function addMinutes(one, other) {
  const counts = { ...one.counts };
  for (const [field, count] of Object.entries(other.counts)) counts[field] = (counts[field] ?? 0) + count;
  const latency = new Map(one.latency);
  for (const [bucket, calls] of other.latency) latency.set(bucket, (latency.get(bucket) ?? 0) + calls);
  return { counts, latency: [...latency].sort(([a], [b]) => a - b) };
}

/** Which bucket a latency is in. @param {number} ms */
export function bucketOf(ms) {
  let low = 0;
  let high = BOUNDS.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (BOUNDS[middle] <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The latency that a bucket is read as: its middle, ms. @param {number} bucket */
export function msOf(bucket) {
  const next = BOUNDS[bucket + 1] ?? BOUNDS[bucket] + 1;
  return Math.floor((BOUNDS[bucket] + next - 1) / 2);
}

/** The latency below which so much of the calls stayed, ms; 0 without any. @param {Minute["latency"]} latency sorted @param {number} share */
export function quantile(latency, share) {
  const calls = latency.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.ceil(calls * share);
  for (const [bucket, count] of latency) if ((left -= count) <= 0) return msOf(bucket);
  return 0;
}

/** Whether it is a minute as nodes tell it. @param {any} m */
export function isMinute(m) {
  return (
    m !== null && typeof m === "object" && isCount(m.ago) && m.counts !== null && typeof m.counts === "object" && Array.isArray(m.latency) &&
    Object.entries(m.counts).every(([field, count]) => /^[a-zA-Z][a-zA-Z0-9]{0,31}$/.test(field) && isCount(count)) &&
    m.latency.every((/** @type {any} */ entry) => Array.isArray(entry) && entry.length === 2 && entry.every(isCount))
  );
}

const isCount = (/** @type {any} */ n) => Number.isSafeInteger(n) && n >= 0;
