// The Cloudflare edge on this machine: workerd, started by Miniflare. The state Worker holds the Durable Object, where
// that is the store; the edge Worker runs once per node, each an isolate of its own; a router in front spreads requests over
// them. All ports are direct sockets: Miniflare's own entry Worker would add headers and hide failures.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { converse, lines } from "./conversation.mjs";

const HOST = "127.0.0.1";
const ROUTER = `
let turn = 0;
export default {
  fetch: (request, env) => env["NODE" + (turn++ % env.NODES)].fetch(request),
};`;

// In the place of the internet, where the Worker is in front of a host: that host's own origin, or nobody. Deployed, the Worker's own
// zone would send such a request on to that origin; from here it would come back, or go to whoever has the name.
const OUTSIDE = `
export default {
  fetch(request, { IN_FRONT_OF, ORIGINS, BEYOND }) {
    const { host } = new URL(request.url);
    if (host !== IN_FRONT_OF && ORIGINS.includes(host)) return fetch(request);
    return BEYOND ? BEYOND.fetch(request) : Response.json(
      { type: "urn:kampkin:no-route", title: "No such endpoint", status: 404, detail: "No endpoint is declared for this path. Deployed, the request would go on to the own origin of " + IN_FRONT_OF + "; from here it goes nowhere." },
      { status: 404, headers: { "content-type": "application/problem+json", "cache-control": "no-store" } },
    );
  },
};`;

const esModules = (modules) => Object.entries(modules).map(([path, contents]) => ({ type: "ESModule", path, contents }));

// The entry comes first: that is how Miniflare knows it.
const withEntry = (modules, main) => esModules({ [main]: modules[main], ...modules });

converse(async (config, say) => {
  process.env.TMPDIR = config.folder; // Miniflare leaves folders behind; this one is removed
  const { Miniflare, Log, LogLevel } = createRequire(`${config.nodeModules}/`)("miniflare");
  let site = config.site;

  function options() {
    const { worker, state, binding, namespace, analytics, dataset, inFrontOf, origins, compatibilityDate, compatibilityFlags } = site;
    const runtime = { compatibilityDate, compatibilityFlags, modulesRoot: "/" };
    const breakers = state && { className: state.class, useSQLite: true };
    const bound = {
      ...(state && { durableObjects: { [binding]: { ...breakers, scriptName: state.name } } }),
      ...(namespace && { kvNamespaces: { [binding]: namespace } }),
      ...(dataset && { analyticsEngineDatasets: { [analytics]: { dataset } } }),
    };
    const secrets = Object.entries(worker.secrets ?? {}).filter(([name]) => name in config.secrets);
    const bindings = Object.fromEntries(secrets.map(([name, variable]) => [variable, config.secrets[name]]));
    const nodes = config.ports.nodes.map((port, node) => ({
      ...runtime,
      name: `node-${node}`,
      modules: withEntry(worker.modules, worker.main),
      ...bound,
      ...(inFrontOf && { outboundService: "outside" }),
      bindings: config.admin ? { ...bindings, KAMPKIN_ADMIN: config.admin } : bindings,
      unsafeDirectSockets: [{ host: HOST, port }],
    }));
    const router = {
      ...runtime,
      name: "router",
      modules: esModules({ "router.mjs": ROUTER }),
      bindings: { NODES: nodes.length },
      serviceBindings: Object.fromEntries(nodes.map(({ name }, node) => [`NODE${node}`, name])),
      unsafeDirectSockets: [{ host: HOST, port: config.ports.main }],
    };
    const outside = inFrontOf ? [{
      ...runtime,
      name: "outside",
      modules: esModules({ "outside.mjs": OUTSIDE }),
      bindings: { IN_FRONT_OF: inFrontOf, ORIGINS: origins },
      ...(config.beyond && { serviceBindings: { BEYOND: { external: { address: config.beyond, http: {} } } } }),
    }] : [];
    const holders = state ? [{ ...runtime, name: state.name, modules: withEntry(state.modules, state.main), durableObjects: { [binding]: breakers }, ...state.bound }] : [];
    return {
      host: HOST,
      port: 0,
      cf: false,
      log: new Log(LogLevel.NONE),
      durableObjectsPersist: `${config.folder}/durable-objects`,
      kvPersist: `${config.folder}/kv`,
      handleRuntimeStdio(...streams) {
        for (const stream of streams) lines(stream, (log) => say({ log }));
      },
      workers: [router, ...nodes, ...holders, ...outside],
    };
  }

  let edge;
  const start = async () => {
    edge = new Miniflare(options());
    await edge.ready;
  };
  await start();

  return {
    ready: {},
    commands: {
      async reload(next) {
        site = next;
        await edge.setOptions(options());
      },
      async kill() {
        for (const pid of readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ")) {
          if (pid && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd")) process.kill(Number(pid), "SIGKILL");
        }
        await edge.dispose();
        await start();
      },
      async read(breaker) {
        const breakers = await edge.getDurableObjectNamespace(site.binding, site.state.name);
        const object = () => breakers.get(breakers.idFromName(breaker));
        const read = await object().read();
        return read.events ? read : { ...read, ...(await object().events({ limit: 100 })) }; // release 0.1.0 tells both at once
      },
      async decision(breaker) {
        const decisions = await edge.getKVNamespace(site.binding, "node-0");
        return decisions.get(breaker, "json");
      },
      async call([breaker, method, ...args]) {
        const breakers = await edge.getDurableObjectNamespace(site.binding, site.state.name);
        return breakers.get(breakers.idFromName(breaker))[method](...args);
      },
    },
    close: () => edge.dispose(),
  };
});
