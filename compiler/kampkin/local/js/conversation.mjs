// A program's end of the conversation with the Python that started it: JSON lines on stdin and stdout. The first
// line in is the configuration. When stdin ends the parent is gone, and so are we.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * @param {(config: any, say: (message: object) => void) => Promise<{ready: object, commands: Record<string, (args: any) => any>, close: () => any}>} begin
 */
export async function converse(begin) {
  guard();
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const incoming = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  let program;
  try {
    const { value } = await incoming.next();
    program = await begin(JSON.parse(value), say);
    say({ ready: program.ready });
  } catch (error) {
    say({ failed: String(error?.message ?? error), code: error?.code ?? null });
    process.exit(1);
  }
  for await (const line of { [Symbol.asyncIterator]: () => incoming }) {
    const { id, command, args } = JSON.parse(line);
    Promise.resolve()
      .then(() => program.commands[command](args))
      .then((result) => say({ id, result: result ?? null }))
      .catch((error) => say({ id, error: String(error?.message ?? error) }));
  }
  await program.close();
  process.exit(0);
}

/** Hands each whole line of a stream to `take`. */
export function lines(stream, take) {
  createInterface({ input: stream }).on("line", (line) => line && take(line));
}

// What we start (workerd, frozen environments) cannot see that we were killed. The guard can: its stdin ends with us,
// and then it kills our whole process group. It is outside of it, and of our session.
function guard() {
  const kill = 'read -r _; kill -KILL "-$0"';
  spawn("/bin/sh", ["-c", kill, String(process.pid)], { detached: true, stdio: ["pipe", "ignore", "ignore"] }).unref();
}
