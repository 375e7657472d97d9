"""Bodies of any size are the same bytes, both ways, and pass through a Worker without being held in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kampkin.plan import TargetName

from .caller import Caller
from .conftest import Stage
from .origin import Arrival, Connection, Origin, Script, answer, pattern, says, sha256_of

KB, MB = 1_000, 1_048_576
LARGE = 25 * MB
SIZES = (0, 1, 40 * KB, 999 * KB, MB, MB + 1, LARGE)
"""On AWS an answer past 730 kB and a request past 1 MB are CloudFront's to carry."""

HUGE = 200 * MB
HEADROOM = 80 * MB


@pytest.fixture(params=[True, False], ids=["with-a-length", "chunked"])
def has_length(request: pytest.FixtureRequest) -> bool:
    """Whether the length is said before the body."""
    return bool(request.param)


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> int:
    """Bytes."""
    return int(request.param)


def gives(size: int, has_length: bool) -> Script:
    """Answers so many bytes."""

    def script(connection: Connection, arrival: Arrival) -> None:
        how = f"Content-Length: {size}" if has_length else "Transfer-Encoding: chunked"
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n{how}\r\n\r\n".encode())
        for piece in pattern(size) if arrival.method != "HEAD" else ():
            connection.send(piece if has_length else b"%x\r\n%b\r\n" % (len(piece), piece))
        if not has_length and arrival.method != "HEAD":
            connection.send(b"0\r\n\r\n")

    return script


def test_a_request_body_is_the_same_bytes(caller: Caller, origin: Origin, size: int, has_length: bool) -> None:
    """Whole, once, with its length where one was said."""
    came = caller.ask("POST", "/bodies/ok", body=pattern(size), size=size if has_length else None)
    assert (came.status, came.body) == (200, b"ok")
    [arrival] = origin.seen
    assert (arrival.method, arrival.size, arrival.sha256) == ("POST", size, sha256_of(pattern(size)))
    assert arrival.values("content-length") in ([[str(size)]] if has_length else [[], [str(size)]])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("length", [0, 40 * KB, MB + 1])
def test_other_methods_have_bodies_too(caller: Caller, origin: Origin, method: str, length: int) -> None:
    """Likewise."""
    assert caller.ask(method, "/bodies/ok", body=pattern(length), size=length).status == 200
    [arrival] = origin.seen
    assert (arrival.method, arrival.size, arrival.sha256) == (method, length, sha256_of(pattern(length)))


def test_an_answers_body_is_the_same_bytes(caller: Caller, origin: Origin, size: int, has_length: bool) -> None:
    """Whole, with its length where one was said; asked for at most twice."""
    origin.on("gives", gives(size, has_length))
    came = caller.ask("GET", "/bodies/gives")
    assert (came.status, came.whole, came.size, came.sha256) == (200, True, size, sha256_of(pattern(size)))
    assert came.value("content-type") == "application/octet-stream"
    assert came.values("content-length") in ([[str(size)]] if has_length else [[], [str(size)]])
    assert len(origin.seen) <= 2


def test_both_bodies_of_a_call_are_the_same_bytes(caller: Caller, origin: Origin, size: int) -> None:
    """Where the endpoint says that they may be large; sent once."""
    origin.on("gives", gives(size, True))
    came = caller.ask("POST", "/large/gives", body=pattern(size), size=size)
    assert (came.status, came.whole, came.size, came.sha256) == (200, True, size, sha256_of(pattern(size)))
    [arrival] = origin.seen
    assert (arrival.size, arrival.sha256) == (size, sha256_of(pattern(size)))


