// One Lambda environment: loads the function's module, then answers one event after another.

import { pathToFileURL } from "node:url";

const [folder, handlerName] = process.argv.slice(2);
const [file, name] = handlerName.split(".");

process.on("disconnect", () => process.exit());

try {
  const module = await import(pathToFileURL(`${folder}/${file}.mjs`).href);
  const handler = module[name];
  process.on("message", async ({ event }) => {
    try {
      process.send({ result: (await handler(event, {})) ?? null });
    } catch (error) {
      process.send({ failed: String(error?.stack ?? error) });
    }
  });
  process.send({});
} catch (error) {
  process.send({ failed: String(error?.stack ?? error) });
}
