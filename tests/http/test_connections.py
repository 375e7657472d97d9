"""Connections that die, hang, stream or switch: what callers get, what the breaker is told, and that a probe is not lost."""

from __future__ import annotations

import base64
import hashlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kampkin.plan import TargetName

from .caller import Caller, read
from .conftest import Stage
from .origin import Arrival, Connection, Left, Origin, answer, says

EVENT = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD_OF_100 = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
LIMIT_S = 20

Until = Callable[..., Any]
Opened = Callable[[TargetName, str], None]


def chunk(data: bytes) -> bytes:
    """A piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def hangs(connection: Connection, arrival: Arrival) -> None:
    """Never answers; knows when the caller has gone."""
    connection.wait_for_end()
    raise Left


def stalls(connection: Connection, arrival: Arrival) -> None:
    """Says the first of a hundred bytes."""
    connection.send(HEAD_OF_100 + b"x")
    hangs(connection, arrival)


cuts = says(HEAD_OF_100 + b"x", close=True)


def leave(connection: socket.socket, response: http.client.HTTPResponse | None = None) -> None:
    """Ends it as a browser does whose tab is closed in the middle: with a reset. workerd waits on half-closed connections."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if response:
        response.close()  # it holds the connection too
    connection.close()


@contextmanager
def reading(caller: Caller, target: str, *headers: str) -> Iterator[tuple[socket.socket, http.client.HTTPResponse]]:
    """A GET's answer as it comes."""
    text = "\r\n".join([f"GET {target} HTTP/1.1", "Host: edge.test", *headers, "", ""])
    with caller.connect(text.encode()) as connection:
        response = http.client.HTTPResponse(connection, method="GET")
        try:
            response.begin()
            yield connection, response
        finally:
            response.close()


# dead connections


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_connections_that_died_in_a_freeze_cost_nobody_anything(
    stage: Stage, origin: Origin, method: str, how: str
) -> None:
    """An environment of Lambda is frozen after each answer; what it thaws with is dead, and callers do not see it, nor does the breaker."""
    caller = stage.caller("aws")
    for call in range(4):
        assert caller.ask(method, "/frozen/ok").status == 200
        assert len(origin.seen) == call + 1
        assert origin.end_idle(how == "reset") == 1
    assert stage.states("aws", "frozen") == []


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_body_on_a_dead_connection_is_sent_once_and_is_no_failure(stage: Stage, origin: Origin, how: str) -> None:
    """Who can tell how much of it was heard: it is not sent again; but the service has not failed."""
    caller = stage.caller("aws")
    for _ in range(4):
        assert caller.ask("GET", "/frozen/ok").status == 200
        assert origin.end_idle(how == "reset") == 1
        origin.seen.clear()
        assert caller.ask("POST", "/frozen/ok", body=[b"body"], size=4).status in (200, 502)
        assert len(origin.seen) <= 1
    assert stage.states("aws", "frozen") == []


# streams


def test_events_are_read_one_by_one(stage: Stage, caller: Caller, origin: Origin, target: TargetName) -> None:
    """Each before the next is sent, and for longer than the time-out; neither `timeout` nor `idle_timeout` ends them."""
    turns = [threading.Event() for _ in range(4)]

    def streams(connection: Connection, arrival: Arrival) -> None:
        connection.send(EVENT.encode())
        for at, turn in enumerate(turns):
            connection.send(chunk(b"data: %d\n\n" % at))
            assert turn.wait(LIMIT_S)
        connection.send(b"0\r\n\r\n")

    origin.on("streams", streams)
    for endpoint in ("slow", "idle"):
        for turn in turns:
            turn.clear()
        with reading(caller, f"/{endpoint}/streams", "Accept: text/event-stream") as (_, response):
            assert response.getheader("content-type") == "text/event-stream"
            for at, turn in enumerate(turns):
                assert response.read1() == b"data: %d\n\n" % at
                if at == 1:
                    stage.time_out(target)
                turn.set()
            assert response.read() == b""
        assert stage.states(target, endpoint) == []


def test_an_answer_without_a_length_streams_too(stage: Stage, origin: Origin) -> None:
    """On Workers any body does."""
    turn = threading.Event()

    def streams(connection: Connection, arrival: Arrival) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"first"))
        assert turn.wait(LIMIT_S)
        connection.send(chunk(b"last") + b"0\r\n\r\n")

    origin.on("streams", streams)
    for endpoint in ("plain", "watched"):
        turn.clear()
        with reading(stage.caller("cloudflare"), f"/{endpoint}/streams") as (_, response):
            assert response.read1() == b"first"
            turn.set()
            assert response.read() == b"last"


# WebSockets


