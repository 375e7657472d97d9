"""What is answered: the page, what it reads, and what it proposes. Nothing here changes anything that is deployed."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import Any, get_args

from anyio import CapacityLimiter, to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kampkin.dashboard import detail
from kampkin.dashboard.archive import Archive
from kampkin.dashboard.branch import branch, default_name, obstacle
from kampkin.dashboard.drifts import Drifts
from kampkin.dashboard.feed import Feed
from kampkin.dashboard.guard import Guard, refusal
from kampkin.dashboard.history import KEPT_MS, SPANS, history
from kampkin.dashboard.journal import Kind, Wanted
from kampkin.dashboard.looker import Looker
from kampkin.dashboard.past import Past
from kampkin.dashboard.prometheus import exposition
from kampkin.dashboard.proposal import Proposal, propose
from kampkin.dashboard.provenance import LastChange, Links, last_change, links
from kampkin.dashboard.source import Source
from kampkin.errors import Cannot
from kampkin.operate.edge import Edge, Place
from kampkin.plan import Endpoint

STATIC = "static"
MOST_BYTES = 256 * 1024
"""Of what the page sends."""

KINDS = get_args(Kind)
LONGEST_PAGE = 500
THREADS = 24
"""Answers that are made at once; the page's own files have others, so that it comes whatever the clouds do."""

OPEN = "this dashboard is open to others than this machine, so it makes no branch"
NO_PATCH = "values of request headers stand in it, and others than this machine can ask: kampkin set makes the change in a clone"
PING_S = 15
"""A comment in the stream, so that nothing between holds it for dead."""


@dataclass(frozen=True)
class About:
    """What an answer about an endpoint is made of."""

    source: Source
    endpoint: Endpoint
    edges: Sequence[Edge]
    """The places that can be asked now."""
    away: Mapping[Place, Cannot]
    """The others, and why."""
    pasts: Mapping[Place, Past]
    now_ms: int


def endpoint_in(source: Source, name: str) -> Endpoint:
    """The endpoint of a name. Raises `HTTPException` where there is none."""
    found = next((one for one in source.session.plan.endpoints if one.name == name), None)
    if found is None:
        raise HTTPException(404, f"there is no endpoint {name!r} in {source.file}")
    return found


@dataclass
class Desk:
    """What the answers are made of."""

    looker: Looker
    feed: Feed
    may_branch: bool
    """Whether the page may make branches: where only this machine can ask."""
    archive: Archive = field(default_factory=Archive)
    drifts: Drifts = field(default_factory=Drifts)

    @property
    def source(self) -> Source:
        """The file as it was when it was looked at last."""
        return self.looker.source

    def about(self, name: str) -> About:
        """All that is asked about an endpoint, of one source: the file may change meanwhile. Raises `HTTPException` where there is
        none of the name."""
        source = self.looker.read_back(name)
        endpoint = endpoint_in(source, name)
        places = [place for place in source.session.places if place.target in endpoint.targets]
        away = self.looker.away(places)
        edges = [edge for edge in source.session.reach.edges if edge.place in places and edge.place not in away]
        return About(source, endpoint, edges, away, self.looker.pasts(name, places), self.looker.clock())


