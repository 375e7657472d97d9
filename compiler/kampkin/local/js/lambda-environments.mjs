// Lambda's environments: processes that take one event at a time and are frozen for real in between: SIGSTOP after the
// answer, SIGCONT at the next event. Of several regions they are in one after the other.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { executionError } from "./cloudfront.mjs";
import { lines } from "./conversation.mjs";

const EXTRA_ENVIRONMENTS = 10;
const PROGRAM = fileURLToPath(new URL("lambda-environment.mjs", import.meta.url));

class Environment {
  constructor({ folder, handler, regions, timeoutMs, ...config }, number, say) {
    const env = { ...config.env, AWS_REGION: regions[number % regions.length] };
    this.timeoutMs = timeoutMs;
    this.dead = false;
    this.child = fork(PROGRAM, [folder, handler, String(timeoutMs)], { env, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.child.stdout, this.child.stderr]) lines(stream, (log) => say({ log, node: number }));
    this.child.on("error", () => this.kill()); // an event that cannot be handed over: it is as good as dead
    this.ended = new Promise((resolve) => this.child.once("exit", resolve)).then(() => (this.dead = true));
    this.ready = this.answer().then(({ failed }) => {
      if (failed) throw this.end(failed);
      this.freeze();
    });
    this.ready.catch(() => {}); // whoever waits for it hears of it
  }

  /** The child's next message; rejects when the child ends first. */
  answer() {
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error(this.last ?? "the environment ended"));
      this.child.once("message", (message) => {
        this.child.off("exit", ended);
        resolve(message);
      });
      this.child.once("exit", ended);
    });
  }

  /** One event, as long as the function may take; throws when the environment did not survive it. */
  async invoke(event) {
    this.child.kill("SIGCONT");
    const limit = setTimeout(() => this.end(`Task timed out after ${(this.timeoutMs / 1000).toFixed(2)} seconds`), this.timeoutMs);
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

  freeze() {
    this.child.kill("SIGSTOP");
  }

  /** Kills it, for a reason; the reason as an error. */
  end(reason) {
    this.last = reason;
    this.kill();
    return new Error(reason);
  }

  kill() {
    this.dead = true;
    this.child.kill("SIGKILL");
    return this.ended;
  }
}

/**
 * The environments of one version of the function: the numbered ones that callers can choose, then extra ones while all
 * are busy, then a queue. The one idle longest is next, so that all of them work; the real service prefers the warmest.
 * A dead one is replaced when it is next wanted.
 */
export class Pool {
  constructor(config, say) {
    Object.assign(this, { config, say, slots: [], idle: [], waiting: [], retired: false });
    this.numbered = config.ports.nodes.length;
    while (this.slots.length < this.numbered) this.idle.push(this.open());
  }

  open() {
    const number = this.slots.length;
    const slot = { number, environment: new Environment(this.config, number, this.say) };
    this.slots.push(slot);
    return slot;
  }

  async ready() {
    await Promise.all(this.slots.map(({ environment }) => environment.ready));
  }

  /** Runs the event in the environment of this number, or in any; a result of CloudFront's own where that failed. */
  async run(event, number) {
    const slot = await this.take(number);
    try {
      const environment = this.alive(slot);
      await environment.ready;
      const { result, failed } = await environment.invoke(event);
      return failed ? executionError(failed) : result;
    } catch (error) {
      return executionError(error.message);
    } finally {
      this.give(slot);
    }
  }

  take(number) {
    const at = this.idle.findIndex((slot) => number === undefined || slot.number === number);
    if (at >= 0) return this.idle.splice(at, 1)[0];
    if (number === undefined && this.slots.length < this.numbered + EXTRA_ENVIRONMENTS) return this.open();
    return new Promise((resolve) => this.waiting.push({ number, resolve }));
  }

  give(slot) {
    const next = this.waiting.findIndex(({ number }) => number === undefined || number === slot.number);
    if (next >= 0) this.waiting.splice(next, 1)[0].resolve(slot);
    else if (this.retired) slot.environment.kill();
    else this.idle.push(slot);
  }

  alive(slot) {
    if (slot.environment.dead) slot.environment = new Environment(this.config, slot.number, this.say);
    return slot.environment;
  }

  /** Kills the environment of this number, whatever it is at; a fresh one is ready when this returns. */
  async kill(number) {
    const slot = this.slots[number];
    await slot.environment.kill();
    await this.alive(slot).ready;
  }

  /** Takes no new events: what is running and queued ends in peace. */
  retire() {
    this.retired = true;
    for (const { environment } of this.idle.splice(0)) environment.kill();
  }

  async close() {
    await Promise.all(this.slots.map(({ environment }) => environment.kill()));
  }
}
