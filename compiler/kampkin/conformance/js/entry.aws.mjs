/** The function's entry in a conformance run: `main.mjs` with a stage in the place of the platform. */

import { lambda } from "./lambda.mjs";
import later from "./later.mjs";
import plan from "./plan.mjs";
import site from "./site.mjs";
import { createStage } from "./stage.mjs";
import { dynamoStore } from "./stores/dynamodb.mjs";

const stage = createStage();
const deployed = new Map();
let amended = (io) => io;

export async function handler(event) {
  const { cf } = event.Records[0];
  const request = new Request("https://edge.test/", { headers: { "x-step": cf.request.headers["x-step"][0].value } });
  let result;
  const answer = await stage.play(request, async ({ node, deploy }, amend) => {
    const key = `${node} ${deploy}`;
    if (!deployed.has(key)) deployed.set(key, create(deploy ? later : plan));
    amended = amend;
    result = await deployed.get(key)(event);
    return new Response(null, { status: Number(result.status) });
  });
  const verdict = { key: "x-verdict", value: answer.headers.get("x-verdict") };
  return { ...result, headers: { ...result.headers, "x-verdict": [verdict] } };
}

function create(plan) {
  let store;
  return lambda(plan, site, process.env, (io, call) => {
    const [region] = site.regions;
    store ??= dynamoStore({ table: site.table, region, call, now: () => stage.step().now, coin: () => stage.step().coin });
    return amended({ ...io, store });
  });
}
