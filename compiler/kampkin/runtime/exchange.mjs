/** One HTTP exchange over node:http, on kept connections, read to its end. Lambda's own `fetch` ignores Host and decodes bodies. */

import http from "node:http";
import https from "node:https";

const LARGEST_HEAD = 20_480; // bytes, as much as CloudFront takes; Node's own 16 kB would be a failure of the service

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/** The time that an exchange may take, from now, and the longest silence in its answer; then it is ended. Half the cost of an AbortSignal: bench lambda. */
export class Limit {
  over = false;
  /** @type {http.ClientRequest | null} */
  request = null;
  /** @type {any} */
  idle = null;

  /** @param {number} ms @param {number} idleMs 0: any */
  constructor(ms, idleMs = 0) {
    this.idleMs = idleMs;
    this.timer = setTimeout(() => this.end(), ms);
  }

  end() {
    this.over = true;
    this.request?.destroy(new Error("timed out"));
  }

  /** A chunk has come. */
  heard() {
    if (this.idleMs === 0) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.end(), this.idleMs);
  }

  clear() {
    clearTimeout(this.timer);
    clearTimeout(this.idle);
  }
}

/**
 * `body` is null when the answer is not wanted whole: by its headers, or by its size on the way.
 * @param {string} url
 * @param {{method: string, headers: Record<string, string>, body: Buffer | null, limit: Limit, most?: number, wants?: (response: http.IncomingMessage) => boolean, agent?: false, servername?: string}} options
 *   most: bytes of the answer's body; servername: whose certificate it must be, where that is not what `Host` says
 * @returns {Promise<{status: number, headers: [string, string][], body: Buffer | null}>}
 */
export function exchange(url, { body, limit, most = Infinity, wants = () => true, ...options }) {
  return new Promise((resolve, reject) => {
    const { protocol } = new URL(url);
    const client = protocol === "http:" ? http : https;
    const request = client.request(url, { maxHeaderSize: LARGEST_HEAD, agent: agents[/** @type {"http:" | "https:"} */ (protocol)], ...options });
    limit.request = request;
    request.on("error", (error) => reject(Object.assign(error, { reused: request.reusedSocket && !request.res })));
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("the origin switched protocols unasked"));
    });
    request.on("response", (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      let size = 0;
      const finish = (/** @type {Buffer | null} */ whole) => {
        const raw = response.rawHeaders;
        const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [/** @type {[string, string]} */ ([name, raw[at + 1]])] : []));
        resolve({ status: response.statusCode ?? 502, headers, body: whole });
        if (whole === null) request.destroy();
      };
      response.on("error", reject);
      if (!wants(response)) return finish(null);
      limit.heard();
      response.on("data", (/** @type {Buffer} */ chunk) => {
        limit.heard();
        chunks.push(chunk);
        size += chunk.length;
        if (size > most) finish(null);
      });
      response.on("end", () => finish(Buffer.concat(chunks)));
    });
    request.end(body);
  });
}
