/** A node's minute as a data point of Workers Analytics Engine, for stores that keep no minutes, or for whoever queries there. */

import { FIELDS, quantile } from "./metrics.mjs";

const QUANTILES = [0.5, 0.9, 0.99];
const LONGEST_INDEX = 96; // bytes: the platform's

/**
 * index: the breaker; blobs: it again, for a name too long for an index, the node's region, the plan's digest; doubles: the minute
 * since 1970, each of FIELDS in order, then p50, p90 and p99 in ms: 20, as many as there may be.
 * @param {string} breaker @param {import("./metrics.mjs").Minute} minute @param {{node: string, plan: string, now: number}} at
 */
export function toDataPoint(breaker, { ago, counts, latency }, { node, plan, now }) {
  return {
    indexes: [breaker.slice(0, LONGEST_INDEX)],
    blobs: [breaker, node.split("/")[0], plan],
    doubles: [Math.floor(now / 60_000) - ago, ...FIELDS.map((field) => counts[field] ?? 0), ...QUANTILES.map((share) => quantile(latency, share))],
  };
}
