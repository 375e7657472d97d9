/**
 * Kampkin on Lambda@Edge, at origin-request: turns CloudFront's event into a Request, makes the call itself and
 * answers with a generated response. Nothing runs after the answer, and an environment thaws with dead sockets.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
 */

import http from "node:http";
import https from "node:https";
import { badRequest, requestTooLarge, responseTooLarge } from "./answers.mjs";
import { createMiddleware } from "./middleware.mjs";
import { nearest } from "./regions.mjs";
import { DynamoError, dynamoStore } from "./stores/dynamodb.mjs";
import { memoryStore } from "./stores/memory.mjs";
import { sign } from "./stores/sigv4.mjs";
import { within } from "./within.mjs";

const COINS = 10_000;
const RESPONSE_LIMIT = 1_000_000; // "1 MB" of headers and encoded body: the smaller reading of it
const STORE_CALL_MS = 2000;
const HEADERS_ROOM = 24_000; // 20,480 bytes is the most that CloudFront takes

/** Headers that hold for one hop only, RFC 9110 7.6.1. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/** How writing to a socket ends that died while the environment was frozen. */
const DEAD_SOCKET = ["ECONNRESET", "EPIPE"];

/** What a function may not set: CloudFront answers 502 for any of them. "Restrictions on all edge functions", HTTP headers. */
const FORBIDDEN = new RegExp(
  `^(?:${[
    ...HOP_BY_HOP, "expect", "via", "x-accel-(?:buffering|charset|limit-rate|redirect)", "x-amz-cf-.*",
    "x-amzn-(?:auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|lambda-integration-tag|requestid)",
    "x-cache", "x-edge-.*", "x-forwarded-proto", "x-real-ip",
  ].join("|")})$`,
);

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/**
 * @typedef {object} Site where the breakers are
 * @property {"dynamodb" | "memory"} store
 * @property {string | null} table one of this name in each region; null where nothing is shared
 * @property {string[]} regions the home first
 */

/**
 * The handler of the function. Of several tables it takes the nearest, for as long as its environment lives.
 * @param {any} plan @param {Site} site
 * @param {Record<string, string | undefined>} env what Lambda sets; AWS_ENDPOINT_URL_DYNAMODB is read as AWS's own SDKs read it
 * @param {(io: import("./middleware.mjs").Io, call: (operation: string, body: object) => Promise<any>) => import("./middleware.mjs").Io} platform the last word on what is handed in
 */
export function lambda(plan, site, env = process.env, platform = (io) => io) {
  const handle = createMiddleware(plan, "aws");
  const here = env.AWS_REGION ?? "local";
  const region = site.store === "memory" ? here : nearest(here, site.regions);
  const database = dynamo(region, env);
  const store = createStore(site, region, database);
  const node = `${here}/${crypto.randomUUID().slice(0, 8)}`;

  return async (/** @type {any} */ event) => {
    const { config, request: received } = event.Records[0].cf;
    const request = toRequest(received);
    if (!request) return toResult(badRequest(new Request("https://invalid./")));
    if (received.body?.inputTruncated) return toResult(requestTooLarge(request));
    const io = {
      now: Date.now,
      coin,
      timer,
      call,
      store,
      keep: (/** @type {Promise<unknown>} */ work) => void work.catch(() => {}),
      after: async (/** @type {Promise<unknown>} */ work, /** @type {number} */ budgetMs) => void (await within(work, budgetMs, timer)),
      node: () => node,
      requestId: config.requestId ?? "",
      log: console.log,
    };
    return toResult(await handle(request, platform(io, database)));
  };
}

const coin = () => Math.floor(Math.random() * COINS);

/** The store that the file names. @param {Site} site @param {string} region @param {(operation: string, body: object) => Promise<any>} call @returns {import("./middleware.mjs").Io["store"]} */
function createStore({ store, table }, region, call) {
  const platform = { now: Date.now, coin };
  return store === "memory" ? memoryStore(platform) : dynamoStore({ table: table ?? "", region, call, ...platform });
}

/** @param {any} received @returns {Request | null} null when it is none: an address or a header that cannot be */
function toRequest({ method, uri, querystring, headers, body }) {
  const url = `https://${headers.host?.[0]?.value ?? "invalid."}${uri}${querystring ? `?${querystring}` : ""}`;
  const pairs = Object.values(headers).flatMap((/** @type {any} */ values) => values.map((/** @type {any} */ { key, value }) => [key, value]));
  const data = body?.data ? Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8") : undefined;
  try {
    return new Request(url, { method, headers: pairs, body: data });
  } catch {
    return null;
  }
}

/** @param {Response} response the generated response as CloudFront takes it */
async function toResult(response) {
  /** @type {Record<string, {key: string, value: string}[]>} */
  const headers = {};
  for (const [key, value] of response.headers) {
    if (!FORBIDDEN.test(key)) (headers[key] ??= []).push({ key, value });
  }
  const body = bodies.get(response) ?? Buffer.from(await response.arrayBuffer());
  return { status: String(response.status), statusDescription: http.STATUS_CODES[response.status] ?? "", headers, body: body.toString("base64"), bodyEncoding: "base64" };
}

