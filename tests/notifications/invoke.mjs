// Runs the notifier's function as Lambda does: its handler out of its folder, with an event and a context.

import { readFileSync } from "node:fs";

const { folder, event, context } = JSON.parse(readFileSync(0, "utf8"));
const { handler } = await import(`${folder}/main.mjs`);
process.stdout.write(`\n${JSON.stringify(await handler(event, context))}`);
