/** One attempt to hand a message to a channel, and when to make the next. The network and the mailer are handed in. */

import { Unusable, email, slack, webhook } from "./channels.mjs";
import { retryAfterMs } from "./retry-after.mjs";

/**
 * @typedef {import("./message.mjs").Message} Message
 * @typedef {import("./audience.mjs").Channel} Channel
 * @typedef {object} Carriers
 * @property {(url: string, init: object) => Promise<Response>} fetch
 * @property {(channel: "slack" | "webhook") => string | undefined} secret its value
 * @property {(mail: {subject: string, text: string}, message: Message) => Promise<unknown>} mail
 * @property {() => number} now ms
 */

const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 600_000;
const ATTEMPT_MS = 10_000;
const SHOWN = 200;
const SECRET_PART = 6; // characters; shorter parts of a path are words

/** How often, and for how long, a message is tried. */
export const RETRY = { tries: 15, giveUpMs: 24 * 3_600_000, delayMs: (/** @type {number} */ tries) => Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - 1)) };

/** A receiver that did not take it; `afterMs` is how long it asked to be left alone, 0 where it did not say. */
export class Undelivered extends Error {
  /** @param {string} message @param {number} afterMs */
  constructor(message, afterMs = 0) {
    super(message);
    this.afterMs = afterMs;
  }
}

/**
 * Hands the message over, within ATTEMPT_MS. Throws `Undelivered`, or `Unusable` where a secret is missing or no secret.
 * @param {Channel} channel @param {Message} message @param {Carriers} carriers
 */
export async function deliver(channel, message, { fetch, secret, mail, now }) {
  if (channel === "email") return void (await inTime(mail(email(message), message)));
  const value = secret(channel);
  if (!value) throw new Unusable(`the secret of the ${channel} channel is not set`);
  const { url, headers, body } = channel === "slack" ? slack(message, value) : await webhook(message, value, now());
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(ATTEMPT_MS) });
  if (answer.ok) return void answer.body?.cancel();
  const said = withoutSecret(await beginning(answer), url);
  throw new Undelivered(`${answer.status} ${said}`.trim(), retryAfterMs(answer.headers.get("retry-after"), now()));
}

/** @template T @param {Promise<T>} work @returns {Promise<T>} */
async function inTime(work) {
  /** @type {any} */
  let limit;
  const late = new Promise((_, reject) => (limit = setTimeout(() => reject(new Undelivered("no answer in time")), ATTEMPT_MS)));
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(limit);
  }
}

/** How an answer begins, on one line; the rest is not read: a receiver may send without end. @param {Response} answer */
async function beginning({ body }) {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < SHOWN) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, SHOWN), { stream: true });
    }
  } catch {
    // what has come is enough
  }
  reader.cancel().catch(() => {});
  return text.slice(0, SHOWN).replace(/\s+/g, " ");
}

/** The text without what a receiver may have echoed of its address: the path of a hook is the secret. @param {string} text @param {string} url */
function withoutSecret(text, url) {
  const { pathname, search } = new URL(url);
  const parts = [pathname, search, ...pathname.split("/")].filter((part) => part.length >= SECRET_PART);
  return parts.reduce((left, part) => left.replaceAll(part, "…"), text);
}

/** How long to wait after a failed attempt, ms. @param {unknown} error @param {number} tries so far @param {(tries: number) => number} delayMs */
export const waitAfter = (error, tries, delayMs) => Math.max(delayMs(tries), error instanceof Undelivered ? error.afterMs : 0);

/** What went wrong, on one line, without what a URL may hold: it is a secret. @param {unknown} error */
export const whatHappened = (error) => (error instanceof Error ? error.message : String(error)).replace(/https?:\/\/\S+/g, "…").replaceAll("\n", " ");