/**
 * Calls the origin, body and all. A reset on a reused socket before any byte says only that the socket died while
 * the environment was frozen: without a body it is tried once on a fresh one.
 * @param {string} url @param {Request} request @param {number} timeoutMs
 * @returns {Promise<import("./middleware.mjs").Called>}
 */
async function call(url, request, timeoutMs) {
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : null;
  const headers = Object.fromEntries([...request.headers].filter(([name]) => name !== "host" && !HOP_BY_HOP.includes(name)));
  if (body) headers["content-length"] = String(body.length);
  const limit = new Limit(timeoutMs);
  const options = { method: request.method, headers, body, limit };
  try {
    const answer = await exchange(url, options).catch((error) => {
      if (!error.reused || !DEAD_SOCKET.includes(error.code)) throw error;
      if (body) throw Object.assign(error, { failure: "void" });
      return exchange(url, { ...options, agent: false });
    });
    const { status, headers: received, body: whole } = answer;
    return whole ? { response: toResponse(status, received, whole) } : { response: responseTooLarge(request), ownLimit: true };
  } catch (/** @type {any} */ error) {
    const failure = limit.over ? "timeout" : (error.failure ?? "network");
    return { failure, detail: String(error.code ?? error.message) };
  } finally {
    limit.clear();
  }
}

/** The time that an exchange may take, from now; then it is ended. Half the cost of an AbortSignal: bench lambda. */
class Limit {
  over = false;
  /** @type {http.ClientRequest | null} */
  request = null;

  /** @param {number} ms */
  constructor(ms) {
    this.timer = setTimeout(() => {
      this.over = true;
      this.request?.destroy(new Error("timed out"));
    }, ms);
  }

  clear() {
    clearTimeout(this.timer);
  }
}

/**
 * The bodies of origins' answers, beside the Response that carries status and headers: a body that is put into one and read out
 * again is copied, as a stream.
 * @type {WeakMap<Response, Buffer>}
 */
const bodies = new WeakMap();

/** @param {number} status @param {[string, string][]} headers @param {Buffer} body */
function toResponse(status, headers, body) {
  const response = new Response(null, { status, headers: headers.filter(([name]) => !HOP_BY_HOP.includes(name.toLowerCase())) });
  bodies.set(response, body);
  return response;
}

/**
 * One HTTP exchange, read to its end. `body` is null when the answer is larger than a generated response can be.
 * @param {string} url
 * @param {{method: string, headers: Record<string, string>, body: Buffer | null, limit: Limit, agent?: false}} options
 * @returns {Promise<{status: number, headers: [string, string][], body: Buffer | null}>}
 */
function exchange(url, { body, limit, ...options }) {
  return new Promise((resolve, reject) => {
    const { protocol } = new URL(url);
    const client = protocol === "http:" ? http : https;
    const request = client.request(url, { agent: agents[/** @type {"http:" | "https:"} */ (protocol)], ...options });
    limit.request = request;
    request.on("error", (error) => reject(Object.assign(error, { reused: request.reusedSocket && !request.res })));
    request.on("response", (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      let size = 0;
      const finish = (/** @type {Buffer | null} */ whole) => {
        const raw = response.rawHeaders;
        const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [/** @type {[string, string]} */ ([name, raw[at + 1]])] : []));
        resolve({ status: response.statusCode ?? 502, headers, body: whole });
      };
      response.on("data", (/** @type {Buffer} */ chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (Math.ceil(size / 3) * 4 <= RESPONSE_LIMIT - HEADERS_ROOM) return;
        finish(null);
        request.destroy();
      });
      response.on("end", () => finish(Buffer.concat(chunks)));
      response.on("error", reject);
    });
    request.end(body);
  });
}

/**
 * One DynamoDB operation after another, signed, on kept connections, never tried twice.
 * @param {string} region @param {Record<string, string | undefined>} env
 * @returns {(operation: string, body: object) => Promise<any>}
 */
function dynamo(region, env) {
  const url = new URL(env.AWS_ENDPOINT_URL_DYNAMODB ?? `https://dynamodb.${region}.amazonaws.com/`);
  return async (operation, input) => {
    const body = JSON.stringify(input);
    const headers = await sign({
      method: "POST",
      url,
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
      body,
      service: "dynamodb",
      region,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? "", secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "", sessionToken: env.AWS_SESSION_TOKEN },
      now: Date.now(),
    });
    const limit = new Limit(STORE_CALL_MS);
    const answer = await exchange(url.href, { method: "POST", headers, body: Buffer.from(body), limit }).finally(() => limit.clear());
    const output = JSON.parse(String(answer.body));
    if (answer.status !== 200) throw new DynamoError(String(output.__type ?? answer.status).replace(/^.*#/, ""), output);
    return output;
  };
}

/** @param {number} ms @returns {import("./within.mjs").Timer<void>} */
function timer(ms) {
  /** @type {any} */
  let handle;
  return { promise: new Promise((resolve) => (handle = setTimeout(resolve, ms))), cancel: () => clearTimeout(handle) };
}
