"""Places that hold breakers, in memory: what they tell is what a test has put there. The real ones run in test_outage.py."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kampkin.dashboard.looker import Looker
from kampkin.dashboard.source import Source
from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.operate.connect import Reach
from kampkin.operate.edge import Event, FlipState, Hold, Minute, Outcomes, Override, Page, Place, Status
from kampkin.operate.numbers import bucket_of
from kampkin.operate.session import Session
from kampkin.plan import Policy, TargetName
from kampkin.stamps import stamp

MINUTE = 60_000
NOW = 1_795_789_395_000
"""2026-11-27T14:23:15Z"""

FILE = """\
version: 1
project: acme
targets: [cloudflare, aws]
owners:
  shop: {notify: {slack: secret:SHOP_SLACK}}
  search: {}
endpoints:
  cart:
    origin: https://cart.acme.dev
    owner: shop
    timeout: 1s
    breaker:
      trip: {consecutive_failures: 5}
      cooldown: 20s
  orders: {origin: https://orders.acme.dev, owner: shop}
  suggest: {origin: https://suggest.acme.dev, owner: search}
  images: {origin: https://images.acme.dev}
environments:
  prod: {}
"""


def minute(at: int, latency_ms: int = 40, **counts: int) -> Minute:
    """What nodes have counted in a minute; its calls took about so long."""
    calls = sum(counts.get(name, 0) for name in ("success", "answered", "service", "network", "timeout", "void"))
    latency = [[bucket_of(latency_ms), calls]] if calls else []
    return {"minute": at, "counts": {"requests": calls, **counts}, "latency": latency}


@dataclass
class Memory:
    """A place. What a breaker has nothing of is closed, and was never anything else."""

    place: Place
    records: dict[str, Status] = field(default_factory=dict)
    happened: dict[str, list[Event]] = field(default_factory=dict)
    """Newest first."""
    told: dict[str, dict[int, Minute]] = field(default_factory=dict)
    away: Cannot | None = None
    """Why it does not answer; None where it does."""
    refuses: tuple[str, ...] = ()
    """What it does not tell."""
    waits: threading.Event | None = None
    """It answers when that is set."""
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def status(self, breakers: Sequence[str]) -> Outcomes:
        self._asked("status", *breakers)
        return {name: self.records.get(name) or untouched(name, self.place) for name in breakers}

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        self._asked("events", breaker)
        begin = int(before or 0)
        told = self.happened.get(breaker, [])[begin : begin + limit]
        return Page(told, str(begin + limit) if begin + limit < len(self.happened.get(breaker, [])) else None)

    def minutes(self, breaker: str, first: int, last: int) -> Sequence[Minute]:
        self._asked("minutes", breaker, first, last)
        return [one for at, one in sorted(self.told.get(breaker, {}).items()) if first <= at <= last]

    def hold(self, breakers: Sequence[str] | None, decided: Hold) -> Outcomes:
        raise AssertionError("the dashboard changes nothing")

    def release(self, breakers: Sequence[str] | None) -> Outcomes:
        raise AssertionError("the dashboard changes nothing")

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> Status:
        raise AssertionError("the dashboard changes nothing")

    def _asked(self, *what: Any) -> None:
        self.asked.append(what)
        if self.waits:
            self.waits.wait(60)
        if self.away:
            raise self.away
        if what[0] in self.refuses:
            raise Cannot("AccessDeniedException")

    def count(self, what: str) -> int:
        """How often it was asked for something."""
        return sum(one[0] == what for one in self.asked)

    def move(
        self, breaker: str, to: str, why: str, at: int, numbers: Mapping[str, int] | None = None, **record: Any
    ) -> None:
        """A transition, and the record after it. Its times are as of `NOW`."""
        before = self.records.get(breaker) or untouched(breaker, self.place)
        epoch = before.epoch + 1
        event = {
            "id": f"{self.place.target}/{self.place.name}/{breaker}/{epoch}-{at}",
            "breaker": breaker,
            "edge": self.place.target,
            "region": "FRA" if self.place.target == "cloudflare" else self.place.name,
            "epoch": epoch,
            "at": at,
            "node": "FRA/3f7a01" if why != "manual" else "FRA/dana@acme.dev",
            "from": before.state,
            "to": to,
            "reason": why,
            "numbers": dict(numbers or {}),
            "retryAt": 0,
        }
        self.happened.setdefault(breaker, []).insert(0, event)
        self.records[breaker] = replace(
            before, state=to, epoch=epoch, why=why, since_ms=NOW - at, retry_in_ms=0, **record
        )

    def hold_on(self, breaker: str, mode: str, left_ms: int, at: int, reason: str) -> None:
        """A person's word."""
        before = self.records.get(breaker) or untouched(breaker, self.place)
        said = {"mode": mode, "until": NOW + left_ms, "owner": "dana@acme.dev", "reason": reason}
        event = {
            "id": f"{self.place.target}/{self.place.name}/{breaker}/o-{at}",
            "breaker": breaker,
            "edge": self.place.target,
            "region": "FRA",
            "epoch": before.epoch,
            "at": at,
            "node": "FRA/dana@acme.dev",
            "override": said,
        }
        self.happened.setdefault(breaker, []).insert(0, event)
        self.records[breaker] = replace(before, override=Override(mode, left_ms, "dana@acme.dev", reason))


def untouched(breaker: str, place: Place) -> Status:
    """A breaker to which nothing has happened."""
    counts = {"ok": 12, "network": 0, "service": 0, "slow": 0, "aged": 0}
    probes = {"ok": 0, "bad": 0, "answered": 0}
    return Status(breaker, place, "closed", 0, "", None, 0, 0, 0, counts, probes, None, {"FRA": NOW - 1_000})


@dataclass
class Scene:
    """A file, the places of its breakers, and whoever looks at them."""

    file: Path
    memories: dict[str, Memory]
    clock: list[int] = field(default_factory=lambda: [NOW])
    environment: str | None = "prod"
    urls: dict[TargetName, str | None] = field(default_factory=dict)
    blind: dict[Place, Cannot] = field(default_factory=dict)

    def source(self) -> Source:
        """The file as it is now."""
        loaded = load(self.file, self.environment)
        if loaded.plan is None:
            raise Cannot(f"{self.file.name} has errors")
        reach = Reach(edges=[*self.memories.values()], blind=self.blind)
        session = Session(loaded.plan, reach, None, loaded.plan.digest if self.urls else None, self.urls)
        options = f" --env {self.environment}" if self.environment else ""
        return Source(self.file, loaded, session, False, options, {self.file: stamp(self.file)})

    def looker(self, patience_s: float = 30.0) -> Looker:
        """Somebody who looks, and waits for places so long."""
        return Looker(self.source, lambda: self.clock[0], patience_s)


def scene(folder: Path, text: str = FILE) -> Scene:
    """Two clouds, nothing the matter."""
    file = folder / "kampkin.yaml"
    file.write_text(text)
    places: tuple[Place, ...] = (Place("aws", "us-east-1"), Place("cloudflare", "global"))
    return Scene(file, {place.target: Memory(place) for place in places})


def outage(there: Scene) -> Scene:
    """Twelve hours of traffic, an incident of yesterday that is over, and one of cart that goes on; an override on orders, and
    suggest fails without having tripped."""
    now = NOW // MINUTE
    for memory in there.memories.values():
        for number, name in enumerate(("cart", "orders", "suggest", "images")):
            told = memory.told.setdefault(name, {})
            for at in range(now - 720, now):
                beat = 40 + (at * 7 + number * 13) % 17
                failed = {"service": 9} if name == "suggest" and at > now - 5 else {}
                told[at] = minute(at, 30 + at % 9, success=beat, **failed)
        for at in range(now - 4, now):
            memory.told["cart"][at] = minute(at, 900, success=2, network=3, probes=2, rejectsOpen=70, fallbacks=70)
        told_of = {"ok": 3, "network": 5, "streak": 5, "firstFailureAgoMs": 3_000}
        for begin in (NOW - 600 * MINUTE, NOW - 4 * MINUTE + 12_000):
            memory.move("cart", "open", "consecutive_failures", begin, told_of)
            for round_ in range(1, 11):
                at = begin + round_ * 22_000
                memory.move("cart", "half-open", "cooldown_over", at)
                if begin < NOW - 60 * MINUTE and round_ == 3:
                    memory.move("cart", "closed", "probes_succeeded", at + 4_000, {"ok": 3})
                    break
                memory.move("cart", "open", "probe_failed", at + 1_000, {"bad": 1})
        for at in range(now - 600, now - 598):
            memory.told["cart"][at] = minute(at, 900, success=11, network=4, probes=4, rejectsOpen=61, fallbacks=61)
        memory.records["cart"] = replace(memory.records["cart"], retry_in_ms=14_000, counts=dict.fromkeys(COUNTED, 0))
        memory.hold_on("orders", "monitor", 23 * MINUTE, NOW - 7 * MINUTE, "CHG-1182 moving house")
        failing = {"ok": 31, "network": 0, "service": 6, "slow": 0, "aged": 0}
        memory.records["suggest"] = replace(untouched("suggest", memory.place), counts=failing)
    return there


COUNTED = ("ok", "network", "service", "slow", "aged")
