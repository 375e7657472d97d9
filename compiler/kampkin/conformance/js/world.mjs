// One breaker in plain Node: the shipped middleware over the shipped merge, three nodes, a record in memory, and time,
// chance and origin as the steps of a vector say. Everything that a step begins has ended before the next.

import { createStores } from "./stores.mjs";

/** @param {(name: string) => Promise<any>} load a module of the runtime */
export async function createWorlds(load) {
  const { STATES } = await load("breaker.mjs");
  const stores = await createStores(load);
  const { createMiddleware } = await load("middleware.mjs");

  /** Plays the steps on a store; `later` is the policy of the next release. What came of each: verdict, wait, state, epoch, level. */
  return async function play({ policy, later, steps, store: kind = "ledger" }) {
    const policies = [policy, later];
    let now = 0;
    let coin = 0;
    let up = true;
    let deploy = 0;
    const held = stores[kind](() => ({ now, coin }));
    /** @type {Set<{due: number, ring: () => void}>} */
    const timers = new Set();
    /** @type {Map<string, (called: object) => void>} calls that go on */
    const going = new Map();
    const nodes = new Map();
    const log = (write, _now, entry) => write(entry); // every entry, where the shipped log takes samples

    function timer(ms) {
      const one = { due: now + ms, ring: () => {} };
      const promise = new Promise((resolve) => (one.ring = () => resolve()));
      timers.add(one);
      return { promise, cancel: () => void timers.delete(one) };
    }

    /** Time goes by, timer by timer, each to the end of the work that it begins. */
    async function advance(to) {
      const due = [...timers].filter((one) => one.due <= to).sort((one, other) => one.due - other.due);
      for (const one of due) {
        if (!timers.delete(one)) continue;
        now = Math.max(now, one.due);
        one.ring();
        await settled();
      }
      now = to;
    }

    const store = {
      async sync(_breaker, delta) {
        if (!up) throw new Error("the store is down");
        return structuredClone(await held.sync(structuredClone(delta)));
      },
    };

    function node(letter) {
      if (!nodes.has(letter)) nodes.set(letter, { starts: 0, handle: null });
      const one = nodes.get(letter);
      one.handle ??= { id: `test/${letter}${one.starts}`, answer: createMiddleware(planWith(policies[deploy]), "cloudflare", log) };
      return one.handle;
    }

    function restart(letter) {
      nodes.set(letter, { starts: (nodes.get(letter)?.starts ?? 0) + 1, handle: null });
    }

    /** A request: the verdict on it, and the Retry-After of a rejection. */
    async function request(step) {
      const { id, answer } = node(step.node);
      let verdict = "reject";
      const answering = answer(new Request("https://edge.test/"), {
        now: () => now,
        coin: () => coin,
        timer,
        store,
        keep: (work) => void work.catch(() => {}),
        after: (work) => work,
        node: () => id,
        requestId: "",
        log({ kampkin }) {
          if (kampkin === "would-reject") verdict = "would-reject";
        },
        call({ patient }) {
          if (verdict === "reject") verdict = patient ? "probe" : "pass";
          return step.begin ? new Promise((resolve) => going.set(step.begin, resolve)) : called(step.result, step.after);
        },
      });
      await settled();
      if (verdict !== "reject") return [verdict, null];
      return [verdict, Number((await answering).headers.get("retry-after"))];
    }

    async function act(step) {
      if (step.result || step.begin) return request(step);
      if (step.end) {
        going.get(step.end)?.(called(step.ends, step.after));
        await settled();
      } else if (step.event.startsWith("store")) {
        if (step.event === "store lost") held.lose();
        up = step.event !== "store down";
      } else if (step.event === "restart") restart(step.node);
      else if (step.event === "deploy") {
        deploy = 1;
        for (const letter of ["a", "b", "c"]) restart(letter);
      } else if (step.mode) await held.override({ mode: step.mode, owner: "vector", reason: "it says so" }, step.forMs);
      else if (step.event === "release") await held.release();
      else if (step.flip) await held.flip(STATES.indexOf(step.flip), policies[deploy]);
      return ["-", null];
    }

    const played = [];
    for (const step of steps) {
      coin = step.coin;
      await advance(step.now);
      const came = await act(step);
      played.push([...came, ...(await held.read())]);
    }
    return played;
  };
}

/** A plan of one endpoint with that policy. */
function planWith(policy) {
  const endpoint = { name: "vector", route: { path: "/", prefix: true }, origin: { scheme: "https", host: "origin.test", port: 443, path: "" } };
  const plain = { methods: null, timeoutMs: 10_000, idleTimeoutMs: 0, watchBody: false, largeBodies: false, cors: null, fallback: [] };
  return { version: 2, digest: "sha256:vector", defaults: { policy, ...plain, targets: ["cloudflare"] }, endpoints: [endpoint] };
}

/** What the origin comes to: a failure's name, or an answer with that status. */
function called(result, after) {
  if (["timeout", "network", "void"].includes(result)) return { failure: result, detail: "" };
  return { response: new Response(null, { status: Number(result), headers: after === null ? {} : { "retry-after": String(after) } }) };
}

/** All that promises can bring about without an event from outside has come about. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
