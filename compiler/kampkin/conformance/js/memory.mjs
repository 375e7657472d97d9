// The breaker in plain Node: the shipped middleware over the shipped merge, a record in memory, a stage for each node.

import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { converse } from "../../local/js/conversation.mjs";
import { createStage } from "./stage.mjs";

const HOST = "127.0.0.1";

converse(async ({ folder, plan, later, ports }) => {
  const module = (name) => import(pathToFileURL(`${folder}/${name}`).href);
  const { STATES, createBreaker, flip, tick } = await module("breaker.mjs");
  const { merge } = await module("merge.mjs");
  const { createMiddleware } = await module("middleware.mjs");
  const held = new Map();

  function record(breaker) {
    if (!held.has(breaker)) held.set(breaker, { record: createBreaker(), seen: new Map() });
    return held.get(breaker);
  }

  function serve(port) {
    const stage = createStage();
    const deployed = new Map();
    const store = {
      async sync(breaker, delta) {
        const { record: own, seen } = record(breaker);
        const fresh = delta.seq > (seen.get(delta.node) ?? 0);
        if (fresh) seen.set(delta.node, delta.seq);
        const { now, coin } = stage.step();
        return structuredClone(merge(own, structuredClone(delta), { now, coin, fresh }).snapshot);
      },
    };
    const platform = { keep() {}, call, store, requestId: "" };
    const play = (request) =>
      stage.play(request, ({ node, deploy }, amend) => {
        const key = `${node} ${deploy}`;
        if (!deployed.has(key)) deployed.set(key, createMiddleware(deploy ? later : plan, "cloudflare"));
        return deployed.get(key)(request, amend(platform));
      });
    return new Promise((resolve, reject) => {
      const server = createServer(async (incoming, outgoing) => {
        const answer = await play(new Request(`http://edge.test${incoming.url}`, { headers: incoming.headers }));
        outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
        outgoing.end(await answer.text());
      });
      server.once("error", reject).listen(port, HOST, resolve);
    });
  }
  await Promise.all(ports.map(serve));

  return {
    ready: {},
    commands: {
      read(breaker) {
        const { record: own } = record(breaker);
        return { state: STATES[own.state], epoch: own.epoch, level: own.level };
      },
      lose: (breaker) => void held.delete(breaker),
      override([breaker, { now }, decided]) {
        const { record: own } = record(breaker);
        const at = tick(own, now);
        if (decided) own.override = { ...decided, until: at + decided.forMs };
        else if (own.override) own.override = { ...own.override, until: at };
      },
      flip([breaker, { now, coin }, state, policy]) {
        const { record: own } = record(breaker);
        flip(own, policy, tick(own, now), coin, STATES.indexOf(state));
      },
    },
    close() {},
  };
});

async function call(url, request) {
  const response = await fetch(url, { headers: { "x-step": request.headers.get("x-step") } });
  return { response };
}
