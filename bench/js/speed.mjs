// Times the contestants against one another, in rounds: in each every one of them runs for about as long, in another
// order. Prints, by contestant, the ns of an operation in each round.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import * as contestants from "./contestants.mjs";

const WARM_UP = 30_000; // operations

const { runtime, peers, policy, orders, sliceMs } = JSON.parse(process.argv[2]);
const peer = (/** @type {string} */ name) => import(pathToFileURL(createRequire(`${peers}/`).resolve(name)).href);
const [kampkin, opossum, cockatiel] = await Promise.all([contestants.ours(runtime), peer("opossum"), peer("cockatiel")]);

/** @type {Record<string, (n: number) => Promise<void> | void>} */
const runs = {
  breakerHanded: contestants.breakerHanded(kampkin, policy),
  breakerHandedAgain: contestants.breakerHanded(kampkin, policy),
  breaker: contestants.breaker(kampkin, policy),
  nodeHanded: contestants.nodeHanded(kampkin, policy),
  nothingAsync: contestants.nothingAsync(),
  breakerHandedAsync: contestants.breakerHandedAsync(kampkin, policy),
  breakerAsync: contestants.breakerAsync(kampkin, policy),
  breakerAsyncAgain: contestants.breakerAsync(kampkin, policy),
  nodeAsync: contestants.nodeAsync(kampkin, policy),
  cockatielConsecutive: contestants.cockatielConsecutive(cockatiel, policy),
  cockatielSampling: contestants.cockatielSampling(cockatiel, policy),
  opossum: contestants.opossumAsync(opossum, policy),
};

/** ns per operation. @param {(n: number) => Promise<void> | void} run @param {number} n */
async function time(run, n) {
  const began = process.hrtime.bigint();
  await run(n);
  return Number(process.hrtime.bigint() - began) / n;
}

const names = Object.keys(runs);
/** @type {Record<string, number>} */
const counts = {};
for (const name of names) {
  for (let warm = 0; warm < 3; warm++) await time(runs[name], WARM_UP);
  counts[name] = Math.max(1000, Math.round((sliceMs * 1e6) / (await time(runs[name], WARM_UP))));
}
/** @type {Record<string, number[]>} */
const ns = Object.fromEntries(names.map((name) => [name, []]));
for (const order of orders) {
  for (const name of order) ns[name].push(await time(runs[name], counts[name]));
}
process.stdout.write(JSON.stringify(ns));
process.exit(); // opossum keeps timers
