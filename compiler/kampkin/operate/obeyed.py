"""Whether an edge obeys: one answer of each, of a node that has heard what was decided. A node is asked as a request would ask it
(`runtime/running.mjs`), until it has heard or one heartbeat and a little more is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

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
    obeys: bool
    words: str


def obeyed(
    urls: Mapping[TargetName, str | None],
    statuses: Iterable[Status],
    heartbeat_ms: int,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = NEVER.wait,
) -> list[Answer]:
    """One line for each edge and breaker; an edge whose address nobody knows says that."""
    wanted: dict[tuple[TargetName, str], Status] = {}
    for one in statuses:
        key = (one.place.target, one.breaker)
        if key not in wanted or one.epoch < wanted[key].epoch:
            wanted[key] = one  # of several regions the least: which of them answers is not known before
    end = clock() + heartbeat_ms / 1000 + MORE_S
    return [asked(urls.get(target), one, end, clock, wait) for (target, _), one in sorted(wanted.items())]


def asked(
    url: str | None, status: Status, end: float, clock: Callable[[], float], wait: Callable[[float], object]
) -> Answer:
    """One edge."""
    target = status.place.target
    if url is None:
        return Answer(target, status.breaker, False, "its address is not known here, so none of its answers was seen")
    while True:
        told = answer_of(f"{url.rstrip('/')}{PATH}", status.breaker)
        if isinstance(told, dict) and has_heard(told, status):
            return Answer(target, status.breaker, True, f"obeys in {told['place']} (epoch {told['epoch']})")
        if clock() >= end:
            said = "has not heard of it yet" if isinstance(told, dict) else told
            return Answer(target, status.breaker, False, f"{said}: a node obeys from its next word to the store on")
        wait(BETWEEN_S)


def has_heard(told: Mapping[str, Any], status: Status) -> bool:
    """Whether a node knows at least what the store has acknowledged."""
    mode = status.override.mode if status.override else None
    epoch = told.get("epoch")
    return isinstance(epoch, int) and epoch >= status.epoch and (told.get("override") == mode or epoch > status.epoch)


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
