// What `bench breaker` measures: each runs `n` operations, and an operation is to decide on a call that is let through
// and to record its success. Each has a loop of its own, so that V8 compiles it for that one alone. A name ending in
// "Handed" takes the clock and the coin from its caller; the others read them for each step, as an edge does.

import { pathToFileURL } from "node:url";

const COINS = 10_000;
const coin = () => Math.floor(Math.random() * COINS);
const work = () => Promise.resolve(200);

/** How long a time handed in stands: a power of two, in operations. */
const STANDS = 4096;

/** Our modules, from the folder of the runtime. @param {string} folder */
export async function ours(folder) {
  const load = (/** @type {string} */ name) => import(pathToFileURL(`${folder}/${name}`).href);
  const [breaker, node, outcome] = await Promise.all(["breaker.mjs", "node.mjs", "outcome.mjs"].map(load));
  return { ...breaker, ...node, ...outcome };
}

/** A breaker that has counted. @param {any} kampkin what `ours` gave @param {any} policy */
export function warmBreaker({ createBreaker, observe, SUCCESS }, policy) {
  const breaker = createBreaker();
  observe(breaker, policy, Date.now(), coin(), SUCCESS);
  return breaker;
}

/** A node whose first outcome has been told: a success then tells nobody until the heartbeat. @param {any} kampkin @param {any} policy */
export function warmNode({ admit, arrive, createNode, settleAt, SUCCESS }, policy) {
  const node = createNode("bench/0", "sha256:0", policy);
  arrive(node, Date.now());
  settleAt(node, admit(node), { outcome: SUCCESS, slow: false, after: 0 }, Date.now(), coin());
  return node;
}

/** The loop alone. */
export function empty() {
  let kept = 0;
  return (/** @type {number} */ n) => {
    let now = 0;
    for (let i = 0; i < n; i++) {
      if (i % STANDS === 0) now = Date.now();
      kept = now;
    }
    return kept;
  };
}

/** @param {any} kampkin @param {any} policy */
export function breakerHanded(kampkin, policy) {
  const { decide, observe, PASS, SUCCESS } = kampkin;
  const breaker = warmBreaker(kampkin, policy);
  return (/** @type {number} */ n) => {
    let now = Date.now();
    for (let i = 0; i < n; i++) {
      if (i % STANDS === 0) now = Date.now();
      if (decide(breaker, policy, now, 0) !== PASS) throw new Error("it is not closed");
      observe(breaker, policy, now, 0, SUCCESS);
    }
  };
}

/** @param {any} kampkin @param {any} policy */
export function breaker(kampkin, policy) {
  const { decide, observe, PASS, SUCCESS } = kampkin;
  const breaker = warmBreaker(kampkin, policy);
  return (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) {
      if (decide(breaker, policy, Date.now(), coin()) !== PASS) throw new Error("it is not closed");
      observe(breaker, policy, Date.now(), coin(), SUCCESS);
    }
  };
}

/** @param {any} kampkin @param {any} policy */
export function nodeHanded(kampkin, policy) {
  const { admit, arrive, nodeTime, settleAt, verdict, PASS, SUCCESS } = kampkin;
  const node = warmNode(kampkin, policy);
  return (/** @type {number} */ n) => {
    let now = Date.now();
    for (let i = 0; i < n; i++) {
      if (i % STANDS === 0) now = Date.now();
      arrive(node, now);
      if (verdict(node, nodeTime(node, now), 0) !== PASS) throw new Error("it is not closed");
      settleAt(node, admit(node), { outcome: SUCCESS, slow: false, after: 0 }, nodeTime(node, now), 0);
    }
  };
}

/** The call without a breaker, in the same async function: what all the async ones pay. */
export function nothingAsync() {
  const execute = async (/** @type {() => Promise<unknown>} */ action) => {
    const value = await action();
    return value;
  };
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await execute(work);
  };
}

/** @param {any} kampkin @param {any} policy */
export function breakerHandedAsync(kampkin, policy) {
  const { decide, observe, PASS, SUCCESS } = kampkin;
  const breaker = warmBreaker(kampkin, policy);
  const execute = async (/** @type {() => Promise<unknown>} */ action, /** @type {number} */ now) => {
    if (decide(breaker, policy, now, 0) !== PASS) throw new Error("it is not closed");
    const value = await action();
    observe(breaker, policy, now, 0, SUCCESS);
    return value;
  };
  return async (/** @type {number} */ n) => {
    let now = Date.now();
    for (let i = 0; i < n; i++) {
      if (i % STANDS === 0) now = Date.now();
      await execute(work, now);
    }
  };
}

/** @param {any} kampkin @param {any} policy */
export function breakerAsync(kampkin, policy) {
  const { decide, observe, PASS, SUCCESS } = kampkin;
  const breaker = warmBreaker(kampkin, policy);
  const execute = async (/** @type {() => Promise<unknown>} */ action) => {
    if (decide(breaker, policy, Date.now(), coin()) !== PASS) throw new Error("it is not closed");
    const value = await action();
    observe(breaker, policy, Date.now(), coin(), SUCCESS);
    return value;
  };
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await execute(work);
  };
}

/** @param {any} kampkin @param {any} policy */
export function nodeAsync(kampkin, policy) {
  const { admit, arrive, nodeTime, settleAt, verdict, PASS, SUCCESS } = kampkin;
  const node = warmNode(kampkin, policy);
  const execute = async (/** @type {() => Promise<unknown>} */ action) => {
    arrive(node, Date.now());
    if (verdict(node, nodeTime(node, Date.now()), coin()) !== PASS) throw new Error("it is not closed");
    const admission = admit(node);
    const value = await action();
    settleAt(node, admission, { outcome: SUCCESS, slow: false, after: 0 }, nodeTime(node, Date.now()), coin());
    return value;
  };
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await execute(work);
  };
}

/** opossum with all that is not deciding and counting switched off. @param {any} opossum @param {any} policy */
export function opossumAsync({ default: CircuitBreaker }, policy) {
  const breaker = new CircuitBreaker(work, {
    timeout: false,
    rollingPercentilesEnabled: false,
    rollingCountTimeout: policy.windowMs,
    volumeThreshold: policy.minimumRequests,
    errorThresholdPercentage: policy.failureRatioBp / 100,
    resetTimeout: policy.cooldownMs,
  });
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await breaker.fire();
  };
}

/** @param {any} cockatiel @param {any} policy */
export function cockatielSampling({ SamplingBreaker, circuitBreaker, handleAll }, policy) {
  const breaker = new SamplingBreaker({ threshold: policy.failureRatioBp / 10_000, duration: policy.windowMs });
  const guarded = circuitBreaker(handleAll, { halfOpenAfter: policy.cooldownMs, breaker });
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await guarded.execute(work);
  };
}

/** Less than ours does: it keeps no window, and reads no clock. @param {any} cockatiel @param {any} policy */
export function cockatielConsecutive({ ConsecutiveBreaker, circuitBreaker, handleAll }, policy) {
  const breaker = new ConsecutiveBreaker(policy.consecutiveFailures);
  const guarded = circuitBreaker(handleAll, { halfOpenAfter: policy.cooldownMs, breaker });
  return async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) await guarded.execute(work);
  };
}
