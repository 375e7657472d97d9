/**
 * What happened to a breaker: its transitions, and what people have decided. Each is written once, together with the record,
 * and kept for a week.
 *
 * @typedef {object} Event
 * @property {string} id unique over all stores and times
 * @property {string} breaker @property {string} edge `cloudflare` or `aws`
 * @property {string} region of the node that brought it about
 * @property {number} epoch the one it begins; an override's, the one it was set in
 * @property {number} at ms
 * @property {string} node who: `<region>/<id>` of a node, or a person
 * @property {string} [from] @property {string} [to] @property {string} [reason] @property {Record<string, number>} [numbers]
 * @property {number} [retryAt] when an open breaker probes, ms; 0 for other states
 * @property {{mode: string, until: number, owner: string, reason: string} | null} [override] what a person has decided; null lets go of it
 */

/** How long events are kept, ms. */
export const EVENTS_KEPT_MS = 7 * 24 * 3_600_000;

/** @typedef {{edge: string, place: string, breaker: string}} Where the store: its edge, and a name for it there */

/**
 * @param {Where} where @param {string} node who brought it about
 * @param {import("./breaker.mjs").Transition} transition @param {import("./breaker.mjs").Breaker} record after it
 * @returns {Event}
 */
export function ofTransition({ edge, place, breaker }, node, transition, { retryAt }) {
  const id = `${edge}/${place}/${breaker}/${transition.epoch}-${transition.at}`;
  return { id, breaker, edge, region: regionOf(node), ...transition, node, retryAt: transition.to === "open" ? retryAt : 0 };
}

/**
 * @param {Where} where @param {string} who @param {import("./breaker.mjs").Breaker} record @param {number} at ms
 * @param {Event["override"]} override
 * @returns {Event}
 */
export function ofOverride({ edge, place, breaker }, who, { epoch }, at, override) {
  return { id: `${edge}/${place}/${breaker}/o-${at}`, breaker, edge, region: regionOf(who), epoch, override, at, node: who };
}

/** @param {string} node */
export const regionOf = (node) => node.split("/")[0];
