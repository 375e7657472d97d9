/**
 * What Campion asks its store for, request by request, reckoned from its source code (github.com/campion-breaker/campion,
 * src/cloudflare/circuitBreaker.js and src/aws/lambdaCodeToZip/index.js, both alike) under its defaults. In its favour
 * every read is current and every entry of its log expires.
 *
 * @typedef {{reads: number, lists: number, writes: number}} Counts lists: the whole log, which on AWS is a Scan
 */

const SERVICE_FAILURES = 3;
const TIMESPAN_MS = 60_000;
const COOLDOWN_MS = 60_000;
const ONE_IN = 4; // its 25 % of half-open
const SUCCESSES = 2;

const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;

/** @param {() => number} coin 0..9999 */
export function createCampion(coin) {
  /** @type {Counts} */
  const counts = { reads: 0, lists: 0, writes: 0 };
  let state = CLOSED;
  let flippedAt = 0;
  /** @type {{at: number, failed: boolean}[]} */
  let log = [];

  /** The event and the service's record. @param {number} to @param {number} now */
  function flip(to, now) {
    counts.writes += 2;
    state = to;
    flippedAt = now;
  }

  /** @param {number} now */
  function recall(now) {
    counts.lists += 1;
    log = log.filter(({ at }) => now - at < TIMESPAN_MS);
    return { failures: log.filter(({ failed }) => failed).length, successes: log.filter(({ failed }) => !failed).length };
  }

  /** A request at that time, whose call fails or does not. @param {number} now ms @param {boolean} failed */
  function request(now, failed) {
    counts.reads += 1; // the service's record
    counts.writes += 1; // the traffic entry, whatever comes of it
    if (state === OPEN && now - flippedAt >= COOLDOWN_MS) flip(HALF_OPEN, now);
    if (state === OPEN || (state === HALF_OPEN && coin() % ONE_IN !== 0)) return;
    if (failed || state === HALF_OPEN) {
      counts.writes += 1;
      log.push({ at: now, failed });
    }
    const { failures, successes } = recall(now);
    if (state === HALF_OPEN && successes >= SUCCESSES) flip(CLOSED, now);
    else if (failures >= SERVICE_FAILURES) flip(OPEN, now);
  }

  return { counts, request };
}
