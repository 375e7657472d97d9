"""AWS: a breaker's record, events and minutes as items of DynamoDB, as `runtime/stores/item.mjs` keeps them.

IAM says who may, and who it was stands in the event. Each change is one transaction of the record and its event, made
only if the record is still the one that was read: the function moves it too, at any time.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from kampkin.errors import Cannot
from kampkin.operate.connect import NO_CREDENTIALS
from kampkin.operate.edge import AT_ONCE, Event, FlipState, Hold, Minute, Outcomes, Override, Page, Place, Status
from kampkin.plan import Policy

VERSION = 1
"""Of the record, as in `runtime/wire.mjs`: a later one is read, never moved."""

STATES = ("closed", "open", "half-open", "ramp")
KEEP_S = 30 * 24 * 3600
EVENT_KEEP_S = 7 * 24 * 3600
SLOTS = 10
ATTEMPTS = 8
PAUSE_S = 0.03
"""After the first attempt that somebody else was quicker than; it grows with each."""

WIDTHS_MS = (100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000)
BUCKETS_A_WINDOW = 10
COUNTS = {"o": "ok", "f": "network", "s": "service", "l": "slow", "g": "aged"}
BUCKET = re.compile(r"([ofslg])(\d+)w(\d+)_(\d+)")
LATENCY = re.compile(r"l(\d+)")
BESIDE_THE_COUNTS = {"pk", "sk", "ttl"}

Item: TypeAlias = Mapping[str, Any]
"""An item's attributes as Python values."""


@dataclass(frozen=True)
class Change:
    """What a transaction does to the record, and the event that goes with it."""

    sets: Mapping[str, Any]
    removes: Sequence[str]
    event: Item
    event_key: str
    provided: Mapping[str, Any]
    """Beside the epoch: what these attributes, `name` or `map.name`, must still be."""


def wall_ms() -> int:
    """Ms since 1970, by this machine's clock: DynamoDB has none of its own."""
    return time.time_ns() // 1_000_000


def toss() -> int:
    """0 to 9999."""
    return random.randrange(10_000)


