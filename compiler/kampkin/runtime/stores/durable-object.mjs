/** The store on Workers: one Durable Object per breaker, in a Worker of its own (state.mjs). */

/** @param {any} namespace the binding @returns {import("../middleware.mjs").Io["store"]} */
export function durableObjectStore(namespace) {
  return { sync: async (breaker, delta) => namespace.get(namespace.idFromName(breaker)).sync(delta, breaker) };
}
