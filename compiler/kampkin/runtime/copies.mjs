/**
 * Earlier answers, kept at the edge in Cloudflare's cache for the time when there are none. Only what anybody may have: to a GET that
 * says nothing of who asks, and that the origin does not call private. Beyond one data centre nothing is shared.
 * https://developers.cloudflare.com/workers/runtime-apis/cache/
 *
 * @typedef {object} Copies
 * @property {(request: Request, url: URL, response: Response, maxAgeMs: number, now: number) => Promise<unknown> | null} keep null: not this one, or not now
 * @property {(request: Request, url: URL, maxAgeMs: number, now: number) => Promise<Response | null>} find
 */

import { standingIn } from "./answers.mjs";
import { isEventStream } from "./headers.mjs";

const KEPT_AT = "kampkin-kept-at";
const FRESH_MS = 10_000;
const MOST_REMEMBERED = 1_000;
const LARGEST = 8 * 1024 * 1024;

/** Headers that do not say who asks. Any other may, whatever an API calls it: then nothing is kept. */
const SAYS_NOTHING = new RegExp(
  `^(?:${[
    "accept(?:-.*)?", "cache-control", "cdn-loop", "cf-(?:connecting-ip|connecting-ipv6|device-type|ew-via|ipcountry|ray|visitor|worker)", "connection",
    "content-length", "dnt", "host", "if-(?:match|modified-since|none-match|unmodified-since)", "origin", "pragma", "priority", "referer", "save-data",
    "sec-(?:ch-|fetch-|gpc|purpose).*", "te", "traceparent", "true-client-ip", "upgrade-insecure-requests", "user-agent", "via",
    "x-forwarded-(?:for|host|port|proto)", "x-real-ip", "x-request-id",
  ].join("|")})$`,
);

/** What an answer may differ by without being another one for callers: an encoding is undone, the sharing is decided here. */
const VARIES_HARMLESSLY = ["", "accept-encoding", "origin"];

/**
 * @param {() => Promise<{match: (request: Request) => Promise<Response | undefined>, put: (request: Request, response: Response) => Promise<unknown>}>} open
 *   the cache, anew for each request: on Workers none may wait for what another has begun
 * @returns {Copies}
 */
export function copiesIn(open) {
  /** @type {Map<string, number>} when each address was last kept by this isolate, ms: each at most every FRESH_MS */
  const kept = new Map();
  return {
    keep(request, url, response, maxAgeMs, now) {
      if (now - (kept.get(url.href) ?? -Infinity) < FRESH_MS || !isForAnybody(request, response)) return null;
      if (kept.size >= MOST_REMEMBERED) kept.clear();
      kept.set(url.href, now);
      const copy = new Response(upToLargest(response.clone()), response);
      for (const name of ["set-cookie", "expires", "cdn-cache-control", "cloudflare-cdn-cache-control"]) copy.headers.delete(name);
      copy.headers.set("cache-control", `public, max-age=${Math.ceil(maxAgeMs / 1000)}`);
      copy.headers.set(KEPT_AT, String(now));
      return open().then((cache) => cache.put(keyOf(url), copy)).catch(() => kept.delete(url.href));
    },
    async find(request, url, maxAgeMs, now) {
      if (request.method !== "GET" && request.method !== "HEAD") return null;
      const found = await (await open()).match(keyOf(url));
      const age = found ? now - Number(found.headers.get(KEPT_AT)) : Infinity;
      if (!found || !(age <= maxAgeMs)) return null;
      const answer = new Response(request.method === "HEAD" ? null : found.body, found);
      answer.headers.delete(KEPT_AT);
      answer.headers.set("age", String(Math.max(0, Math.floor(age / 1000))));
      answer.headers.set("cache-control", "no-store");
      standingIn(answer.headers, "stale copy");
      return answer;
    },
  };
}

/** @param {URL} url */
const keyOf = (url) => new Request(url.href);

/** The body, which fails where it turns out too large to be kept. @param {Response} response */
function upToLargest({ body, headers }) {
  if (headers.has("content-length")) return body;
  let size = 0;
  return body?.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > LARGEST) controller.error(new Error("too large to be kept"));
      else controller.enqueue(chunk);
    },
  })) ?? null;
}

/** @param {Request & {cf?: {tlsClientAuth?: {certPresented?: string}}}} request @param {Response} response */
function isForAnybody({ method, headers: asked, cf }, { status, headers }) {
  const isAnonymous = [...asked.keys()].every((name) => SAYS_NOTHING.test(name)) && cf?.tlsClientAuth?.certPresented !== "1";
  const isPlain = method === "GET" && status === 200 && isAnonymous && !headers.has("set-cookie");
  const varies = (headers.get("vary") ?? "").toLowerCase().split(",").map((name) => name.trim());
  return (
    isPlain && !/private|no-store/i.test(headers.get("cache-control") ?? "") && varies.every((name) => VARIES_HARMLESSLY.includes(name)) &&
    !isEventStream(headers.get("content-type")) && Number(headers.get("content-length") ?? 0) <= LARGEST
  );
}
