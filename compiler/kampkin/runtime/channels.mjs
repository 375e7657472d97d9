/**
 * A message as each channel takes it: what is sent, and where to. Nothing is sent from here, and no clock is read.
 *
 * @typedef {import("./message.mjs").Message} Message
 * @typedef {{url: string, headers: Record<string, string>, body: string}} Post
 */

const SLACK_HEADER = 150; // characters that Slack takes in a header, and in a section
const SLACK_SECTION = 3000;
const KEY_MARK = "#whsec_";

/** What is wrong with a secret or a setting: trying again does not mend it, a person does. */
export class Unusable extends Error {}

/**
 * A webhook by the Standard Webhooks specification: the event's id is the message's, whoever sends it twice.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param {Message} message @param {string} secret `https://receiver/path#whsec_<base64 key>`: the fragment signs and is not sent
 * @param {number} now of this attempt, ms
 * @returns {Promise<Post>}
 */
export async function webhook(message, secret, now) {
  const [url, key] = secret.split(KEY_MARK);
  if (!isUrl(url) || !key) throw new Unusable("the webhook's secret is not https://receiver/path#whsec_<base64 key>");
  const { id } = message.event;
  const body = JSON.stringify(payloadOf(message));
  const timestamp = String(Math.floor(now / 1000));
  const signature = await hmac(key, `${id}.${timestamp}.${body}`);
  const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
  return { url, headers, body };
}

/** The webhook's body: docs/notifications.md has its schema. @param {Message} message */
export function payloadOf({ kind, event, covered, context, title, facts, commands, firstFailureAt, nextProbeAt, openedAt }) {
  const { owner, project, environment, lastChange } = context;
  const { id, breaker, edge, region, at, reason = null, numbers = null, override = null, node } = event;
  const data = {
    id, kind, breaker, owner, project, environment, edge, region, title, facts: Object.fromEntries(facts), reason, numbers, override: override && withTime(override, "until"), by: node,
    firstFailureAt: iso(firstFailureAt), nextProbeAt: iso(nextProbeAt), openedAt: iso(openedAt), lastChange, commands, events: covered.map(eventOf),
  };
  return { type: `breaker.${kind}`, timestamp: iso(at), data };
}

/** @param {import("./events.mjs").Event} event */
function eventOf({ id, epoch, at, region, node, from, to, reason, numbers, retryAt, override }) {
  const happened = { id, epoch, at: iso(at), region, by: node };
  if (override !== undefined) return { ...happened, override: override && withTime(override, "until") };
  return { ...happened, from, to, reason, numbers, nextProbeAt: iso(retryAt || null) };
}

/**
 * Slack's incoming webhook, and what is compatible with it.
 * @param {Message} message @param {string} secret the webhook's URL @returns {Post}
 */
export function slack({ title, facts, commands }, secret) {
  if (!isUrl(secret)) throw new Unusable("the Slack webhook's secret is no URL");
  const text = facts.map(([label, value]) => `*${label}*  ${mrkdwn(value)}`).join("\n");
  const blocks = [
    { type: "header", text: { type: "plain_text", text: cut(title, SLACK_HEADER) } },
    { type: "section", text: { type: "mrkdwn", text: cut(text, SLACK_SECTION) } },
    { type: "section", text: { type: "mrkdwn", text: `\`\`\`${commands.map(mrkdwn).join("\n")}\`\`\`` } },
  ];
  return { url: secret, headers: { "content-type": "application/json" }, body: JSON.stringify({ text: mrkdwn(title), blocks }) };
}

/** An email: plain text, which every phone shows. @param {Message} message @returns {{subject: string, text: string}} */
export function email({ title, facts, commands, event, context }) {
  const lines = [title, "", ...facts.map(([label, value]) => `${label}: ${value}`), "", ...commands, "", `${context.project}, owner ${context.owner}`, `event ${event.id}`];
  return { subject: title, text: `${lines.join("\n")}\n` };
}

/** Slack's three characters. @param {string} text */
const mrkdwn = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** @param {string} text @param {number} most */
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** @param {number | null} ms */
const iso = (ms) => (ms === null ? null : new Date(ms).toISOString());

/** @template {Record<string, any>} T @param {T} value @param {string} key */
const withTime = (value, key) => ({ ...value, [key]: iso(value[key]) });

/** @param {string} text */
const isUrl = (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** @param {string} key base64 @param {string} text */
async function hmac(key, text) {
  const bytes = Uint8Array.from(decoded(key), (character) => character.charCodeAt(0));
  const imported = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...signature));
}

/** @param {string} key base64 */
function decoded(key) {
  try {
    return atob(key);
  } catch {
    throw new Unusable("the webhook's signing key is not base64");
  }
}
