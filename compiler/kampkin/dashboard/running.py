"""Which plan each edge answers with, asked beside the looks. That it is another than before is an entry of the event log."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kampkin.dashboard.journal import Entry
from kampkin.dashboard.source import Source
from kampkin.errors import Cannot
from kampkin.operate.obeyed import plan_at
from kampkin.plan import TargetName

AGAIN_MS = 30_000
SHOWN = 19
"""Characters of a digest."""


@dataclass(frozen=True)
class Runs:
    """Whether an edge runs the file's plan; None: not known, and `words` say why."""

    same: bool | None
    words: str
    digest: str | None = None


class Running:
    """Remembers what each edge answered last."""

    def __init__(self) -> None:
        self.known: dict[TargetName, Runs] = {}
        self._source: Source | None = None
        self._asked_ms = 0
        self._digests: dict[TargetName, str] = {}
        self._told: list[Entry] = []
        self._guard = threading.Lock()

    def news(self, source: Source, now_ms: int) -> list[Entry]:
        """What has been told since the last time; asks again where that is due."""
        if source.session.digest is not None and (source is not self._source or now_ms - self._asked_ms >= AGAIN_MS):
            self._source, self._asked_ms = source, now_ms
            threading.Thread(target=self._ask, args=[source, now_ms], name="running", daemon=True).start()
        with self._guard:
            told, self._told = self._told, []
        return told

    def _ask(self, source: Source, now_ms: int) -> None:
        targets = list(source.session.plan.targets)
        with ThreadPoolExecutor(max_workers=len(targets)) as pool:
            found = dict(zip(targets, pool.map(lambda target: run(source, target), targets), strict=True))
        with self._guard:
            self.known = found
            for target, one in found.items():
                before = self._digests.get(target)
                if one.digest and before and before != one.digest:
                    self._told.append(moved(source, target, before, one.digest, now_ms))
                if one.digest:
                    self._digests[target] = one.digest


def run(source: Source, target: TargetName) -> Runs:
    """Which plan an edge runs."""
    url = source.session.urls.get(target)
    if url is None:
        return Runs(None, "has no address that is known here")
    try:
        digest = plan_at(url)
    except Cannot as problem:
        return Runs(None, problem.message)
    if digest == source.session.digest:
        return Runs(True, "runs the file's plan", digest)
    return Runs(False, f"runs another plan than the file's: {digest[:SHOWN]}", digest)


def moved(source: Source, target: TargetName, before: str, digest: str, now_ms: int) -> Entry:
    """An edge answers with another plan than before."""
    said = f"{target} answers with plan {digest[:SHOWN]}, before with {before[:SHOWN]}"
    names = tuple(one.name for one in source.session.plan.endpoints if target in one.targets)
    return Entry(f"runs/{target}/{digest}/{now_ms}", now_ms, "configuration", said, place=target, endpoints=names)
