/**
 * What callers get in the service's stead: the first of an endpoint's fallbacks that can answer, does.
 *
 * @typedef {{kind: "answer", when: Occasion[], status: number, headers: [string, string][], body: string, encoding: "utf8" | "base64"}} Written
 * @typedef {{kind: "origin", when: Occasion[], origin: import("./routes.mjs").Origin, timeoutMs: number}} Alternate
 * @typedef {{kind: "stale", when: Occasion[], maxAgeMs: number}} Stale
 * @typedef {Written | Alternate | Stale} Fallback
 * @typedef {"open" | "failure"} Occasion the breaker has rejected the call, or the call has failed
 *
 * @typedef {object} Means
 * @property {(alternate: Alternate) => Promise<Response | null>} ask another origin; null when it fails too
 * @property {(stale: Stale) => Promise<Response | null>} recall an earlier answer; null when there is none
 */

import { written } from "./answers.mjs";

const SENT_TWICE = ["GET", "HEAD", "OPTIONS"];

/**
 * @param {Request} request @param {import("./routes.mjs").Endpoint} endpoint @param {Occasion} occasion
 * @param {import("./answers.mjs").Cause} cause @param {Means} means @returns {Promise<Response | null>}
 */
export async function fallBack(request, { fallback }, occasion, cause, means) {
  let isSent = occasion === "failure";
  for (const entry of fallback) {
    if (!entry.when.includes(occasion)) continue;
    if (entry.kind === "answer") return written(request, entry, cause);
    if (entry.kind === "origin" && isSent && !mayBeSentTwice(request)) continue;
    const answer = entry.kind === "origin" ? await means.ask(entry) : await means.recall(entry);
    if (answer) return answer;
    isSent ||= entry.kind === "origin";
  }
  return null;
}

/** Whether it does no harm to be asked again, and still can be. @param {Request} request */
const mayBeSentTwice = ({ method, body }) => SENT_TWICE.includes(method) && body === null;
