/**
 * Whether a request may pass: the breaker's verdict, a probe's lease, and what a breaker that only monitors lets by.
 */

import { EXEMPT, PASS, PROBE, STATES, WOULD_REJECT } from "./breaker.mjs";
import { REQUESTS, WOULD_REJECTS, note } from "./metrics.mjs";
import { admit, admitAlone, admitExempt, admitUnlent, arrive, lateLease, mayAsk, refuse, verdict } from "./node.mjs";
import { LATE } from "./within.mjs";

/** Whether the request may pass, and as what; null when it is rejected. @param {import("./talk.mjs").Talk} talk @returns {Promise<import("./node.mjs").Admission | null>} */
export async function gate(talk) {
  try {
    note(talk.node.metrics, talk.now(), REQUESTS);
    const deaf = arrive(talk.node, talk.io.now()) && (await talk.wait(talk.converse())) === LATE;
    switch (verdict(talk.node, talk.now(), talk.io.coin())) {
      case PASS:
        return admit(talk.node);
      case PROBE:
        return await probe(talk, deaf);
      case EXEMPT:
        return admitExempt(talk.node);
      case WOULD_REJECT:
        return pardon(talk);
      default:
        return null;
    }
  } catch (error) {
    talk.fault(error);
    return admit(talk.node);
  }
}

/**
 * A would-be probe asks for its lease, and waits a little for it; without an answer this node judges alone.
 * @param {import("./talk.mjs").Talk} talk @param {boolean} deaf the request has waited for the store already, in vain: it waits once
 */
async function probe(talk, deaf) {
  const { node, io } = talk;
  if (!mayAsk(node, talk.now())) return pardon(talk);
  if (deaf) return admitAlone(node, talk.now(), io.coin()) ?? pardon(talk);
  const asked = talk.converse({ ask: true });
  const answer = await talk.wait(asked);
  if (answer === LATE || !answer.answered) {
    const alone = admitAlone(node, talk.now(), io.coin());
    if (alone) io.keep(asked.then((late) => lentLate(talk, alone, late.lease)));
    return alone ?? pardon(talk);
  }
  if (answer.lease) return admit(node, answer.lease);
  return admitUnlent(node, talk.now()) ?? pardon(talk);
}

/** @param {import("./talk.mjs").Talk} talk @param {import("./node.mjs").Admission} admission @param {number} lease */
async function lentLate(talk, admission, lease) {
  const probe = lateLease(talk.node, admission, lease);
  if (probe) await talk.converse({ probe });
}

/** A rejection, which a breaker that only monitors does not carry out. @param {import("./talk.mjs").Talk} talk @returns {import("./node.mjs").Admission | null} */
function pardon(talk) {
  const admission = refuse(talk.node, talk.now());
  if (admission) {
    note(talk.node.metrics, talk.now(), WOULD_REJECTS);
    talk.log("would-reject", { state: STATES[talk.node.view.state] });
  }
  return admission;
}