@pytest.mark.parametrize("large", [800 * KB, LARGE])
def test_a_head_has_the_headers_and_no_body(caller: Caller, origin: Origin, large: int) -> None:
    """Asked for once, however long the body would be."""
    origin.on("gives", gives(large, True))
    came = caller.ask("HEAD", "/bodies/gives")
    assert (came.status, came.size, came.value("content-length")) == (200, 0, str(large))
    assert [arrival.method for arrival in origin.seen] == ["HEAD"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_is_not_safe_to_repeat_is_sent_once(stage: Stage, origin: Origin, method: str, has_length: bool) -> None:
    """On AWS an answer too large to it is 502 and says what to do; it is no failure of the service."""
    origin.on("gives", gives(999 * KB, has_length))
    came = stage.caller("aws").ask(method, "/plain/gives", body=[b"x"], size=1)
    assert (came.status, came.problem) == (502, "response-too-large")
    assert b"large_bodies" in came.body
    assert len(origin.seen) == 1
    assert stage.states("aws", "plain") == []


def test_a_large_answer_is_remembered_and_called_for_once(stage: Stage, origin: Origin) -> None:
    """On AWS the second GET of a URL goes to CloudFront at once; another query is another URL."""
    origin.on("again", gives(999 * KB, True))
    caller = stage.caller("aws")
    for query, calls in (("1", 2), ("1", 3), ("1", 4), ("2", 6)):
        assert caller.ask("GET", f"/plain/again?{query}").size == 999 * KB
        assert len(origin.seen) == calls
    assert stage.states("aws", "plain") == []


def test_what_is_handed_back_arrives_as_what_is_not(stage: Stage, origin: Origin) -> None:
    """With the same headers, but for what a function may not set: docs/http.md."""
    headers = (
        ("Cookie", "a=1"),
        ("Authorization", "Bearer t"),
        ("Forwarded", "for=x"),
        ("TE", "trailers"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-A", "1"),
        ("X-A", "2"),
    )
    caller = stage.caller("aws")
    for path in ("/plain/ok?q=%41", "/large/ok?q=%41"):
        assert caller.ask("POST", path, *headers, body=[b"body"], size=4).status == 200
    direct, back = origin.seen
    assert (direct.line, direct.size, direct.sha256) == (back.line, back.size, back.sha256)
    rows = [{name: ", ".join(arrival.values(name)) for name in names_of(arrival)} for arrival in (direct, back)]
    rows[0]["x-forwarded-proto"] = ""  # CloudFront takes none from a function
    rows[0]["via"] = rows[0]["via"].removesuffix(", 1.1 kampkin")  # it may only be read
    rows[0]["kampkin-exchange"] = rows[1]["kampkin-exchange"]
    rows[1].setdefault("x-forwarded-proto", "")
    assert rows[1] == rows[0]


def names_of(arrival: Arrival) -> set[str]:
    """The names of its headers."""
    return {name.decode("latin-1").lower() for name, _ in arrival.headers}


@pytest.mark.parametrize("body", [b"", b"refused"])
def test_an_origin_that_answers_before_it_has_heard_all(
    stage: Stage, caller: Caller, origin: Origin, target: TargetName, body: bytes
) -> None:
    """Its answer is the answer, and it is no failure: it may refuse a body by its head, if it goes on to read it."""

    def refuses(connection: Connection, arrival: Arrival) -> bool:
        connection.send(answer("413 X", "Connection: close", body=body))
        connection.wait_for_end()
        return False

    origin.on("refuses", refuses, early=True)
    came = caller.ask("POST", "/early/refuses", body=pattern(600 * KB), size=600 * KB)
    assert (came.status, came.body) == (413, body)
    assert stage.states(target, "early") == []


def workerds(pid: int) -> Iterator[int]:
    """The workerd processes in a process's group."""
    for entry in Path("/proc").iterdir():
        if (
            entry.name.isdecimal()
            and os.getpgid(int(entry.name)) == pid
            and (entry / "comm").read_text().startswith("workerd")
        ):
            yield int(entry.name)


def resident(pid: int) -> int:
    """The most memory it has had, bytes."""
    [row] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(row.split()[1]) * 1024


@pytest.mark.parametrize("endpoint", ["bodies", "watched"])
def test_a_worker_holds_no_body(stage: Stage, origin: Origin, endpoint: str) -> None:
    """While one of 200 MB passes each way, workerd grows by far less, though the body is watched: a Worker may have 128 MB."""
    [pid] = workerds(stage.edges._processes["cloudflare"].pid)
    origin.on("gives", gives(HUGE, True))
    caller, before = stage.caller("cloudflare"), resident(pid)
    assert caller.ask("GET", f"/{endpoint}/gives").size == HUGE
    assert resident(pid) - before < HEADROOM
    assert caller.ask("POST", f"/{endpoint}/ok", body=pattern(HUGE), size=HUGE).status == 200
    assert [arrival.size for arrival in origin.seen] == [0, HUGE]
    assert resident(pid) - before < HEADROOM


def test_the_gzip_of_an_answer_is_untouched(caller: Caller, origin: Origin, target: TargetName) -> None:
    """Whatever its coding says, and whether or not the bytes are that: nobody here decodes."""
    for coding in ("gzip", "br", "deflate", "zstd", "nonsense", "gzip, br"):
        for endpoint in ("plain", "watched", "large"):
            origin.on(
                "coded", says(answer("200 OK", f"Content-Encoding: {coding}", 'ETag: W/"x"', body=bytes(range(256))))
            )
            came = caller.ask("GET", f"/{endpoint}/coded", ("Accept-Encoding", "gzip, br"))
            assert (came.status, came.body) == (200, bytes(range(256))), (coding, endpoint)
            assert (came.value("content-encoding"), came.value("etag")) == (coding, 'W/"x"')


def test_trailers_are_dropped_and_nothing_else(caller: Caller, origin: Origin) -> None:
    """Neither platform carries them; the body is whole. workerd takes them for the next answer: the call after it is lost here."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n"
    origin.on("trails", says(head + b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", close=True))
    came = caller.ask("GET", "/odd/trails")
    assert (came.status, came.whole, came.body, came.value("x-sum")) == (200, True, b"abc", None)
    caller.ask("GET", "/odd/ok")
