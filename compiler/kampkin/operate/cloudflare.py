"""Cloudflare: the edge Worker's admin API (`runtime/admin.mjs`), opened by the stack's admin token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests
from pydantic import BaseModel, Field, TypeAdapter

from kampkin.errors import Cannot
from kampkin.operate.edge import FlipState, Hold, Minute, Outcomes, Page, Place, Status
from kampkin.plan import MAX_WINDOW_MS, Policy

PREFIX = "/.kampkin/v1"
PROBLEM = "urn:kampkin:admin:"
TIMEOUT_S = (3.05, 15)
"""To connect, and for the answer: the API itself gives up on a store after 4 s."""

COUNTS = ("ok", "network", "service", "slow", "aged")
PLACE = Place("cloudflare", "global")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What comes of reading an answer that is not the API's."""

Got = TypeVar("Got")


class Told(BaseModel):
    """What all events have, at the least."""

    id: str
    edge: str
    region: str
    node: str
    at: int


class Transition(Told):
    """An event of the breaker's."""

    before: str = Field(alias="from")
    to: str
    reason: str
    numbers: dict[str, Any] | None


class Word(BaseModel):
    """What a person says."""

    mode: str
    owner: str
    reason: str


class Said(Told):
    """An event of a person's."""

    override: Word | None


EVENTS = TypeAdapter(list[Transition | Said])
STATUS = TypeAdapter(Status)