class Table:
    """The breakers of one table in one region. All methods raise `Cannot` where DynamoDB does not do it.

    `who` gives the identity that the events name; it is asked only before a change.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        region: str,
        who: Callable[[], str],
        clock: Callable[[], int] = wall_ms,
        coin: Callable[[], int] = toss,
    ) -> None:
        self.client = client
        self.table = table
        self.region = region
        self.who = who
        self.clock = clock
        self.coin = coin

    def status(self, breaker: str, window_ms: int) -> Status:
        """The record as it stands, its counts those of a window so wide."""
        return status_of(self._record(breaker), breaker, Place("aws", self.region), window_ms, self.clock())

    def hold(self, breaker: str, decided: Hold) -> None:
        """Sets an override, in the place of one that is there."""

        def change(item: Item, now: int) -> Change:
            until = now + decided.for_ms
            said = {"mode": decided.mode, "until": until, "owner": decided.owner, "reason": decided.reason}
            sets = {"ov": said, "ttl": until // 1000 + KEEP_S}
            return self._said(breaker, item, now, {"override": said}, sets, {})

        self._change(breaker, change)

    def release(self, breaker: str) -> None:
        """Ends the override in force now, that one and no other; where there is none, nothing is written."""

        def change(item: Item, now: int) -> Change | None:
            held = item.get("ov")
            if not held or held["until"] <= now:
                return None
            return self._said(breaker, item, now, {"released": True}, {"ov.until": now}, {"ov.until": held["until"]})

        self._change(breaker, change)

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> None:
        """Moves the breaker by hand, into its own state too. An override that is over goes with it: `runtime/breaker.mjs`."""

        def change(item: Item, now: int) -> Change:
            held = item.get("ov")
            over = {"ov.until": held["until"]} if held and held["until"] <= now else {}
            epoch, level = item.get("e", 0) + 1, item.get("lv", 0)
            retry_at = now + first_cooldown(policy, self.coin()) if state == "open" else 0
            sets = {
                "v": VERSION,
                "e": epoch,
                "st": state,
                "at": now,
                "ra": retry_at,
                "ga": 0,
                "lv": level if state == "half-open" else 0,
                "why": "manual",
                "ttl": now // 1000 + KEEP_S,
            }
            event = self._event(breaker, epoch, now, f"{epoch}-{now}") | {
                "from": item.get("st", STATES[0]),
                "to": state,
                "reason": "manual",
                "numbers": {"level": level},
                "retryAt": retry_at,
            }
            removes = [*(f"p{slot}" for slot in range(SLOTS)), *(["ov"] if over else [])]
            return Change(sets, removes, event, event_key(epoch), over)

        self._change(breaker, change)

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        """What happened, newest first; an item may outlive its week, and is not shown then."""
        found: list[Item] = []
        start = before
        while len(found) <= limit:
            place = {"ExclusiveStartKey": written(self._key(breaker, start))} if start else {}
            answer = self._ask(
                "query",
                KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
                FilterExpression="#ttl > :now",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=written(
                    {":pk": self._key(breaker)["pk"], ":event": "event#", ":now": self.clock() // 1000}
                ),
                ScanIndexForward=False,
                Limit=limit + 1,
                **place,
            )
            found += [read(item) for item in answer["Items"]]
            last = answer.get("LastEvaluatedKey")
            if not last:
                break
            start = read(last)["sk"]
        shown = found[:limit]
        return Page([event_of(item) for item in shown], shown[-1]["sk"] if len(found) > limit else None)

    def metrics(self, breaker: str, first: int, last: int) -> list[dict[str, Any]]:
        """Minutes with anything to tell, oldest first, both ends included: minutes since 1970."""
        found: list[Item] = []
        place: dict[str, Any] = {}
        while True:
            answer = self._ask(
                "query",
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
                ExpressionAttributeValues=written(
                    {":pk": f"m#{breaker}#{self.region}", ":first": f"{first:010}", ":last": f"{last:010}"}
                ),
                **place,
            )
            found += [read(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return [minute_of(item) for item in found]
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _change(self, breaker: str, change_of: Callable[[Item, int], Change | None]) -> None:
        """Reads, and writes what follows from it; again where the record was moved in between."""
        for attempt in range(ATTEMPTS):
            item = self._record(breaker)
            if item.get("v", VERSION) > VERSION or item.get("st", STATES[0]) not in STATES:
                raise Cannot(
                    f"the record of {breaker} in {self.region} is of version {item.get('v')}, written by a later release",
                    "use that release of kampkin",
                )
            change = change_of(item, self.clock())
            if change is None or self._write(breaker, item, change):
                return
            time.sleep(PAUSE_S * attempt * random.random())
        raise Cannot(
            f"the record of {breaker} in {self.region} moved {ATTEMPTS} times while it was to be changed", "try again"
        )

    def _write(self, breaker: str, item: Item, change: Change) -> bool:
        """Whether the transaction was made; False where somebody else was quicker."""
        epoch = item.get("e", 0)
        clauses, names, values = expression(change)
        conditions = ["(attribute_not_exists(#v) OR #v <= :version)"]
        conditions.append("#e = :epoch" if epoch else "attribute_not_exists(#e)")
        for number, (path, value) in enumerate(change.provided.items()):
            conditions.append(f"{aliased(path, names)} = :was{number}")
            values[f":was{number}"] = value
        values |= {":version": VERSION} | ({":epoch": epoch} if epoch else {})
        update = {
            "TableName": self.table,
            "Key": written(self._key(breaker)),
            "UpdateExpression": clauses,
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names | {"#v": "v", "#e": "e"},
            "ExpressionAttributeValues": written(values),
        }
        put = {"TableName": self.table, "Item": written({**self._key(breaker, change.event_key), **change.event})}
        if "override" in change.event or "released" in change.event:
            put["ConditionExpression"] = "attribute_not_exists(pk)"  # two people in one millisecond
        with answered(self.table, self.region):
            try:
                self.client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])
            except self.client.exceptions.TransactionCanceledException as problem:
                codes = {reason.get("Code") for reason in problem.response.get("CancellationReasons", [])}
                if codes <= {None, "None", "ConditionalCheckFailed", "TransactionConflict"}:
                    return False
                raise
        return True

    def _said(
        self, breaker: str, item: Item, now: int, said: Item, sets: Mapping[str, Any], provided: Mapping[str, Any]
    ) -> Change:
        """What a person says, as a change: it moves no epoch."""
        epoch = item.get("e", 0)
        event = {**self._event(breaker, epoch, now, f"o-{now}"), **said}
        return Change(sets, (), event, f"{event_key(epoch)}#o{now}", provided)

    def _event(self, breaker: str, epoch: int, now: int, name: str) -> dict[str, Any]:
        """What all events have."""
        return {
            "id": f"aws/{self.region}/{breaker}/{name}",
            "breaker": breaker,
            "edge": "aws",
            "region": self.region,
            "node": self.who(),
            "epoch": epoch,
            "at": now,
            "ttl": now // 1000 + EVENT_KEEP_S,
        }

    def _record(self, breaker: str) -> Item:
        answer = self._ask("get_item", Key=written(self._key(breaker)), ConsistentRead=True)
        return read(answer.get("Item", {}))

    def _ask(self, operation: str, **what: Any) -> Any:
        with answered(self.table, self.region):
            return getattr(self.client, operation)(TableName=self.table, **what)

    def _key(self, breaker: str, sk: str = "state") -> dict[str, str]:
        return {"pk": f"b#{breaker}#{self.region}", "sk": sk}


class Region:
    """A table's breakers as an `Edge`; the policies are those of the plan's endpoints on AWS."""

    def __init__(self, table: Table, policies: Mapping[str, Policy]) -> None:
        self.table = table
        self.policies = policies
        self.place = Place("aws", table.region)

    def status(self, breakers: Sequence[str]) -> Outcomes:
        return self._each(breakers, lambda name: None)

    def hold(self, breakers: Sequence[str] | None, decided: Hold) -> Outcomes:
        return self._each(breakers, lambda name: self.table.hold(name, decided))

    def release(self, breakers: Sequence[str] | None) -> Outcomes:
        return self._each(breakers, self.table.release)

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> Status:
        self.table.flip(breaker, state, policy)
        return self.table.status(breaker, policy.window_ms)

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        return self.table.events(breaker, before, limit)

    def minutes(self, breaker: str, first: int, last: int) -> Sequence[Minute]:
        return self.table.metrics(breaker, first, last)

    def _each(self, breakers: Sequence[str] | None, act: Callable[[str], None]) -> Outcomes:
        """Does it to each, some at a time; then what each has come to. A region that does not answer is asked no more."""
        silent: list[Cannot] = []

        def outcome(name: str) -> Status | Cannot:
            if silent:
                return silent[0]
            try:
                act(name)
                return self.table.status(name, self.policies[name].window_ms)
            except Silent as problem:
                silent.append(problem)
                return problem
            except Cannot as problem:
                return problem

        names = tuple(self.policies) if breakers is None else breakers
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return dict(zip(names, pool.map(outcome, names), strict=True))


class Silent(Cannot):
    """Nobody answered."""


@contextmanager
def answered(table: str, region: str) -> Iterator[None]:
    """What DynamoDB refuses, and that it cannot be reached, as `Cannot`."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
    from botocore.parsers import ResponseParserError

    hints = {
        "ResourceNotFoundException": f"is the plan deployed, with a table {table} in {region}?",
        "AccessDeniedException": "docs/operate.md names the permissions",
    }
    try:
        yield
    except ClientError as problem:
        said = problem.response["Error"]
        raise Cannot(f"DynamoDB in {region}: {said['Code']}: {said['Message']}", hints.get(said["Code"])) from None
    except NoCredentialsError:
        raise Cannot(*NO_CREDENTIALS) from None
    except (BotoCoreError, ResponseParserError) as problem:
        raise Silent(f"DynamoDB in {region}: {problem}") from None


