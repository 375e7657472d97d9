/**
 * What an owner is told, enough to decide on a phone: what happened and why, in words and numbers, where, since when, who
 * changed the endpoint last, and two commands to run. One message, which each channel puts in its own form.
 *
 * @typedef {import("./events.mjs").Event} Event
 * @typedef {{commit: string, author: string}} Change
 * @typedef {{owner: string, project: string, environment: string | null, lastChange: Change | null}} Context
 * @typedef {object} Message
 * @property {import("./notify.mjs").Kind} kind
 * @property {Event} event @property {Event[]} covered
 * @property {Context} context
 * @property {string} title one line
 * @property {[string, string][]} facts label and text
 * @property {string[]} commands
 * @property {number | null} firstFailureAt ms @property {number | null} nextProbeAt ms @property {number | null} openedAt ms
 */

const SHOWN = 20;

/** @param {import("./notify.mjs").Notice} notice @param {Context} context @returns {Message} */
export function messageOf({ kind, covered, openings, openedAt }, context) {
  const event = covered[covered.length - 1];
  const ago = event.numbers?.firstFailureAgoMs;
  const firstFailureAt = ago === undefined ? null : event.at - ago;
  const nextProbeAt = event.retryAt || null;
  const told = { kind, event, covered, context, firstFailureAt, nextProbeAt, openedAt };
  return { ...told, title: `${whose(event, context)} ${titleOf(kind, event, openings)}`, facts: factsOf(told), commands: commandsOf(kind, event, context) };
}

/** @param {Event} event @param {Context} context */
const whose = ({ breaker, edge, id }, { environment }) => `${breaker} (${[environment, edge, edge === "aws" ? placeOf(id) : ""].filter(Boolean).join(", ")})`;

/** The store's place, out of an event's id. @param {string} id */
const placeOf = (id) => id.split("/")[1];

/** @param {import("./notify.mjs").Kind} kind @param {Event} event @param {number} openings */
function titleOf(kind, event, openings) {
  if (kind === "open") return "is open";
  if (kind === "close") return "has closed";
  if (kind === "flapping") return `is flapping: opened ${openings} times in 10 minutes, now ${event.to}`;
  if (event.override) return `is ${event.override.mode === "monitor" ? "only monitoring" : event.override.mode} until ${time(event.override.until)}`;
  if (event.override === null) return "is released from its override";
  return event.reason === "manual" ? `was made ${event.to} by hand` : `is ${event.to}: its override is over`;
}

/** @param {Omit<Message, "title" | "facts" | "commands">} told @returns {[string, string][]} */
function factsOf({ kind, event, covered, context, firstFailureAt, nextProbeAt, openedAt }) {
  /** @type {[string, string | null | false][]} */
  const facts = [
    ["Why", event.override === undefined ? whyOf(event) : event.override && `${event.override.owner}: ${event.override.reason}`],
    ["By", kind === "forced" && event.node],
    ["At", time(event.at)],
    ["First failure", firstFailureAt !== null && time(firstFailureAt)],
    ["Open for", kind === "close" && openedAt !== null && duration(event.at - openedAt)],
    ["Next probe", nextProbeAt !== null && `${time(nextProbeAt)}, ${duration(nextProbeAt - event.at)} after it opened`],
    ["Seen in", event.region],
    ["Since the last message", covered.length > 1 && covered.slice(-SHOWN).map(lineOf).join("; ")],
    ["Last change", context.lastChange && `${context.lastChange.commit.slice(0, 12)} by ${context.lastChange.author}`],
  ];
  return facts.filter((fact) => typeof fact[1] === "string").map(([label, text]) => [label, String(text)]);
}

/** @param {Event} event */
const lineOf = (event) => `${time(event.at)} ${event.override === undefined ? `${event.from} to ${event.to} (${event.reason})` : (event.override?.mode ?? "released")}`;

/** The reason with its numbers, in words. @param {Event} event */
export function whyOf({ reason = "", numbers = {} }) {
  const { ok = 0, network = 0, service = 0, streak = 0, slow = 0, aged = 0, bad = 0, answered = 0 } = numbers;
  const failures = network + service;
  switch (reason) {
    case "network_failures":
      return `${count(network, "time-out or unreachable", "time-outs or unreachable")} in the window`;
    case "service_failures":
      return `${count(service, "failure status", "failure statuses")} in the window`;
    case "consecutive_failures":
      return `${count(streak, "failure", "failures")} in a row; in the window ${network} network, ${service} service, ${ok} successes`;
    case "failure_ratio":
      return `${failures} of ${ok + failures} requests failed (${share(failures, ok + failures)}): ${network} network, ${service} service`;
    case "slow_ratio":
      return `${slow} of ${aged} calls were slow (${share(slow, aged)})`;
    case "probe_failed":
      return `${count(bad, "probe", "probes")} failed, ${ok} succeeded`;
    case "probes_succeeded":
      return answered > 0 ? `${count(ok, "probe", "probes")} succeeded, ${answered} answered` : `${count(ok, "probe", "probes")} succeeded`;
    case "cooldown_over":
      return "the cooldown is over";
    case "ramp_over":
      return "the ramp is over";
    case "override_ended":
      return "the override is over";
    case "manual":
      return "set by hand";
    default:
      return reason;
  }
}

/** The two that help next. @param {import("./notify.mjs").Kind} kind @param {Event} event @param {Context} context */
function commandsOf(kind, { breaker, override }, { environment }) {
  const env = environment ? ` --env ${environment}` : "";
  const status = `kampkin status ${breaker}${env}`;
  const events = `kampkin events ${breaker}${env}`;
  const hold = `kampkin hold ${breaker} open --for 30m --reason "…"${env}`;
  if (kind === "open") return [status, hold];
  if (kind === "flapping") return [events, hold];
  if (override) return [status, `kampkin release ${breaker}${env}`];
  return [status, events];
}

/** @param {number} ms */
export const time = (ms) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** @param {number} ms */
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const parts = [[Math.floor(s / 3600), "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
  return parts.filter(([amount], index) => Number(amount) > 0 || (index === 2 && s === 0)).slice(0, 2).map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** @param {number} amount @param {string} one @param {string} many */
const count = (amount, one, many) => `${amount} ${amount === 1 ? one : many}`;

/** @param {number} part @param {number} whole */
const share = (part, whole) => (whole > 0 ? `${Math.floor((100 * part) / whole)} %` : "0 %");
