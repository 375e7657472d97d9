/** Time that passes only when everything that it brought about is done: hours in seconds, and the same each time. */

/** @typedef {{due: number, ring: () => void, on: boolean}} Alarm */

export class Clock {
  /** @param {number} start ms since 1970 */
  constructor(start) {
    this.now = start;
    /** @type {Alarm[]} a heap, the next on top */
    this.alarms = [];
    /** @type {unknown} */
    this.failure = null;
  }

  /** What goes wrong while time goes by ends the run. @param {unknown} error */
  fail(error) {
    this.failure ??= error;
  }

  /** As the middleware takes timers. @param {number} ms @returns {import("../../runtime/within.mjs").Timer<void>} */
  timer = (ms) => {
    /** @type {Alarm} */
    const alarm = { due: this.now + ms, ring: () => {}, on: true };
    const promise = new Promise((resolve) => (alarm.ring = () => resolve(undefined)));
    this.push(alarm);
    return { promise, cancel: () => void (alarm.on = false) };
  };

  /** @param {number} ms */
  sleep(ms) {
    return this.timer(ms).promise;
  }

  /** Lets time go by, alarm by alarm, each to the end of what it begins; throws what failed. @param {number} end ms since 1970 */
  async run(end) {
    while (this.alarms.length > 0 && this.alarms[0].due <= end) {
      const alarm = this.pop();
      if (!alarm.on) continue;
      this.now = alarm.due;
      alarm.ring();
      await settled();
      if (this.failure) throw this.failure;
    }
    this.now = end;
  }

  /** @param {Alarm} alarm */
  push(alarm) {
    const { alarms } = this;
    let at = alarms.push(alarm) - 1;
    for (let up = (at - 1) >> 1; at > 0 && alarms[up].due > alarm.due; up = (at - 1) >> 1) {
      alarms[at] = alarms[up];
      at = up;
    }
    alarms[at] = alarm;
  }

  /** @returns {Alarm} */
  pop() {
    const { alarms } = this;
    const [top] = alarms;
    const last = /** @type {Alarm} */ (alarms.pop());
    if (alarms.length === 0) return top;
    let at = 0;
    for (let down = 1; down < alarms.length; down = 2 * at + 1) {
      if (down + 1 < alarms.length && alarms[down + 1].due < alarms[down].due) down += 1;
      if (alarms[down].due >= last.due) break;
      alarms[at] = alarms[down];
      at = down;
    }
    alarms[at] = last;
    return top;
  }
}

/** All that promises can bring about without another alarm has come about. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
