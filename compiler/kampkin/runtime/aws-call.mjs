/** One signed call of an AWS service: JSON for DynamoDB and SQS, a form for SNS, which speaks no JSON. */

import { sign } from "./stores/sigv4.mjs";

const CALL_MS = 5_000;

const SERVICES = {
  dynamodb: (/** @type {string} */ operation, /** @type {object} */ input) => json("1.0", `DynamoDB_20120810.${operation}`, input),
  sqs: (/** @type {string} */ operation, /** @type {object} */ input) => json("1.0", `AmazonSQS.${operation}`, input),
  sns: (/** @type {string} */ operation, /** @type {object} */ input) => ({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: String(new URLSearchParams({ Action: operation, Version: "2010-03-31", ...input })),
  }),
};

/** @param {string} version @param {string} target @param {object} input */
const json = (version, target, input) => ({ headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target }, body: JSON.stringify(input) });

/**
 * @param {string} region @param {Record<string, string | undefined>} env credentials, and where AWS is if not in its place
 * @returns {(service: keyof typeof SERVICES, operation: string, input: object) => Promise<any>} throws where AWS refuses
 */
export function createCall(region, env) {
  return async (service, operation, input) => {
    const endpoint = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? env.AWS_ENDPOINT_URL ?? `https://${service}.${region}.amazonaws.com/`;
    const { headers, body } = SERVICES[service](operation, input);
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? "", secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "", sessionToken: env.AWS_SESSION_TOKEN };
    const { host, ...signed } = await sign({ method: "POST", url: new URL(endpoint), headers, body, service, region, credentials, now: Date.now() });
    const answer = await fetch(endpoint, { method: "POST", headers: signed, body, signal: AbortSignal.timeout(CALL_MS) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service} ${operation}: ${answer.status} ${text.slice(0, 300)}`);
    return service === "sns" ? text : JSON.parse(text || "{}");
  };
}
