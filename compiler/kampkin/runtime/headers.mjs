/** What a request takes along past this hop, and what an answer does: docs/http.md. */

/** Headers that hold for one hop only, RFC 9110 7.6.1. */
export const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/** Where a call that was handed back says what is to be known of it, and how often that was done on its way: `Via` may not be touched there. */
export const RIDES_IN = "kampkin-exchange";

/** Not sent on: the origin has a host of its own, the front end has answered `Expect`, and `Forwarded` claims what nobody here has checked. */
const KEPT_HERE = [...HOP_BY_HOP.filter((name) => name !== "upgrade"), "expect", "forwarded", "host", RIDES_IN];

const PSEUDONYM = "1.1 kampkin";
const MOST_HOPS = 3;

/**
 * The request's headers as the origin gets them. The caller's address is for the platform to say, in X-Forwarded-For.
 * @param {Headers} received @param {URL} url as the caller asked for it
 */
export function onward(received, url) {
  const headers = new Headers(received);
  for (const name of KEPT_HERE) headers.delete(name);
  if (headers.has("upgrade") && !isWebSocket(headers)) headers.delete("upgrade");
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  for (let hop = ridden(received); hop >= 0; hop--) headers.append("via", PSEUDONYM);
  return headers;
}

/**
 * Says to an endpoint's own origin what the file has it told in place of the caller. Where a secret is not bound, or is no value of a
 * header, the header is left out; the caller's own does not pass even then: it would be believed to be the edge's.
 * @param {Headers} headers changed in place
 * @param {{requestHeaders: [string, string][], secretHeaders: [string, string][]}} endpoint
 * @param {((secret: string) => string | undefined) | undefined} secretOf
 * @returns {{own: string[], missing: string[]}} the headers that are the edge's to set, the secrets that it does not have
 */
export function dress(headers, { requestHeaders, secretHeaders }, secretOf) {
  const missing = [];
  for (const [name, value] of requestHeaders) headers.set(name, value);
  for (const [name, secret] of secretHeaders) {
    headers.delete(name);
    try {
      const value = secretOf?.(secret);
      if (value) headers.set(name, value);
      else missing.push(secret);
    } catch {
      missing.push(secret);
    }
  }
  return { own: [...requestHeaders, ...secretHeaders].map(([name]) => name), missing };
}

/** Whether the request has passed so many of us that it must be going round. @param {Headers} received */
export const isLooping = (received) => (received.get("via") ?? "").split(PSEUDONYM).length - 1 + ridden(received) >= MOST_HOPS;

/** How often the request was handed back on its way here: the last number of what rides along. @param {Headers} received */
export const ridden = (received) => Math.min(MOST_HOPS, Number(received.get(RIDES_IN)?.match(/;(\d{1,3})$/)?.[1] ?? 0));

/** Whether it asks for a WebSocket. Where `Upgrade` is hidden the key tells. @param {Headers} headers */
export const isWebSocket = (headers) => headers.get("upgrade")?.toLowerCase() === "websocket" || headers.has("sec-websocket-key");

/** Whether a body of that type is a stream of events, which ends when it likes. @param {string | null | undefined} contentType */
export const isEventStream = (contentType) => contentType?.startsWith("text/event-stream") ?? false;
