/**
 * Handing a call back to CloudFront: the function returns the event's request with an origin of its own, CloudFront makes the call, with
 * bodies of any size, and origin-response hears what came of it. What must be known there rides in a header of the origin's.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
 */

import { RIDES_IN, ridden } from "./headers.mjs";

const SHORTEST_S = 4; // what CloudFront takes
const LONGEST_S = 60;
const KEEP_ALIVE_S = 5;

/**
 * The request as CloudFront is to send it. Its body stays as it is, whole on CloudFront's side; what is read-only is not touched.
 * @param {any} received the event's request @param {import("./middleware.mjs").HandBack} call @param {import("./middleware.mjs").Sent} sent
 */
export function handBack(received, { breaker, epoch, startedAt, lease }, { url, request, headers, own, host: passed, timeoutMs }) {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  const { forwarded, te, [RIDES_IN]: before, ...kept } = received.headers;
  const edge = headers.get("x-forwarded-host") ?? "";
  for (const name of own) {
    const value = headers.get(name);
    if (value === null) delete kept[name];
    else kept[name] = [{ key: name, value }];
  }
  return {
    ...received,
    uri: pathname,
    querystring: search.slice(1),
    headers: { ...kept, host: [{ key: "Host", value: passed ?? host }], "x-forwarded-host": [{ key: "X-Forwarded-Host", value: edge }] },
    origin: {
      custom: {
        domainName: hostname,
        port: Number(port) || (protocol === "http:" ? 80 : 443),
        protocol: protocol.slice(0, -1),
        path: "",
        sslProtocols: ["TLSv1.2"],
        readTimeout: Math.min(LONGEST_S, Math.max(SHORTEST_S, Math.ceil(timeoutMs / 1000))),
        keepaliveTimeout: KEEP_ALIVE_S,
        customHeaders: { [RIDES_IN]: [{ key: RIDES_IN, value: [breaker, epoch, startedAt, lease, ridden(request.headers) + 1].join(";") }] },
      },
    },
  };
}

/**
 * What rode along with a request that was handed back; null when nothing did.
 * @param {any} request of an origin-response event @returns {import("./middleware.mjs").HandBack | null}
 */
export function rodeAlong({ origin }) {
  const [breaker, ...numbers] = (origin?.custom?.customHeaders?.[RIDES_IN]?.[0]?.value ?? "").split(";");
  const [epoch, startedAt, lease] = numbers.map(Number);
  return numbers.length === 4 && numbers.every((number) => /^-?\d+$/.test(number)) ? { breaker, epoch, startedAt, lease, always: false } : null;
}

/** Where it was sent, and where the caller had sent it. @param {any} request of an origin-response event */
export function wayOf({ origin: { custom }, uri, querystring, headers }) {
  const page = headers.origin?.[0]?.value ?? null;
  const asked = new URL(`${custom.protocol}://${custom.domainName}:${custom.port}${uri}${querystring ? `?${querystring}` : ""}`).href;
  return { asked, edge: `https://${headers["x-forwarded-host"]?.[0]?.value ?? "invalid."}`, origin: page };
}
