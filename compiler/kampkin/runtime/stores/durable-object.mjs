/** The store on Workers: one Durable Object per breaker, in a Worker of its own (state.mjs). */

/**
 * A breaker's object. Where it is made the first who asks decides, for good: so whoever asks, asks for the same place.
 * https://developers.cloudflare.com/durable-objects/reference/data-location/
 * @param {any} namespace the binding @param {string} breaker @param {string | null} location a hint; null: near the first who asks
 */
export const objectOf = (namespace, breaker, location) => namespace.get(namespace.idFromName(breaker), location ? { locationHint: location } : {});

/** @param {any} namespace the binding @param {string | null} location @returns {import("../middleware.mjs").Io["store"]} */
export function durableObjectStore(namespace, location = null) {
  return { sync: async (breaker, delta) => objectOf(namespace, breaker, location).sync(delta, breaker) };
}
