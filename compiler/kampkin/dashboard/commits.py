"""Changes of the file as git tells them: entries of the event log."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

from kampkin.blame import last_changes
from kampkin.dashboard.journal import Entry
from kampkin.dashboard.provenance import links
from kampkin.dashboard.source import Source
from kampkin.diagnostics import on_one_line
from kampkin.errors import Cannot
from kampkin.git import git

SINCE = "14.days"
MOST = 200
AGAIN_MS = 60_000


class Commits:
    """Asks git now and then, beside the looks: in a large repository it takes its time."""

    def __init__(self) -> None:
        self._asked_ms: int | None = None
        self._told: list[Entry] = []
        self._guard = threading.Lock()

    def news(self, source: Source, now_ms: int) -> list[Entry]:
        """What has been told since the last time; asks again where that is due."""
        if self._asked_ms is None or now_ms - self._asked_ms >= AGAIN_MS:
            self._asked_ms = now_ms
            threading.Thread(target=self._ask, args=[source], name="commits", daemon=True).start()
        with self._guard:
            told, self._told = self._told, []
        return told

    def _ask(self, source: Source) -> None:
        found = commits(source)
        with self._guard:
            self._told += found


def commits(source: Source) -> list[Entry]:
    """The commits of the last fourteen days on the file and those that it includes; none where git does not know. Of each, the
    endpoints on whose lines it is the last one."""
    typed = source.loaded.typed
    assert typed is not None, "a source is sound"
    paths = [str(Path(name).resolve()) for name in source.loaded.documents if Path(name).is_file()]
    form = "--format=%H%n%ct%n%an%n%s"
    try:
        how = ("-z", f"--since={SINCE}", f"--max-count={MOST}", "--no-color", "--no-show-signature", form)
        told = git(source.file, "log", *how, "--", *paths)
    except Cannot:
        return []
    try:
        last = last_changes(source.file, {name: typed.lines_of(name) for name in typed.endpoints})
        where = links(source.file)
    except Cannot:
        last, where = {}, None
    touched = defaultdict(list)
    for name, change in last.items():
        touched[change.commit].append(name)
    found = []
    for one in filter(None, told.split("\0")):
        commit, at, author, subject = one.split("\n", 3)
        found.append(
            Entry(
                id=f"commit/{commit}",
                at=int(at) * 1000,
                kind="configuration",
                words=on_one_line(subject),
                who=on_one_line(author),
                url=where.commit(commit) if where else None,
                endpoints=tuple(sorted(touched[commit])),
            )
        )
    return found
