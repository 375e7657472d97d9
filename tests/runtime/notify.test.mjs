import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf, ownerOf } from "../../compiler/kampkin/runtime/audience.mjs";
import { HELD_MS, holdOf, noticeOf } from "../../compiler/kampkin/runtime/notify.mjs";

const ALL = ["open", "close", "flapping", "forced"];
const SINGLY = ["open", "close", "forced"];
const S = 1000;
const MINUTE = 60 * S;
const T = 30_000_000 * MINUTE; // the beginning of a minute

/** A history, from [ms after T, from, to, reason] or [ms after T, override]. */
function history(...told) {
  return told.map(([after, ...what], index) => {
    const happened = { id: `e${index}`, breaker: "cart", epoch: index + 1, at: T + after };
    if (what.length === 1) return { ...happened, override: what[0] };
    const [from, to, reason] = what;
    return { ...happened, from, to, reason };
  });
}

const trip = (after) => [after, "closed", "open", "consecutive_failures"];
const due = (after) => [after, "open", "half-open", "cooldown_over"];
const reopen = (after) => [after, "half-open", "open", "probe_failed"];
const heal = (after) => [after, "half-open", "closed", "probes_succeeded"];

/** An outage of a second each: trip, probe, heal. */
const blips = (...starts) => starts.flatMap((start) => [trip(start), due(start + 500), heal(start + S)]);

/** What each event is sent as: its kind and the events it tells of, or null. */
function sent(events, when) {
  return events.map((event) => {
    const notice = noticeOf(event, events, when);
    return notice && [notice.kind, ...notice.covered.map(({ id }) => Number(id.slice(1)))];
  });
}

test("an opening and a closing are told, what lies between comes with the closing", () => {
  assert.deepEqual(sent(history(trip(0), due(10 * S), heal(11 * S)), ALL), [["open", 0], null, ["close", 1, 2]]);
});

test("probes that fail are the same outage: told with its end, and no flapping", () => {
  const events = history(trip(0), due(10 * S), reopen(11 * S), due(30 * S), reopen(31 * S), due(70 * S), reopen(71 * S), due(150 * S), heal(151 * S));
  const kinds = sent(events, ALL);
  assert.deepEqual(kinds[0], ["open", 0]);
  assert.deepEqual(kinds.slice(1, 8), Array(7).fill(null));
  assert.deepEqual(kinds[8], ["close", 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a ramp that trips is an outage anew, half-open and the ramp alone are nothing to tell", () => {
  const events = history(trip(0), due(10 * S), [11 * S, "half-open", "ramp", "probes_succeeded"], [12 * S, "ramp", "open", "failure_ratio"], due(20 * S), [21 * S, "half-open", "ramp", "probes_succeeded"], [51 * S, "ramp", "closed", "ramp_over"]);
  assert.deepEqual(sent(events, ALL), [["open", 0], null, null, ["open", 1, 2, 3], null, null, ["close", 4, 5, 6]]);
});

test("what a person decides is forced: set, released, over, and by hand", () => {
  const override = { mode: "forced-open", until: T + MINUTE, owner: "dana", reason: "move" };
  const events = history([0, override], [S, null], [2 * S, "closed", "half-open", "override_ended"], [3 * S, "half-open", "closed", "manual"], [4 * S, "closed", "open", "manual"]);
  assert.deepEqual(sent(events, ALL), [["forced", 0], ["forced", 1], ["forced", 2], ["forced", 3], ["forced", 4]]);
});

test("a probe that fails after a person had the breaker probe is an outage that nobody has heard of", () => {
  const events = history([0, "open", "half-open", "override_ended"], reopen(S), due(20 * S), reopen(21 * S));
  assert.deepEqual(sent(events, ALL), [["forced", 0], ["open", 1], null, null]);
});

for (const kind of ["open", "close", "forced"]) {
  test(`an owner who asked for ${kind} alone hears of nothing else`, () => {
    const events = history(trip(0), due(S), heal(2 * S), [3 * S, null]);
    assert.deepEqual(sent(events, [kind]).filter(Boolean).map(([told]) => told), [kind]);
  });
}

test("the third opening within ten minutes is flapping, at exactly ten minutes too", () => {
  const at = (last) => sent(history(...blips(0, 5 * MINUTE), trip(last)), ALL).at(-1);
  assert.equal(at(10 * MINUTE)[0], "flapping");
  assert.equal(at(10 * MINUTE + 1)[0], "open");
});

test("an event of a flapping breaker is held until its minute is over, any other is not", () => {
  const events = history(...blips(0, 10 * S, 20 * S));
  assert.deepEqual(events.map((event) => holdOf(event, events, ALL)), [0, null, 0, 0, null, 0, HELD_MS, null, HELD_MS]);
  assert.ok(HELD_MS > MINUTE);
});

test("the last event of a minute speaks for the minute, and one a millisecond later for the next", () => {
  const events = history(...blips(0, 10 * S, 20 * S), trip(MINUTE - 1), due(MINUTE), heal(MINUTE + S));
  const told = sent(events, ALL);
  assert.deepEqual(told.slice(0, 9), [["open", 0], null, ["close", 1, 2], ["open", 3], null, ["close", 4, 5], null, null, null]);
  assert.deepEqual(told[9], ["flapping", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(told.slice(10), [null, ["flapping", 10, 11]]);
});

test("every transition is told, each by its id, however the breaker flaps", () => {
  const starts = Array.from({ length: 40 }, (_, index) => index * 7 * S);
  const events = history(...blips(...starts));
  const told = new Set(sent(events, ALL).filter(Boolean).flatMap(([, ...ids]) => ids));
  assert.equal(told.size, events.length);
  assert.ok(sent(events, ALL).filter(Boolean).length < 12);
});

test("an owner who does not want flapping hears of each one singly", () => {
  const events = history(...blips(0, 10 * S, 20 * S, 30 * S));
  assert.equal(sent(events, SINGLY).filter((told) => told?.[0] === "open").length, 4);
  assert.ok(events.every((event) => !holdOf(event, events, SINGLY)));
});

test("an owner who wants flapping alone hears of the groups alone", () => {
  const told = sent(history(...blips(0, 10 * S, 20 * S, MINUTE)), ["flapping"]);
  assert.deepEqual(told.filter(Boolean).map(([kind]) => kind), ["flapping", "flapping"]);
});

test("a person is heard at once while the breaker flaps", () => {
  const events = history(...blips(0, 10 * S, 20 * S), [25 * S, { mode: "forced-open", until: T, owner: "dana", reason: "calm" }]);
  assert.equal(holdOf(events.at(-1), events, ALL), 0);
  assert.equal(sent(events, ALL).at(-1)[0], "forced");
});

test("an event that the history has forgotten is told all the same", () => {
  const [event] = history(trip(0));
  assert.deepEqual(noticeOf(event, [], ALL)?.covered, [event]);
});

test("an endpoint may be called constructor", () => {
  const owners = { project: "acme", environment: null, from: null, owners: { shop: { channels: {}, when: [] } }, endpoints: { constructor: "shop" } };
  assert.equal(ownerOf(owners, "constructor"), owners.owners.shop);
  assert.equal(contextOf(owners, {}, "constructor").lastChange, null);
  assert.equal(ownerOf({ ...owners, endpoints: {} }, "constructor"), undefined);
});
