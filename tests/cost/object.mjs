// Plays deltas on the Durable Object over SQLite in Node, and says what rows they took.

import { createObjects } from "../../compiler/kampkin/cost/js/object.mjs";

let now = Date.now();
const { namespace, counts } = createObjects(() => (now += 10), () => 0);
const object = namespace.get(namespace.idFromName("cart"));
await object.read();
const before = { ...counts };
const took = [];
for (const delta of JSON.parse(process.argv[2])) {
  const { rowsRead, rowsWritten } = counts;
  await object.sync(delta, "cart");
  took.push([counts.rowsRead - rowsRead, counts.rowsWritten - rowsWritten]);
}
console.log(JSON.stringify({ took, requests: counts.requests - before.requests }));
