/** What a call came to. The order of the rules is the specification's: docs/breaker.md, "Outcomes". */

export const VOID = 0; // says nothing about the service; counts nowhere
export const SUCCESS = 1;
export const ANSWERED = 2; // neutral, but it shows that the origin answers
export const SERVICE = 3;
export const NETWORK = 4;
export const TIMEOUT = 5;

/** The outcomes by name, for logs and the wire. */
export const OUTCOMES = ["void", "success", "answered", "service", "network", "timeout"];

/** @param {number} outcome */
export const isFailure = (outcome) => outcome >= SERVICE;

/**
 * The outcome of an answer, by its status. Cloudflare answers 52x and 530 for an origin it cannot reach, where
 * AWS raises an error: the same kind on both.
 * @param {number} status @param {import("./policy.mjs").Policy} policy
 */
export function outcomeOf(status, policy) {
  if (status === 522 || status === 524) return TIMEOUT;
  if ((status >= 520 && status <= 527) || status === 530) return NETWORK;
  for (const [from, to] of policy.failureStatuses) if (status >= from && status <= to) return SERVICE;
  return status < 400 ? SUCCESS : ANSWERED;
}
