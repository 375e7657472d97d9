/**
 * Who wants to hear of which breaker, and on which channels, as the bundle says it in owners.mjs.
 *
 * @typedef {"slack" | "webhook" | "email"} Channel
 * @typedef {object} Owner
 * @property {Partial<Record<Channel, string>>} channels the name of a secret, or an address
 * @property {import("./notify.mjs").Kind[]} when
 * @typedef {object} Owners
 * @property {string} project @property {string | null} environment
 * @property {string | null} from the sender of email
 * @property {Record<string, Owner>} owners @property {Record<string, string>} endpoints each endpoint's owner
 * @typedef {Record<string, import("./message.mjs").Change>} Changes the last change of each endpoint, as the stack has them in changes.mjs
 */

/** Whether anybody wants to hear of anything. @param {Owners} owners */
export const isAnybody = ({ owners }) => Object.keys(owners).length > 0;

/** @param {Owners} owners @param {string} breaker @returns {Owner | undefined} */
export const ownerOf = ({ owners, endpoints }, breaker) => own(owners, own(endpoints, breaker) ?? "");

/** @param {Owners} owners @param {Changes} changes @param {string} breaker @returns {import("./message.mjs").Context} */
export function contextOf({ project, environment, endpoints }, changes, breaker) {
  return { owner: endpoints[breaker], project, environment, lastChange: own(changes, breaker) ?? null };
}

/** An entry that is there: an endpoint may be called `constructor`. @template T @param {Record<string, T>} map @param {string} key @returns {T | undefined} */
const own = (map, key) => (Object.hasOwn(map, key) ? map[key] : undefined);
