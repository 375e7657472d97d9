// Lambda@Edge on this machine, with as much of CloudFront as stands around it: HTTP in, an origin-request event to one
// of several environments, the generated response back out, or what the origin
// answers to which the function hands the request back.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { toEvent, toHttp } from "./cloudfront.mjs";
import { callOrigin, problemOfRequest } from "./cloudfront-origin.mjs";
import { converse } from "./conversation.mjs";
import { Pool } from "./lambda-environments.mjs";

const HOST = "127.0.0.1";
const LARGEST_HEAD = 20_480; // bytes; CloudFront's limit, Node's own is smaller
const KEEP_ALIVE_MS = 60_000;

converse(async (config, say) => {
  let pool = new Pool(config, say);
  await pool.ready();

  async function serve(request, response, node) {
    const { event, body, refused } = await toEvent(request, randomUUID());
    const log = (line) => say({ log: line, node: node ?? null });
    const result = refused ?? (await pool.run(event, node));
    const { cf } = event?.Records[0] ?? {};
    const problem = result?.method ? problemOfRequest(result, cf.request) : null;
    if (problem || !result?.method) {
      body.drop();
      return toHttp(problem ?? result, request, response, log);
    }
    const look = (answer) => pool.run({ Records: [{ cf: { config: { ...cf.config, eventType: "origin-response" }, request: result, response: answer } }] }, node);
    return callOrigin(result, body, response, look, log);
  }

  const listen = (port, node) =>
    new Promise((resolve, reject) => {
      const server = createServer({ maxHeaderSize: LARGEST_HEAD, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
        serve(request, response, node).catch((error) => {
          if (error.code !== "ECONNRESET") say({ log: error.stack, node: node ?? null }); // else the caller left while it was sending
          response.destroy();
        });
      });
      server.once("error", reject).listen(port, HOST, resolve);
    });
  await Promise.all([listen(config.ports.main), ...config.ports.nodes.map(listen)]);

  return {
    ready: {},
    commands: {
      async reload({ folder }) {
        const fresh = new Pool({ ...config, folder }, say);
        try {
          await fresh.ready();
        } catch (error) {
          await fresh.close();
          throw error;
        }
        pool.retire();
        pool = fresh;
      },
      kill: (node) => pool.kill(node),
    },
    close: () => pool.close(),
  };
});
