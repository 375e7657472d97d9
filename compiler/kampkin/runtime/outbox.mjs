/**
 * What a breaker's Durable Object still has to tell: a row per event and channel, written in the transaction of the event,
 * and sent by the object's alarm. A row goes when it was taken; one that nobody takes stays for a while, as a dead letter.
 * A channel that fails is left alone as a whole, ever longer, and its rows take turns, so that none holds up the others.
 *
 * An object has one alarm: it is always set to when the next row may go.
 */

import { contextOf, isAnybody, ownerOf } from "./audience.mjs";
import { RETRY, deliver, waitAfter, whatHappened } from "./delivery.mjs";
import { messageOf } from "./message.mjs";
import { LOOK_BACK, holdOf, horizonOf, noticeOf } from "./notify.mjs";
import { secretIn } from "./secrets.mjs";

const DEAD_KEPT_MS = 7 * 24 * 3_600_000;
const DEAD_SHOWN = 100;
const SENT_AT_ONCE = 20; // of a channel; the rest with the next alarm, which is due at once

/**
 * @typedef {import("./events.mjs").Event} Event
 * @typedef {import("./audience.mjs").Channel} Channel
 * @typedef {{id: number, event: string, channel: Channel, tries: number, since: number, failures: number | null}} Row
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
    this.sql.exec("CREATE TABLE IF NOT EXISTS waits (channel TEXT PRIMARY KEY, until INTEGER NOT NULL, failures INTEGER NOT NULL)");
    this.wake(); // an alarm that was lost with its object, or gave up, is set again
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
    const now = this.now();
    this.sql.exec("DELETE FROM outbox WHERE dead IS NOT NULL AND due <= ?", now - DEAD_KEPT_MS);
    for (const row of this.rows("since <= ? ORDER BY id", now - this.retry.giveUpMs)) this.bury(row, "nobody took it in time");
    const rows = this.rows("due <= ? AND COALESCE(until, 0) <= ? ORDER BY due, id", now, now);
    const channels = Map.groupBy(rows, ({ channel }) => channel);
    await Promise.all([...channels.values()].map((due) => this.sendAll(due.slice(0, SENT_AT_ONCE), fetch)));
    this.wake();
  }

  /** Rows that live, with what their channel has failed. @param {string} where @param {any[]} values @returns {Row[]} */
  rows(where, ...values) {
    return this.sql.exec(`SELECT id, event, outbox.channel, tries, since, failures FROM outbox LEFT JOIN waits USING (channel) WHERE dead IS NULL AND ${where}`, ...values).toArray();
  }

  /** What nobody took, newest first. @returns {DeadLetter[]} */
  deadLetters() {
    if (!this.isUsed) return [];
    const rows = this.sql.exec("SELECT event, channel, tries, dead, due FROM outbox WHERE dead IS NOT NULL ORDER BY id DESC LIMIT ?", DEAD_SHOWN).toArray();
    return rows.map((/** @type {any} */ { event, channel, tries, dead, due }) => ({ event: JSON.parse(event), channel, tries, error: dead, at: due }));
  }

  /** One channel's rows, until one is not taken. @param {Row[]} rows @param {typeof globalThis.fetch} fetch */
  async sendAll(rows, fetch) {
    for (const row of rows) if (!(await this.send(row, fetch))) return;
  }

  /** One attempt, counted before it is made; whether the row was taken. @param {Row} row @param {typeof globalThis.fetch} fetch */
  async send(row, fetch) {
    const { id, event: json, channel, tries, since, failures } = row;
    /** @type {Event} */ const event = JSON.parse(json);
    this.sql.exec("UPDATE outbox SET tries = tries + 1 WHERE id = ?", id);
    try {
      const owner = ownerOf(this.owners, event.breaker);
      const notice = owner?.channels[channel] ? noticeOf(event, this.recent(horizonOf(event), LOOK_BACK), owner.when) : null;
      if (owner && notice) await deliver(channel, messageOf(notice, contextOf(this.owners, this.changes, event.breaker)), this.carriers(owner, fetch));
      this.sql.exec("DELETE FROM outbox WHERE id = ?", id);
      this.sql.exec("DELETE FROM waits WHERE channel = ?", channel);
      return true;
    } catch (error) {
      const failed = (failures ?? 0) + 1;
      const wait = waitAfter(error, failed, this.retry.delayMs);
      const due = this.now() + wait;
      if (tries + 1 >= this.retry.tries || due - since > this.retry.giveUpMs) this.bury({ ...row, tries: tries + 1 }, whatHappened(error));
      else this.sql.exec("UPDATE outbox SET due = ? WHERE id = ?", due, id);
      this.sql.exec("INSERT OR REPLACE INTO waits (channel, until, failures) VALUES (?, ?, ?)", channel, due, failed);
      return false;
    }
  }

  /** Makes a row a dead letter. @param {Row} row @param {string} error */
  bury({ id, event: json, channel, tries }, error) {
    const event = JSON.parse(json);
    this.sql.exec("UPDATE outbox SET due = ?, dead = ? WHERE id = ?", this.now(), error, id);
    console.log(JSON.stringify({ kampkin: "dead-letter", breaker: event.breaker, event: event.id, owner: this.owners.endpoints[event.breaker], channel, tries, error }));
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

  /** Sets the alarm to when the next row may go. */
  wake() {
    const [{ due }] = this.sql.exec("SELECT MIN(MAX(due, COALESCE(until, 0))) AS due FROM outbox LEFT JOIN waits USING (channel) WHERE dead IS NULL").toArray();
    if (due !== null) this.storage.setAlarm(due);
  }
}
