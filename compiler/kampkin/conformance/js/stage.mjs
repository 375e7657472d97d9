/**
 * What a conformance run hands in, in the place of the platform's own: a clock and a coin that come with each request,
 * timers that follow that clock, a store that can be down, and the word of the origin on what a call came to. The modules
 * under test are as they ship.
 *
 * A request carries `x-step`, which `Step` describes. The conductor is origin and clock in one: it answers calls, and
 * `/until/<ms>/<id>` once its clock has come so far.
 *
 * @typedef {object} Step
 * @property {number} now ms @property {number} coin 0..9999
 * @property {boolean} up whether the store answers
 * @property {string} node its name @property {number} deploy 0, or 1 for the next release
 * @property {string} id of a call that goes on @property {number} slow when that is looked at, ms; 0 never
 * @property {string} conductor its URL
 */

const LONG_MS = 600_000; // no call ends by itself, the conductor ends them

/** One node's stage. */
export function createStage() {
  /** @type {Step} */
  let step = { now: 0, coin: 0, up: true, node: "", deploy: 0, id: "", slow: 0, conductor: "" };
  let fired = 0;
  const set = (/** @type {Partial<Step>} */ next) => (step = { ...step, ...next });

  /**
   * A timer on the conductor's clock, for the look at a call that goes on; the store is waited for without a limit.
   * @param {number} ms
   */
  function timer(ms) {
    const never = new Promise(() => {});
    if (ms !== step.slow) return { promise: never, cancel() {} };
    const controller = new AbortController();
    const ring = async () => {
      try {
        const answer = await fetch(`${step.conductor}/until/${step.now + ms}/${step.id}`, { signal: controller.signal });
        if (!answer.ok) return never;
        set(await answer.json());
        fired += 1;
        return undefined;
      } catch {
        return never;
      }
    };
    return { promise: ring(), cancel: () => controller.abort() };
  }

  /** Tells the conductor that what a timer began is done. */
  async function report() {
    if (fired === 0) return;
    fired -= 1;
    await fetch(`${step.conductor}/looked`);
  }

  /**
   * Plays one request, to the end of all the work that it leaves behind.
   * @param {Request} request
   * @param {(step: Step, amend: (io: import("../../runtime/middleware.mjs").Io) => import("../../runtime/middleware.mjs").Io) => Promise<Response>} run
   */
  async function play(request, run) {
    set(JSON.parse(request.headers.get("x-step") ?? "{}"));
    const { node } = step;
    let verdict = "reject";
    /** @type {Promise<unknown>[]} */
    const works = [];
    const answer = await run(step, (io) => ({
      ...io,
      now: () => step.now,
      coin: () => step.coin,
      timer,
      node: () => node,
      keep(work) {
        const kept = work.then(report, report);
        works.push(kept);
        io.keep(kept);
      },
      async after(work) {
        works.push(work);
        await work;
      },
      store: {
        async sync(breaker, delta) {
          if (!step.up) throw new Error("the store is down");
          return io.store.sync(breaker, delta);
        },
      },
      log(line) {
        if (JSON.parse(line).kampkin === "would-reject") verdict = "would-reject";
      },
      async call(sent) {
        if (verdict === "reject") verdict = sent.patient ? "probe" : "pass";
        const called = await io.call({ ...sent, url: `${sent.url}&verdict=${verdict}`, timeoutMs: LONG_MS, watch: false });
        if (!("response" in called)) return called;
        set(JSON.parse(called.response.headers.get("x-step") ?? "{}"));
        const failure = /** @type {"timeout" | "network" | "void" | null} */ (called.response.headers.get("x-failure"));
        return failure ? { failure, detail: "" } : called;
      },
    }));
    await Promise.allSettled(works);
    const headers = new Headers(answer.headers);
    headers.set("x-verdict", verdict);
    return new Response(answer.body, { status: answer.status, headers });
  }

  return { play, step: () => step };
}
