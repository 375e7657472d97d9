// The middleware that ships, on a clock that is handed in: how long callers wait at most where store and origins do their worst, and
// when an outage opens a breaker that is reached by the whole way. Nothing here reckons: it looks at the clock.

import { Clock } from "../../compiler/kampkin/cost/js/clock.mjs";
import { converse } from "../../compiler/kampkin/local/js/conversation.mjs";
import { CLOSED, HALF_OPEN, OPEN, createBreaker } from "../../compiler/kampkin/runtime/breaker.mjs";
import { handBack } from "../../compiler/kampkin/runtime/hand-back.mjs";
import { createLedger, sync } from "../../compiler/kampkin/runtime/ledger.mjs";
import { createProxy } from "../../compiler/kampkin/runtime/middleware.mjs";
import { STORE_WAIT_MS } from "../../compiler/kampkin/runtime/node.mjs";
import { memoryStore } from "../../compiler/kampkin/runtime/stores/memory.mjs";
import { snapshotOf } from "../../compiler/kampkin/runtime/wire.mjs";
import { within } from "../../compiler/kampkin/runtime/within.mjs";

const START = 1_800_000_000_000;
const COIN = 9_999;
const NEVER = new Promise(() => {});

/** A proxy of one endpoint on a clock of its own, and what each platform lets follow an answer. */
function edge({ endpoint, target }, { store, call }) {
  const clock = new Clock(START);
  const seen = [];
  const log = (_write, now, entry) => seen.push({ now, ...entry });
  const { serve, hear } = createProxy({ version: 2, digest: "sha256:promises", defaults: {}, endpoints: [endpoint] }, target, log);
  const keep = (work) => void work.catch((error) => clock.fail(error));
  const after = target === "aws" ? async (work, budgetMs) => void (await within(work, budgetMs, clock.timer)) : keep;
  const io = { now: () => clock.now, coin: () => COIN, timer: clock.timer, keep, after, node: () => "test/a", requestId: "", log: () => {}, store: store(clock), call: (sent) => call(sent, clock) };
  const method = endpoint.methods?.[0] ?? "GET";
  return { clock, seen, ask: () => serve(new Request("https://edge.test/", { method }), io), hear: (call, response) => hear(call, response, WAY, io) };
}

const WAY = { asked: "https://cart.test/", edge: "https://edge.test", origin: null };

/** An origin that is silent: its call fails by its own time-out. */
async function hang({ timeoutMs }, clock) {
  await clock.sleep(timeoutMs);
  return { failure: "timeout", detail: "" };
}

/** A store that says, to each delta in turn, so late, how the record stands; or nothing at all. */
const scripted = (says) => (clock) => {
  let turn = 0;
  return {
    async sync(_breaker, delta) {
      const said = says[turn++];
      if (!said) return NEVER;
      await clock.sleep(said.lateMs);
      const record = { ...createBreaker(), ...RECORDS[said.record](clock.now), epoch: turn };
      return snapshotOf(record, delta, clock.now, said.record === "full" ? { again: 250 } : {});
    },
  };
};

const RECORDS = {
  closed: () => ({ state: CLOSED }),
  open: (now) => ({ state: OPEN, since: now, retryAt: now + 1 }),
  due: (now) => ({ state: OPEN, since: now - 1, retryAt: now }),
  full: (now) => ({ state: HALF_OPEN, since: now, grantedAt: now }),
};

/** How long it takes until there is something to answer with. */
async function timed(clock, answering) {
  const began = clock.now;
  let tookMs = null;
  const done = answering().then(() => (tookMs = clock.now - began));
  done.catch((error) => clock.fail(error));
  await new Promise((resolve) => setImmediate(resolve));
  while (tookMs === null) await clock.run(clock.now + 100);
  return tookMs;
}

/** A cold node's first caller, and who that is; where the platform can make calls itself, with bodies too large for others: "request", "answer". */
async function wait({ large, says, ...at }) {
  let who = "rejected";
  const { clock, ask } = edge(at, {
    store: scripted(says),
    async call(sent, clock) {
      if (!sent.handBack) return hang(sent, clock); // it stands in
      const isBefore = at.target === "aws" && (large === "request" || sent.handBack.always);
      who = isBefore ? "handed back before" : large === "answer" ? "handed back after" : "answered";
      if (isBefore) return { response: new Response(null), handedBack: "before" };
      if (large !== "answer") return hang(sent, clock);
      await clock.sleep(sent.timeoutMs);
      return { response: new Response(null, { status: 500 }), handedBack: "after" };
    },
  });
  const tookMs = await timed(clock, ask);
  return { tookMs, who };
}

/** The way back of a call that was handed back, at a cold node, with a failure status. */
async function heard(at) {
  const { clock, hear } = edge(at, { store: scripted([]), call: hang });
  return timed(clock, () => hear({ breaker: at.endpoint.name, epoch: 0, startedAt: START, lease: 0 }, new Response(null, { status: 500 })));
}

/** How long callers wait, one after the other, where each node has a record of its own. */
async function alone({ callers, ...at }) {
  const { clock, ask } = edge(at, { store: (clock) => memoryStore({ now: () => clock.now, coin: () => COIN }), call: hang });
  const took = [];
  for (let caller = 0; caller < callers; caller++) took.push(await timed(clock, ask));
  return took;
}

/** As machine.mjs, by the whole way: serve, or hear where the platform makes the calls. */
async function outage({ spacing: [num, den], phaseMs, fault, before, untilMs, ...at }) {
  const ledger = createLedger();
  let well = true;
  const { clock, seen, ask, hear } = edge(at, {
    store: (clock) => ({ sync: async (_breaker, delta) => structuredClone(sync(ledger, structuredClone(delta), { now: clock.now, coin: COIN }).snapshot) }),
    call(sent, clock) {
      const status = well ? 200 : 500;
      const answers = well || fault === "500s";
      if (!sent.handBack?.always) return answers ? { response: new Response(null, { status }) } : fault === "hang" ? hang(sent, clock) : { failure: "network", detail: "" };
      if (answers) hear(sent.handBack, new Response(null, { status })).catch((error) => clock.fail(error));
      return { response: new Response(null), handedBack: "before" };
    },
  });
  const first = START + phaseMs;
  for (let number = -before; ; number++) {
    const due = first + Math.floor((number * num) / den);
    if (due - first > untilMs) return null;
    await clock.run(due - 1);
    const opened = seen.find(({ kampkin, to }) => kampkin === "transition" && to === "open");
    if (opened) return { afterMs: opened.now - first, rule: opened.why, callers: number };
    clock.now = due;
    well = number < 0;
    ask().catch((error) => clock.fail(error));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How long CloudFront is told to wait, ms. */
function reads({ timeoutMs }) {
  const sent = { url: "https://cart.test/", request: new Request("https://edge.test/"), headers: new Headers(), own: [], host: null, timeoutMs };
  return handBack({ headers: {} }, { breaker: "cart", epoch: 0, startedAt: 0, lease: 0 }, sent).origin.custom.readTimeout * 1000;
}

await converse(async () => ({ ready: { storeWaitMs: STORE_WAIT_MS }, commands: { wait, heard, alone, outage, reads }, close() {} }));
