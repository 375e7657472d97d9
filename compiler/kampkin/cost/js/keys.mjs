/** A Workers KV namespace in memory that counts what is billed. What is written is read at once, everywhere. */

/** @typedef {{reads: number, writes: number}} Counts */

/** As `kvStore` takes it. @param {() => number} now ms */
export function createKeys(now) {
  /** @type {Counts} */
  const counts = { reads: 0, writes: 0 };
  /** @type {Map<string, {value: string, until: number}>} */
  const keys = new Map();
  const namespace = {
    async get(/** @type {string} */ key) {
      counts.reads += 1;
      const held = keys.get(key);
      return held && now() < held.until ? held.value : null;
    },
    async put(/** @type {string} */ key, /** @type {string} */ value, /** @type {{expirationTtl: number}} */ { expirationTtl }) {
      counts.writes += 1;
      keys.set(key, { value, until: now() + expirationTtl * 1000 });
    },
  };
  return { namespace, counts };
}
