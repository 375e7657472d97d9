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
 * Hands the message over. Throws `Undelivered`, or `Unusable` where a secret is missing or no secret.
 * @param {Channel} channel @param {Message} message @param {Carriers} carriers
 */
export async function deliver(channel, message, { fetch, secret, mail, now }) {
  if (channel === "email") return void (await mail(email(message), message));
  const value = secret(channel);
  if (!value) throw new Unusable(`the secret of the ${channel} channel is not set`);
  const { url, headers, body } = channel === "slack" ? slack(message, value) : await webhook(message, value, now());
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(ATTEMPT_MS) });
  const said = answer.ok ? answer.body?.cancel() : answer.text();
  if (!answer.ok) throw new Undelivered(`${answer.status} ${(await said)?.slice(0, SHOWN) ?? ""}`.trim(), retryAfterMs(answer.headers.get("retry-after"), now()));
}

/** How long to wait after a failed attempt, ms. @param {unknown} error @param {number} tries so far @param {(tries: number) => number} delayMs */
export const waitAfter = (error, tries, delayMs) => Math.max(delayMs(tries), error instanceof Undelivered ? error.afterMs : 0);

/** What went wrong, on one line, without what a URL may hold: it is a secret. @param {unknown} error */
export const whatHappened = (error) => (error instanceof Error ? error.message : String(error)).replace(/https?:\/\/\S+/g, "…").replaceAll("\n", " ");
