// Sends deltas to the DynamoDB store, one after another, each at its own time, and prints the snapshots. argv: what to
// send and where, as JSON.

import { dynamoStore, DynamoError } from "../../compiler/kampkin/runtime/stores/dynamodb.mjs";
import { sign } from "../../compiler/kampkin/runtime/stores/sigv4.mjs";

const { url, table, region, credentials, breaker, deltas } = JSON.parse(process.argv[2]);
let now = 0;

async function call(operation, input) {
  const body = JSON.stringify(input);
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` };
  const signed = await sign({ method: "POST", url: new URL(url), headers, body, service: "dynamodb", region, credentials, now: Date.now() });
  const answer = await fetch(url, { method: "POST", headers: signed, body });
  const output = await answer.json();
  if (!answer.ok) throw new DynamoError(String(output.__type).replace(/^.*#/, ""), output);
  return output;
}

const store = dynamoStore({ table, region, call, now: () => now, coin: () => 0 });
const snapshots = [];
for (const { at, ...delta } of deltas) {
  now = at;
  snapshots.push(await store.sync(breaker, delta));
}
console.log(JSON.stringify(snapshots));