def accepts(connection: Connection, arrival: Arrival) -> bool:
    """Shakes hands, then echoes frames, RFC 6455."""
    [key] = arrival.values("sec-websocket-key")
    digest = base64.b64encode(hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
    rows = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {digest}",
        "Set-Cookie: s=1",
        "",
        "",
    ]
    connection.send("\r\n".join(rows).encode())
    while True:
        first, payload = frame_of(connection)
        connection.send(bytes([first]) + length_of(payload) + payload)
        if first & 0xF == 8:
            return False


def frame_of(connection: Connection) -> tuple[int, bytes]:
    """A masked frame's first byte, and what it holds."""

    def exactly(count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += connection.read(count - len(data))
        return data

    first, length = exactly(2)
    size = length & 0x7F
    size = (
        int.from_bytes(exactly(2), "big") if size == 126 else int.from_bytes(exactly(8), "big") if size == 127 else size
    )
    mask, payload = exactly(4), exactly(size)
    return first, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def length_of(payload: bytes, mask: int = 0) -> bytes:
    """As a frame says it."""
    size = len(payload)
    return bytes([mask | size]) if size < 126 else bytes([mask | 126]) + size.to_bytes(2, "big")


UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def test_frames_pass_both_ways(stage: Stage, origin: Origin) -> None:
    """On Workers: text and bytes, short and long, until one side closes; the time-out does not end it."""
    origin.on("socket", accepts)
    caller = stage.caller("cloudflare")
    with reading(caller, "/slow/socket", *UPGRADE, "Cookie: a=1", "Origin: https://page.test") as (
        connection,
        response,
    ):
        assert (response.status, response.getheader("sec-websocket-accept")) == (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        assert response.getheader("set-cookie") == "s=1"
        frames = [
            (0x81, b"hello"),
            (0x82, bytes(range(256))),
            (0x81, b""),
            (0x82, b"\x00" * 60_000),
            (0x88, b"\x03\xe8bye"),
        ]
        for opcode, payload in frames:
            connection.sendall(bytes([opcode]) + length_of(payload, 0x80) + bytes(4) + payload)
            expected = bytes([opcode]) + length_of(payload) + payload
            assert response.fp.read(len(expected)) == expected
    [arrival] = origin.seen
    assert arrival.target == "/base/socket"
    assert (arrival.values("cookie"), arrival.values("origin")) == (["a=1"], ["https://page.test"])
    assert stage.states("cloudflare", "slow") == []


def test_a_handshake_that_is_refused_is_an_answer(stage: Stage, origin: Origin) -> None:
    """With what the service says to it."""
    origin.on("no-socket", says(answer("403 Forbidden", "X-Why: not you", body=b"no")))
    with reading(stage.caller("cloudflare"), "/plain/no-socket", *UPGRADE) as (_, response):
        assert (response.status, response.getheader("x-why"), response.read()) == (403, "not you", b"no")
    assert stage.states("cloudflare", "plain") == []


def test_lambda_says_that_it_carries_none(stage: Stage, origin: Origin) -> None:
    """501, whatever else is wrong; the service is not called."""
    with reading(stage.caller("aws"), "/plain/socket", *UPGRADE) as (_, response):
        assert response.status == 501
        assert b"no-websocket" in response.read()
    assert list(origin.seen) == []


# callers who leave


def test_a_caller_who_leaves_before_the_answer_is_no_failure(stage: Stage, origin: Origin, until: Until) -> None:
    """On Workers: the service is let go, and has not failed."""
    origin.on("hangs", hangs)
    caller = stage.caller("cloudflare")
    for _ in range(3):
        connection = caller.connect(b"GET /left-answer/hangs HTTP/1.1\r\nHost: edge.test\r\n\r\n")
        until(lambda: len(origin.seen) > len(origin.left))
        leave(connection)
        until(lambda: len(origin.left) == len(origin.seen))
    assert caller.ask("GET", "/left-answer/ok").status == 200
    assert stage.states("cloudflare", "left-answer") == []


def test_a_caller_who_leaves_in_the_middle_of_an_answer_is_no_failure(
    stage: Stage, origin: Origin, until: Until
) -> None:
    """On Workers, with its body watched or not."""
    origin.on("stalls", stalls)
    caller = stage.caller("cloudflare")
    for endpoint in ("left-answer", "plain"):
        left = len(origin.left)
        with reading(caller, f"/{endpoint}/stalls") as (connection, response):
            assert response.read1(1) == b"x"
            leave(connection, response)
        until(lambda left=left: len(origin.left) == left + 1)
        assert caller.ask("GET", f"/{endpoint}/ok").status == 200
        assert stage.states("cloudflare", endpoint) == []


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("head", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_a_caller_who_leaves_in_the_middle_of_an_upload_is_no_failure(
    stage: Stage, caller: Caller, origin: Origin, until: Until, target: TargetName, head: str, how: str
) -> None:
    """However he goes. On AWS CloudFront does not call the function before it has the body."""
    text = f"POST /left-upload/ok HTTP/1.1\r\nHost: edge.test\r\n{head}\r\n\r\n"
    connection = caller.connect(
        text.encode() + chunk(b"half")
    )  # a chunk's head is as good as any other bytes where there is a length
    if target == "cloudflare":
        until(lambda: any(not one.idle.is_set() for one in origin.connections))
    leave(connection) if how == "reset" else connection.close()
    if target == "cloudflare":
        until(lambda: "/base/ok" in origin.left)
    assert caller.ask("POST", "/left-upload/ok", body=[b"x"], size=1).status == 200
    assert stage.states(target, "left-upload") == []


def test_a_slow_upload_is_no_time_out(stage: Stage, caller: Caller, origin: Origin, target: TargetName) -> None:
    """The second half comes when the time-out is long over, and the answer is the service's."""
    text = b"POST /slow/ok HTTP/1.1\r\nHost: edge.test\r\nContent-Length: 8\r\n\r\nhalf"
    with caller.connect(text) as connection:
        for _ in range(2):
            stage.time_out(target)
        connection.sendall(b"half")
        assert read(connection, "POST").status == 200
    [arrival] = [one for one in origin.seen if one.method == "POST"]
    assert arrival.body == b"halfhalf"
    assert stage.states(target, "slow") == []


# answers that do not end


def test_a_body_cut_short_is_a_network_failure_where_it_is_seen(
    stage: Stage, origin: Origin, target: TargetName, until: Until
) -> None:
    """On Lambda@Edge always, and the caller gets 502; on Workers where it is watched, and the caller sees by the length."""
    origin.on("cuts", cuts)
    caller = stage.caller(target)
    came = caller.ask("GET", "/cut/cuts")
    assert (came.status, came.whole) == ((502, True) if target == "aws" else (200, False))
    came = caller.ask("GET", "/cut-watched/cuts")
    assert (came.status, came.whole) == ((502, True) if target == "aws" else (200, False))
    until(lambda: stage.states(target, "cut-watched") == ["open"])
    assert stage.states(target, "cut") == (["open"] if target == "aws" else [])
    assert stage.edges.read(target, "cut-watched").events[0].numbers["network"] == 1


def test_a_probes_body_cut_short_has_failed_and_frees_the_probe(
    stage: Stage, origin: Origin, target: TargetName, until: Until, opened: Opened
) -> None:
    """Also where bodies are not watched otherwise; the next probe closes the breaker."""
    opened(target, "cut-probe")
    origin.on("cuts", cuts)
    caller = stage.caller(target)

    def probed() -> bool:
        caller.ask("GET", "/cut-probe/cuts")
        return stage.states(target, "cut-probe")[1:3] == ["half-open", "open"]

    until(probed)
    assert stage.edges.read(target, "cut-probe").events[2].reason == "probe_failed"
    until(lambda: caller.ask("GET", "/cut-probe/ok").status == 200)
    until(lambda: stage.states(target, "cut-probe")[-1] == "closed")


def test_a_caller_who_leaves_his_probe_frees_it(stage: Stage, origin: Origin, until: Until, opened: Opened) -> None:
    """On Workers: in the middle of the answer. The one probe there may be is not held until its time is over: another closes it."""
    opened("cloudflare", "left-probe")
    origin.on("stalls", stalls)
    caller = stage.caller("cloudflare")

    def left() -> bool:
        with reading(caller, "/left-probe/stalls") as (connection, response):
            if response.status != 200:
                return False
            assert response.read1(1) == b"x"
            leave(connection, response)
            return True

    until(left)
    until(lambda: "/base/stalls" in origin.left)
    until(lambda: caller.ask("GET", "/left-probe/ok").status == 200, 8)  # the probe's own time is 20 s
    assert "open" not in stage.states("cloudflare", "left-probe")[1:]


def test_silence_within_a_body_is_a_time_out(stage: Stage, origin: Origin, target: TargetName, until: Until) -> None:
    """Longer than `idle_timeout`, though the length of the whole is no matter."""
    turns = [threading.Event() for _ in range(3)]

    def drips(connection: Connection, arrival: Arrival) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        for turn in turns:
            assert turn.wait(LIMIT_S)
            connection.send(b"x")

    origin.on("drips", drips)
    origin.on("stalls", stalls)
    caller = stage.caller(target)
    for turn in turns:
        turn.set()
    assert caller.ask("GET", "/idle/drips").body == b"xxx"
    assert stage.states(target, "idle") == []
    came = caller.ask("GET", "/idle/stalls")
    assert (came.status, came.whole) == ((504, True) if target == "aws" else (200, False))
    until(lambda: stage.states(target, "idle") == ["open"])
    assert any('"breaker":"idle"' in line and '"kind":"timeout"' in line for line in stage.logged())
    until(lambda: "/base/stalls" in origin.left)
