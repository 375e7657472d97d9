/**
 * The state Worker: one Durable Object per breaker holds the record that all nodes share. It is single-threaded
 * and its own clock is the only one that counts. Memory is a cache of the rows: an idle object loses it.
 */

import { DurableObject } from "cloudflare:workers";
import { STATES, flip, tick } from "./breaker.mjs";
import changes from "./changes.mjs";
import { EVENTS_KEPT_MS, ofOverride, ofTransition, regionOf } from "./events.mjs";
import { createLedger, fromJson, isLater, sync, toJson } from "./ledger.mjs";
import { addMinutes, isMinute } from "./metrics.mjs";
import { Outbox } from "./outbox.mjs";
import owners from "./owners.mjs";
import { VERSION, isDelta, snapshotOf } from "./wire.mjs";

const EVENTS_SHOWN = 100;
const MINUTE_MS = 60_000;
const MINUTES_KEPT = 14 * 24 * 60;
const REGIONS_KEPT = 500; // there are fewer; a node's word bounds nothing by itself
const ONE_AFTER_ANOTHER_MS = 1000;
const COINS = 10_000;

export class BreakerState extends DurableObject {
  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY CHECK (id = 0), json TEXT NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, json TEXT NOT NULL)");
    this.sql.exec("CREATE TABLE IF NOT EXISTS minutes (minute INTEGER PRIMARY KEY, json TEXT NOT NULL)");
    this.adoptEvents();
    this.held = this.load();
    const recent = (/** @type {number} */ until, /** @type {number} */ limit) => this.recent(until, limit);
    this.outbox = new Outbox({ storage: ctx.storage, env, owners, changes, recent, now: () => this.now() });
  }

  /** Takes over the events of release 0.1.0, which kept one for each epoch. */
  adoptEvents() {
    if (this.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'").toArray().length === 0) return;
    this.sql.exec("INSERT INTO history (at, json) SELECT json_extract(json, '$.at'), json FROM events ORDER BY epoch");
    this.sql.exec("DROP TABLE events");
  }

  /** The object's own clock, ms: the only one that counts. */
  now() {
    return Date.now();
  }

  /** 0..9999 */
  coin() {
    return Math.floor(Math.random() * COINS);
  }

  /** Takes a node's delta and answers with the record as it then stands: see wire.mjs. @param {any} delta @param {string} breaker */
  sync(delta, breaker) {
    if (!isDelta(delta)) throw new TypeError("this is not a delta");
    return this.write(() => {
      const { snapshot, transitions, fresh, changed } = sync(this.held, delta, { now: this.now(), coin: this.coin() });
      if (!fresh) return snapshot;
      this.heard(delta.node, breaker);
      if (changed) this.save();
      for (const transition of transitions) this.tell(ofTransition(this.where(), delta.node, transition, this.held.record));
      if (isMinute(delta.metrics)) this.addMinute(delta.metrics);
      return snapshot;
    });
  }

  /**
   * Sets what a person has decided, or with null lets go of it; nodes hear of it with their next word, and the end of
   * a forced mode is a transition that the first of them brings about.
   * @param {Omit<import("./overrides.mjs").Override, "until"> & {forMs: number} | null} decided @param {string} who @param {string} breaker
   */
  override(decided, who, breaker) {
    this.refuseLater();
    const { record } = this.held;
    const now = tick(record, this.now());
    this.write(() => {
      this.heard(null, breaker);
      const { forMs, ...said } = decided ?? { forMs: 0 };
      const override = decided && { .../** @type {any} */ (said), until: now + forMs };
      if (override) record.override = override;
      else if (record.override) record.override = { ...record.override, until: now };
      this.save();
      this.tell(ofOverride(this.where(), who, record, this.unlikeBefore(now), override));
    });
  }

  /** Moves the breaker by hand. @param {"open" | "half-open" | "closed"} state @param {import("./policy.mjs").Policy} policy @param {string} who @param {string} breaker */
  flip(state, policy, who, breaker) {
    this.refuseLater();
    const { record } = this.held;
    const now = tick(record, this.now());
    this.write(() => {
      this.heard(null, breaker);
      const transition = flip(record, policy, now, this.coin(), STATES.indexOf(state));
      this.save();
      this.tell(ofTransition(this.where(), who, transition, record));
    });
  }

  /** A record that a later release wrote is read, never moved. */
  refuseLater() {
    if (isLater(this.held)) throw new Error(`the record is of version ${this.held.v}, this release moves up to ${VERSION}`);
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

  /** The record, when each region's nodes last spoke (ms since 1970), and how many messages nobody took, for whoever operates it. */
  read() {
    const record = structuredClone(this.held.record);
    const policy = { windowMs: (record.windows[0]?.width ?? 0) * 10 };
    return { name: this.held.name, regions: this.held.regions, deadLetters: this.outbox.deadLetters().length, snapshot: snapshotOf(record, /** @type {any} */ ({ seq: 0, policy }), this.now()) };
  }

  /**
   * What happened, newest first; `next` is where to go on, null at the end.
   * @param {{before?: number | null, limit?: number}} page
   * @returns {{events: import("./events.mjs").Event[], next: number | null}}
   */
  events({ before = null, limit = EVENTS_SHOWN } = {}) {
    const rows = this.sql.exec("SELECT id, json FROM history WHERE id < ? AND at > ? ORDER BY id DESC LIMIT ?", before ?? Number.MAX_SAFE_INTEGER, this.now() - EVENTS_KEPT_MS, limit + 1).toArray();
    const shown = rows.slice(0, limit);
    return { events: shown.map((/** @type {any} */ { json }) => JSON.parse(json)), next: rows.length > limit ? shown[limit - 1].id : null };
  }

  /** The last events up to a time, oldest first. @param {number} until ms @param {number} limit @returns {import("./events.mjs").Event[]} */
  recent(until, limit) {
    const rows = this.sql.exec("SELECT json FROM history WHERE at <= ? ORDER BY id DESC LIMIT ?", until, limit).toArray();
    return rows.reverse().map((/** @type {any} */ { json }) => JSON.parse(json));
  }

  /** Sends what owners are to hear. */
  alarm() {
    return this.outbox.drain();
  }

  /** What could not be sent, newest first. */
  deadLetters() {
    return this.outbox.deadLetters();
  }

  /** Minutes with anything to tell, oldest first; both ends included. @param {{from: number, to: number}} range minutes since 1970 */
  metrics({ from, to }) {
    const rows = this.sql.exec("SELECT minute, json FROM minutes WHERE minute BETWEEN ? AND ? ORDER BY minute", from, to).toArray();
    return rows.map((/** @type {any} */ { minute, json }) => ({ minute, ...JSON.parse(json) }));
  }

  load() {
    const [row] = this.sql.exec("SELECT json FROM record").toArray();
    return { name: "", regions: /** @type {Record<string, number>} */ ({}), ...(row ? fromJson(JSON.parse(row.json)) : createLedger()) };
  }

  save() {
    this.sql.exec("INSERT OR REPLACE INTO record (id, json) VALUES (0, ?)", JSON.stringify(toJson(this.held)));
  }

  /** Keeps who spoke last, and whose record this is: an object does not know its own name. @param {string | null} node @param {string} breaker */
  heard(node, breaker) {
    const { held } = this;
    held.name = breaker || held.name;
    if (node === null) return;
    const region = regionOf(node);
    if (region in held.regions || Object.keys(held.regions).length < REGIONS_KEPT) held.regions[region] = this.now();
  }

  where() {
    return { edge: "cloudflare", place: "global", breaker: this.held.name || (this.ctx.id?.name ?? "") };
  }

  /** A time for an event that shares no millisecond with the last: two at one would be one by their ids. @param {number} now */
  unlikeBefore(now) {
    const [last] = this.sql.exec("SELECT at FROM history ORDER BY id DESC LIMIT 1").toArray();
    return last && last.at >= now && last.at < now + ONE_AFTER_ANOTHER_MS ? last.at + 1 : now;
  }

  /** @param {import("./events.mjs").Event} event */
  tell(event) {
    this.sql.exec("INSERT INTO history (at, json) VALUES (?, ?)", event.at, JSON.stringify(event));
    this.sql.exec("DELETE FROM history WHERE at <= ?", event.at - EVENTS_KEPT_MS);
    this.outbox.add(event);
  }

  /** @param {import("./metrics.mjs").Minute} told */
  addMinute({ ago, counts, latency }) {
    const minute = Math.floor(this.now() / MINUTE_MS) - ago;
    const [row] = this.sql.exec("SELECT json FROM minutes WHERE minute = ?", minute).toArray();
    const sum = addMinutes(row ? JSON.parse(row.json) : { counts: {}, latency: [] }, { counts, latency });
    this.sql.exec("INSERT OR REPLACE INTO minutes (minute, json) VALUES (?, ?)", minute, JSON.stringify(sum));
    this.sql.exec("DELETE FROM minutes WHERE minute <= ?", minute - MINUTES_KEPT);
  }
}

export default {
  /** The state Worker has no address of its own. */
  fetch: () => new Response(null, { status: 404 }),
};
