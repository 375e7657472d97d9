// Services that can fail on cue: one port for each, answering by itself or forwarding to an upstream, with a
// switchable fault in front.
//
//   heal    works              500     answers 500
//   slow    answers late       hang    takes the request, never answers
//   refuse  the port is closed

import http from "node:http";
import https from "node:https";
import { pipeline } from "node:stream";
import { converse } from "./conversation.mjs";

const HOST = "127.0.0.1";
const MODES = ["heal", "500", "slow", "hang", "refuse"];

class Service {
  constructor({ port, upstream, slowMs }) {
    Object.assign(this, { port, upstream, slowMs, mode: "heal", count: 0, served: 0 });
    this.server = http.createServer((request, response) => this.serve(request, response));
    this.server.keepAliveTimeout = 60_000;
  }

  open() {
    return new Promise((resolve, reject) => this.server.once("error", reject).listen(this.port, HOST, resolve));
  }

  close() {
    return new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  async fault(mode) {
    if (!MODES.includes(mode)) throw new Error(`no such fault: ${mode}`);
    if (this.mode === "refuse" && mode !== "refuse") await this.open();
    if (this.mode !== "refuse" && mode === "refuse") await this.close();
    this.mode = mode;
  }

  serve(request, response) {
    this.count += 1;
    switch (this.mode) {
      case "500":
        request.resume();
        return this.answer(response, 500, { error: "a fault was asked for" });
      case "hang":
        return request.resume();
      case "slow":
        return setTimeout(() => this.work(request, response), this.slowMs);
      default:
        return this.work(request, response);
    }
  }

  work(request, response) {
    if (this.upstream) return this.forward(request, response);
    request.resume();
    this.served += 1;
    return this.answer(response, 200, { method: request.method, path: request.url, served: this.served });
  }

  answer(response, status, value) {
    const body = JSON.stringify(value);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  }

  forward(request, response) {
    const upstream = new URL(this.upstream);
    const client = upstream.protocol === "https:" ? https : http;
    const headers = { ...request.headers, host: upstream.host };
    const onward = client.request(upstream, { method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
      pipeline(answer, response, () => {}); // cut short upstream, cut short here
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}

converse(async ({ services }) => {
  const all = Object.fromEntries(Object.entries(services).map(([name, service]) => [name, new Service(service)]));
  await Promise.all(Object.values(all).map((service) => service.open()));
  return {
    ready: {},
    commands: {
      async place({ name, ...service }) {
        if (all[name]) return void (all[name].upstream = service.upstream);
        all[name] = new Service(service);
        await all[name].open();
      },
      fault: ({ name, mode }) => all[name].fault(mode),
      count: (name) => all[name].count,
    },
    close: () => {
      for (const { server } of Object.values(all)) server.closeAllConnections();
    },
  };
});
