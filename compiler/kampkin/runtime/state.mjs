/**
 * The state Worker: one Durable Object per breaker holds the record that all nodes share. It is single-threaded
 * and its own clock is the only one that counts. Memory is a cache of the row: an idle object loses it.
 */

import { DurableObject } from "cloudflare:workers";
import { STATES, createBreaker, flip, tick } from "./breaker.mjs";
import { merge } from "./merge.mjs";
import { VERSION, bringsCounts, isDelta, snapshotOf } from "./wire.mjs";

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

  /** The object's own clock, ms: the only one that counts. */
  now() {
    return Date.now();
  }

  /** 0..9999 */
  coin() {
    return Math.floor(Math.random() * COINS);
  }

  /** Takes a node's delta and answers with the record as it then stands: see wire.mjs. @param {any} delta */
  sync(delta) {
    if (!isDelta(delta)) throw new TypeError("this is not a delta");
    const { record, seen, v } = this.held;
    if (v > VERSION) return snapshotOf(record, delta, this.now());
    const fresh = delta.seq > (seen.get(delta.node) ?? 0);
    return this.write(() => {
      const { snapshot, transitions } = merge(record, delta, { now: this.now(), coin: this.coin(), fresh });
      if (fresh) remember(seen, delta);
      if (fresh && (bringsCounts(delta) || delta.probe || delta.ask || transitions.length > 0)) this.save();
      for (const transition of transitions) this.tell(delta.node, transition);
      return snapshot;
    });
  }

  /**
   * Sets what a person has decided, or with null lets go of it; nodes hear of it with their next word, and the end of
   * a forced mode is a transition that the first of them brings about.
   * @param {Omit<import("./overrides.mjs").Override, "until"> & {forMs: number} | null} decided
   */
  override(decided) {
    this.refuseLater();
    const { record } = this.held;
    const now = tick(record, this.now());
    this.write(() => {
      if (decided) {
        const { forMs, ...override } = decided;
        record.override = { ...override, until: now + forMs };
      } else if (record.override) record.override = { ...record.override, until: now };
      this.save();
    });
  }

  /** Moves the breaker by hand. @param {"open" | "half-open" | "closed"} state @param {import("./policy.mjs").Policy} policy @param {string} who */
  flip(state, policy, who) {
    this.refuseLater();
    const { record } = this.held;
    const now = tick(record, this.now());
    this.write(() => {
      const transition = flip(record, policy, now, this.coin(), STATES.indexOf(state));
      this.save();
      this.tell(who, transition);
    });
  }

  /** A record that a later release wrote is read, never moved. */
  refuseLater() {
    if (this.held.v > VERSION) throw new Error(`the record is of version ${this.held.v}, this release moves up to ${VERSION}`);
  }

  /** Runs it as one transaction; what was not written did not happen. @template T @param {() => T} work */
  write(work) {
    try {
      return this.ctx.storage.transactionSync(work);
    } catch (error) {
      this.held = this.load();
      throw error;
    }
  }

  /** The record and its latest events, newest first, for whoever operates it. */
  read() {
    const record = structuredClone(this.held.record);
    const policy = { windowMs: (record.windows[0]?.width ?? 0) * 10 };
    const events = this.sql.exec("SELECT json FROM events ORDER BY epoch DESC LIMIT ?", EVENTS_SHOWN).toArray();
    return {
      snapshot: snapshotOf(record, /** @type {any} */ ({ seq: 0, policy }), this.now()),
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

  /** @param {string} node who brought it about @param {import("./breaker.mjs").Transition} transition */
  tell(node, transition) {
    const event = { ...transition, edge: "cloudflare", region: node.split("/")[0], node };
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
