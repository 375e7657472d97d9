// What the breaker allocates and holds; run with --expose-gc and a young generation so large that nothing is collected
// while it counts. One contestant a process: V8 then compiles the modules for it alone.

import * as contestants from "./contestants.mjs";

const { runtime, policy, what, count } = JSON.parse(process.argv[2]);
const kampkin = await contestants.ours(runtime);
const collect = /** @type {() => void} */ (globalThis.gc);

/** Bytes that `count` operations leave behind, per operation. @param {(n: number) => void} run */
function allocated(run) {
  for (let warm = 0; warm < 8; warm++) run(100_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  run(count);
  return { bytes: (process.memoryUsage().heapUsed - before) / count };
}

/** Bytes of each of `count` things, kept. @param {() => unknown} create */
function held(create) {
  const kept = new Array(count);
  kept.fill(create()); // the array itself, and what the first one makes V8 set up
  collect();
  const before = process.memoryUsage();
  for (let i = 0; i < count; i++) kept[i] = create();
  collect();
  const after = process.memoryUsage();
  if (kept.length !== count) throw new Error("the things were let go of");
  return { heap: (after.heapUsed - before.heapUsed) / count, external: (after.external - before.external) / count };
}

/** @type {Record<string, () => object>} */
const measures = {
  nothing: () => allocated(contestants.empty()),
  breaker: () => allocated(contestants.breakerHanded(kampkin, policy)),
  node: () => allocated(contestants.nodeHanded(kampkin, policy)),
  breakers: () => held(() => contestants.warmBreaker(kampkin, policy)),
  nodes: () => held(() => contestants.warmNode(kampkin, policy)),
};
process.stdout.write(JSON.stringify(measures[what]()));