def application(desk: Desk, names: list[str], password: str | None = None) -> Guard:
    """The whole of it, behind its guard."""
    threads = CapacityLimiter(THREADS)

    def on(path: str, answer: Callable[[Desk, Request], Any], method: str = "GET") -> Route:
        """A path whose answer is made in a thread: it asks places, git, or Node."""

        async def run(request: Request) -> Response:
            if method == "POST":
                request.state.said = await body_of(request)
            told: Response | dict[str, Any] = await to_thread.run_sync(answer, desk, request, limiter=threads)
            return told if isinstance(told, Response) else JSONResponse(told)

        return Route(path, run, methods=[method])

    async def stream(request: Request) -> Response:
        async def events() -> AsyncIterator[ServerSentEvent]:
            async for message in desk.feed.messages():
                yield ServerSentEvent(message.data, event=message.event)

        return EventSourceResponse(events(), ping=PING_S)

    @asynccontextmanager
    async def living(app: Starlette) -> AsyncIterator[None]:
        desk.feed.start()
        yield
        desk.feed.end()

    static = files("kampkin.dashboard") / STATIC

    async def page(request: Request) -> Response:
        return FileResponse(str(static / "index.html"), headers={"cache-control": "no-cache"})

    async def nowhere(request: Request, problem: Exception) -> Response:
        """A person gets the page, which says so; a program the words."""
        assert isinstance(problem, HTTPException)
        if problem.status_code == 404 and "text/html" in request.headers.get("accept", ""):
            return FileResponse(str(static / "index.html"), 404)
        return refusal(problem.status_code, problem.detail, None)

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/events", page),
            Route("/endpoints/{name}", page),
            Mount("/static", StaticFiles(directory=str(static))),
            Route("/api/stream", stream),
            on("/api/board", board),
            on("/api/events", events),
            on("/api/endpoints/{name}", endpoint),
            on("/api/endpoints/{name}/history", past),
            on("/api/endpoints/{name}/proposal", proposal, "POST"),
            on("/api/endpoints/{name}/branch", make_branch, "POST"),
            on("/api/drift", drift),
            on("/api/drift", look_for_drift, "POST"),
            on("/metrics", metrics),
        ],
        exception_handlers={Cannot: cannot, HTTPException: nowhere, Exception: broken},
        lifespan=living,
    )
    return Guard(app, names, password)


def board(desk: Desk, request: Request) -> dict[str, Any]:
    """The board at one moment, for programs."""
    return desk.feed.board(desk.looker.look(round(desk.feed.every_s * 1000)))


def events(desk: Desk, request: Request) -> dict[str, Any]:
    """A page of the event log."""
    asked = request.query_params
    kind = asked.get("kind") or None
    if kind and kind not in KINDS:
        raise HTTPException(400, f"there is no kind {kind!r}: it is one of {', '.join(KINDS)}")
    limit = whole(asked.get("limit", "100"), LONGEST_PAGE)
    wanted = Wanted(kind, asked.get("endpoint") or None, asked.get("text", ""))
    entries, following = desk.looker.memory.journal.page(wanted, asked.get("before") or None, limit)
    return {
        "entries": [entry.to_json() for entry in entries],
        "next": following,
        "complete": desk.looker.is_caught_up,
        "since": desk.looker.memory.journal.since(desk.looker.clock() - KEPT_MS),
    }


def endpoint(desk: Desk, request: Request) -> dict[str, Any]:
    """All about one endpoint but its numbers over time."""
    one = desk.about(request.path_params["name"])
    name = one.endpoint.name
    said = detail.declared(one.source, one.endpoint, known_links(one.source), known_change(one.source, name))
    return said | detail.past(one.pasts, desk.archive, one.edges, name, one.now_ms)


def known_links(source: Source) -> Links:
    """Into the forge; none where git refuses to tell."""
    try:
        return links(source.file)
    except Cannot:
        return Links(None, None, "main")


def known_change(source: Source, name: str) -> LastChange | None:
    """Who changed an endpoint last; None where git does not know."""
    assert source.loaded.typed is not None, "a source is sound"
    try:
        return last_change(source.file, source.loaded.typed, name)
    except Cannot:
        return None


def past(desk: Desk, request: Request) -> dict[str, Any]:
    """Its numbers over time."""
    span = request.query_params.get("span", "hour")
    if span not in SPANS:
        raise HTTPException(400, f"there is no span {span!r}: it is one of {', '.join(SPANS)}")
    one = desk.about(request.path_params["name"])
    return history(desk.archive, one.edges, one.endpoint.name, span, one.pasts, one.away, one.now_ms)


