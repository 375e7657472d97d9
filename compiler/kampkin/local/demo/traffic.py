"""Callers: the same steady requests, whatever comes back. Each way to the origin has a crowd of its own."""

from __future__ import annotations

import http.client
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["ok", "failed", "breaker", "gave up"]

PATIENCE_S = 10.0
"""How long a caller waits before it gives up: what many HTTP clients do by default, or longer."""

CROWD = 250
"""The most callers of one way that can wait at once."""


@dataclass(frozen=True)
class Answer:
    """What one caller got."""

    phase: str
    kind: Kind
    ms: float


@dataclass
class Way:
    """One way to the origin, and everything its callers met."""

    name: str
    url: str
    answers: list[Answer] = field(default_factory=list)
    waiting: dict[int, float] = field(default_factory=dict)
    """Callers without an answer yet: when each began, by `time.monotonic`."""
    sent: int = 0

    def longest_wait(self) -> float:
        """Seconds that the caller waiting longest has waited; 0 when nobody waits."""
        begun = list(self.waiting.values())
        return time.monotonic() - min(begun) if begun else 0.0

    def count(self, kind: Kind) -> int:
        """How many callers got this kind of answer."""
        return sum(answer.kind == kind for answer in list(self.answers))

    def percentile(self, phase: str, share: float) -> float | None:
        """Milliseconds within which this share (0 to 1) of the phase's callers had an answer."""
        times = sorted(answer.ms for answer in list(self.answers) if answer.phase == phase)
        return times[max(0, math.ceil(share * len(times)) - 1)] if times else None


class Traffic:
    """Steady traffic on several ways at once, `per_second` requests on each, until it is stopped.

    The metronome does not wait for answers: real callers do not queue behind a stranger's hang.
    """

    def __init__(self, ways: list[Way], per_second: float) -> None:
        self.ways = ways
        self.phase = ""
        self._interval = 1 / per_second
        self._done = threading.Event()
        self._crowds = [ThreadPoolExecutor(CROWD, thread_name_prefix=way.name) for way in ways]
        self._metronome = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        """Begins to send."""
        self._metronome.start()

    def stop(self) -> None:
        """Sends no more, and lets those who still wait have their answer or give up."""
        self._done.set()
        self._metronome.join()
        for crowd in self._crowds:
            crowd.shutdown(wait=True)

    def _beat(self) -> None:
        begun = time.monotonic()
        beats = 0
        while not self._done.wait(max(0.0, begun + beats * self._interval - time.monotonic())):
            beats += 1
            for way, crowd in zip(self.ways, self._crowds, strict=True):
                way.sent += 1
                way.waiting[way.sent] = time.monotonic()
                crowd.submit(call, way, way.sent, self.phase)


def call(way: Way, number: int, phase: str) -> None:
    """One caller's request, from the first byte sent to the last received."""
    begun = way.waiting[number]
    kind = ask(way.url)
    way.answers.append(Answer(phase, kind, (time.monotonic() - begun) * 1000))
    del way.waiting[number]


def ask(url: str) -> Kind:
    """One GET, and what it came to for the caller."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", address.path)
        response = connection.getresponse()
        response.read()
    except TimeoutError:
        return "gave up"
    except (OSError, http.client.HTTPException):
        return "failed"
    finally:
        connection.close()
    if "breaker" in response.headers.get("proxy-status", ""):
        return "breaker"
    return "ok" if response.status < 400 else "failed"
