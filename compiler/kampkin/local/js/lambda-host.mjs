// Lambda@Edge on this machine, with as much of CloudFront as stands around it: HTTP in, an origin-request event to one
// of several environments, the generated response back out. An environment is a process that takes one event at a
// time and is frozen for real in between: SIGSTOP after its answer, SIGCONT at the next event.
//
// Frozen environments cannot see that this host is gone: whoever started it ends its whole process group.

import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { badResult, toEvent, toHttp } from "./cloudfront.mjs";
import { converse } from "./conversation.mjs";

const HOST = "127.0.0.1";
const FUNCTION_TIMEOUT_MS = 30_000;
const EXTRA_ENVIRONMENTS = 10;
const PROGRAM = fileURLToPath(new URL("lambda-environment.mjs", import.meta.url));

class Environment {
  constructor(config, name, say) {
    this.name = name;
    this.child = fork(PROGRAM, [config.folder, config.handler], { env: config.env, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        for (const line of lines) if (line) say({ log: line, node: name });
      });
    }
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.ready = this.answer().then((message) => {
      if (message.failed) throw new Error(message.failed);
      this.freeze();
    });
  }

  /** The child's next message; rejects when the child ends first. */
  answer() {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the environment ended"));
      this.child.once("message", (message) => {
        this.child.off("exit", ended);
        resolve(message);
      });
      this.child.once("exit", ended);
    });
  }

  freeze() {
    this.child.kill("SIGSTOP");
  }

  /** One event, at most FUNCTION_TIMEOUT_MS long; throws when the environment did not survive it. */
  async invoke(event) {
    this.child.kill("SIGCONT");
    const limit = setTimeout(() => this.kill(), FUNCTION_TIMEOUT_MS);
    try {
      const answered = this.answer();
      this.child.send({ event });
      const message = await answered;
      this.freeze();
      return message;
    } finally {
      clearTimeout(limit);
    }
  }

  kill() {
    this.child.kill("SIGKILL");
    return this.ended;
  }
}

// The environments: those with a port of their own first, then extra ones while all are busy. The one idle longest is
// next, so that all of them work; the real service prefers the warmest.
class Pool {
  constructor(config, say) {
    this.config = config;
    this.say = say;
    this.nodes = config.ports.nodes.map((_, node) => this.launch(node));
    this.extra = [];
    this.idle = [...this.nodes.keys()].map((node) => ({ node }));
    this.waiting = [];
  }

  launch(node) {
    const environment = new Environment(this.config, node, this.say);
    environment.ready.catch(() => {});
    return environment;
  }

  ready() {
    return Promise.all(this.nodes.map(({ ready }) => ready));
  }

  /** An idle environment, the given node's or any. */
  take(node) {
    const at = this.idle.findIndex((slot) => node === undefined || slot.node === node);
    if (at >= 0) return this.idle.splice(at, 1)[0];
    if (node === undefined && this.extra.length < EXTRA_ENVIRONMENTS) {
      const slot = { node: this.nodes.length + this.extra.length };
      this.extra.push(this.launch(slot.node));
      return slot;
    }
    return new Promise((resolve) => this.waiting.push({ node, resolve }));
  }

  give(slot) {
    const next = this.waiting.findIndex(({ node }) => node === undefined || node === slot.node);
    if (next >= 0) this.waiting.splice(next, 1)[0].resolve(slot);
    else this.idle.push(slot);
  }

  at(slot) {
    return slot.node < this.nodes.length ? this.nodes[slot.node] : this.extra[slot.node - this.nodes.length];
  }

  replace(slot) {
    const fresh = this.launch(slot.node);
    if (slot.node < this.nodes.length) this.nodes[slot.node] = fresh;
    else this.extra[slot.node - this.nodes.length] = fresh;
    return fresh.ready;
  }

  /** Runs the event; a result that says what went wrong where the real service would answer 502. */
  async run(event, node) {
    const slot = await this.take(node);
    const environment = this.at(slot);
    try {
      await environment.ready;
      const { result, failed } = await environment.invoke(event);
      return failed ? badResult("LambdaExecutionError", failed) : result;
    } catch (error) {
      if (this.at(slot) === environment) {
        await environment.kill();
        await this.replace(slot).catch(() => {});
      }
      return badResult("LambdaExecutionError", String(error.message));
    } finally {
      this.give(slot);
    }
  }

  async kill(node) {
    const slot = { node };
    await this.at(slot).kill();
    await this.replace(slot);
  }

  async close() {
    await Promise.all([...this.nodes, ...this.extra].map((environment) => environment.kill()));
  }
}

converse(async (config, say) => {
  let pool = new Pool(config, say);
  await pool.ready();

  const listen = (port, node) =>
    new Promise((resolve, reject) => {
      const server = createServer(async (request, response) => {
        const { event, refused } = await toEvent(request, randomUUID());
        const result = refused ?? (await pool.run(event, node));
        toHttp(result, request, response, (line) => say({ log: line, node: node ?? null }));
      });
      server.keepAliveTimeout = 60_000;
      server.once("error", reject).listen(port, HOST, () => resolve(server));
    });
  const servers = await Promise.all([listen(config.ports.main), ...config.ports.nodes.map(listen)]);

  return {
    ready: {},
    commands: {
      async reload({ folder }) {
        const old = pool;
        config = { ...config, folder };
        pool = new Pool(config, say);
        await pool.ready();
        await old.close();
      },
      kill: (node) => pool.kill(node),
    },
    async close() {
      for (const server of servers) server.closeAllConnections?.();
      await pool.close();
    },
  };
});