def proposal(desk: Desk, request: Request) -> dict[str, Any]:
    """What a change would mean."""
    source = desk.source
    file, said = source.file, proposed(source, request)
    may_have = desk.may_branch or said.shown_patch == said.patch
    why_no_branch = None
    if not desk.may_branch:
        why_no_branch = OPEN
    elif said.ok and (problem := obstacle(file, said)):
        why_no_branch = problem.message
    return {
        "ok": said.ok,
        "findings": [asdict(one) for one in said.findings],
        "shownPatch": said.shown_patch,
        "patch": said.patch if may_have else None,
        "whyNoPatch": None if may_have else NO_PATCH,
        "review": {"lines": list(said.lines)},
        "needsApproval": list(said.needs_approval),
        "canBranch": said.ok and why_no_branch is None,
        "whyNoBranch": why_no_branch,
        "branch": default_name(file, said) if said.ok and why_no_branch is None else None,
    }


def make_branch(desk: Desk, request: Request) -> dict[str, Any]:
    """The change as a commit on a branch of its own, here."""
    if not desk.may_branch:
        raise HTTPException(403, OPEN)
    name = request.state.said.get("branch")
    if not isinstance(name, str):
        raise HTTPException(400, "the branch has no name")
    source = desk.source
    return asdict(branch(source.file, proposed(source, request), name))


def proposed(source: Source, request: Request) -> Proposal:
    """What the page has sent, as it would be."""
    one = endpoint_in(source, request.path_params["name"])
    changes, environment = request.state.said.get("changes"), request.state.said.get("environment")
    if not isinstance(changes, list) or not (environment is None or isinstance(environment, str)):
        raise HTTPException(400, 'a proposal is {"changes": [{"key": …, "value": …}], "environment": null}')
    pairs: list[tuple[str, str | None]] = []
    for change in changes:
        key, value = (change.get("key"), change.get("value")) if isinstance(change, dict) else (None, None)
        if not isinstance(key, str) or not (value is None or isinstance(value, str)):
            raise HTTPException(400, "each change has a key and a value, both text; a value of null takes the key away")
        pairs.append((key, value))
    return propose(source.file, one.name, environment, pairs, source.session.plan.environment)


def drift(desk: Desk, request: Request) -> dict[str, Any]:
    """The last look for drift."""
    return desk.drifts.to_json(desk.source)


def look_for_drift(desk: Desk, request: Request) -> Response:
    """Begins one."""
    desk.drifts.start(desk.source)
    return JSONResponse(desk.drifts.to_json(desk.source), 202)


def metrics(desk: Desk, request: Request) -> Response:
    """For Prometheus."""
    text, content_type = exposition(desk.looker, request.headers.get("accept", ""))
    return Response(text, headers={"content-type": content_type})


async def body_of(request: Request) -> dict[str, Any]:
    """What the page has sent. Raises `HTTPException` for what is no object of JSON, and for more than it ever sends."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "it is to be application/json")
    read = b""
    async for piece in request.stream():
        read += piece
        if len(read) > MOST_BYTES:
            raise HTTPException(413, f"it is longer than {MOST_BYTES} bytes")
    try:
        said = json.loads(read or b"{}")
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise HTTPException(400, "it is no object of JSON")
    return said


def whole(text: str, most: int) -> int:
    """A number of a query. Raises `HTTPException` for another one."""
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise HTTPException(400, f"{text!r} is no number from 1 to {most}")


async def cannot(request: Request, problem: Exception) -> Response:
    """What could not be done."""
    assert isinstance(problem, Cannot)
    return refusal(422, problem.message, problem.hint)


async def broken(request: Request, problem: Exception) -> Response:
    """A mistake of ours: the server's standard error has it."""
    print(f"kampkin: {request.url.path}: {type(problem).__name__}: {problem}", file=sys.stderr, flush=True)
    return refusal(500, f"the dashboard has failed at this: {type(problem).__name__}", "its terminal says more")