class Worker:
    """The breakers of a deployed edge Worker as an `Edge`. `who` is what the events call the person; the policies are those
    of the plan's endpoints on Cloudflare."""

    place = PLACE

    def __init__(self, url: str, token: str, who: str, policies: Mapping[str, Policy]) -> None:
        scheme, host = address(url)
        if scheme == "http" and host not in LOOPBACK:
            raise Cannot(f"{url} is not encrypted: the token is not sent there", "write https://")
        self.url = url.rstrip("/")
        self.policies = policies
        self.session = requests.Session()
        self.session.trust_env = host not in LOOPBACK  # what is not encrypted goes through nobody's proxy
        self.session.auth = lambda request: request  # no netrc: it would replace the token
        said = {"authorization": f"Bearer {token}", "x-kampkin-who": quote(who, safe=" @/:+=,", errors="replace")}
        self.session.headers.update(said)

    def status(self, breakers: Sequence[str]) -> Outcomes:
        if len(breakers) == 1:
            return {breakers[0]: self._outcome("GET", f"breakers/{breakers[0]}")}
        known = self._ask(self._outcomes, "GET", "breakers")
        return {name: known.get(name, Cannot("the Worker has no such breaker")) for name in breakers}

    def hold(self, breakers: Sequence[str] | None, decided: Hold) -> Outcomes:
        body = {"mode": decided.mode, "for": decided.for_ms, "owner": decided.owner, "reason": decided.reason}
        return self._say("PUT", breakers, body)

    def release(self, breakers: Sequence[str] | None) -> Outcomes:
        return self._say("DELETE", breakers, None)

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> Status:
        return self._ask(self._status, "POST", f"breakers/{breaker}/flip", {"state": state})

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        query = {"limit": str(limit)} | ({"before": before} if before else {})
        return self._ask(page_of, "GET", f"breakers/{breaker}/events", query=query)

    def minutes(self, breaker: str, first: int, last: int) -> Sequence[Minute]:
        query = {"from": str(first), "to": str(last)}
        return self._ask(minutes_of, "GET", f"breakers/{breaker}/metrics", query=query)

    def _say(self, method: str, breakers: Sequence[str] | None, body: object) -> Outcomes:
        if breakers is None:
            return self._ask(self._outcomes, method, "override", body)
        return {name: self._outcome(method, f"breakers/{name}/override", body) for name in breakers}

    def _outcome(self, method: str, path: str, body: object = None) -> Status | Cannot:
        try:
            return self._ask(self._status, method, path, body)
        except Cannot as problem:
            return problem

    def _outcomes(self, answer: Mapping[str, Any]) -> dict[str, Status | Cannot]:
        return {
            one["name"]: self._status(one) if "snapshot" in one else Cannot(str(one["detail"]))
            for one in answer["breakers"]
        }

    def _status(self, view: Mapping[str, Any]) -> Status:
        policy = self.policies.get(view["name"])
        return status_of(view, policy.window_ms if policy else MAX_WINDOW_MS)

    def _ask(
        self,
        read: Callable[[Any], Got],
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> Got:
        """What the API answers, as `read` makes it of the JSON; where that fails the answer is somebody else's, as of an
        endpoint that owns the path where there is no API."""
        url = f"{self.url}{PREFIX}/{path}"
        try:
            answer = self.session.request(
                method, url, json=body, params=query, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as problem:
            raise Cannot(f"{self.url} did not answer: {type(problem).__name__}") from None
        except (OSError, ValueError) as problem:  # a certificate's file that is not there, a name that is no host's
            raise Cannot(f"{self.url} cannot be asked: {problem}") from None
        said: Any = None
        try:
            said = answer.json()
            if answer.ok:
                return read(said)
        except UNREADABLE:
            pass
        raise refusal(self.url, answer.status_code, said if isinstance(said, dict) else {})


def address(url: str) -> tuple[str, str]:
    """Scheme and host of a Worker's address. Raises `Cannot` where it is none."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts.scheme, parts.hostname
    except ValueError:  # brackets that do not match, a port that is none
        pass
    raise Cannot(f"{url!r} is no address of a Worker", "such as https://edge.acme.dev")


def refusal(url: str, status: int, problem: Mapping[str, Any]) -> Cannot:
    """What the Worker answered in the place of what was asked for."""
    if not str(problem.get("type")).startswith(PROBLEM):
        hint = 'pulumi config set --secret adminToken "$(openssl rand -base64 32)", and deploy'
        return Cannot(f"{url} has no admin API: it answered {status}", hint)
    if status == 401:
        return Cannot(f"{url} refuses the token", "KAMPKIN_ADMIN_TOKEN holds the stack's adminToken")
    return Cannot(f"{url}: {problem.get('detail')}")


def status_of(view: Mapping[str, Any], window_ms: int) -> Status:
    """What the API says of a breaker; its counts are those of a window so wide. Raises one of `UNREADABLE` for what it
    does not say."""
    snapshot = view["snapshot"]
    held = snapshot["override"]
    override = None
    if held and held["leftMs"] > 0:
        override = {"mode": held["mode"], "left_ms": held["leftMs"], "owner": held["owner"], "reason": held["reason"]}
    ok, bad, answered, _ = snapshot["half"]
    seen = [counts for age, *counts in snapshot["buckets"] if age * snapshot["w"] <= window_ms]
    return STATUS.validate_python(
        {
            "breaker": view["name"],
            "place": PLACE,
            "state": snapshot["state"],
            "epoch": snapshot["epoch"],
            "why": snapshot["why"],
            "since_ms": snapshot["sinceMs"] if snapshot["epoch"] else None,
            "retry_in_ms": snapshot["retryInMs"],
            "level": snapshot["level"],
            "streak": snapshot["streak"],
            "counts": {name: sum(counts[at] for counts in seen) for at, name in enumerate(COUNTS)},
            "probes": {"ok": ok, "bad": bad, "answered": answered},
            "override": override,
            "heard": view["regions"],
            "dead_letters": view.get("deadLetters", 0),
            "plan": view["plan"],
        }
    )


def page_of(answer: Any) -> Page:
    """Events as the API tells them."""
    events, following = answer["events"], answer["next"]
    EVENTS.validate_python(events)
    return Page(events, None if following is None else str(following))


def minutes_of(answer: Any) -> list[Minute]:
    """Minutes as the API tells them."""
    return [{**minute, "counts": {**minute["counts"]}} for minute in answer["minutes"]]
