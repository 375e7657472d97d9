/** The Worker's entry in a conformance run: `main.mjs` with a stage in the place of the platform. */

import { worker } from "./cloudflare.mjs";
import later from "./later.mjs";
import plan from "./plan.mjs";
import site from "./site.mjs";
import { createStage } from "./stage.mjs";

const stage = createStage();
const deployed = new Map();
let amended = (io) => io;

export default {
  fetch: (request, env, ctx) =>
    stage.play(request, ({ node, deploy }, amend) => {
      const key = `${node} ${deploy}`;
      if (!deployed.has(key)) deployed.set(key, worker(deploy ? later : plan, site, (io) => amended(io)));
      amended = (io) => amend({ ...io, store: clocked(io.store) });
      return deployed.get(key).fetch(request, env, ctx);
    }),
};

/** The Durable Object has a clock of its own: each delta brings it. */
function clocked(store) {
  const at = () => ({ now: stage.step().now, coin: stage.step().coin });
  return { sync: (breaker, delta) => store.sync(breaker, { ...delta, at: at() }) };
}
