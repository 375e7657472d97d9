"""Whether an edge obeys: one answer of each, of a node that has heard what was decided. A node is asked as a request would ask it
(`runtime/running.mjs`), until it has heard or one heartbeat and a little more is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from kampkin.errors import Cannot
from kampkin.operate.edge import Status
from kampkin.plan import TargetName

PATH = "/.kampkin/v1/running"
MORE_S = 2.0
"""Beyond a heartbeat: the way there, and the store's answer."""

BETWEEN_S = 0.25
TIMEOUT_S = (3.05, 5)
NEVER = threading.Event()


@dataclass(frozen=True)
class Answer:
    """What came of asking an edge about one breaker."""

    target: TargetName
    breaker: str
    obeys: bool | None
    """None: its address is not known here, so nobody was asked."""
    words: str


def obeyed(
    urls: Mapping[TargetName, str | None],
    statuses: Iterable[Status],
    heartbeat_ms: int,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = NEVER.wait,
) -> list[Answer]:
    """One line for each edge and breaker; an edge whose address nobody knows says that."""
    wanted: dict[tuple[TargetName, str], list[Status]] = {}
    for one in statuses:
        wanted.setdefault((one.place.target, one.breaker), []).append(one)
    end = clock() + heartbeat_ms / 1000 + MORE_S
    return [Answer(*key, *asked(urls.get(key[0]), all_of, end, clock, wait)) for key, all_of in sorted(wanted.items())]


def asked(
    url: str | None, statuses: Sequence[Status], end: float, clock: Callable[[], float], wait: Callable[[float], object]
) -> tuple[bool | None, str]:
    """Whether one edge obeys, by the records of one breaker in each of its regions; and that in words."""
    if url is None:
        return None, "its address is not known here, so none of its answers was seen"
    while True:
        told = answer_of(f"{url.rstrip('/')}{PATH}", statuses[0].breaker)
        if isinstance(told, dict) and has_heard(told, statuses):
            return True, f"obeys in {told['place']} (epoch {told['epoch']})"
        if clock() >= end:
            said = "has not heard of it yet" if isinstance(told, dict) else told
            return False, f"{said}: a node obeys from its next word to the store on"
        wait(BETWEEN_S)


def has_heard(told: Mapping[str, Any], statuses: Iterable[Status]) -> bool:
    """Whether a node knows at least what its store has acknowledged: the record in the region that it names, or where it names
    none that is known each of them."""
    statuses = list(statuses)
    region = told.get("region", told["place"])  # a release before this one did not say
    return all(knows(told, one) for one in [one for one in statuses if one.place.name == region] or statuses)


def knows(told: Mapping[str, Any], status: Status) -> bool:
    """Whether a node knows at least what one record says; what the file says beside that may not be deployed."""
    modes: list[str | None] = [status.override.mode] if status.override else []
    modes += [] if status.held else [None]
    epoch = told.get("epoch")
    return isinstance(epoch, int) and epoch >= status.epoch and (told.get("override") in modes or epoch > status.epoch)


def plan_at(url: str) -> str:
    """Digest of the plan that an edge runs. Raises `Cannot` where it does not say."""
    told = answer_of(f"{url.rstrip('/')}{PATH}")
    if isinstance(told, str):
        raise Cannot(told)
    if not isinstance(told.get("plan"), str):
        raise Cannot("does not say what it runs")
    return str(told["plan"])


def answer_of(url: str, breaker: str | None = None) -> dict[str, Any] | str:
    """What a node says of itself, and of a breaker; or why none does."""
    try:
        answer = requests.get(
            url, params={"breaker": breaker} if breaker else None, timeout=TIMEOUT_S, allow_redirects=False
        )
        told = answer.json()
    except requests.RequestException as problem:
        return f"did not answer ({type(problem).__name__})"
    except ValueError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("place"), str):
        return told
    return f"answered {answer.status_code}, and not what it runs"
