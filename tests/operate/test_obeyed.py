"""Whether an edge obeys, by what a node of it says it knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kampkin.operate.edge import Override, Place, Status
from kampkin.operate.obeyed import obeyed

from .test_command import answering
from .test_trouble import QUIET

HELD = Override("forced-closed", 60_000, "dana", "why")
US = replace(QUIET, place=Place("aws", "us-east-1"), state="open", epoch=1, override=HELD)
EU = replace(QUIET, place=Place("aws", "eu-west-1"), override=HELD)


def obeys(statuses: list[Status], **told: Any) -> bool | None:
    """Whether an edge whose node answers so is seen to obey; nobody waits."""
    with answering(200, {"place": "ap-south-1", "epoch": 0, "override": None, **told}) as (url, _):
        [answer] = obeyed({"aws": url}, statuses, 0, clock=iter((0.0, 9.0)).__next__, wait=lambda _: None)
    return answer.obeys


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ({"region": "us-east-1", "epoch": 1}, False),
        ({"region": "us-east-1", "epoch": 1, "override": "forced-closed"}, True),
        ({"region": "us-east-1", "epoch": 2}, True),
        ({"region": "eu-west-1"}, False),
        ({"region": "eu-west-1", "override": "forced-closed"}, True),
        ({"place": "us-east-1", "epoch": 1}, False),
        ({"place": "eu-west-1", "override": "forced-closed"}, True),
        ({"epoch": 1}, False),
        ({"epoch": 1, "override": "forced-closed"}, True),
    ],
)
def test_of_several_regions_the_nodes_own_is_meant(told: dict[str, Any], heard: bool) -> None:
    """Another's epoch says nothing; a node that does not say which is held against each."""
    assert obeys([US, EU], **told) is heard


@pytest.mark.parametrize(("mode", "heard"), [("monitor", True), (None, True), ("forced-open", False)])
def test_the_files_override_is_no_news(mode: str | None, heard: bool) -> None:
    """A node may know of it, or run a plan without it."""
    said = Override("monitor", 60_000, "eli", "moving", in_file=True)
    assert obeys([replace(EU, override=said)], override=mode) is heard
