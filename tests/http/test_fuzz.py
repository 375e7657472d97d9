"""Requests with any bytes in their paths and headers, through both edges; seeded. test_hostile_requests.py has those one would think of."""

from __future__ import annotations

import os
import random
import re
from dataclasses import dataclass

import pytest

from kampkin.plan import TargetName

from .changes import REQUEST
from .conftest import BASE, SECRET, TARGETS, Stage
from .origin import Arrival, Origin
from .paths import stays_below

REQUESTS = int(os.environ.get("KAMPKIN_REQUESTS", "500"))
"""To each edge."""

SEED = 20_260_601
OURS = {400, 404, 501, 508}
"""Of our own making: never a failure's."""

FRONT_ENDS = {400, 403, 405, 414, 417, 431, 500, 501}
"""Node's and workerd's own, to what they cannot read."""

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
PLAIN = re.compile(rb"[\x20-\x7e\x80-\xff]*")
HEAD_ENDS = re.compile(rb"\n\r?\n")
PIECES = (
    b"..",
    b"/",
    b"\\",
    b"%2e",
    b"%2f",
    b"%5c",
    b"%c0%ae",
    b"%00",
    b"%",
    b";",
    b"//",
    b"?",
    b"#",
    b":",
    b"@",
    b" ",
    b"\t",
    b"\r\n",
    b"\r",
    b"\n",
    b"\x00",
    b"\xff",
    b"\xc0\xae",
    b"..;",
    b"%252e",
    b"http://",
    b",",
)
HEADERS = (
    (b"Accept", b"text/html, */*;q=0.1"),
    (b"Authorization", b"Bearer " + SECRET.encode()),
    (b"Cookie", b"s=" + SECRET.encode()),
    (b"Forwarded", b"for=192.0.2.1"),
    (b"If-None-Match", b'"x"'),
    (b"Range", b"bytes=0-9"),
    (b"TE", b"trailers"),
    (b"User-Agent", b"x/1"),
    (b"Via", b"1.0 a"),
    (b"X-A", b"1"),
    (b"X-Forwarded-Host", b"evil.test"),
    (b"X-Own-Header", b"a, b"),
)
MADE = {change.header for target in TARGETS for change in REQUEST[target]} | {"host"}
"""What may be another at the origin, or new."""


@dataclass(frozen=True)
class Fuzzed:
    """A request's bytes, and the headers in it that were left alone."""

    data: bytes
    method: bytes
    kept: tuple[tuple[bytes, bytes], ...]


def mangled(dice: random.Random, data: bytes) -> bytes:
    """With a few bytes put in, taken out or changed."""
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0:
                data = data[:at] + dice.choice(PIECES) + data[at:]
            case 1:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case 2:
                data = data[:at] + data[at + 1 :]
            case _:
                data = data[:at] + bytes(dice.randrange(256) for _ in range(dice.randrange(4))) + data[at:]
    return data


def fuzzed(dice: random.Random, number: int) -> Fuzzed:
    """One more."""
    path = b"/fuzzed/" + b"/".join(dice.choice((b"a", b"b-c", b"%41", *PIECES[:10])) for _ in range(dice.randrange(4)))
    if dice.random() < 0.6:
        path = mangled(dice, path)
    query = mangled(dice, b"k=" + SECRET.encode()) if dice.random() < 0.3 else b"k=" + SECRET.encode()
    method = dice.choice((b"GET", b"GET", b"GET", b"HEAD", b"OPTIONS", b"POST", b"DELETE"))
    rows, kept = [b"Host: edge.test", b"X-Number: %d" % number], [(b"X-Number", b"%d" % number)]
    for name, value in dice.sample(HEADERS, dice.randrange(5)):
        if dice.random() < 0.5:
            rows.append(mangled(dice, name + b": " + value))
        else:
            rows.append(name + b": " + value)
            kept.append((name, value))
    data = b"\r\n".join([b"%b %b?%b HTTP/1.1" % (method, path, query), *rows])
    if HEAD_ENDS.search(data):  # two requests: test_hostile_requests.py
        return fuzzed(dice, number)
    return Fuzzed(data + b"\r\n\r\n", method, tuple(kept))


def is_sound(arrival: Arrival, sent: Fuzzed, target: TargetName, origin: Origin) -> None:
    """That what arrived is what was sent, below the path, with no other headers changed than ours."""
    assert stays_below(arrival.target, BASE), (sent, arrival)
    assert arrival.method.encode() == sent.method
    assert arrival.values("host") == [f"127.0.0.1:{origin.port}"]
    assert arrival.values("x-forwarded-host") == ["edge.test"]
    for name in {name.lower() for name, _ in arrival.headers} - {name.encode() for name in MADE}:
        assert name in sent.data.lower(), (sent, arrival)
    for name, value in sent.kept:
        key = name.decode().lower()
        if key not in MADE and not is_repeated(sent.data, name):
            assert arrival.values(key) == [value.decode()], (sent, arrival)
    gone = {change.header for change in REQUEST[target] if change.becomes is None}
    assert not [name for name in gone if arrival.values(name)], (sent, arrival)


def is_repeated(data: bytes, name: bytes) -> bool:
    """Whether a mangled header has become another of that name, or part of its value."""
    return data.lower().count(name.lower()) > 1 or not all(
        TOKEN.match(row) and PLAIN.fullmatch(row) for row in data.split(b"\r\n")[1:-2]
    )


@pytest.mark.parametrize("target", TARGETS)
def test_no_bytes_lead_anywhere_else_or_break_anything(stage: Stage, origin: Origin, target: TargetName) -> None:
    """What arrives is below the origin's path with only our headers changed; no answer of ours is a failure; the breaker counts nothing."""
    caller, dice = stage.caller(target), random.Random(SEED)
    logged, passed, refused = len(stage.lines), 0, 0
    for number in range(REQUESTS):
        sent = fuzzed(dice, number)
        origin.seen.clear()
        came = caller.send(sent.data, sent.method.decode())
        made_here = came is not None and came.value("proxy-status") is not None
        status = 0 if came is None else came.status
        assert status == 200 or status in (OURS if made_here else FRONT_ENDS | {0}), (sent, came)
        assert came is None or SECRET not in came.body.decode("latin-1"), (sent, came)
        assert len(origin.seen) == (status == 200), (sent, came)
        for arrival in list(origin.seen):
            is_sound(arrival, sent, target, origin)
        passed, refused = passed + (status == 200), refused + made_here
    assert origin.garbled == []
    assert passed > REQUESTS / 5 and refused > REQUESTS / 20
    assert caller.ask("GET", "/fuzzed/ok").status == 200
    assert stage.states(target, "fuzzed") == []
    said = [line.text for line in stage.lines[logged:] if line.text.startswith("{")]
    assert not [text for text in said if SECRET in text or '"fault"' in text or '"failure"' in text]
