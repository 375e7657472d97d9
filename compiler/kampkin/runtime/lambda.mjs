/**
 * Kampkin on Lambda@Edge: at origin-request it turns CloudFront's event into a Request, makes the call itself and answers with a
 * generated response; at origin-response it hears what came of the calls that it has handed back. Nothing runs after the answer, and
 * an environment thaws with dead sockets. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
 */

import { STATUS_CODES } from "node:http";
import { badRequest, noWebSocket } from "./answers.mjs";
import { Limit, exchange } from "./exchange.mjs";
import { handBack, rodeAlong, wayOf } from "./hand-back.mjs";
import { HOP_BY_HOP, isWebSocket } from "./headers.mjs";
import { bodies, call, requests } from "./lambda-call.mjs";
import { createProxy } from "./middleware.mjs";
import { nearest } from "./regions.mjs";
import { DynamoError, dynamoStore } from "./stores/dynamodb.mjs";
import { memoryStore } from "./stores/memory.mjs";
import { sign } from "./stores/sigv4.mjs";
import { within } from "./within.mjs";

const COINS = 10_000;
const STORE_CALL_MS = 2000;

/** A host, with or without a port; what else could stand there would make another address of the whole. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/** What a function may not set: CloudFront answers 502 for any of them. "Restrictions on all edge functions", HTTP headers. */
const FORBIDDEN = new RegExp(
  `^(?:${[
    ...HOP_BY_HOP, "expect", "via", "x-accel-(?:buffering|charset|limit-rate|redirect)", "x-amz-cf-.*",
    "x-amzn-(?:auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-(?:count|order)|lambda-integration-tag|requestid)",
    "x-cache", "x-edge-.*", "x-forwarded-proto", "x-real-ip",
  ].join("|")})$`,
);

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
  const { serve, hear } = createProxy(plan, "aws");
  const here = env.AWS_REGION ?? "local";
  const region = site.store === "memory" ? here : nearest(here, site.regions);
  const database = dynamo(region, env);
  const store = createStore(site, region, database);
  const node = `${here}/${crypto.randomUUID().slice(0, 8)}`;

  return async (/** @type {any} */ event) => {
    const { config, request: received, response } = event.Records[0].cf;
    const ioFor = (/** @type {import("./middleware.mjs").Io["call"]} */ calling) =>
      platform({
        now: Date.now,
        coin,
        timer,
        call: calling,
        store,
        keep: (work) => void work.catch(() => {}),
        after: async (work, budgetMs) => void (await within(work, budgetMs, timer)),
        node: () => node,
        requestId: config.requestId ?? "",
        log: console.log,
      }, database);
    if (config.eventType === "origin-response") {
      try {
        const rode = rodeAlong(received);
        return rode ? heard(response, await hear(rode, toHeard(response), wayOf(received), ioFor(async () => ({ failure: "void", detail: "" })))) : response;
      } catch (error) {
        console.log(JSON.stringify({ kampkin: "fault", breaker: "", epoch: 0, error: String(error), request: config.requestId ?? "" }));
        return response;
      }
    }
    const request = toRequest(received);
    if (!request) return toResult(badRequest(new Request("https://invalid./")));
    if (isWebSocket(request.headers)) return toResult(noWebSocket(request));
    const isTruncated = received.body?.inputTruncated === true;
    return toResult(await serve(request, ioFor((sent) => call(sent, isTruncated, (one) => handBack(received, one, sent)))));
  };
}

const coin = () => Math.floor(Math.random() * COINS);

/** The store that the file names. @param {Site} site @param {string} region @param {(operation: string, body: object) => Promise<any>} call @returns {import("./middleware.mjs").Io["store"]} */
function createStore({ store, table }, region, call) {
  const platform = { now: Date.now, coin };
  return store === "memory" ? memoryStore(platform) : dynamoStore({ table: table ?? "", region, call, ...platform });
}

/** What node:http sends in no header. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** @param {any} received @returns {Request | null} null when it is none: an address or a header that cannot be */
function toRequest({ method, uri, querystring, headers, body }) {
  const hosts = headers.host ?? [];
  if (hosts.length !== 1 || !HOST.test(hosts[0].value) || !uri.startsWith("/")) return null;
  const url = `https://${hosts[0].value}${uri}${querystring ? `?${querystring}` : ""}`;
  const pairs = pairsOf(headers);
  if (pairs.some(([, value]) => UNSENDABLE.test(value))) return null;
  const data = body?.data ? Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8") : undefined;
  try {
    return new Request(url, { method, headers: pairs, body: data });
  } catch {
    return null;
  }
}

/** @param {Response} response the generated response as CloudFront takes it, or the request that is handed back */
async function toResult(response) {
  const request = requests.get(response);
  if (request) return request;
  /** @type {Record<string, {key: string, value: string}[]>} */
  const headers = {};
  for (const [key, value] of response.headers) {
    if (!FORBIDDEN.test(key)) (headers[key] ??= []).push({ key, value });
  }
  const body = bodies.get(response) ?? Buffer.from(await response.arrayBuffer());
  return { status: String(response.status), statusDescription: STATUS_CODES[response.status] ?? "", headers, body: body.toString("base64"), bodyEncoding: "base64" };
}

/** @param {Record<string, {key: string, value: string}[]>} headers of an event @returns {[string, string][]} */
const pairsOf = (headers) => Object.values(headers).flatMap((values) => values.map(({ key, value }) => /** @type {[string, string]} */ ([key, value])));

/** @param {any} response of an origin-response event */
function toHeard({ status, headers }) {
  const pairs = pairsOf(headers).filter(([, value]) => !UNSENDABLE.test(value));
  return new Response(null, { status: Number(status), headers: pairs });
}

/** The event's response with those headers changed that now say something else. @param {any} response @param {Response} now */
function heard(response, now) {
  const before = toHeard(response).headers;
  const headers = { ...response.headers };
  for (const name of new Set([...before.keys(), ...now.headers.keys()])) {
    const value = now.headers.get(name);
    if (value === before.get(name)) continue;
    if (value === null) delete headers[name];
    else headers[name] = [{ key: name, value }];
  }
  return { ...response, headers };
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
