"""The event log: three kinds, each entry once, page by page."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from kampkin.dashboard.commits import commits
from kampkin.dashboard.journal import Entry, Journal, Wanted
from kampkin.operate.edge import Place

from .scene import FILE, NOW, Memory, scene

PLACE = Place("cloudflare", "global")


def test_what_people_do_is_told_apart_from_what_breakers_do() -> None:
    memory = Memory(PLACE)
    memory.move("cart", "open", "consecutive_failures", NOW)
    memory.move("cart", "closed", "manual", NOW + 1)
    memory.hold_on("cart", "forced-open", 1_000, NOW + 2, "CHG-1")
    memory.move("cart", "half-open", "override_ended", NOW + 3)
    journal = Journal()
    journal.tell(PLACE, memory.happened["cart"])
    entries, _ = journal.after(0)
    assert [(entry.kind, entry.words) for entry in entries] == [
        ("automatic", "closed to half-open: override_ended"),
        ("manual", "forced-open by dana@acme.dev: CHG-1"),
        ("manual", "open to closed: manual"),
        ("automatic", "closed to open: consecutive_failures"),
    ]


def test_each_is_taken_once() -> None:
    memory, journal = Memory(PLACE), Journal()
    memory.move("cart", "open", "consecutive_failures", NOW)
    journal.tell(PLACE, memory.happened["cart"])
    entries, number = journal.after(0)
    assert len(entries) == 1
    journal.tell(PLACE, memory.happened["cart"])
    assert journal.after(number) == ([], number)


def test_when_there_are_too_many_the_oldest_go_and_do_not_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kampkin.dashboard.journal.MOST", 5)
    journal = Journal()
    all_ = [Entry(f"e{at}", NOW + at, "automatic", "x") for at in range(9)]
    journal.add(all_)
    _, number = journal.after(0)
    journal.add(all_)
    assert journal.after(number) == ([], number)
    assert [entry.id for entry in journal.page(Wanted(), None, 100)[0]] == ["e8", "e7", "e6", "e5", "e4"]
    assert journal.since(0) == NOW + 4


def test_of_a_breaker_whose_record_has_begun_again_the_new_events_count() -> None:
    """Of two with one epoch the later one; and what was before is forgotten when it is told to be."""
    old, new, journal = Memory(PLACE), Memory(PLACE), Journal()
    old.move("cart", "open", "consecutive_failures", NOW, {"network": 5})
    new.move("cart", "open", "failure_ratio", NOW + 9_000, {"service": 99})
    journal.tell(PLACE, old.happened["cart"])
    journal.tell(PLACE, new.happened["cart"])
    turn = journal.turn("cart", PLACE, 1)
    assert turn is not None
    assert turn["reason"] == "failure_ratio"
    journal.forget("cart", PLACE)
    assert journal.of("cart", PLACE) == []


def test_pages_go_on_where_the_last_one_ended() -> None:
    journal = Journal()
    journal.add(
        Entry(f"e{at}", NOW + at // 2, "automatic", "x", breaker="cart", endpoints=("cart",)) for at in range(10)
    )
    seen, before = [], None
    while True:
        entries, before = journal.page(Wanted(), before, 3)
        seen += [entry.id for entry in entries]
        if before is None:
            break
    assert seen == [f"e{at}" for at in reversed(range(10))]


def test_what_is_asked_for_is_what_comes() -> None:
    journal = Journal()
    journal.add(
        [
            Entry("a", 1, "automatic", "closed to open", breaker="cart", endpoints=("cart",)),
            Entry("b", 2, "manual", "forced-open by Dana", breaker="orders", endpoints=("orders",), who="dana"),
            Entry("c", 3, "configuration", "Shorter cooldown", endpoints=("cart", "orders")),
        ]
    )

    def ids(**wanted: str) -> list[str]:
        return [entry.id for entry in journal.page(Wanted(**wanted), None, 10)[0]]

    assert ids() == ["c", "b", "a"]
    assert ids(kind="manual") == ["b"]
    assert ids(endpoint="cart") == ["c", "a"]
    assert ids(text="DANA") == ["b"]
    assert ids(text="dana", kind="automatic") == []


def git(folder: Path, *arguments: str, ago_s: int = 0) -> str:
    """A command of git's; what it commits is so old."""
    command = ["git", "-c", "user.name=Dana", "-c", "user.email=dana@acme.dev", *arguments]
    when = {"GIT_COMMITTER_DATE": f"{int(time.time()) - ago_s} +0000"}
    run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=os.environ | when)
    return run.stdout.strip()


def test_commits_on_the_file_are_changes_of_the_configuration(tmp_path: Path) -> None:
    there = scene(tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", "git@github.com:acme/edge.git")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Endpoints", ago_s=90)
    there.file.write_text(FILE.replace("cooldown: 20s", "cooldown: 25s"))
    git(tmp_path, "commit", "--quiet", "-am", "cart: longer\u2028cooldown", ago_s=60)
    (tmp_path / "other").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Something else")
    newest, oldest = commits(there.source())
    assert (newest.words, newest.endpoints, newest.who) == ("cart: longer\\u2028cooldown", ("cart",), "Dana")
    assert newest.url == f"https://github.com/acme/edge/commit/{git(tmp_path, 'rev-parse', 'HEAD~1')}"
    assert (oldest.words, oldest.endpoints) == ("Endpoints", ("images", "orders", "suggest"))
    assert {newest.kind, oldest.kind} == {"configuration"}


def test_without_a_repository_there_are_none(tmp_path: Path) -> None:
    assert commits(scene(tmp_path).source()) == []
