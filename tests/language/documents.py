"""Whole documents out of the grammar: every section and key may be there, and up to three slips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from hypothesis import strategies as st

from tests.language.grammar import KINDS

Draw: TypeAlias = Callable[[st.SearchStrategy[int]], int]
Write: TypeAlias = Callable[[], str]

EXTENSIONS = ("x-a: 1", "x-a: [{b: c}]", "'x-': null")
UNKNOWN = ("timout: 3s", "Timeout: 3s", "x: 1", "1: 2", "'': a")
NEVER = {"environments": "elsewhere", "targets": "together"}
"""Of these kinds a reason whose values are about another document, or are told as what they are not."""


class Writer:
    """Writes a document in YAML's flow style, as drawn."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._slips = self.upto(3)

    def upto(self, most: int) -> int:
        """A number from 0."""
        return self._draw(st.integers(0, most))

    def of(self, choices: Sequence[str]) -> str:
        """One of them."""
        return choices[self.upto(len(choices) - 1)]

    def slips(self) -> bool:
        """Whether something goes wrong here."""
        if not self._slips or self.upto(9):
            return False
        self._slips -= 1
        return True

    def a(self, kind: str) -> str:
        """A value of a kind."""
        found = KINDS[kind]
        if self.slips():
            beyond = [value for reason, values in found.beyond.items() if NEVER.get(kind) != reason for value in values]
            return self.of([*found.wrong, *beyond])
        return self.of(found.right)

    def map(self, needs: dict[str, Write], takes: dict[str, Write]) -> str:
        """A map with all that it needs and some of what it takes."""
        entries = [f"{key}: {write()}" for key, write in needs.items() if not self.slips()]
        entries += [f"{key}: {write()}" for key, write in takes.items() if not self.upto(2)]
        entries += [self.of(EXTENSIONS)] if not self.upto(15) else []
        entries += [self.of(UNKNOWN)] if self.slips() else []
        return f"{{{', '.join(entries)}}}"

    def named(self, names: Sequence[str], write: Write) -> str:
        """A map of a team's own names."""
        entries = [f"{name}: {write()}" for name in names if self.upto(2)]
        entries += [f"{self.of(KINDS['name'].wrong[:7])}: {write()}"] if self.slips() else []
        return f"{{{', '.join(entries)}}}"

    def kinds(self, **keys: str) -> dict[str, Write]:
        """What writes values of these kinds."""
        return {key: lambda kind=kind: self.a(kind) for key, kind in keys.items()}  # type: ignore[misc]

    def breaker(self) -> str:
        """A breaker's settings."""
        counts = dict.fromkeys(
            ("network_failures", "service_failures", "minimum_requests", "consecutive_failures"), "count"
        )
        trip = self.kinds(**counts, failure_ratio="share", slow_ratio="share", slow_after="duration")
        cooldown = self.kinds(
            initial="duration", factor="count", max="duration", jitter="share", obey_retry_after="boolean"
        )
        probing = self.kinds(
            admit="share",
            max_probes="probes",
            successes="count",
            failures="count",
            probe_timeout="duration",
            ramp="duration",
        )
        return self.map(
            {},
            {
                **self.kinds(
                    window="duration", failure_statuses="failure statuses", monitor="boolean", watch_body="boolean"
                ),
                "trip": lambda: self.map({}, trip) if self.upto(2) else self.a("trip"),
                "cooldown": lambda: self.map({}, cooldown) if self.upto(2) else self.a("cooldown"),
                "half_open": lambda: self.map({}, probing),
            },
        )

    def settings(self) -> dict[str, Write]:
        """What `defaults` take, and endpoints too."""
        cors = self.kinds(origins="pages", credentials="boolean", max_age="duration")
        request = {"x-a": lambda: self.a("header of a request")}
        return {
            **self.kinds(
                timeout="duration", idle_timeout="duration", methods="methods", targets="targets of an endpoint"
            ),
            "breaker": self.breaker,
            "fallback": lambda: self.a("fallback"),
            "cors": lambda: self.map({}, cors),
            "headers": lambda: self.map({}, {"request": lambda: self.map({}, request)}),
        }

    def endpoint(self) -> str:
        """An endpoint, or its URL."""
        if not self.upto(3):
            return self.a("URL")
        takes = self.kinds(route="route", owner="name", large_bodies="boolean", override="override", silence="silence")
        return self.map(self.kinds(origin="URL"), {**takes, **self.settings()})

    def change(self) -> str:
        """What an environment says of an endpoint."""
        return self.map({}, {**self.kinds(origin="URL", route="route", override="override"), **self.settings()})

    def targets(self) -> str:
        """Both clouds, or a list of them."""
        if not self.upto(2):
            return self.a("targets")
        cloudflare = self.kinds(host="host", in_front_of="boolean", analytics="boolean")
        aws = self.kinds(host="host", store="store", regions="regions")
        return self.map({}, {"cloudflare": lambda: self.map({}, cloudflare), "aws": lambda: self.map({}, aws)})

    def owner(self) -> str:
        """An owner."""
        notify = self.kinds(slack="secret", webhook="secret", email="email")
        return self.map({}, {"notify": lambda: self.map({}, notify)})

    def environment(self) -> str:
        """What an environment changes."""
        takes = {
            "targets": self.targets,
            "defaults": lambda: self.map({}, self.settings()),
            "endpoints": lambda: self.named(("a", "b"), self.change),
        }
        return self.map({}, takes)

    def document(self) -> str:
        """A file."""
        safety = self.kinds(
            max_removed="amount",
            max_loosened="amount",
            max_changed="share",
            max_override="duration",
            approvers="approvers",
        )
        return self.map(
            {"version": lambda: self.a("version"), "endpoints": lambda: self.named(("a", "b", "no"), self.endpoint)},
            {
                "project": lambda: self.a("name"),
                "targets": self.targets,
                "owners": lambda: self.named(("shop", "3"), self.owner),
                "defaults": lambda: self.map({}, self.settings()),
                "profiles": lambda: self.named(("third-party",), lambda: self.map({}, self.settings())),
                "safety": lambda: self.map({}, safety),
                "environments": lambda: self.named(("staging", "prod"), self.environment),
            },
        )


@st.composite
def documents(draw: Draw) -> str:
    """A document's text."""
    return Writer(draw).document() + "\n"
