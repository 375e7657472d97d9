/** A call from a Worker to an origin. Its answer is passed on as it comes, body untouched, but where the body's end matters. */

import { isEventStream } from "./headers.mjs";
import { LATE, within } from "./within.mjs";

const CHUNK = 65_536;

/**
 * Calls an origin until its headers come. Redirects go to the caller.
 * @param {import("./middleware.mjs").Sent} sent @param {(ms: number) => import("./within.mjs").Timer<void>} timer
 * @returns {Promise<import("./middleware.mjs").Called>}
 */
export async function call({ url, request, headers, timeoutMs, idleTimeoutMs, patient, watch, upload }, timer) {
  const controller = new AbortController();
  const abort = (/** @type {string} */ why) => () => controller.abort(why);
  /** @type {any} */
  let limit;
  let isOver = false;
  const start = () => isOver || (limit = setTimeout(abort("timeout"), timeoutMs));
  const leave = abort("gone");
  const client = patient ? null : request.signal;
  client?.addEventListener("abort", leave);
  upload?.done.then((how) => (isOver ? null : how === "whole" ? start() : controller.abort(how === "stalled" ? "timeout" : "cut")));
  if (!upload) start();
  if (watch) headers.set("accept-encoding", "identity"); // what is read here is decoded, and would be encoded anew
  try {
    const { method } = request;
    const response = await fetch(url, { method, headers, body: upload?.stream ?? null, signal: controller.signal, redirect: "manual" });
    return watch ? watched(response, controller, request.signal, idleTimeoutMs, timer) : { response };
  } catch (error) {
    return { failure: controller.signal.aborted ? controller.signal.reason : "network", detail: String(error) };
  } finally {
    isOver = true; // an upload that ends later starts nothing
    clearTimeout(limit);
    client?.removeEventListener("abort", leave);
  }
}

/**
 * The answer with a body whose end is seen: one that ends when it likes, or that would have to be decoded, is passed on unseen.
 * @param {Response} response @param {AbortController} controller @param {AbortSignal} client @param {number} idleTimeoutMs
 * @param {(ms: number) => import("./within.mjs").Timer<void>} timer @returns {import("./middleware.mjs").Called}
 */
function watched(response, controller, client, idleTimeoutMs, timer) {
  const { body, headers } = response;
  if (body === null || response.status === 101 || isEventStream(headers.get("content-type")) || headers.has("content-encoding")) return { response };
  const length = Number(headers.get("content-length") ?? NaN);
  const { readable, writable } = Number.isSafeInteger(length) ? new FixedLengthStream(length) : new IdentityTransformStream();
  return { response: new Response(readable, response), end: carry(body, writable, controller, client, idleTimeoutMs, timer) };
}

/**
 * Moves the answer's body on. A caller who leaves ends it, though nothing comes that could be written.
 * @param {ReadableStream} body @param {WritableStream} writable @param {AbortController} controller @param {AbortSignal} client
 * @param {number} idleTimeoutMs @param {(ms: number) => import("./within.mjs").Timer<void>} timer @returns {Promise<import("./middleware.mjs").End>}
 */
async function carry(body, writable, controller, client, idleTimeoutMs, timer) {
  const reader = body.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  /** @type {Promise<null>} */
  const left = new Promise((resolve) => (client.aborted ? resolve(null) : client.addEventListener("abort", () => resolve(null))));
  let room = new ArrayBuffer(CHUNK); // the same for every chunk
  for (;;) {
    const reading = Promise.race([reader.read(new Uint8Array(room)).catch(() => null), left]);
    const chunk = idleTimeoutMs > 0 ? await within(reading, idleTimeoutMs, timer) : await reading;
    if (chunk === null || chunk === LATE) {
      controller.abort("over");
      writer.abort("cut short").catch(() => {});
      return chunk === LATE ? "timeout" : client.aborted ? "gone" : "network";
    }
    const taking = (chunk.done ? writer.close() : writer.write(chunk.value)).then(() => true, () => false);
    const taken = await Promise.race([taking, left]);
    if (chunk.done) return "whole";
    if (!taken) {
      controller.abort("over");
      return "gone";
    }
    room = chunk.value.buffer;
  }
}
