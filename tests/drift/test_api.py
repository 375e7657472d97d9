"""Cloudflare's API as it may answer: page by page, the same page again, and what is none of its answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kampkin.drift.cloudflare.api import Api
from kampkin.drift.model import Unseen

from ..operate.test_command import answering


@pytest.mark.parametrize("info", [{"total_pages": 3}, {"total_count": 201}])
def test_a_list_is_read_to_its_end_however_that_is_told(monkeypatch: pytest.MonkeyPatch, info: Any) -> None:
    """By the number of pages, or of what is on them."""
    import httpx

    api = Api("token", "http://127.0.0.1:9")
    every = [{"id": number} for number in range(201)]

    def page(path: str, needs: str, query: Any) -> Any:
        at, size = int(query["page"]), int(query["per_page"])
        body = {"result": every[(at - 1) * size : at * size], "result_info": info}
        return httpx.Response(200, content=json.dumps(body))

    monkeypatch.setattr(api, "_ask", page)
    assert api.every("list", "all") == every


def test_a_server_that_gives_one_page_again_is_left() -> None:
    """What is on the others is not known; and it is asked twice, not for ever."""
    told = {"result": [{"id": 1}], "result_info": {"total_pages": 1_000_000}}
    with answering(200, told) as (url, _):
        api = Api("token", url)
        with pytest.raises(Unseen, match="list gives page 1 again as page 2"):
            api.every("list", "all")
        assert api.calls == 2


def test_what_is_no_answer_of_cloudflares_is_not_seen() -> None:
    """Such as a proxy's."""
    with answering(200, ["<html>"]) as (url, _), pytest.raises(Unseen, match="no JSON object"):
        Api("token", url).result("thing", "all")


def test_what_is_refused_is_asked_once() -> None:
    """A look is one moment."""
    refusal = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}
    with answering(403, refusal) as (url, _):
        api = Api("token", url)
        for _ in range(3):
            with pytest.raises(Unseen) as raised:
                api.result("thing", "Things: Read")
            assert raised.value.needs == "Things: Read"
        assert api.calls == 1
