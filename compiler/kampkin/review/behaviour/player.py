"""Outages, played: one Node process per release of the runtime, for all settings at once.

The modules may be of another release, or anybody's: they get no files but their own, no environment, so much memory and so much time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median_low
from typing import Any

from kampkin.errors import Cannot
from kampkin.local.toolchain import node
from kampkin.plan import Endpoint, Policy
from kampkin.promises.words import MINUTES_FROM_MS
from kampkin.review.behaviour.outages import OUTAGES

RATE = 10.0
"""Requests a second."""
SLOWEST, FASTEST = 0.1, 50.0
SEEDS = (1, 2, 3, 4, 5)
"""One run of each outage for each; what is told is the middle one."""
ORIGIN_MS = 100
"""How long an origin takes to answer."""
REFUSED_MS = 20
PATIENCE_MS = 300_000
"""How long after the outage it is waited for that the breaker closes."""

MEMORY_MB = 256
START_S = 20.0
EACH_S = 3.0
"""For the settings of one endpoint at `RATE`; five times what it takes on a slow machine."""
COMPLAINT = re.compile(r"\w*Error( \[\w+\])?: |FATAL ERROR: |Warning: ")
"""How Node begins the line that says what was wrong."""
LARGEST_RESULT = 16_000_000


@dataclass(frozen=True)
class Settings:
    """What of an endpoint decides how it meets an outage."""

    policy: Policy
    timeout_ms: int


@dataclass(frozen=True)
class Played:
    """What one outage came to."""

    opened_ms: int | None
    """From its begin until the breaker opened; 0 where it was open already; None: it never did."""
    waited: int
    """Callers whose calls failed or timed out before it opened, or all where it never did."""
    calls: int
    """Of the origin while it was ill."""
    closed_ms: int | None
    """From when the origin was well until the breaker had closed; None: it was not closed after `PATIENCE_MS`."""
    false_opens: int
    """How often it opened while the origin was well, in all runs together."""
    at_once: int
    """Callers answered without a call."""


def settings_of(endpoint: Endpoint) -> Settings:
    """An endpoint's; what a person has overridden for a while is not played."""
    return Settings(endpoint.policy.model_copy(update={"override": None}), endpoint.timeout_ms)


def shipped() -> Path:
    """The runtime of this release."""
    return Path(str(files("kampkin") / "runtime"))


def play(
    runtime: Path, settings: Sequence[Settings], rate: float = RATE, deadline_s: float | None = None
) -> dict[Settings, tuple[Played, ...]]:
    """What each of `OUTAGES` comes to under each of the settings, on the modules in a folder. The same input gives the same.

    Raises `Cannot` where Node is missing, and where the modules throw, end early or do not end in time.
    """
    if not settings:
        return {}
    if deadline_s is None:
        deadline_s = START_S + EACH_S * len(settings) * max(1.0, rate / RATE)
    said = run(runtime.resolve(), question(settings, rate), deadline_s)
    try:
        runs = json.loads(said)["played"]
        each = [tuple(middle([Played(*counts(run)) for run in outage]) for outage in outages) for outages in runs]
        return dict(zip(settings, each, strict=True))
    except (ValueError, KeyError, TypeError):
        raise Cannot(f"the modules in {runtime} gave no result that can be read") from None


def question(settings: Sequence[Settings], rate: float) -> bytes:
    """What Node reads."""
    world = {"rate": rate, "originMs": ORIGIN_MS, "refusedMs": REFUSED_MS, "patienceMs": PATIENCE_MS}
    asked = {
        "settings": [{"policy": one.policy.to_json(), "timeoutMs": one.timeout_ms} for one in settings],
        "outages": [outage.to_json() for outage in OUTAGES],
        "seeds": SEEDS,
        "world": world,
    }
    return json.dumps(asked).encode()


def counts(run: dict[str, Any]) -> tuple[Any, ...]:
    """One run, as `Played` takes it. Raises `TypeError` for what are no numbers."""
    found = tuple(run[key] for key in ("openedMs", "waited", "calls", "closedMs", "falseOpens", "atOnce"))
    if any(not isinstance(one, int) for one in found if one is not None):
        raise TypeError
    return found


def middle(runs: Sequence[Played]) -> Played:
    """Each number's middle one; of false opens the sum, since most runs have none."""
    never = 1 << 62

    def of(name: str) -> int:
        return median_low(never if (value := getattr(run, name)) is None else value for run in runs)

    opened, closed = of("opened_ms"), of("closed_ms")
    return Played(
        opened_ms=None if opened == never else as_shown(opened),
        waited=of("waited"),
        calls=of("calls"),
        closed_ms=None if closed == never else as_shown(closed),
        false_opens=sum(run.false_opens for run in runs),
        at_once=of("at_once"),
    )


def as_shown(ms: int) -> int:
    """A time as exactly as people are told it, rounded up: what they cannot see is no difference."""
    step = 100 if ms < MINUTES_FROM_MS else 1_000
    return -(-ms // step) * step


def run(runtime: Path, asked: bytes, deadline_s: float) -> bytes:
    """What the program says on stdout."""
    package = Path(str(files("kampkin"))).resolve()
    program = package / "review" / "behaviour" / "js" / "play.mjs"
    command = [
        str(player()),
        "--permission",
        f"--allow-fs-read={package}",
        f"--allow-fs-read={runtime}",
        f"--max-old-space-size={MEMORY_MB}",
        str(program),
        str(runtime),
    ]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            ended = subprocess.run(
                command, input=asked, stdout=said, stderr=complained, env={}, timeout=deadline_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise Cannot(
                f"the outages were not over within {deadline_s:g} s on the modules in {runtime}, and were stopped",
                "a module there may never end",
            ) from None
        said.seek(0, os.SEEK_SET)
        complained.seek(0, os.SEEK_SET)
        if ended.returncode != 0:
            raise Cannot(f"the modules in {runtime} could not be played: {reason(complained.read(100_000))}")
        return said.read(LARGEST_RESULT)


def player() -> Path:
    """Node. Raises `Cannot` where it is not installed."""
    try:
        return node()
    except Cannot as missing:
        raise Cannot("they need Node, which comes with the extra 'local'", missing.hint) from None


def reason(complaint: bytes) -> str:
    """The line of Node's complaint that says what was wrong."""
    lines = [line.strip() for line in complaint.decode(errors="replace").splitlines() if line.strip()]
    errors = (line for line in lines if COMPLAINT.match(line))
    return next(errors, lines[0] if lines else "Node ended without a word")
