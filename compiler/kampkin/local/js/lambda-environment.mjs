// One Lambda environment: loads the function's module, then answers one event after another.

import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";

const [folder, handlerName, timeoutMs] = process.argv.slice(2);
const [file, name] = handlerName.split(".");

process.on("disconnect", () => process.exit());

function context() {
  const end = Date.now() + Number(timeoutMs);
  return { awsRequestId: randomUUID(), functionVersion: "1", getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
}

try {
  const { [name]: handler } = await import(pathToFileURL(`${folder}/${file}.mjs`).href);
  if (typeof handler !== "function") throw new Error(`${file}.mjs exports no function ${name}`);
  if (handler.length > 2) throw new Error("Node 24 on Lambda takes no callback-style handlers");
  process.on("message", async ({ event }) => {
    try {
      process.send({ result: (await handler(event, context())) ?? null });
    } catch (error) {
      process.send({ failed: String(error?.stack ?? error) });
    }
  });
  process.send({});
} catch (error) {
  process.send({ failed: String(error?.stack ?? error) });
}
