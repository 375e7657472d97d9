/**
 * @template T
 * @typedef {{promise: Promise<T>, cancel: () => void}} Timer
 */

/** What `within` gives when the time was over first. */
export const LATE = Symbol("late");

/**
 * The promise's value, or LATE once `ms` have gone by. The promise itself runs on.
 * @template T
 * @param {Promise<T>} promise @param {number} ms @param {(ms: number) => Timer<void>} timer
 * @returns {Promise<T | typeof LATE>}
 */
export async function within(promise, ms, timer) {
  const limit = timer(ms);
  try {
    return await Promise.race([promise, limit.promise.then(() => /** @type {typeof LATE} */ (LATE))]);
  } finally {
    limit.cancel();
  }
}
