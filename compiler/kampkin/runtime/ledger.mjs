/**
 * What a store that runs JavaScript keeps for one breaker: the record that nodes share, and the last delta of each node,
 * so that none is merged twice. DynamoDB keeps the same in an item: stores/item.mjs.
 *
 * @typedef {object} Ledger
 * @property {number} v the version that wrote it
 * @property {import("./breaker.mjs").Breaker} record
 * @property {Map<string, number>} seen the seq of each node's last delta, of the nodes heard last
 * @property {Map<number, string>} lent the delta that each lease under way answered
 */

import { createBreaker, tick } from "./breaker.mjs";
import { merge } from "./merge.mjs";
import { VERSION, bringsCounts, snapshotOf } from "./wire.mjs";

const NODES_KEPT = 1000;

/** @returns {Ledger} */
export const createLedger = () => ({ v: VERSION, record: createBreaker(), seen: new Map(), lent: new Map() });

/** Whether a later release wrote it: it is read then, never moved. @param {Ledger} ledger */
export const isLater = (ledger) => ledger.v > VERSION;

/**
 * Takes in a node's delta, each once. One that comes again is answered as before: with its lease, while that is out.
 * @param {Ledger} ledger @param {import("./wire.mjs").Delta} delta @param {{now: number, coin: number}} at the store's own clock (ms) and coin
 * @returns {{snapshot: import("./wire.mjs").Snapshot, transitions: import("./breaker.mjs").Transition[], fresh: boolean, changed: boolean}}
 * fresh: heard for the first time; changed: there is something to keep
 */
export function sync(ledger, delta, { now, coin }) {
  const { record, seen, lent } = ledger;
  if (isLater(ledger)) return { snapshot: snapshotOf(record, delta, now), transitions: [], fresh: false, changed: false };
  if (delta.seq <= (seen.get(delta.node) ?? 0)) {
    const lease = [...lent].find(([out, to]) => to === name(delta) && record.leases[out % 10] === out)?.[0];
    return { snapshot: snapshotOf(record, delta, tick(record, now), { lease }), transitions: [], fresh: false, changed: false };
  }
  const { snapshot, transitions } = merge(record, delta, { now, coin });
  remember(seen, delta);
  for (const out of lent.keys()) if (record.leases[out % 10] !== out) lent.delete(out);
  if (snapshot.lease) lent.set(snapshot.lease.id, name(delta));
  const changed = bringsCounts(delta) || delta.probe !== null || delta.ask || transitions.length > 0;
  return { snapshot, transitions, fresh: true, changed };
}

/** @param {import("./wire.mjs").Delta} delta */
const name = ({ node, seq }) => `${node} ${seq}`;

/** @param {Map<string, number>} seen @param {import("./wire.mjs").Delta} delta */
function remember(seen, { node, seq }) {
  seen.delete(node);
  seen.set(node, seq);
  if (seen.size > NODES_KEPT) seen.delete(seen.keys().next().value ?? "");
}

/** As JSON values. @param {Ledger} ledger */
export function toJson({ record, seen, lent, ...rest }) {
  const windows = record.windows.map((window) => ({ ...window, counts: [...window.counts] }));
  return { ...rest, record: { ...record, windows }, seen: [...seen], lent: [...lent] };
}

/** What `toJson` gave, in this release or another: what it lacks is as in a fresh record, what is unknown is kept. @param {any} json @returns {Ledger} */
export function fromJson({ record, seen, lent = [], ...rest }) {
  const windows = record.windows.map((/** @type {any} */ window) => ({ ...window, counts: Int32Array.from(window.counts) }));
  return { ...rest, record: { ...createBreaker(), ...record, windows }, seen: new Map(seen), lent: new Map(lent) };
}
