/**
 * A caller's body on its way to an origin. Whoever is slow here tells on himself alone: while the caller is waited for, no time-out runs,
 * so a slow upload is no failure of the service; an origin that takes nothing for so long has timed out.
 *
 * @typedef {object} Upload
 * @property {ReadableStream} stream for the origin
 * @property {Promise<"whole" | "gone" | "stalled">} done gone: the caller left within it; stalled: the origin takes no more
 */

import { LATE, within } from "./within.mjs";

const CHUNK = 65_536;

/**
 * The upload of a request; null without a body.
 * @param {Request} request @param {number} stallMs how long the origin may take nothing
 * @param {(ms: number) => import("./within.mjs").Timer<void>} timer @returns {Upload | null}
 */
export function uploadOf({ method, body, headers }, stallMs, timer) {
  if (body === null || method === "GET" || method === "HEAD") return null;
  const length = headers.has("transfer-encoding") ? NaN : Number(headers.get("content-length") ?? NaN); // RFC 9112 6.3: the coding decides
  const { readable, writable } = Number.isSafeInteger(length) ? new FixedLengthStream(length) : new IdentityTransformStream();
  return { stream: readable, done: send(body, writable, stallMs, timer) };
}

/** @param {ReadableStream} body @param {WritableStream} writable @param {number} stallMs @param {(ms: number) => import("./within.mjs").Timer<void>} timer */
async function send(body, writable, stallMs, timer) {
  const reader = body.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  let room = new ArrayBuffer(CHUNK); // the same for every chunk
  for (;;) {
    const chunk = await reader.read(new Uint8Array(room)).catch(() => null);
    if (chunk === null) return abandon(writer, "gone");
    const taking = chunk.done ? writer.close() : writer.write(chunk.value);
    const taken = await within(taking.then(() => true, () => false), stallMs, timer);
    if (taken === LATE) return abandon(writer, "stalled");
    if (chunk.done || !taken) return "whole"; // an origin that has heard enough has its answer to give
    room = chunk.value.buffer;
  }
}

/** @template {string} T @param {WritableStreamDefaultWriter} writer @param {T} how */
function abandon(writer, how) {
  writer.abort(how).catch(() => {});
  return how;
}
