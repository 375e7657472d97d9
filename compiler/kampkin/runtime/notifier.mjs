/**
 * The notifier on AWS, an ordinary function in each region that has a table. The table's stream brings it events: it puts
 * one message per channel on its queue, held where events are grouped. The queue brings them back: it sends them, and what a
 * receiver does not take comes back later, until it ends in the dead-letter queue.
 */

import { contextOf, ownerOf } from "./audience.mjs";
import { RETRY, Undelivered, deliver, waitAfter, whatHappened } from "./delivery.mjs";
import { messageOf } from "./message.mjs";
import { LOOK_BACK, holdOf, horizonOf, noticeOf } from "./notify.mjs";
import { secretIn } from "./secrets.mjs";

const LONGEST_VISIBILITY_MS = 6 * 3_600_000; // SQS takes less than twelve hours, and keeps a message for the tries that are left
const SUBJECT = 99; // characters, SNS's

/**
 * @typedef {import("./events.mjs").Event} Event
 * @typedef {import("./audience.mjs").Channel} Channel
 * @typedef {{pk: string, event: Event, channel: Channel}} Letter what a message on the queue holds
 * @typedef {object} Site the physical names
 * @property {string} table @property {string} queue @property {Record<string, string>} topics each owner's, for email
 * @typedef {object} Io
 * @property {(service: "dynamodb" | "sqs" | "sns", operation: string, input: object) => Promise<any>} call
 * @property {(url: string, init: object) => Promise<Response>} fetch @property {() => number} now ms
 * @property {Record<string, string | undefined>} env secrets @property {(line: string) => void} log
 */

/**
 * The function's handler. Records that could not be dealt with are named in the answer and come again, the others do not.
 * @param {import("./audience.mjs").Owners} owners @param {import("./audience.mjs").Changes} changes @param {Site} site @param {Io} io
 */
export function notifier(owners, changes, site, io) {
  /** @param {{Records: any[]}} event @param {{invokedFunctionArn: string}} context */
  return async ({ Records }, { invokedFunctionArn }) => {
    const here = new Notifier(owners, changes, site, io, invokedFunctionArn);
    const failed = await Promise.all(Records.map((record) => (record.eventSource === "aws:sqs" ? here.send(record) : here.queue(record))));
    return { batchItemFailures: failed.filter((id) => id !== null).map((id) => ({ itemIdentifier: id })) };
  };
}

class Notifier {
  /** @param {import("./audience.mjs").Owners} owners @param {import("./audience.mjs").Changes} changes @param {Site} site @param {Io} io @param {string} arn the function's own: account and region are in it */
  constructor(owners, changes, site, io, arn) {
    const [, partition, , region, account] = arn.split(":");
    this.owners = owners;
    this.changes = changes;
    this.site = site;
    this.io = io;
    this.queueUrl = `https://sqs.${region}.amazonaws.com/${account}/${site.queue}`;
    this.topicArn = (/** @type {string} */ owner) => `arn:${partition}:sns:${region}:${account}:${site.topics[owner]}`;
  }

  /** Puts what a record of the stream is told as on the queue; the record's number where that failed. @param {any} record */
  async queue({ eventName, dynamodb: { Keys, NewImage, SequenceNumber } }) {
    if (eventName === "REMOVE") return null; // its time to live is over; a record that was lost counts its epochs anew, over what is there
    try {
      const event = eventOf(NewImage);
      const owner = ownerOf(this.owners, event.breaker);
      if (!owner) return null;
      const pk = Keys.pk.S;
      const hold = holdOf(event, await this.recent(pk, event, event.at), owner.when);
      if (hold === null) return null;
      for (const channel of /** @type {Channel[]} */ (Object.keys(owner.channels))) {
        /** @type {Letter} */ const letter = { pk, event, channel };
        await this.io.call("sqs", "SendMessage", { QueueUrl: this.queueUrl, MessageBody: JSON.stringify(letter), DelaySeconds: Math.ceil(hold / 1000) });
      }
      return null;
    } catch (error) {
      this.io.log(JSON.stringify({ kampkin: "fault", where: "notifier", error: String(error) }));
      return SequenceNumber;
    }
  }

  /** Sends a message of the queue; its id where that failed. @param {any} record */
  async send({ body, messageId, receiptHandle, attributes }) {
    /** @type {Letter} */ const { pk, event, channel } = JSON.parse(body);
    try {
      const owner = ownerOf(this.owners, event.breaker);
      const notice = owner?.channels[channel] ? noticeOf(event, await this.recent(pk, event, horizonOf(event)), owner.when) : null;
      if (owner && notice) await deliver(channel, messageOf(notice, contextOf(this.owners, this.changes, event.breaker)), this.carriers(owner));
      return null;
    } catch (error) {
      await this.postpone(receiptHandle, error, Number(attributes.ApproximateReceiveCount), event, channel);
      return messageId;
    }
  }

  /** Has a message come back when its receiver may take it. @param {string} handle @param {unknown} error @param {number} tries @param {Event} event @param {Channel} channel */
  async postpone(handle, error, tries, { id, breaker }, channel) {
    const kampkin = tries >= RETRY.tries ? "dead-letter" : "undelivered";
    this.io.log(JSON.stringify({ kampkin, breaker, event: id, owner: this.owners.endpoints[breaker], channel, tries, error: whatHappened(error) }));
    const seconds = Math.ceil(Math.min(LONGEST_VISIBILITY_MS, waitAfter(error, tries, RETRY.delayMs)) / 1000);
    await this.io.call("sqs", "ChangeMessageVisibility", { QueueUrl: this.queueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds }).catch(() => {}); // the queue's own time-out does then
  }

  /** @param {import("./audience.mjs").Owner} owner @returns {import("./delivery.mjs").Carriers} */
  carriers({ channels }) {
    const { fetch, now, env, call } = this.io;
    return {
      fetch,
      now,
      secret: (channel) => secretIn(env, channels[channel]),
      mail: ({ subject, text }, { context }) =>
        call("sns", "Publish", { TopicArn: this.topicArn(context.owner), Subject: subject.slice(0, SUBJECT), Message: text }).catch((error) => {
          throw new Undelivered(String(error.message));
        }),
    };
  }

  /** The breaker's events around the event, up to a time, oldest first. @param {string} pk @param {Event} event @param {number} until ms @returns {Promise<Event[]>} */
  async recent(pk, event, until) {
    const last = `event#${String(event.epoch + LOOK_BACK).padStart(12, "0")}`;
    const { Items } = await this.io.call("dynamodb", "Query", {
      TableName: this.site.table,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":first": { S: "event#" }, ":last": { S: last } },
      ScanIndexForward: false,
      Limit: 2 * LOOK_BACK,
      ConsistentRead: true,
    });
    return Items.map(eventOf).filter((/** @type {Event} */ { at }) => at <= until).reverse();
  }
}

/** A table's item as the event it holds. @param {Record<string, any>} item @returns {Event} */
function eventOf(item) {
  const { pk, sk, ttl, released, ...event } = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));
  return /** @type {any} */ (released ? { ...event, override: null } : event);
}

/** A value of DynamoDB's JSON. @param {any} value @returns {any} */
function plain(value) {
  if (value.N !== undefined) return Number(value.N);
  if (value.M !== undefined) return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [name, plain(inner)]));
  return value.S ?? value.BOOL ?? null;
}
