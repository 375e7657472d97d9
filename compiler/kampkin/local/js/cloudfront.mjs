// What CloudFront does around an origin-request function: the event it makes of a request, and what it takes as an
// answer. Limits and lists: AWS's "Restrictions on all edge functions" and "Quotas on Lambda@Edge".

import { STATUS_CODES } from "node:http";

const MEGABYTE = 1_048_576;
const HEADERS_HIDDEN = new Set([
  "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade",
  "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id",
  "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
  "x-cache", "x-forwarded-proto", "x-real-ip",
]);
const HEADERS_READ_ONLY = new Set(["transfer-encoding", "via"]);
const isHidden = (name) => HEADERS_HIDDEN.has(name) || name.startsWith("x-amz-cf-") || name.startsWith("x-edge-");
const METHODS = new Set(["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]);
const BODILESS = new Set(["GET", "HEAD"]);

/** What CloudFront answers when the function's result will not do. */
export function badResult(type, detail) {
  return { failed: type, detail };
}

const refuse = (status, detail) => ({ refused: { status: String(status), headers: { "content-type": [{ key: "Content-Type", value: "text/plain" }] }, body: detail } });

/**
 * The origin-request event for a request, or how CloudFront refuses it.
 * @param {import("node:http").IncomingMessage} request @param {string} requestId
 */
export async function toEvent(request, requestId) {
  if (!METHODS.has(request.method)) return refuse(405, "CloudFront does not take this method.\n");
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MEGABYTE + chunk.length) chunks.push(chunk);
  }
  if (size > 0 && BODILESS.has(request.method)) return refuse(403, "CloudFront takes no body with this method.\n");
  const [uri, ...query] = request.url.split("?");
  const headers = {};
  const clientIp = request.socket.remoteAddress;
  const received = [...request.rawHeaders, "X-Forwarded-For", clientIp, "Via", `${request.httpVersion} local.cloudfront.net (CloudFront)`];
  for (let at = 0; at < received.length; at += 2) {
    const name = received[at].toLowerCase();
    if (!isHidden(name)) (headers[name] ??= []).push({ key: received[at], value: received[at + 1] });
  }
  const body = Buffer.concat(chunks).subarray(0, MEGABYTE);
  const included = { inputTruncated: size > MEGABYTE, action: "read-only", encoding: "base64", data: body.toString("base64") };
  const cf = {
    config: { distributionDomainName: "local.cloudfront.net", distributionId: "LOCAL", eventType: "origin-request", requestId },
    request: { clientIp, method: request.method, uri, querystring: query.join("?"), headers, ...(size > 0 ? { body: included } : {}) },
  };
  return { event: { Records: [{ cf }] } };
}

/**
 * Writes the function's result as CloudFront would, or 502 with the reason in the log.
 * @param {any} result @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response
 * @param {(line: string) => void} log
 */
export function toHttp(result, request, response, log) {
  const problem = result?.failed ? result : problemOf(result);
  if (problem) {
    log(JSON.stringify({ cloudfront: problem.failed, detail: problem.detail }));
    response.writeHead(502, { "content-type": "text/plain", "x-cache": "Error from cloudfront" });
    response.end(`502 ERROR\nThe Lambda function associated with the CloudFront distribution is invalid or did not answer: ${problem.failed}\n`);
    return;
  }
  const body = Buffer.from(result.body ?? "", result.bodyEncoding === "base64" ? "base64" : "utf8");
  const headers = Object.values(result.headers ?? {}).flatMap((values) => values.map(({ key, value }) => [key, value]));
  const kept = headers.filter(([key]) => key.toLowerCase() !== "content-length" || request.method === "HEAD");
  if (request.method !== "HEAD" && result.status !== "204" && result.status !== "304") kept.push(["Content-Length", String(body.length)]);
  kept.push(["X-Cache", "LambdaGeneratedResponse from cloudfront"]);
  response.writeHead(Number(result.status), result.statusDescription || STATUS_CODES[result.status] || "", kept.flat());
  response.end(body);
}

/** Why a generated response is no valid one; undefined when it is. */
function problemOf(result) {
  const invalid = (detail) => badResult("LambdaValidationError", detail);
  if (typeof result !== "object" || result === null) return invalid("the function returned nothing");
  if (result.method) return invalid("the function returned the request: hand-back to an origin is not imitated here");
  if (!/^[2-5]\d\d$/.test(String(result.status))) return invalid(`status ${result.status} is not 200 to 599`);
  if (!["text", "base64", undefined].includes(result.bodyEncoding)) return invalid(`bodyEncoding ${result.bodyEncoding}`);
  let size = Buffer.byteLength(result.body ?? "");
  for (const [name, values] of Object.entries(result.headers ?? {})) {
    if (name !== name.toLowerCase()) return invalid(`header ${name} is not in lower case`);
    if (isHidden(name) || HEADERS_READ_ONLY.has(name)) return invalid(`header ${name} may not be set`);
    if (!Array.isArray(values)) return invalid(`header ${name} is not a list`);
    for (const { key, value } of values) {
      if (typeof value !== "string" || /[\r\n\0]/.test(value)) return invalid(`header ${name} has an impossible value`);
      if (key !== undefined && key.toLowerCase() !== name) return invalid(`header ${name} has the key ${key}`);
      size += name.length + value.length;
    }
  }
  if (size > MEGABYTE) return invalid(`the generated response has ${size} bytes, encoded; 1 MB is the most`);
  return undefined;
}
