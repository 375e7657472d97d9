// A Lambda@Edge handler that does nothing but call the origin: the least that a function at origin-request does, with
// the translation of event to call and of answer to result that the compiled one has.

import http from "node:http";

const agent = new http.Agent({ keepAlive: true });
const ORIGIN = process.env.BENCH_ORIGIN;

export async function handler(/** @type {any} */ event) {
  const { method, uri, querystring, headers, body } = event.Records[0].cf.request;
  const sent = Object.fromEntries(Object.entries(headers).flatMap(([name, values]) => (name === "host" ? [] : [[name, values[0].value]])));
  const answer = await exchange(`${ORIGIN}${uri}${querystring ? `?${querystring}` : ""}`, { method, headers: sent, agent }, body);
  /** @type {Record<string, {key: string, value: string}[]>} */
  const received = {};
  for (let at = 0; at < answer.raw.length; at += 2) (received[answer.raw[at].toLowerCase()] ??= []).push({ key: answer.raw[at], value: answer.raw[at + 1] });
  return { status: String(answer.status), statusDescription: http.STATUS_CODES[answer.status] ?? "", headers: received, body: answer.body.toString("base64"), bodyEncoding: "base64" };
}

/** @returns {Promise<{status: number, raw: string[], body: Buffer}>} */
function exchange(/** @type {string} */ url, /** @type {http.RequestOptions} */ options, /** @type {any} */ body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options);
    request.on("error", reject);
    request.on("response", (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 502, raw: response.rawHeaders, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.end(body?.data ? Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8") : undefined);
  });
}
