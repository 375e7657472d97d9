// Plays outages on the modules of one release, in virtual time: one endpoint at one node, whose store answers at once. What is
// to be played comes on stdin as JSON, what came of it goes to stdout; `argv[2]` is the folder of the modules.

import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { Clock } from "../../../cost/js/clock.mjs";

const START = 1_800_000_000_000;
const STEP_MS = 1000;
const BP = 10_000;
const REQUEST = new Request("https://edge.test/");

const folder = pathToFileURL(`${process.argv[2]}/`);
const { createMiddleware } = await import(new URL("middleware.mjs", folder).href);
const { memoryStore } = await import(new URL("stores/memory.mjs", folder).href);

/**
 * @typedef {{kind: "answers" | "refused" | "hang", ms: number, from: number, to: number}} Phase of calls that fail: how, and the share from its
 *   begin to its end, basis points
 * @typedef {{leadMs: number, phases: Phase[], healthy: Phase}} Outage the phases come after so much health; without any there is only that
 * @typedef {{rate: number, originMs: number, refusedMs: number, patienceMs: number}} World requests a second; how long an origin takes to answer
 *   and to refuse; how long a healed one is waited for
 */

/**
 * @param {Outage} outage @param {{policy: object, timeoutMs: number}} settings @param {World} world @param {number} seed
 */
async function play({ leadMs, phases, healthy }, { policy, timeoutMs }, { rate, originMs, refusedMs, patienceMs }, seed) {
  const clock = new Clock(START);
  const traffic = randomFrom(seed);
  // Luck that hangs on nothing that settings change: all meet the same requests, and the n-th cooldown is as lucky for each.
  const coinAt = (/** @type {number} */ salt, /** @type {number} */ n) => Math.floor(randomFrom(seed + Math.imul(n + salt, 0x9e3779b1))() * BP);
  const coin = () => coinAt(1, clock.now - START);
  const storeCoin = () => coinAt(-1, -opened);
  const begins = START + leadMs;
  const heals = phases.reduce((at, { ms }) => at + ms, begins);
  const seen = { openedMs: /** @type {number | null} */ (null), waited: 0, calls: 0, closedMs: 0, falseOpens: 0, atOnce: 0 };
  let state = "closed";
  let closedAt = START;
  let doomed = 0; // calls under way that will fail
  let opened = 0;
  let luck = 0; // of the request that is just coming in

  /** The phase at a time, and the share of calls that fail then. @param {number} now */
  function weather(now) {
    let at = begins;
    if (now >= begins) for (const phase of phases) {
      if (now < at + phase.ms) return { phase, share: phase.from + ((phase.to - phase.from) * (now - at)) / phase.ms };
      at += phase.ms;
    }
    return { phase: healthy, share: healthy.from };
  }

  /** What may be missing here is not what decides. @type {any} */
  const log = (/** @type {unknown} */ _write, /** @type {number} */ now, /** @type {any} */ { kampkin, to, error }) => {
    if (error) clock.fail(new Error(`${kampkin}: ${error}`));
    if (kampkin !== "transition") return;
    state = to;
    if (to === "closed") closedAt = now;
    if (to !== "open") return;
    opened += 1;
    if (weather(now).phase === healthy) seen.falseOpens += 1;
    if (now >= begins && phases.length > 0) seen.openedMs ??= now - begins;
  };

  /** The origin. @param {{timeoutMs: number}} sent */
  async function call({ timeoutMs: limitMs }) {
    seen.atOnce -= 1;
    const { phase, share } = weather(clock.now);
    const fails = luck * BP < share;
    const within = phases.length > 0 && clock.now >= begins && clock.now < heals;
    if (within) seen.calls += 1;
    if (within && fails && seen.openedMs === null) seen.waited += 1;
    if (fails) doomed += 1;
    const takesMs = !fails || phase.kind === "answers" ? originMs : phase.kind === "refused" ? refusedMs : Infinity;
    await clock.sleep(Math.min(takesMs, limitMs));
    if (fails) doomed -= 1;
    if (takesMs >= limitMs) return { failure: "timeout", detail: "" };
    if (fails && phase.kind === "refused") return { failure: "network", detail: "" };
    return { response: new Response(null, { status: fails ? 503 : 200 }) };
  }

  const answer = createMiddleware(planOf(policy, timeoutMs), "cloudflare", log);
  const keep = (/** @type {Promise<unknown>} */ work) => void work.catch((error) => clock.fail(error));
  const store = memoryStore({ now: () => clock.now, coin: storeCoin });
  const io = { now: () => clock.now, coin, timer: clock.timer, call, store, keep, after: keep, node: () => "review/1", requestId: "", log: () => {} };

  /** Callers as they come, at random times, each in an instant of its own: its call is made before the next comes. */
  async function live() {
    for (let due = 0; ; ) {
      due += (-Math.log(1 - traffic()) * 1000) / rate;
      const drawn = traffic();
      await clock.sleep(Math.max(0, Math.ceil(START + due - clock.now)));
      luck = drawn;
      seen.atOnce += 1; // until a call is made for it
      answer(REQUEST, io).catch((error) => clock.fail(error));
    }
  }

  live().catch((error) => clock.fail(error));
  await clock.run(begins);
  if (phases.length === 0) return seen;
  if (state !== "closed") seen.openedMs = 0;
  await clock.run(heals);
  while (clock.now < heals + patienceMs && (state !== "closed" || doomed > 0)) await clock.run(clock.now + STEP_MS);
  return { ...seen, closedMs: state === "closed" ? Math.max(0, closedAt - heals) : null };
}

/** A plan of one endpoint. @param {object} policy @param {number} timeoutMs */
function planOf(policy, timeoutMs) {
  const endpoint = { name: "played", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "origin.test", port: 443, path: "" } };
  const plain = { methods: null, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] };
  return { version: 2, digest: "sha256:played", defaults: { policy, ...plain, timeoutMs, targets: ["cloudflare"] }, endpoints: [endpoint] };
}

/** Numbers from 0 to 1, the same for each seed: Mulberry32. @param {number} seed */
function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const { settings, outages, seeds, world } = JSON.parse(await text(process.stdin));
const played = [];
for (const one of settings) {
  const runs = [];
  for (const outage of outages) {
    const each = [];
    for (const seed of seeds) each.push(await play(outage, one, world, seed));
    runs.push(each);
  }
  played.push(runs);
}
process.stdout.write(JSON.stringify({ played }));
