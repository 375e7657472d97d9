"""Vectors: read from their files, and held against the grammar that the package's docstring gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, cast, get_args

import yaml

from kampkin.values import duration

NodeName = Literal["a", "b", "c"]
NODES: tuple[NodeName, ...] = get_args(NodeName)
VERDICTS = ("pass", "probe", "reject", "would-reject", "-")
STATES = ("closed", "open", "half-open", "ramp")
EVENT = re.compile(
    r"call (?P<result>\d{3}|timeout|network|void)"
    r"|begin (?P<begin>\w+)|end (?P<end>\w+) (?P<ends>\d{3}|timeout|network|void)"
    r"|wait|restart|deploy|release|store (?:down|up|lost)"
    r"|override (?P<mode>forced-open|forced-closed|monitor) for (?P<for>\w+)|flip (?P<flip>open|half-open|closed)"
)
OPTIONS = {"node", "coin", "after", "wait", "epoch", "level"}


@dataclass(frozen=True)
class Step:
    """One event and what is to come of it."""

    at_ms: int
    event: str
    verdict: str
    state: str
    node: NodeName = "a"
    coin: int = 9_999
    after_s: int | None = None
    wait_s: int | None = None
    epoch: int | None = None
    level: int | None = None

    def part(self, name: str) -> str | None:
        """A part of the event: result, begin, end, ends, mode, for, flip; None where it has none."""
        found = EVENT.fullmatch(self.event)
        assert found, "it was read"
        return found[name]


@dataclass(frozen=True)
class Vector:
    """What a breaker does, step by step."""

    name: str
    proves: tuple[str, ...]
    breaker: Mapping[str, Any]
    later: Mapping[str, Any] | None
    override: Mapping[str, Any] | None
    steps: tuple[Step, ...]
    file: str


def read_vectors() -> tuple[Vector, ...]:
    """All of them, in the order of their files' names."""
    folder = files("kampkin.conformance")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(vector for name in names for vector in parse(folder.joinpath(name).read_text(), name))


def parse(text: str, file: str) -> Iterator[Vector]:
    """The vectors of a file. Raises `ValueError`, naming vector and step, for what is none."""
    for raw in yaml.safe_load(text):
        where = f"{file}: {raw.get('name')!r}"
        unknown = set(raw) - {"name", "proves", "breaker", "later", "override", "steps"}
        if unknown or not raw.get("name") or not raw.get("proves"):
            raise ValueError(f"{where}: a vector has name, proves and steps; unknown: {sorted(unknown)}")
        steps = tuple(step(one, f"{where}, step {number}") for number, one in enumerate(raw["steps"], 1))
        if [one.at_ms for one in steps] != sorted(one.at_ms for one in steps) and "clock" not in raw["name"]:
            raise ValueError(f"{where}: time runs backwards, and the name does not speak of the clock")
        if str(raw.get("breaker")).find("'slow_after': '2s'") >= 0:
            raise ValueError(f"{where}: a slow_after of 2s cannot be told from the limit that a node gives its store")
        proves = raw["proves"] if isinstance(raw["proves"], list) else [raw["proves"]]
        yield Vector(
            raw["name"], tuple(proves), raw.get("breaker") or {}, raw.get("later"), raw.get("override"), steps, file
        )


def step(raw: Any, where: str) -> Step:
    """One step. Raises `ValueError` where it is none."""
    at, event, verdict, state, *rest = raw
    options = rest[0] if rest else {}
    if not EVENT.fullmatch(event) or verdict not in VERDICTS or state not in STATES or set(options) - OPTIONS:
        raise ValueError(f"{where}: {raw} is no step")
    asks = event.startswith(("call", "begin"))
    if asks == (verdict == "-"):
        raise ValueError(f"{where}: a verdict is a request's, and every request has one")
    return Step(
        at_ms=0 if at in ("0s", 0) else duration(at),
        event=event,
        verdict=verdict,
        state=state,
        node=cast(NodeName, options.get("node", "a")),
        coin=options.get("coin", 9_999),
        after_s=options.get("after"),
        wait_s=options.get("wait"),
        epoch=options.get("epoch"),
        level=options.get("level"),
    )
