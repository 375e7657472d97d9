/**
 * A breaker's node on behalf of one request: its time, its log, and how it speaks with its store.
 */

import { STATES } from "./breaker.mjs";
import { STORE_WAIT_MS, dispatch, due, nodeTime, receive, settleAt } from "./node.mjs";
import { isFailure } from "./outcome.mjs";
import { within } from "./within.mjs";

const STORE_GIVE_UP_MS = 2000;
const AFTER_OTHERS_MS = 50;

/** Whatever goes wrong in here, the request goes on. */
export class Talk {
  /**
   * @param {import("./routes.mjs").Endpoint} endpoint @param {import("./node.mjs").Node} node @param {import("./middleware.mjs").Io} io
   * @param {ReturnType<typeof import("./log.mjs").createLog>} log
   */
  constructor(endpoint, node, io, log) {
    this.endpoint = endpoint;
    this.node = node;
    this.io = io;
    this.write = log;
  }

  now() {
    return nodeTime(this.node, this.io.now());
  }

  /**
   * Sends what is pending and takes in the answer; never throws, never takes longer than STORE_GIVE_UP_MS.
   * @param {{ask?: boolean, probe?: import("./wire.mjs").Delta["probe"]}} what
   * @returns {Promise<{answered: boolean, lease: number}>}
   */
  async converse(what = {}) {
    const { node, endpoint, io } = this;
    const { epoch } = node;
    const delta = dispatch(node, this.now(), what);
    this.tellMinute(delta);
    const answer = await within(this.sync(delta), STORE_GIVE_UP_MS, io.timer);
    const lease = receive(node, delta, answer, this.now());
    if (node.epoch !== epoch) this.log("transition", { to: STATES[node.view.state], why: node.view.why });
    return { answered: node.acked >= delta.seq, lease };
  }

  /** @param {import("./wire.mjs").Delta} delta */
  tellMinute({ metrics }) {
    try {
      if (metrics) this.io.minute?.(this.endpoint.name, metrics);
    } catch (error) {
      this.fault(error);
    }
  }

  /** @param {import("./wire.mjs").Delta} delta */
  async sync(delta) {
    try {
      return await this.io.store.sync(this.endpoint.name, delta);
    } catch (error) {
      this.log("store", { error: String(error) });
      return null;
    }
  }

  /** Waits for the store as long as a request may; the work goes on behind it. @template T @param {Promise<T>} work */
  wait(work) {
    this.io.keep(work);
    return within(work, STORE_WAIT_MS, this.io.timer);
  }

  /** Records the outcome and, when it is time, tells the store. @param {import("./node.mjs").Admission} admission @param {import("./node.mjs").Result} result */
  async settle(admission, result) {
    const { node, io } = this;
    try {
      const now = this.now();
      const { urgent, probe, transition } = settleAt(node, admission, result, now, io.coin());
      if (!urgent && !due(node, now)) return;
      const patient = isFailure(result.outcome) || probe !== null || transition !== null;
      await io.after(this.converse({ probe }), patient ? STORE_WAIT_MS : AFTER_OTHERS_MS);
    } catch (error) {
      this.fault(error);
    }
  }

  /** A rejecting node keeps its heartbeat, so that it hears of what others did. */
  async beat() {
    try {
      if (due(this.node, this.now())) await this.io.after(this.converse(), AFTER_OTHERS_MS);
    } catch (error) {
      this.fault(error);
    }
  }

  /** @param {unknown} error */
  fault(error) {
    this.log("fault", { error: String(error) });
  }

  /** @param {string} kind @param {Record<string, unknown>} facts */
  log(kind, facts) {
    const { endpoint, node, io } = this;
    this.write(io.log, this.io.now(), { kampkin: kind, breaker: endpoint.name, epoch: node.epoch, ...facts, request: io.requestId });
  }
}
