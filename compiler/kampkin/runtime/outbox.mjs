/**
 * What a breaker's Durable Object still has to tell: a row per event and channel, written in the transaction of the event,
 * and sent by the object's alarm. A row goes when it was taken; one that nobody takes stays, as a dead letter.
 *
 * An object has one alarm: it is always set to when the next row is due.
 */

import { contextOf, isAnybody, ownerOf, secretIn } from "./audience.mjs";
import { RETRY, deliver, waitAfter, whatHappened } from "./delivery.mjs";
import { messageOf } from "./message.mjs";
import { LOOK_BACK, holdOf, horizonOf, noticeOf } from "./notify.mjs";

const DEAD_KEPT_MS = 7 * 24 * 3_600_000;
const DEAD_SHOWN = 100;

/**
 * @typedef {import("./events.mjs").Event} Event
 * @typedef {import("./audience.mjs").Channel} Channel
 * @typedef {{id: number, event: string, channel: Channel, tries: number, since: number}} Row
 * @typedef {{event: Event, channel: Channel, tries: number, error: string, at: number}} DeadLetter
 */

export class Outbox {
  /**
   * @param {object} options
   * @param {any} options.storage the object's @param {any} options.env secrets, and EMAIL
   * @param {import("./audience.mjs").Owners} options.owners @param {import("./audience.mjs").Changes} options.changes
   * @param {(until: number, limit: number) => Event[]} options.recent the last events up to a time (ms), oldest first
   * @param {() => number} options.now ms @param {typeof RETRY} [options.retry]
   */
  constructor({ storage, env, owners, changes, recent, now, retry = RETRY }) {
    this.storage = storage;
    this.sql = storage.sql;
    this.env = env;
    this.owners = owners;
    this.changes = changes;
    this.recent = recent;
    this.now = now;
    this.retry = retry;
    this.isUsed = isAnybody(owners);
    if (!this.isUsed) return;
    this.sql.exec(
      "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, channel TEXT NOT NULL, since INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, dead TEXT)",
    );
  }

  /** Puts in what the event's owner wants to hear of it. To be called in the event's transaction, which it never spoils. @param {Event} event */
  add(event) {
    const owner = ownerOf(this.owners, event.breaker);
    if (!owner) return;
    try {
      this.put(event, owner);
    } catch (error) {
      console.log(JSON.stringify({ kampkin: "fault", where: "outbox", breaker: event.breaker, event: event.id, error: String(error) }));
    }
  }

  /** @param {Event} event @param {import("./audience.mjs").Owner} owner */
  put(event, owner) {
    const hold = holdOf(event, this.recent(event.at, LOOK_BACK), owner.when);
    if (hold === null) return;
    const now = this.now();
    for (const channel of Object.keys(owner.channels)) {
      this.sql.exec("INSERT INTO outbox (event, channel, since, due) VALUES (?, ?, ?, ?)", JSON.stringify(event), channel, now, now + hold);
    }
    this.wake();
  }

  /** Sends what is due, each channel on its own. The object's alarm; throws nothing. @param {typeof globalThis.fetch} [fetch] */
  async drain(fetch = (url, init) => globalThis.fetch(url, init)) {
    if (!this.isUsed) return;
    this.sql.exec("DELETE FROM outbox WHERE dead IS NOT NULL AND since <= ?", this.now() - DEAD_KEPT_MS);
    const rows = this.sql.exec("SELECT id, event, channel, tries, since FROM outbox WHERE dead IS NULL AND due <= ? ORDER BY tries, id", this.now()).toArray();
    const channels = Map.groupBy(rows, (/** @type {Row} */ { channel }) => channel);
    await Promise.all([...channels.values()].map((due) => this.sendAll(due, fetch)));
    this.wake();
  }

  /** What nobody took, newest first. @returns {DeadLetter[]} */
  deadLetters() {
    if (!this.isUsed) return [];
    const rows = this.sql.exec("SELECT event, channel, tries, dead, due FROM outbox WHERE dead IS NOT NULL ORDER BY id DESC LIMIT ?", DEAD_SHOWN).toArray();
    return rows.map((/** @type {any} */ { event, channel, tries, dead, due }) => ({ event: JSON.parse(event), channel, tries, error: dead, at: due }));
  }

  /** One channel's rows, until one is not taken: the rest waits as long as that one. @param {Row[]} rows @param {typeof globalThis.fetch} fetch */
  async sendAll(rows, fetch) {
    for (const [index, row] of rows.entries()) {
      const wait = await this.send(row, fetch);
      if (wait === 0) continue;
      for (const { id } of rows.slice(index + 1)) this.sql.exec("UPDATE outbox SET due = ? WHERE id = ?", this.now() + wait, id);
      return;
    }
  }

  /** One attempt; how long its channel is left alone after it, ms. @param {Row} row @param {typeof globalThis.fetch} fetch @returns {Promise<number>} */
  async send({ id, event: json, channel, tries, since }, fetch) {
    /** @type {Event} */ const event = JSON.parse(json);
    try {
      const owner = ownerOf(this.owners, event.breaker);
      const notice = owner?.channels[channel] ? noticeOf(event, this.recent(horizonOf(event), LOOK_BACK), owner.when) : null;
      if (owner && notice) await deliver(channel, messageOf(notice, contextOf(this.owners, this.changes, event.breaker)), this.carriers(owner, fetch));
      this.sql.exec("DELETE FROM outbox WHERE id = ?", id);
      return 0;
    } catch (error) {
      const wait = waitAfter(error, tries + 1, this.retry.delayMs);
      const isOver = tries + 1 >= this.retry.tries || this.now() + wait - since > this.retry.giveUpMs;
      const what = whatHappened(error);
      this.sql.exec("UPDATE outbox SET tries = tries + 1, due = ?, dead = ? WHERE id = ?", this.now() + (isOver ? 0 : wait), isOver ? what : null, id);
      if (isOver) console.log(JSON.stringify({ kampkin: "dead-letter", breaker: event.breaker, event: event.id, owner: this.owners.endpoints[event.breaker], channel, tries: tries + 1, error: what }));
      return wait;
    }
  }

  /** @param {import("./audience.mjs").Owner} owner @param {typeof globalThis.fetch} fetch @returns {import("./delivery.mjs").Carriers} */
  carriers({ channels }, fetch) {
    return {
      fetch: /** @type {any} */ (fetch),
      now: this.now,
      secret: (channel) => secretIn(this.env, channels[channel]),
      mail: ({ subject, text }, { event }) => this.env.EMAIL.send({ from: this.owners.from, to: channels.email, subject, text, headers: { "X-Kampkin-Event": event.id } }),
    };
  }

  /** Sets the alarm to the next row's time. */
  wake() {
    const [{ due }] = this.sql.exec("SELECT MIN(due) AS due FROM outbox WHERE dead IS NULL").toArray();
    if (due !== null) this.storage.setAlarm(due);
  }
}
