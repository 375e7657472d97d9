// A program's end of the conversation with the Python that started it: JSON lines on stdin and stdout. The first
// line in is the configuration. When stdin ends the parent is gone, and so are we.

import { createInterface } from "node:readline";

/**
 * @param {(config: any, say: (message: object) => void) => Promise<{ready: object, commands: Record<string, (args: any) => any>, close: () => any}>} begin
 */
export async function converse(begin) {
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  let program;
  try {
    const { value } = await lines.next();
    program = await begin(JSON.parse(value), say);
    say({ ready: program.ready });
  } catch (error) {
    say({ failed: String(error?.message ?? error), code: error?.code ?? null });
    process.exit(1);
  }
  for await (const line of { [Symbol.asyncIterator]: () => lines }) {
    const { id, command, args } = JSON.parse(line);
    Promise.resolve()
      .then(() => program.commands[command](args))
      .then((result) => say({ id, result: result ?? null }))
      .catch((error) => say({ id, error: String(error?.stack ?? error) }));
  }
  await program.close();
  process.exit(0);
}
