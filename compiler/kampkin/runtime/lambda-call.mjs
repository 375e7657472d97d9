/**
 * A call from Lambda@Edge to an origin. A generated response is one piece, so the answer is read whole; what does not fit into one is
 * handed back to CloudFront, which makes the call in our stead, or once more where that does no harm.
 */

import { responseTooLarge, unpassable } from "./answers.mjs";
import { Limit, exchange } from "./exchange.mjs";
import { HOP_BY_HOP, isEventStream } from "./headers.mjs";

const RESPONSE_LIMIT = 1_000_000; // "1 MB" of headers and encoded body: the smaller reading of it
const HEADERS_ROOM = 24_000; // 20,480 bytes is the most that CloudFront takes
const LARGEST_BODY = Math.floor((RESPONSE_LIMIT - HEADERS_ROOM) / 4) * 3; // base64 takes a third more
const MOST_REMEMBERED = 1_000;
const REMEMBERED_MS = 60_000; // what goes through CloudFront is hardly seen
const ALIVE_MS = 4_000; // a kept connection idle for less is not closed by common servers, which wait for 5 s

/** How writing to a socket ends that died while the environment was frozen. */
const DEAD_SOCKET = ["ECONNRESET", "EPIPE"];

/** What may be asked once more. */
const SAFE = ["GET", "HEAD", "OPTIONS"];

/** What CloudFront may ask once more: their answers are read, and large. */
const SENT_TWICE = ["GET", "HEAD"];

/**
 * The bodies of origins' answers, beside the Response that carries status and headers: a body that is put into one and read out
 * again is copied, as a stream.
 * @type {WeakMap<Response, Buffer>}
 */
export const bodies = new WeakMap();

/** The requests that are handed back, behind the Response that stands for each. @type {WeakMap<Response, object>} */
export const requests = new WeakMap();

/** Until when an URL is called through CloudFront at once, ms, since its answer was too large. @type {Map<string, number>} */
const large = new Map();

/** When an exchange with a host ended last, ms. @type {Map<string, number>} */
const spoke = new Map();

/**
 * Calls an origin, body and all. A reset on a reused socket before any byte says only that the socket died while the environment was
 * frozen: what is safe is tried once on a fresh one, anything else does not go over a connection that may have died.
 * @param {import("./middleware.mjs").Sent} sent @param {boolean} isTruncated whether the event holds only the beginning of the request's body
 * @param {(call: import("./middleware.mjs").HandBack) => object} back the request as it is handed back
 * @returns {Promise<import("./middleware.mjs").Called>}
 */
export async function call({ url, request, headers, host: passed, timeoutMs, idleTimeoutMs, handBack }, isTruncated, back) {
  const isSafe = SAFE.includes(request.method);
  const mayRepeat = handBack !== null && SENT_TWICE.includes(request.method);
  const isKnownLarge = mayRepeat && handBack.lease === 0 && (large.get(url) ?? 0) > Date.now();
  if (isTruncated && !handBack) return { failure: "void", detail: "the body is not here" };
  if (handBack && isTruncated) return { response: standFor(back({ ...handBack, startedAt: 0 })), handedBack: "before" }; // the caller is still sending
  if (handBack && (handBack.always || isKnownLarge)) return { response: standFor(back(handBack)), handedBack: "before" };

  const body = request.body ? Buffer.from(await request.arrayBuffer()) : null;
  const sent = Object.fromEntries(headers);
  if (body || "content-length" in sent) sent["content-length"] = String(body?.length ?? 0); // never what the caller only claims
  const limit = new Limit(timeoutMs, idleTimeoutMs);
  let streams = false;
  const wants = (/** @type {import("node:http").IncomingMessage} */ { headers: received }) => {
    streams = isEventStream(received["content-type"]);
    return request.method === "HEAD" || (!(Number(received["content-length"]) > LARGEST_BODY) && !(mayRepeat && streams));
  };
  const { host, hostname } = new URL(url);
  if (passed) sent.host = passed;
  const kept = isSafe || Date.now() - (spoke.get(host) ?? 0) < ALIVE_MS;
  const options = { method: request.method, headers: sent, body, limit, most: LARGEST_BODY, wants, ...(kept ? {} : { agent: /** @type {false} */ (false) }), ...(passed ? { servername: hostname } : {}) };
  try {
    const answer = await exchange(url, options).catch((error) => {
      if (!error.reused || !DEAD_SOCKET.includes(error.code)) throw error;
      if (!isSafe || body) throw Object.assign(error, { failure: "void" });
      return exchange(url, { ...options, agent: false });
    });
    if (spoke.size >= MOST_REMEMBERED) spoke.clear();
    spoke.set(host, Date.now());
    return taken(answer);
  } catch (/** @type {any} */ error) {
    if (limit.over && streams) return { response: responseTooLarge(request), ownLimit: true }; // it answered; only, not to an end
    const failure = limit.over ? "timeout" : error.code === "HPE_HEADER_OVERFLOW" ? "void" : (error.failure ?? "network");
    return { failure, detail: String(error.code ?? error.message) };
  } finally {
    limit.clear();
  }

  /** @param {{status: number, headers: [string, string][], body: Buffer | null}} answer @returns {import("./middleware.mjs").Called} */
  function taken({ status, headers: received, body: whole }) {
    if (status < 200 || status > 599) return { response: unpassable(request, status), ownLimit: true };
    if (whole) return { response: toResponse(status, received, whole) };
    if (!mayRepeat) return { response: responseTooLarge(request), ownLimit: true };
    if (large.size >= MOST_REMEMBERED) large.clear();
    large.set(url, Date.now() + REMEMBERED_MS);
    return { response: standFor(back({ ...handBack, epoch: -1, lease: 0 }), status, received), handedBack: "after" };
  }
}

/** @param {number} status @param {[string, string][]} headers @param {Buffer} body */
function toResponse(status, headers, body) {
  const response = new Response(null, { status, headers: headers.filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase())) });
  bodies.set(response, body);
  return response;
}

/** A response for a request that is handed back. @param {object} request @param {number} status @param {[string, string][]} headers as far as they are known */
function standFor(request, status = 200, headers = []) {
  const response = new Response(null, { status, headers });
  requests.set(response, request);
  return response;
}
