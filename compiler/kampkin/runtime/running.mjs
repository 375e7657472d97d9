/**
 * What an edge says of itself to whoever asks: which plan it runs, by which runtime, and where this node is. Nothing of it is
 * secret. With `?breaker=NAME` also what this node knows of a breaker, and of which region's record where there are several: it
 * listens to its store as a request would make it listen, at most once a heartbeat, and neither calls an origin nor counts.
 */

import { methodNotAllowed, told, unknownBreaker } from "./answers.mjs";
import { STATES } from "./breaker.mjs";
import { arrive, due } from "./node.mjs";
import { modeInForce } from "./overrides.mjs";

export const RUNNING = "/.kampkin/v1/running";

const METHODS = ["GET", "HEAD"];

/**
 * @param {Request} request @param {URL} url @param {any} plan @param {string} target @param {import("./middleware.mjs").Io} io
 * @param {(breaker: string) => import("./talk.mjs").Talk | null} talkOf
 */
export async function running(request, url, plan, target, io, talkOf) {
  if (!METHODS.includes(request.method)) return methodNotAllowed(request, METHODS);
  const place = io.node().split("/")[0];
  const { project, environment, digest, runtime } = plan;
  const edge = { version: 1, plan: digest, runtime, edge: target, project, environment, place };
  const breaker = url.searchParams.get("breaker");
  if (breaker === null) return told(request, edge);
  const talk = talkOf(breaker);
  return talk ? told(request, { ...edge, ...(await heard(talk, breaker)) }) : unknownBreaker(request);
}

/** @param {import("./talk.mjs").Talk} talk @param {string} breaker */
async function heard(talk, breaker) {
  const { node, endpoint, io } = talk;
  const isCold = arrive(node, io.now());
  if (isCold || due(node, talk.now())) await talk.wait(talk.converse());
  return { breaker, region: io.store.region, state: STATES[node.view.state], epoch: node.epoch, override: modeInForce(node.view, endpoint.policy, talk.now()) };
}
