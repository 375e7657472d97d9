// What CloudFront does around an origin-request function: the event it makes of a request, and what it takes as an
// answer. Limits and lists: AWS's "Restrictions on all edge functions" and "Quotas on Lambda@Edge".

import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";

const MEGABYTE = 1_048_576;
const LONGEST_URL = 8192;
const HEADERS_HIDDEN = new Set([
  "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade",
  "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id",
  "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid",
  "x-cache", "x-forwarded-proto", "x-real-ip",
]);
const HEADERS_READ_ONLY = new Set(["transfer-encoding", "via"]);
const isHidden = (name) => HEADERS_HIDDEN.has(name) || name.startsWith("x-amz-cf-") || name.startsWith("x-edge-");
const METHODS = new Set(["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]);
const BODILESS = new Set(["GET", "HEAD"]);

/** The function did not come to a result; the answer is 503. */
export const executionError = (detail) => ({ failed: "LambdaExecutionError", status: 503, detail });

/** The result is none that CloudFront takes; the answer is 502. */
export const validationError = (detail) => ({ failed: "LambdaValidationError", status: 502, detail });

const refuse = (status, detail) => ({ refused: { status: String(status), headers: { "content-type": [{ key: "Content-Type", value: "text/plain" }] }, body: `${detail}\n` } });

/**
 * The origin-request event for a request, or how CloudFront refuses it.
 * @param {import("node:http").IncomingMessage} request @param {string} requestId
 */
export async function toEvent(request, requestId) {
  const body = await Body.of(request);
  const { size } = body;
  if (!METHODS.has(request.method)) return { ...refuse(405, "CloudFront does not take this method."), body };
  if (request.url.length > LONGEST_URL) return { ...refuse(414, "CloudFront takes no address this long."), body };
  if (size > 0 && BODILESS.has(request.method)) return { ...refuse(403, "CloudFront takes no body with this method."), body };
  const [uri, ...query] = request.url.split("?");
  const clientIp = request.socket.remoteAddress;
  const cf = {
    config: { distributionDomainName: "local.cloudfront.net", distributionId: "LOCAL", eventType: "origin-request", requestId },
    request: {
      clientIp,
      headers: toHeaders(request, clientIp),
      method: request.method,
      querystring: query.join("?"),
      uri,
      body: { inputTruncated: size > MEGABYTE, action: "read-only", encoding: "base64", data: body.head.toString("base64") },
      origin: {
        custom: { customHeaders: {}, domainName: "cloudfront.amazonaws.com", keepaliveTimeout: 5, path: "", port: 443, protocol: "https", readTimeout: 30, sslProtocols: ["TLSv1.2"] },
      },
    },
  };
  return { event: { Records: [{ cf }] }, body };
}

/** A viewer's body: its beginning, as much as an event holds and a little, and what the viewer has yet to send. */
export class Body {
  /** @param {import("node:http").IncomingMessage} request @param {Buffer} read */
  constructor(request, read) {
    this.request = request;
    this.read = read;
    this.head = read.subarray(0, MEGABYTE);
    this.size = read.length;
  }

  /** Reads no more than it must: the viewer waits with the rest. @param {import("node:http").IncomingMessage} request */
  static async of(request) {
    const chunks = [];
    let size = 0;
    while (size <= MEGABYTE && !request.readableEnded) {
      const chunk = request.read();
      if (chunk) {
        chunks.push(chunk);
        size += chunk.length;
      } else {
        await new Promise((resolve, reject) => {
          const done = (error) => {
            for (const name of ["readable", "end", "close", "error"]) request.off(name, done);
            if (error || (request.destroyed && !request.readableEnded)) reject(error ?? Object.assign(new Error("the viewer left"), { code: "ECONNRESET" }));
            else resolve();
          };
          for (const name of ["readable", "end", "close", "error"]) request.once(name, done);
        });
      }
    }
    return new Body(request, Buffer.concat(chunks));
  }

  /** Sends all of it on, byte for byte. @param {import("node:http").ClientRequest} call @param {() => void} sent called when it is */
  sendTo(call, sent) {
    call.on("finish", sent);
    if (this.size > 0) call.write(this.read);
    if (this.request.readableEnded) call.end();
    else this.request.on("error", () => call.destroy()).pipe(call);
  }

  /** The call is over; what the viewer still sends is for nobody. @param {import("node:http").ClientRequest} call */
  leave(call) {
    this.request.unpipe(call);
    this.drop();
  }

  /** Nobody wants the rest. */
  drop() {
    this.request.resume();
  }
}

function toHeaders({ rawHeaders, httpVersion, headers: { "x-forwarded-for": passedBy } }, clientIp) {
  const headers = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [key, value] = rawHeaders.slice(at, at + 2);
    const name = key.toLowerCase();
    if (!isHidden(name)) (headers[name] ??= []).push({ key, value });
  }
  headers["x-forwarded-for"] = [{ key: "X-Forwarded-For", value: passedBy ? `${passedBy}, ${clientIp}` : clientIp }];
  (headers.via ??= []).push({ key: "Via", value: `${httpVersion} local.cloudfront.net (CloudFront)` });
  return headers;
}

/**
 * Writes the function's result as CloudFront would; why it would not take it goes to the log.
 * @param {any} result @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response
 * @param {(line: string) => void} log
 */
export function toHttp(result, request, response, log) {
  const problem = result?.failed ? result : problemOf(result);
  if (problem) {
    log(JSON.stringify({ cloudfront: problem.failed, status: problem.status, detail: problem.detail }));
    response.writeHead(problem.status, { "content-type": "text/plain", "x-cache": `${problem.failed} from cloudfront` });
    response.end(`${problem.status} ERROR\nThe Lambda function associated with the CloudFront distribution is invalid or failed.\n`);
    return;
  }
  const body = Buffer.from(result.body ?? "", result.bodyEncoding === "base64" ? "base64" : "utf8");
  const status = Number(result.status);
  const headers = Object.entries(result.headers ?? {}).flatMap(([name, values]) => values.map(({ key, value }) => [key ?? name, value]));
  const kept = headers.filter(([key]) => key.toLowerCase() !== "content-length" || request.method === "HEAD");
  if (request.method !== "HEAD" && status !== 204 && status !== 304) kept.push(["Content-Length", String(body.length)]);
  kept.push(["X-Cache", "LambdaGeneratedResponse from cloudfront"]);
  response.writeHead(status, result.statusDescription || STATUS_CODES[status] || "", kept.flat());
  response.end(body);
}

/** Why a generated response is no valid one; undefined when it is. */
function problemOf(result) {
  if (typeof result !== "object" || result === null) return validationError("the function returned nothing");
  if (!/^[2-5]\d\d$/.test(String(result.status))) return validationError(`status ${result.status} is not 200 to 599`);
  if (!["text", "base64", undefined].includes(result.bodyEncoding)) return validationError(`bodyEncoding ${result.bodyEncoding}`);
  const readOnly = Object.keys(result.headers ?? {}).find((name) => HEADERS_READ_ONLY.has(name));
  if (readOnly) return validationError(`header ${readOnly} may not be set`);
  const problem = headersProblem(result.headers);
  if (problem) return problem;
  const pairs = Object.entries(result.headers ?? {}).flatMap(([name, values]) => values.map(({ value }) => name.length + value.length));
  const size = pairs.reduce((sum, length) => sum + length, Buffer.byteLength(result.body ?? ""));
  return size > MEGABYTE ? validationError(`the generated response has ${size} bytes, encoded; 1 MB is the most`) : undefined;
}

/**
 * Why headers are none that a function may set; undefined when they are.
 * @param {Record<string, {key?: string, value: string}[]> | undefined} headers @param {string[]} given those that were there before and may stay
 * @param {Record<string, unknown>} before what was there before
 */
export function headersProblem(headers, given = [], before = {}) {
  for (const [name, values] of Object.entries(headers ?? {})) {
    if (name !== name.toLowerCase()) return validationError(`header ${name} is not in lower case`);
    if (isHidden(name) && !given.includes(name) && before[name] === undefined) return validationError(`header ${name} may not be set`);
    if (!Array.isArray(values)) return validationError(`header ${name} is not a list`);
    for (const { key, value } of values) {
      if (key !== undefined && key.toLowerCase() !== name) return validationError(`header ${name} has the key ${key}`);
      try {
        validateHeaderName(name);
        validateHeaderValue(name, value);
      } catch (error) {
        return validationError(error.message);
      }
    }
  }
  return undefined;
}
