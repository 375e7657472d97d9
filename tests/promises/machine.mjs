// The breaker that ships under a stream of calls that begin to fail, one by one, on a clock that is handed in. Nothing here
// reckons: it counts what the breaker does.

import { converse } from "../../compiler/kampkin/local/js/conversation.mjs";
import { PASS, createBreaker, decide, observe, observeSlow } from "../../compiler/kampkin/runtime/breaker.mjs";
import { cooldown } from "../../compiler/kampkin/runtime/cooldown.mjs";
import { heartbeat } from "../../compiler/kampkin/runtime/node.mjs";
import { NETWORK, SERVICE, SUCCESS, TIMEOUT } from "../../compiler/kampkin/runtime/outcome.mjs";

const START = 1_800_000_000_000; // a whole number of slots of any width
const COIN = 5_000;
const OUTCOMES = { hang: TIMEOUT, "500s": SERVICE, refused: NETWORK };

/**
 * From when on the breaker rejects: ms after the first failing request, the rule, and the callers let through until then; null when
 * it never did. The first failing request comes so many ms into a slot; `before` good ones went before it, each answered at once.
 */
function open({ policy, spacing: [num, den], phaseMs, fault, before, timeoutMs, untilMs }) {
  const breaker = createBreaker();
  const first = START + phaseMs;
  const at = (number) => first + Math.floor((number * num) / den);
  const slowMs = policy.slowRatioBp > 0 ? policy.slowAfterMs : Infinity;
  const isLooked = policy.slowRatioBp > 0;
  for (let number = -before; number < 0; number++) {
    if (decide(breaker, policy, at(number), COIN) !== PASS) throw new Error("a good answer opened it");
    observe(breaker, policy, at(number), COIN, SUCCESS, isLooked);
  }

  let asked = 0, found = 0, failed = 0;
  const hangs = fault === "hang";
  const fail = (now) => {
    const transition = observe(breaker, policy, now, COIN, OUTCOMES[fault], isLooked && !(hangs && slowMs <= timeoutMs));
    failed += 1;
    return transition && { afterMs: now - first, rule: transition.reason, callers: asked };
  };
  for (;;) {
    const arrives = at(asked);
    const slows = hangs && slowMs <= timeoutMs ? at(found) + slowMs : Infinity;
    const fails = hangs ? at(failed) + timeoutMs : Infinity;
    const now = Math.min(arrives, slows, fails);
    if (now - first > untilMs) return null;
    let opened;
    if (arrives === now) {
      if (decide(breaker, policy, now, COIN) !== PASS) throw new Error("it rejects, and has not said that it opened");
      asked += 1;
      opened = hangs ? null : fail(now);
    } else if (slows === now && (fails > now || found <= failed)) {
      const transition = observeSlow(breaker, policy, now, COIN);
      found += 1;
      opened = transition && { afterMs: now - first, rule: transition.reason, callers: asked };
    } else opened = fail(now);
    if (!opened) continue;
    if (decide(breaker, policy, now, COIN) === PASS) throw new Error("it has opened, and lets requests through");
    return opened;
  }
}

/** The shortest and the longest that the breaker ever stays open at a level, whatever an origin asks for. */
const cooldowns = ({ policy, level }) => [cooldown(policy, level, 0, 0), cooldown(policy, level, 9_999, Infinity)];

const commands = { opens: (outages) => outages.map(open), cooldowns, heartbeat: ({ policy }) => heartbeat(policy) };
await converse(async () => ({ ready: {}, commands, close() {} }));
