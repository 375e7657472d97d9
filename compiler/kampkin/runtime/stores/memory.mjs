/**
 * The store that shares nothing: each isolate or Lambda environment keeps its own record of each breaker, moved by the same
 * machine as any other store's. What it promises: no count of a node's own is lost while the node lives, at most `max_probes`
 * probes a node, one transition a node. What it does not: anything that another node knows, or this one after its end.
 */

import { createLedger, sync } from "../ledger.mjs";

/** @param {{now: () => number, coin: () => number}} platform @returns {import("../middleware.mjs").Io["store"]} */
export function memoryStore({ now, coin }) {
  /** @type {Map<string, import("../ledger.mjs").Ledger>} */
  const ledgers = new Map();
  return {
    async sync(breaker, delta) {
      let ledger = ledgers.get(breaker);
      if (!ledger) ledgers.set(breaker, (ledger = createLedger()));
      return sync(ledger, delta, { now: now(), coin: coin() }).snapshot;
    },
  };
}
