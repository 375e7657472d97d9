/** One structured line per failure, reject and transition; failures and rejects sampled per breaker. */

const LINES_PER_SECOND = 10;

/**
 * A log that lets at most LINES_PER_SECOND through per breaker and second, and says how many it kept back.
 * @returns {(write: (line: string) => void, now: number, entry: {kampkin: string, breaker: string, [key: string]: unknown}) => void}
 */
export function createLog() {
  /** @type {Map<string, {second: number, lines: number, dropped: number}>} */
  const meters = new Map();
  return (write, now, entry) => {
    const second = Math.floor(now / 1000);
    let meter = meters.get(entry.breaker);
    if (meter?.second !== second) meters.set(entry.breaker, (meter = { second, lines: 0, dropped: meter?.dropped ?? 0 }));
    if (entry.kampkin !== "transition" && meter.lines >= LINES_PER_SECOND) {
      meter.dropped += 1;
      return;
    }
    meter.lines += 1;
    write(JSON.stringify(meter.dropped ? { ...entry, dropped: meter.dropped } : entry));
    meter.dropped = 0;
  };
}
