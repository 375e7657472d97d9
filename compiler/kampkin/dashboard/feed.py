"""From the one who looks, in a thread, to every page that is open. A page that does not keep up is let go of and comes again."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kampkin import __version__
from kampkin.dashboard.looker import Look, Looker

BEHIND = 30
"""Messages that a page may be behind."""

TOLD = 200
"""Entries of the event log that are told at once; who wants more asks for them."""

BEAT_S = 1.0
"""A page that hears nothing for longer is told that there is nothing: silence means that the server is gone."""

LINGER_S = 5.0
"""For so long it is looked on when the last page has gone: a page that is loaded anew is not a reason to begin again."""


@dataclass(frozen=True)
class Message:
    """What a page hears."""

    event: str
    data: str


@dataclass(eq=False)
class Page:
    """One that is open."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Message | None]
    """None: there is nothing more to hear."""

    def tell(self, messages: Sequence[Message | None]) -> None:
        """From any thread. A page that is too far behind is told to go."""

        def put() -> None:
            for message in messages:
                if self.queue.full():
                    self.queue.get_nowait()
                    message = None
                self.queue.put_nowait(message)
                if message is None:
                    return

        with suppress(RuntimeError):  # its loop is closed: the server has ended
            self.loop.call_soon_threadsafe(put)


class Feed:
    """Looks every `every_s` while a page is open, and tells each what is new."""

    def __init__(self, looker: Looker, every_s: float) -> None:
        self.looker = looker
        self.every_s = every_s
        self.pages: set[Page] = set()
        self._shown: Look | None = None
        self._number = 0  # of the last entry of the event log that was told
        self._looking_since: int | None = None
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="looks", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def end(self) -> None:
        """Ends, and lets every page go."""
        with self._changed:
            self._ended.set()
            self._changed.notify_all()
            self._tell([None])

    async def messages(self) -> AsyncIterator[Message]:
        """What one page hears, the whole board first, until it leaves or the server ends."""
        page = Page(asyncio.get_running_loop(), asyncio.Queue(BEHIND))
        with self._changed:
            if self._shown:
                page.queue.put_nowait(self._whole(self._shown))
            self.pages.add(page)
            self._changed.notify_all()
        try:
            while True:
                try:
                    message = await asyncio.wait_for(page.queue.get(), BEAT_S)
                except TimeoutError:
                    message = self._beat()
                if message is None:
                    return
                yield message
        finally:
            with self._changed:
                self.pages.discard(page)

    def board(self, look: Look) -> dict[str, Any]:
        """All of it, for a page that knows nothing yet."""
        plan = look.source.session.plan
        return {
            "at": look.at_ms,
            "project": plan.project,
            "environment": plan.environment,
            "file": str(look.source.file),
            "plan": plan.digest,
            "local": look.source.local,
            "everyMs": round(self.every_s * 1000),
            "version": __version__,
            "targets": sorted(plan.targets),
            "owners": sorted({endpoint.owner for endpoint in plan.endpoints if endpoint.owner}),
            "places": look.places,
            "endpoints": [look.rows[name] for name in look.order],
            "fileProblem": look.file_problem,
        }

    def _run(self) -> None:
        while not self._ended.is_set():
            if not self._somebody_looks():
                continue
            self._looking_since = self.looker.clock()
            try:
                self._show(self.looker.look())
            except Exception as problem:  # whatever it is: the pages say that the last look is old
                print(f"kampkin: a look has failed: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
            else:
                self._looking_since = None
            self._ended.wait(self.every_s)

    def _somebody_looks(self) -> bool:
        """Waits for a page. What was shown is forgotten when none has come for a while: it is old by then."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: self.pages or self._ended.is_set(), LINGER_S if self._shown else None
            ):
                self._shown = None
            return bool(self.pages) and not self._ended.is_set()

    def _show(self, look: Look) -> None:
        """Tells every page what is other than before."""
        entries, number = self.looker.memory.journal.after(self._number)
        with self._changed:
            before, self._shown = self._shown, look
            if before is None or before.source is not look.source:
                self._tell([self._whole(look)])
            else:
                self._tell([*news(before, look)])
            if before is not None and entries:
                self._tell([Message("log", json.dumps({"entries": [entry.to_json() for entry in entries[:TOLD]]}))])
            self._number = number

    def _beat(self) -> Message:
        told = {"at": self.looker.clock(), "lookingSince": self._looking_since}
        return Message("beat", json.dumps(told))

    def _whole(self, look: Look) -> Message:
        return Message("board", json.dumps(self.board(look)))

    def _tell(self, messages: Sequence[Message | None]) -> None:
        for page in self.pages:
            page.tell(messages)


def news(before: Look, look: Look) -> Iterator[Message]:
    """What is other in a look than in the one before."""
    changed = [look.rows[name] for name in look.order if look.rows[name] != before.rows.get(name)]
    order = look.order if look.order != before.order else None
    yield Message("look", json.dumps({"at": look.at_ms, "places": look.places, "order": order, "endpoints": changed}))
    if look.file_problem != before.file_problem:
        yield Message("file", json.dumps({"problem": look.file_problem}))