def first_cooldown(policy: Policy, coin: int) -> int:
    """How long an open breaker of level 0 stays so, ms: `runtime/cooldown.mjs`."""
    base = min(policy.cooldown_ms, policy.cooldown_max_ms)
    return base + base * policy.cooldown_jitter_bp * (2 * coin - 9_999) // (10_000 * 9_999)


def status_of(item: Item, breaker: str, place: Place, window_ms: int, now: int) -> Status:
    """What a record says at a time."""
    epoch, state = item.get("e", 0), item.get("st", STATES[0])
    held = item.get("ov")
    return Status(
        breaker=breaker,
        place=place,
        state=state,
        epoch=epoch,
        why=item.get("why", ""),
        since_ms=max(0, now - item["at"]) if "at" in item else None,
        retry_in_ms=max(0, item.get("ra", 0) - now) if state == "open" else 0,
        level=item.get("lv", 0),
        streak=item.get(f"k{epoch}", 0),
        counts=counts_of(item, epoch, window_ms, now),
        probes={"ok": item.get(f"h{epoch}", 0), "bad": item.get(f"x{epoch}", 0), "answered": item.get(f"a{epoch}", 0)},
        override=Override(held["mode"], held["until"] - now, held["owner"], held["reason"])
        if held and held["until"] > now
        else None,
        heard={place.name: item["ls"]} if "ls" in item else {},
    )


