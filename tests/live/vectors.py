"""The conformance vectors that can run where no clock is handed in: which, and how they are played on the real time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

from kampkin.conformance.vectors import Step, Vector
from kampkin.values import duration
from tests.live.calls import Caller

LONGEST_MS = 15_000
CLOSEST_MS = 1_000
WINDOW_MS = 30_000
"""Where a vector's breaker says nothing else: the language's default."""

LATE_S = 8.0
"""So long a node that has just spoken may still let through what the record rejects: a heartbeat of that window, 7.5 s."""

SETTLED_S = 5.0
"""So long the store may take to show what a call came to: it is told after the answer."""


class Record(Protocol):
    """What the store holds of a breaker: its state, and how often it has moved."""

    @property
    def state(self) -> str:
        """As in a vector."""

    @property
    def epoch(self) -> int:
        """From 0 on."""


Read = Callable[[str], Record]
"""A breaker's record, by its name."""


@dataclass(frozen=True)
class Result:
    """What a vector came to on an edge."""

    vector: Vector
    problem: str | None
    late: int
    """Requests that a node let through before it had heard of an opening."""
    again: bool = False
    """Whether it is the second try's: where a store is slower than a node waits for it, the node goes by its own counts."""


def hindrance(vector: Vector) -> str | None:
    """Why a vector cannot run on an edge that is nobody's stage; None where it can."""
    steps = vector.steps
    window = duration(vector.breaker.get("window", "30s"))
    gaps = [later.at_ms - step.at_ms for step, later in pairwise(steps)]
    reasons: Mapping[str, bool] = {
        "its store fails, or is lost": any(step.event.startswith("store") for step in steps),
        "a fresh node, or a release in the middle": vector.later is not None
        or any(step.event in ("restart", "deploy") for step in steps),
        "a person's word": vector.override is not None
        or any(step.event.startswith(("override", "release", "flip")) for step in steps),
        "callers cannot choose a node": any(step.node != "a" for step in steps),
        "its coin is handed in": any(step.coin != 9_999 for step in steps) or "jitter" in str(vector.breaker),
        "calls that go on, hang or break off": not all(re.fullmatch(r"call \d{3}|wait", step.event) for step in steps),
        "the origin has a word of its own": any(step.after_s is not None for step in steps),
        "it turns on a window's edge": steps[-1].at_ms >= window,
        "its steps are closer than a second": any(gap < CLOSEST_MS for gap in gaps),
        "it takes longer than 15 s": steps[-1].at_ms > LONGEST_MS,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def endpoints(vectors: Sequence[Vector], origin: str) -> dict[str, Any]:
    """Two endpoints for each vector, as kampkin.yaml has them: a second try needs a breaker that nothing has happened to."""
    return {
        name_of(at, again): {"origin": f"{origin}/status", "breaker": dict(one.breaker)}
        for at, one in enumerate(vectors)
        for again in (False, True)
    }


def name_of(at: int, again: bool) -> str:
    """The endpoint of the vector at that place."""
    return f"v{at:03d}-again" if again else f"v{at:03d}"


def play_all(vectors: Sequence[Vector], base: str, read: Read) -> list[Result]:
    """All of them at once, each on a connection of its own; what was not as its vector says, once more."""
    with ThreadPoolExecutor(max(1, len(vectors))) as pool:
        found = dict(
            enumerate(pool.map(lambda at: play(vectors[at], name_of(at, False), base, read), range(len(vectors))))
        )
        failed = [at for at, one in found.items() if one.problem]
        second = pool.map(lambda at: play(vectors[at], name_of(at, True), base, read), failed)
        found |= {at: replace(one, again=True) for at, one in zip(failed, second, strict=True)}
    return [found[at] for at in range(len(vectors))]


def play(vector: Vector, name: str, base: str, read: Read) -> Result:
    """Plays one. A step comes as long after the last one's end as the vector says, so that what must be over is over."""
    caller, late, before = Caller(base), 0, 0
    try:
        for number, step in enumerate(vector.steps, 1):
            time.sleep((step.at_ms - before) / 1000)  # a real store has no clock that could be handed in
            before = step.at_ms
            problem, waited = met(step, name, caller)
            late += waited
            problem = problem or shown(step, name, read)
            if problem:
                return Result(vector, f"{vector.file}: {vector.name}: step {number} ({step.event}): {problem}", late)
    finally:
        caller.close()
    return Result(vector, None, late)


def met(step: Step, name: str, caller: Caller) -> tuple[str | None, int]:
    """What a request met that it should not, and how many were let through before a rejection."""
    if step.event == "wait":
        return None, 0
    path = f"/{name}/{step.part('result')}"
    end, late = time.monotonic() + LATE_S, 0
    while True:
        answer = caller.get(path)
        if step.verdict != "reject":
            wanted = int(step.part("result") or 0)
            fine = answer.status == wanted and not answer.rejected
            return (
                None if fine else f"{answer.status}{' by the breaker' if answer.rejected else ''}, not {wanted}",
                late,
            )
        if answer.rejected:
            told, said = answer.retry_after_s, step.wait_s
            fine = said is None or (told is not None and abs(told - said) <= 1)
            return None if fine else f"Retry-After {told}, not {said}", late
        if time.monotonic() > end:
            return "was let through", late
        late += 1
        time.sleep(0.5)  # between two looks at a real edge


def shown(step: Step, name: str, read: Read) -> str | None:
    """What the store shows that it should not, once it has had its time."""
    end = time.monotonic() + SETTLED_S
    while True:
        record = read(name)
        if record.state == step.state and step.epoch in (None, record.epoch):
            return None
        if time.monotonic() > end:
            return f"{record.state}, epoch {record.epoch}; not {step.state}, epoch {step.epoch}"
        time.sleep(0.2)  # between two looks at a real store
