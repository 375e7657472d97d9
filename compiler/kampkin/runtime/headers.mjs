/** What a request takes along past this hop, and what an answer does: docs/http.md. */

/** Headers that hold for one hop only, RFC 9110 7.6.1. */
export const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/** Not sent on: the origin has a host of its own, the front end has answered `Expect`, and `Forwarded` claims what nobody here has checked. */
const KEPT_HERE = [...HOP_BY_HOP.filter((name) => name !== "upgrade"), "expect", "forwarded", "host"];

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
  headers.append("via", PSEUDONYM);
  return headers;
}

/** Whether the request has passed so many of us that it must be going round. @param {Headers} received */
export const isLooping = (received) => (received.get("via") ?? "").split(PSEUDONYM).length - 1 >= MOST_HOPS;

/** Whether it asks for a WebSocket. Where `Upgrade` is hidden the key tells. @param {Headers} headers */
export const isWebSocket = (headers) => headers.get("upgrade")?.toLowerCase() === "websocket" || headers.has("sec-websocket-key");

/** Whether the body is a stream of events, which ends when it likes. @param {Headers} headers */
export const isEventStream = (headers) => (headers.get("content-type") ?? "").startsWith("text/event-stream");
