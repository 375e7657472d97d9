/**
 * The state Worker: one Durable Object per breaker holds the record that all nodes share. It is single-threaded
 * and its own clock is the only one that counts. Memory is a cache of the row: an idle object loses it.
 */

import { DurableObject } from "cloudflare:workers";
import { createBreaker } from "./breaker.mjs";
import { merge } from "./merge.mjs";
import { VERSION, isDelta, snapshotOf } from "./wire.mjs";

const NODES_KEPT = 1000;
const EVENTS_KEPT = 1000;
const EVENTS_SHOWN = 100;
const COINS = 10_000;

export class BreakerState extends DurableObject {
  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY CHECK (id = 0), json TEXT NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS events (epoch INTEGER PRIMARY KEY, json TEXT NOT NULL)");
    this.held = this.load();
  }

  /** Takes a node's delta and answers with the record as it then stands: see wire.mjs. @param {any} delta */
  sync(delta) {
    if (!isDelta(delta)) throw new TypeError("this is not a delta");
    const { record, seen, v } = this.held;
    if (v > VERSION) return snapshotOf(record, delta, Date.now());
    const fresh = delta.seq > (seen.get(delta.node) ?? 0);
    try {
      return this.ctx.storage.transactionSync(() => {
        const { snapshot, transitions } = merge(record, delta, { now: Date.now(), coin: Math.floor(Math.random() * COINS), fresh });
        if (fresh) remember(seen, delta);
        if (fresh && (delta.buckets.length > 0 || delta.probe || delta.ask || transitions.length > 0)) this.save();
        for (const transition of transitions) this.tell(delta, transition);
        return snapshot;
      });
    } catch (error) {
      this.held = this.load(); // what was not written did not happen
      throw error;
    }
  }

  /** The record and its latest events, newest first, for whoever operates it. */
  read() {
    const record = structuredClone(this.held.record);
    const policy = { windowMs: (record.windows[0]?.width ?? 0) * 10 };
    const events = this.sql.exec("SELECT json FROM events ORDER BY epoch DESC LIMIT ?", EVENTS_SHOWN).toArray();
    return {
      snapshot: snapshotOf(record, /** @type {any} */ ({ seq: 0, policy }), Date.now()),
      events: events.map((/** @type {{json: string}} */ { json }) => JSON.parse(json)),
    };
  }

  load() {
    const [row] = this.sql.exec("SELECT json FROM record").toArray();
    if (!row) return { v: VERSION, record: createBreaker(), seen: new Map() };
    const { v, seen, record } = JSON.parse(row.json);
    record.windows = record.windows.map((/** @type {any} */ window) => ({ ...window, counts: Int32Array.from(window.counts) }));
    return { v, record: { ...createBreaker(), ...record }, seen: new Map(seen) };
  }

  save() {
    const { v, record, seen } = this.held;
    const windows = record.windows.map((/** @type {any} */ window) => ({ ...window, counts: [...window.counts] }));
    const json = JSON.stringify({ v, record: { ...record, windows }, seen: [...seen] });
    this.sql.exec("INSERT OR REPLACE INTO record (id, json) VALUES (0, ?)", json);
  }

  /** @param {import("./wire.mjs").Delta} delta @param {import("./breaker.mjs").Transition} transition */
  tell(delta, transition) {
    const event = { ...transition, edge: "cloudflare", region: delta.node.split("/")[0], node: delta.node };
    this.sql.exec("INSERT OR IGNORE INTO events (epoch, json) VALUES (?, ?)", transition.epoch, JSON.stringify(event));
    this.sql.exec("DELETE FROM events WHERE epoch <= ?", transition.epoch - EVENTS_KEPT);
  }
}

/** Keeps the last delta of each node, of the nodes heard last. @param {Map<string, number>} seen @param {import("./wire.mjs").Delta} delta */
function remember(seen, { node, seq }) {
  seen.delete(node);
  seen.set(node, seq);
  if (seen.size > NODES_KEPT) seen.delete(seen.keys().next().value ?? "");
}

export default {
  /** The state Worker has no address of its own. */
  fetch: () => new Response(null, { status: 404 }),
};