def counts_of(item: Item, epoch: int, window_ms: int, now: int) -> dict[str, int]:
    """The sum over the window's buckets, as `runtime/window.mjs` counts them; one ahead of the clock is the current one."""
    width = next(width for width in WIDTHS_MS if width * BUCKETS_A_WINDOW >= window_ms)
    counts = dict.fromkeys(COUNTS.values(), 0)
    for name, value in item.items():
        found = BUCKET.fullmatch(name)
        if not found or (int(found[2]), int(found[3])) != (epoch, width):
            continue
        if (int(found[4]) + 1) * width > now - window_ms:
            counts[COUNTS[found[1]]] += value
    return counts


def event_of(item: Item) -> Event:
    """An event as everybody tells it."""
    event = {key: item[key] for key in ("id", "breaker", "edge", "region", "epoch", "at", "node") if key in item}
    if "to" in item:
        return event | {key: item.get(key) for key in ("from", "to", "reason", "numbers", "retryAt")}
    return event | {"override": item.get("override")}


def minute_of(item: Item) -> dict[str, Any]:
    """A minute as the Durable Object tells it."""
    counts = {name: value for name, value in item.items() if name not in BESIDE_THE_COUNTS}
    latency = [[int(found[1]), counts.pop(name)] for name in list(counts) if (found := LATENCY.fullmatch(name))]
    return {"minute": int(item["sk"]), "counts": counts, "latency": sorted(latency)}


def event_key(epoch: int) -> str:
    """The sort key of a transition's event."""
    return f"event#{epoch:012}"


def expression(change: Change) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The update's clauses, with the names and values they stand for."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    sets = []
    for number, (path, value) in enumerate(change.sets.items()):
        sets.append(f"{aliased(path, names)} = :s{number}")
        values[f":s{number}"] = value
    clauses = f"SET {', '.join(sets)}"
    if change.removes:
        clauses += f" REMOVE {', '.join(aliased(path, names) for path in change.removes)}"
    return clauses, names, values


def aliased(path: str, names: dict[str, str]) -> str:
    """A path for an expression, its parts entered into `names`: some of them are DynamoDB's reserved words."""
    parts = path.split(".")
    names.update({f"#{part}": part for part in parts})
    return ".".join(f"#{part}" for part in parts)


def read(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """DynamoDB's attributes as Python values; numbers are whole here."""
    return {name: _read(value) for name, value in item.items()}


def _read(attribute: Mapping[str, Any]) -> Any:
    (kind, value), *_ = attribute.items()
    if kind == "M":
        return read(value)
    return int(value) if kind == "N" else value


def written(values: Mapping[str, Any]) -> dict[str, Any]:
    """Python values as DynamoDB's attributes."""
    return {name: _written(value) for name, value in values.items()}


def _written(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"M": written(value)}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
