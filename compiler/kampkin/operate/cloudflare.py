"""Cloudflare: the edge Worker's admin API (`runtime/admin.mjs`), opened by the stack's admin token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from kampkin.errors import Cannot
from kampkin.operate.edge import FlipState, Hold, Minute, Outcomes, Override, Page, Place, Status
from kampkin.plan import MAX_WINDOW_MS, Policy

PREFIX = "/.kampkin/v1"
PROBLEM = "urn:kampkin:admin:"
TIMEOUT_S = (3.05, 15)
"""To connect, and for the answer: the API itself gives up on a store after 4 s."""

COUNTS = ("ok", "network", "service", "slow", "aged")
PLACE = Place("cloudflare", "global")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Worker:
    """The breakers of a deployed edge Worker as an `Edge`. `who` is what the events call the person; the policies are those
    of the plan's endpoints on Cloudflare."""

    place = PLACE

    def __init__(self, url: str, token: str, who: str, policies: Mapping[str, Policy]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Cannot(f"{url!r} is no address of a Worker", "such as https://edge.acme.dev")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Cannot(f"{url} is not encrypted: the token is not sent there", "write https://")
        self.url = url.rstrip("/")
        self.policies = policies
        self.session = requests.Session()
        self.session.trust_env = False  # no netrc: it would replace the token
        said = {"authorization": f"Bearer {token}", "x-kampkin-who": quote(who, safe=" @/:+=,")}
        self.session.headers.update(said)

    def status(self, breakers: Sequence[str]) -> Outcomes:
        if len(breakers) == 1:
            return {breakers[0]: self._outcome("GET", f"breakers/{breakers[0]}")}
        known = self._outcomes(self._ask("breakers", "GET", "breakers"))
        return {name: known.get(name, Cannot("the Worker has no such breaker")) for name in breakers}

    def hold(self, breakers: Sequence[str] | None, decided: Hold) -> Outcomes:
        body = {"mode": decided.mode, "for": decided.for_ms, "owner": decided.owner, "reason": decided.reason}
        return self._say("PUT", breakers, body)

    def release(self, breakers: Sequence[str] | None) -> Outcomes:
        return self._say("DELETE", breakers, None)

    def flip(self, breaker: str, state: FlipState, policy: Policy) -> Status:
        return self._status(self._ask("snapshot", "POST", f"breakers/{breaker}/flip", {"state": state}))

    def events(self, breaker: str, before: str | None, limit: int) -> Page:
        query = {"limit": str(limit)} | ({"before": before} if before else {})
        page = self._ask("events", "GET", f"breakers/{breaker}/events", query=query)
        return Page(page["events"], None if page["next"] is None else str(page["next"]))

    def minutes(self, breaker: str, first: int, last: int) -> Sequence[Minute]:
        query = {"from": str(first), "to": str(last)}
        minutes: Sequence[Minute] = self._ask("minutes", "GET", f"breakers/{breaker}/metrics", query=query)["minutes"]
        return minutes

    def _say(self, method: str, breakers: Sequence[str] | None, body: object) -> Outcomes:
        if breakers is None:
            return self._outcomes(self._ask("breakers", method, "override", body))
        return {name: self._outcome(method, f"breakers/{name}/override", body) for name in breakers}

    def _outcome(self, method: str, path: str, body: object = None) -> Status | Cannot:
        try:
            return self._status(self._ask("snapshot", method, path, body))
        except Cannot as problem:
            return problem

    def _outcomes(self, answer: Mapping[str, Any]) -> dict[str, Status | Cannot]:
        return {
            one["name"]: self._status(one) if "snapshot" in one else Cannot(str(one.get("detail")))
            for one in answer["breakers"]
        }

    def _status(self, view: Mapping[str, Any]) -> Status:
        policy = self.policies.get(view["name"])
        return status_of(view, policy.window_ms if policy else MAX_WINDOW_MS)

    def _ask(
        self, want: str, method: str, path: str, body: object = None, query: Mapping[str, str] | None = None
    ) -> Any:
        """What the API answers, which has the key `want`: some endpoint may own the path where there is no API."""
        url = f"{self.url}{PREFIX}/{path}"
        try:
            answer = self.session.request(
                method, url, json=body, params=query, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as problem:
            raise Cannot(f"{self.url} did not answer: {type(problem).__name__}") from None
        try:
            said = answer.json()
        except ValueError:
            said = None
        if not isinstance(said, dict):
            said = {}
        if answer.ok and want in said:
            return said
        raise refusal(self.url, answer.status_code, said)


def refusal(url: str, status: int, problem: Mapping[str, Any]) -> Cannot:
    """What the Worker answered in the place of what was asked for."""
    if not str(problem.get("type")).startswith(PROBLEM):
        hint = 'pulumi config set --secret adminToken "$(openssl rand -base64 32)", and deploy'
        return Cannot(f"{url} has no admin API: it answered {status}", hint)
    if status == 401:
        return Cannot(f"{url} refuses the token", "KAMPKIN_ADMIN_TOKEN holds the stack's adminToken")
    return Cannot(f"{url}: {problem.get('detail')}")


def status_of(view: Mapping[str, Any], window_ms: int) -> Status:
    """What the API says of a breaker; its counts are those of a window so wide."""
    snapshot = view["snapshot"]
    held = snapshot["override"]
    ok, bad, answered, _ = snapshot["half"]
    seen = [counts for age, *counts in snapshot["buckets"] if age * snapshot["w"] <= window_ms]
    return Status(
        breaker=view["name"],
        place=PLACE,
        state=snapshot["state"],
        epoch=snapshot["epoch"],
        why=snapshot["why"],
        since_ms=snapshot["sinceMs"] if snapshot["epoch"] else None,
        retry_in_ms=snapshot["retryInMs"],
        level=snapshot["level"],
        streak=snapshot["streak"],
        counts={name: sum(counts[at] for counts in seen) for at, name in enumerate(COUNTS)},
        probes={"ok": ok, "bad": bad, "answered": answered},
        override=Override(held["mode"], held["leftMs"], held["owner"], held["reason"])
        if held and held["leftMs"] > 0
        else None,
        heard=view["regions"],
        dead_letters=view.get("deadLetters", 0),
        plan=view["plan"],
    )
