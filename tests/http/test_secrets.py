"""What callers say of themselves is between them and the service: no log line and no answer of our own repeats it."""

from __future__ import annotations

from typing import Any

import pytest

from kampkin.plan import TargetName

from .bin import BASE
from .caller import Came
from .conftest import SECRET, Stage
from .origin import Origin, answer, says
from .test_hostile_events import holds_no_secret

SAID = f"s={SECRET}"
HEADERS = (
    ("Authorization", f"Bearer {SECRET}"),
    ("Cookie", SAID),
    ("X-Api-Key", SECRET),
    ("Referer", f"https://page.test/?{SAID}"),
    ("X-Request-Id", SECRET),
)
COOKIE = f"Set-Cookie: {SAID}"

OUTCOMES: dict[str, tuple[str, str, dict[TargetName, str | None]]] = {
    "no route": ("GET", f"/nothing?{SAID}", dict.fromkeys(("cloudflare", "aws"), "no-route")),
    "two readings": ("GET", f"/plain/..%2fx?{SAID}", dict.fromkeys(("cloudflare", "aws"), "bad-request")),
    "a time-out": ("GET", f"/times-out/hangs?{SAID}", dict.fromkeys(("cloudflare", "aws"), "timeout")),
    "no answer": ("GET", f"/odd/nothing?{SAID}", dict.fromkeys(("cloudflare", "aws"), "unreachable")),
    "half an answer": ("GET", f"/odd/half?{SAID}", {"cloudflare": None, "aws": "unreachable"}),
    "a failure": ("GET", f"/odd/fails?{SAID}", {}),
    "too large": ("POST", f"/odd/large?{SAID}", {"cloudflare": None, "aws": "response-too-large"}),
    "handed back": ("POST", f"/large/fails?{SAID}", {}),
}


@pytest.fixture
def misbehaving(origin: Origin) -> Origin:
    """An origin that fails in every way, and says what is secret too."""
    origin.on("hangs", lambda connection, arrival: connection.wait_for_end())
    origin.on("nothing", says(b"", close=True))
    origin.on("half", says(f"HTTP/1.1 200 OK\r\n{COOKIE}\r\nContent-Length: 100\r\n\r\nx".encode(), close=True))
    origin.on("fails", says(answer("500 X", COOKIE, body=SECRET.encode())))
    origin.on("large", says(answer("200 OK", COOKIE, body=bytes(999_000))))
    return origin


@pytest.mark.parametrize("name", OUTCOMES)
def test_nothing_secret_is_told(stage: Stage, misbehaving: Origin, target: TargetName, name: str) -> None:
    """However a call ends, and wherever the secret stood."""
    method, path, problems = OUTCOMES[name]
    logged = len(stage.lines)
    body: Any = {"body": [SAID.encode()], "size": len(SAID)} if method == "POST" else {}
    came = stage.caller(target).ask(method, path, *HEADERS, **body)
    if problem := problems.get(target):
        assert came.problem == problem
        assert tells_nothing(came)
    assert holds_no_secret("".join(line.text for line in stage.lines[logged:] if line.text.startswith("{")))


def test_a_rejection_and_a_fallback_tell_nothing_either(stage: Stage, misbehaving: Origin, target: TargetName) -> None:
    """The breaker open, with and without an answer written for it."""
    for endpoint in ("secret", "secret-written"):
        stage.caller(target).ask("GET", f"/{endpoint}/fails?{SAID}", *HEADERS)
        came = stage.caller(target).ask(
            "POST", f"/{endpoint}/ok?{SAID}", *HEADERS, body=[SAID.encode()], size=len(SAID)
        )
        assert came.status == 503
        assert tells_nothing(came)
    assert holds_no_secret("".join(stage.logged()))


def tells_nothing(came: Came) -> bool:
    """Whether an answer of ours repeats nothing, of the caller's or of the origin's."""
    return holds_no_secret(came.body.decode() + repr(came.headers)) and BASE not in came.body.decode()
