// What CloudFront does with a request that a function hands back: it checks it, calls the origin named in it, and lets the function
// look at the answer at origin-response. Limits and lists: AWS's "Restrictions on all edge functions" and "Lambda@Edge event structure".

import http from "node:http";
import https from "node:https";
import { isDeepStrictEqual } from "node:util";
import { headersProblem, validationError } from "./cloudfront.mjs";

const READ_ONLY = ["accept-encoding", "content-length", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "transfer-encoding", "via"];
const READ_ONLY_IN_ANSWERS = ["transfer-encoding", "via"];
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "upgrade"];
const FIELDS = ["customHeaders", "domainName", "keepaliveTimeout", "path", "port", "protocol", "readTimeout", "sslProtocols"];
const PROTOCOLS = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"];
const LONGEST_PATH = 255;
const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };

/** Why a request that is handed back is none that CloudFront takes; undefined when it is. @param {any} back @param {any} request the event's */
export function problemOfRequest(back, request) {
  if (back.method !== request.method) return validationError("the method may not be changed");
  if (typeof back.uri !== "string" || !back.uri.startsWith("/")) return validationError(`uri ${back.uri} does not begin with a slash`);
  if (typeof back.querystring !== "string") return validationError("querystring is no text");
  if (!isDeepStrictEqual(back.body, request.body)) return validationError("the body was changed: replacing one is not imitated here");
  for (const name of READ_ONLY) {
    if (!isDeepStrictEqual(back.headers?.[name], request.headers[name])) return validationError(`header ${name} may only be read`);
  }
  const twice = Object.keys(back.origin?.custom?.customHeaders ?? {}).find((name) => back.headers?.[name]);
  if (twice) return validationError(`header ${twice} is the request's and the origin's`);
  return problemOfOrigin(back.origin?.custom) ?? headersProblem(back.headers, READ_ONLY) ?? headersProblem(back.origin.custom.customHeaders);
}

/** @param {any} custom */
function problemOfOrigin(custom) {
  if (!custom) return validationError("origin.custom is missing");
  const missing = FIELDS.find((field) => (custom[field] ?? null) === null);
  if (missing) return validationError(`origin.custom.${missing} is missing`);
  const { domainName, keepaliveTimeout, path, port, protocol, readTimeout, sslProtocols } = custom;
  if (!/^[a-z0-9._-]+$/i.test(domainName)) return validationError(`origin.custom.domainName ${domainName} is no name`);
  if (!(port === 80 || port === 443 || (port >= 1024 && port <= 65_535))) return validationError(`origin.custom.port ${port} is not 80, 443 or 1024 to 65535`);
  if (!["http", "https"].includes(protocol)) return validationError(`origin.custom.protocol ${protocol}`);
  if (path !== "" && !(path.startsWith("/") && !path.endsWith("/") && path.length <= LONGEST_PATH)) return validationError(`origin.custom.path ${path}`);
  if (!Array.isArray(sslProtocols) || !sslProtocols.every((one) => PROTOCOLS.includes(one))) return validationError(`origin.custom.sslProtocols ${sslProtocols}`);
  if (!(readTimeout >= 4 && readTimeout <= 60)) return validationError(`origin.custom.readTimeout ${readTimeout} is not 4 to 60`);
  if (!(keepaliveTimeout >= 1 && keepaliveTimeout <= 60)) return validationError(`origin.custom.keepaliveTimeout ${keepaliveTimeout} is not 1 to 60`);
  return undefined;
}

/**
 * Calls the origin of a request that was handed back, once, and streams its answer to the viewer. Origin-response is asked about any
 * answer, and about nothing else: a time-out and a refused connection are CloudFront's own 504 and 502.
 * @param {any} back @param {import("./cloudfront.mjs").Body} body the viewer's, whole
 * @param {import("node:http").ServerResponse} response
 * @param {(answer: object) => Promise<any>} look at origin-response: the function's result @param {(line: string) => void} log
 */
export async function callOrigin(back, body, response, look, log) {
  const { custom } = back.origin;
  const client = custom.protocol === "https" ? https : http;
  const path = custom.path + back.uri + (back.querystring ? `?${back.querystring}` : "");
  const headers = Object.fromEntries([...named(back.headers), ...named(custom.customHeaders)].filter(([name]) => !HOP_BY_HOP.includes(name)));
  const call = client.request({ host: custom.domainName, port: custom.port, path, method: back.method, headers, agent: agents[custom.protocol] });
  let late = false;
  const patience = () => setTimeout(() => call.destroy(new Error((late = true) && "the origin did not answer in time")), custom.readTimeout * 1000);
  let limit;
  response.on("close", () => call.destroy());
  body.sendTo(call, () => (limit ??= patience()));
  try {
    const answer = await new Promise((resolve, reject) => call.on("response", resolve).on("error", reject));
    clearTimeout(limit);
    limit = patience();
    const result = await look(toAnswer(answer));
    const problem = result?.failed ? result : problemOfAnswer(result, toAnswer(answer));
    if (problem) {
      call.destroy();
      return fail(problem);
    }
    response.writeHead(Number(result.status), [...toPairs(result.headers), "X-Cache", "Miss from cloudfront"]);
    answer.on("data", () => limit.refresh());
    answer.on("error", () => response.destroy());
    answer.pipe(response);
    if (!response.destroyed) await new Promise((resolve) => response.once("close", resolve));
  } catch (error) {
    if (!response.headersSent) fail({ failed: late ? "OriginReadTimeout" : "OriginConnectError", status: late ? 504 : 502, detail: error.message });
  } finally {
    clearTimeout(limit);
    body.leave(call);
  }

  function fail({ failed, status, detail }) {
    log(JSON.stringify({ cloudfront: failed, status, detail }));
    response.writeHead(status, { "content-type": "text/plain", "x-cache": `${failed} from cloudfront` });
    response.end(`${status} ERROR\n`);
  }
}

/** @param {Record<string, {key?: string, value: string}[]>} headers @returns {[string, string[] | string][]} */
const named = (headers) => Object.entries(headers).map(([name, values]) => [name, values.length === 1 ? values[0].value : values.map(({ value }) => value)]);

/** @param {Record<string, {key?: string, value: string}[]>} headers */
const toPairs = (headers) => Object.entries(headers).flatMap(([name, values]) => values.flatMap(({ key, value }) => [key ?? name, value]));

/** The origin's answer as an event has it; what holds for one hop is not in it. @param {import("node:http").IncomingMessage} answer */
function toAnswer({ statusCode, statusMessage, rawHeaders }) {
  const headers = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [key, value] = rawHeaders.slice(at, at + 2);
    if (!HOP_BY_HOP.includes(key.toLowerCase())) (headers[key.toLowerCase()] ??= []).push({ key, value });
  }
  return { status: String(statusCode), statusDescription: statusMessage, headers };
}

/** @param {any} result of origin-response @param {any} answer the origin's */
function problemOfAnswer(result, answer) {
  if (typeof result !== "object" || result === null) return validationError("the function returned nothing at origin-response");
  if (!/^[2-5]\d\d$/.test(String(result.status))) return validationError(`status ${result.status} is not 200 to 599`);
  if (result.body !== undefined) return validationError("replacing the body at origin-response is not imitated here");
  for (const name of READ_ONLY_IN_ANSWERS) {
    if (!isDeepStrictEqual(result.headers?.[name], answer.headers[name])) return validationError(`header ${name} may only be read`);
  }
  return headersProblem(result.headers, READ_ONLY_IN_ANSWERS, answer.headers);
}
