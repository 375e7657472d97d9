"""An incident from its first failure to its end, on both edges; its record is docs/incident.md."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .scene import FILE, Scene, scene

PAGE = Path(__file__).parents[2] / "docs" / "incident.md"
TARGETS = ("cloudflare", "aws")


def test_an_incident(tmp_path: Path, ask: Callable[..., Any], until: Callable[..., Any]) -> None:
    """The service fails, the team is told, an operator looks and forces it open with a reason, the service heals, the
    override ends in half-open and the breaker closes by itself; the page tells what this run saw."""
    with scene(tmp_path) as stage:

        def status(target: str) -> int:
            answer: int = ask(stage.edges.edges[target].url, "/cart").status  # type: ignore[index]
            return answer

        for target in TARGETS:
            assert status(target) == 200

        stage.origins.fault("cart", "500")
        for target in TARGETS:
            until(lambda target=target: status(target) == 503)
        until(lambda: {body["data"]["edge"] for body in opened(stage)} == set(TARGETS))
        message = max(opened(stage), key=lambda body: str(body["data"]["edge"]))["data"]

        seen = stage.kampkin("status", "cart")
        assert seen.count("● open") == 2
        assert seen.count("5 service") == 2
        assert "another plan" not in seen

        calls = stage.origins.count("cart")
        done = stage.kampkin(
            "hold", "cart", "open", "--for", "8s", "--reason", "INC-42: the database is being restored"
        )
        assert "acknowledged by aws us-east-1 (epoch" in done
        stage.origins.fault("cart", "heal")
        held = stage.kampkin("status", "cart")
        assert held.count("forced-open until") == 2
        assert {status(target) for target in TARGETS} == {503}
        assert stage.origins.count("cart") - calls <= 8, "probes from before the hold"

        for target in TARGETS:
            until(lambda target=target: status(target) == 200)
            until(lambda target=target: status(target) == 200 and stage.edges.read(target, "cart").state == "closed")
        after = stage.kampkin("status", "cart")
        assert after.count("○ closed") == 2
        story = stage.kampkin("events", "cart", "--limit", "50")
        for said in (
            "closed to open: consecutive_failures",
            "forced-open by arn:aws:iam::123456789012:user/dana: INC-42",
            "override_ended",
            "half-open to closed: probes_succeeded",
        ):
            assert story.count(said) >= 2, said
        until(
            lambda: {body["data"]["edge"] for body in stage.told() if body["type"] == "breaker.close"} == set(TARGETS)
        )

    page = written(message, stage.record)
    if os.environ.get("KAMPKIN_UPDATE_INCIDENT"):
        PAGE.write_text(page)
    assert shape(page) == shape(PAGE.read_text()), "KAMPKIN_UPDATE_INCIDENT=1 writes docs/incident.md anew"


def opened(stage: Scene) -> list[dict[str, Any]]:
    """What the team was told of openings."""
    return [body for body in stage.told() if body["type"] == "breaker.open"]


def shape(page: str) -> list[str]:
    """The page's own words, and of what a run printed the commands: times and counts are another run's."""
    return [line for line in re.sub(r"(?<=\n)    (?!\$).*\n", "", page).splitlines() if line]


def written(message: dict[str, Any], record: list[str]) -> str:
    """The page, of what this run saw."""
    look, hold, held, after, story = (indented(one) for one in record)
    numbers = ", ".join(
        f"{count} {what}" for what, count in message["numbers"].items() if count and what != "firstFailureAgoMs"
    )
    text = indented("\n".join([message["title"], numbers, *message["commands"]]))
    return f"""\
# An incident, from the first failure to its end

What follows is the record of a run: `tests/incident` plays it on both local edges, with the notifiers of both clouds, and
writes this page (`KAMPKIN_UPDATE_INCIDENT=1 pytest tests/incident`). The file is

{indented(FILE.rstrip())}

## The service fails

`cart` answers 500. After five failures in a row the breaker of each edge opens by itself: from here on callers get 503 with
`Retry-After` at once, and the service gets quiet. The owner's webhook hears of it, once for each edge:

{text}

## Somebody looks

{look}

Each line is a breaker at a place. Both opened by themselves and will probe by themselves: had the service come back
by now, nothing would be left to do.

## Somebody decides

The database behind `cart` has to be restored, which probes would disturb. So it is forced open, with a reason and an end:

{hold}

An override is one word to the store of each edge. It says where it was acknowledged, and from when on every request obeys.
Meanwhile the service is healthy again, and nobody calls it:

{held}

## It ends by itself

Nobody has to remember the override. When its time is over the breaker is half-open: requests probe, three successes close it.

{after}

## What happened

{story}

The same story reached the owner: an opening and a closing from each edge, and the override with its reason.
"""


def indented(text: str) -> str:
    """As Markdown has code."""
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
