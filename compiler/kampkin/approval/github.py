"""GitHub's REST API: pages, limits and faults; what a token may not do is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from kampkin.errors import Cannot

API = "https://api.github.com"
APP = "github-actions"
"""The app whose token a workflow has."""

TIMEOUT_S = (5, 30)
TRIES = 4
LONGEST_WAIT_S = 60
"""A limit that lifts later than that is not waited for."""

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
PER_PAGE = 100
ASKING = {"GET", "PATCH", "PUT"}
"""What may be asked again after a fault: the same twice is the same once."""


class GitHub:
    """One repository, with a token. Raises `Cannot` for what does not answer, and for what it refuses."""

    def __init__(self, url: str, repository: str, token: str, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise Cannot(f"{url} is not encrypted: the token is not sent there", "GITHUB_API_URL is https://…")
        if repository.count("/") != 1:
            raise Cannot(f"{repository!r} is no repository", "GITHUB_REPOSITORY is owner/name")
        self.url, self.repository, self.sleep = url.rstrip("/"), repository, sleep
        self.session = requests.Session()
        self.session.trust_env = parts.hostname not in LOOPBACK
        self.session.auth = lambda request: request  # no netrc: it would replace the token
        self.session.headers.update(
            {
                "authorization": f"Bearer {token}",
                "accept": "application/vnd.github+json",
                "x-github-api-version": "2022-11-28",
                "user-agent": "kampkin",
            }
        )

    def get(self, path: str, **query: object) -> Any:
        """One answer."""
        return read(self.ask("GET", self.address(path), query=query))

    def find(self, path: str) -> Any | None:
        """One answer; None where there is no such thing, or the token may not know of it."""
        answer = self.ask("GET", self.address(path), missing=(403, 404))
        return read(answer) if answer.ok else None

    def pages(self, path: str, key: str | None = None, **query: object) -> Iterator[Any]:
        """Everything of a list, page after page; `key` is where an answer has it."""
        url: str | None = self.address(path)
        asked: Mapping[str, object] = {"per_page": PER_PAGE, **query}
        while url:
            answer = self.ask("GET", url, query=asked)
            found = read(answer)
            yield from found[key] if key else found
            following = answer.links.get("next", {}).get("url")
            if following and not following.startswith(f"{self.url}/"):
                raise Cannot(f"GitHub's next page is elsewhere: {urlsplit(following).netloc}")
            url, asked = following, {}

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """A change, and what it came to."""
        return read(self.ask(method, self.address(path), body=body))

    def address(self, path: str) -> str:
        """A path of the repository's, or of the API's where it begins with a slash."""
        return f"{self.url}{path}" if path.startswith("/") else f"{self.url}/repos/{self.repository}/{path}"

    def ask(
        self,
        method: str,
        url: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        missing: tuple[int, ...] = (),
    ) -> requests.Response:
        """An answer that is none of a fault, asked for up to TRIES times."""
        what = f"{method} {url.removeprefix(self.url)}"
        for tried in range(1, TRIES + 1):
            try:
                answer = self.session.request(
                    method, url, params=query, json=body, timeout=TIMEOUT_S, allow_redirects=False
                )
            except requests.RequestException as problem:
                if tried == TRIES or method not in ASKING:
                    raise Cannot(f"{self.url} did not answer: {type(problem).__name__}") from None
                self.sleep(2 ** (tried - 1))
                continue
            if answer.ok:
                return answer
            wait = wait_of(answer, tried)
            if wait is None and answer.status_code in missing:
                return answer
            if answer.status_code >= 500 and method not in ASKING:
                wait = None
            if wait is None or tried == TRIES:
                raise Cannot(f"GitHub refuses {what}: {told(answer)}", hint_of(answer))
            self.sleep(wait)
        raise AssertionError("the last try returns or raises")


def read(answer: requests.Response) -> Any:
    """What an answer holds. Raises `Cannot` where that is no JSON, as of a proxy that answers in GitHub's stead."""
    try:
        return answer.json()
    except ValueError:
        raise Cannot(
            f"{urlsplit(answer.url).netloc} answers, but not as GitHub's API does", "is GITHUB_API_URL right?"
        ) from None


def wait_of(answer: requests.Response, tried: int) -> float | None:
    """How long to wait before asking again, seconds; None where that would be no use."""
    headers = answer.headers
    if answer.status_code in (403, 429) and (headers.get("retry-after") or headers.get("x-ratelimit-remaining") == "0"):
        said = headers.get("retry-after", "")
        reset = headers.get("x-ratelimit-reset", "")
        wait = float(said) if said.isdigit() else float(reset) - time.time() if reset.isdigit() else LONGEST_WAIT_S
        return max(0.0, wait) if wait <= LONGEST_WAIT_S else None
    return float(2 ** (tried - 1)) if answer.status_code in (500, 502, 503, 504, 429) else None


def told(answer: requests.Response) -> str:
    """What GitHub says of itself, on one line."""
    try:
        message = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        message = answer.reason or ""
    return f"{answer.status_code} {' '.join(message.split())[:200]}"


def hint_of(answer: requests.Response) -> str | None:
    """What to do about a refusal."""
    if answer.headers.get("x-ratelimit-remaining") == "0":
        return "the token's limit is used up: run the job again later"
    return {
        401: "GITHUB_TOKEN has ended or is none of this GitHub's",
        403: "the job's permissions do not have it: see docs/gitops.md",
        404: "there is no such thing, or the token may not know of it: see docs/gitops.md for the job's permissions",
    }.get(answer.status_code)


def github_of(environ: Mapping[str, str], repository: str | None = None, token: str = "GITHUB_TOKEN") -> GitHub:
    """A repository, else the one that a job on GitHub is about, by the variables that it has."""
    named = repository or environ.get("GITHUB_REPOSITORY")
    for name, value in ((token, environ.get(token)), ("GITHUB_REPOSITORY", named)):
        if not value:
            raise Cannot(f"{name} is not set", "a job on GitHub has it: env: {GITHUB_TOKEN: ${{ github.token }}}")
    return GitHub(environ.get("GITHUB_API_URL") or API, str(named), environ[token])
