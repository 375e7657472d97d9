// Carries out operations on the table in memory, one after another, and says what each came to and what all were billed.

import { createTable } from "../../compiler/kampkin/cost/js/table.mjs";

const { call, counts } = createTable();
const came = [];
for (const [operation, body] of JSON.parse(process.argv[2])) {
  try {
    came.push(await call(operation, body));
  } catch (error) {
    came.push({ failed: error.type ?? String(error), item: error.body?.Item ?? null, reasons: error.body?.CancellationReasons ?? null });
  }
}
console.log(JSON.stringify({ came, counts }));
