"""Calls of Cloudflare's API by its SDK, which tries again what may pass; counted, each once. What it refuses is `Unseen`, and
says what would show it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from kampkin.drift.model import Unseen

TIMEOUT_S = 20
ATTEMPTS = 3
PAGE = 100
MOST_PAGES = 50


class Api:
    """An account's API. A look asks everything once: what was answered is kept."""

    def __init__(self, token: str, base: str | None) -> None:
        from cloudflare import Cloudflare

        self.client = Cloudflare(api_token=token, base_url=base, timeout=TIMEOUT_S, max_retries=ATTEMPTS - 1)
        self.calls = 0
        self._known: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def result(self, path: str, needs: str, **query: str) -> Any:
        """The result of a read; None where there is no such thing. `needs` is the permission that it takes."""
        answer = self._once(path, needs, query)
        return None if answer is None else told_by(answer, path).get("result")

    def every(self, path: str, needs: str, **query: str) -> list[Any]:
        """A list, to its last page. Raises `Unseen` where one page comes again and again, which tells nothing of the others."""
        found: list[Any] = []
        before = None
        for page in range(1, MOST_PAGES + 1):
            answer = self._once(path, needs, {**query, "page": str(page), "per_page": str(PAGE)})
            if answer is None:
                return found
            told = told_by(answer, path)
            part = told.get("result") or []
            if part and part == before:
                raise Unseen(f"{path} gives page {page - 1} again as page {page}")
            found, before = found + part, part
            if not part or is_last(page, len(found), told.get("result_info") or {}):
                return found
        raise Unseen(f"{path} has more than {MOST_PAGES} pages", "fewer of them in one account")

    def whole(self, path: str, needs: str) -> Any:
        """An answer with its headers and bytes; None where there is no such thing."""
        return self._once(path, needs, {})

    def _once(self, path: str, needs: str, query: Mapping[str, str]) -> Any:
        key = (path, repr(sorted(query.items())))
        with self._lock:
            if key not in self._known:
                try:
                    self._known[key] = self._ask(path, needs, query)
                except Unseen as problem:
                    self._known[key] = problem
            known = self._known[key]
        if isinstance(known, Unseen):
            raise known.with_traceback(None)
        return known

    def _ask(self, path: str, needs: str, query: Mapping[str, str]) -> Any:
        import cloudflare
        import httpx

        self.calls += 1
        try:
            return self.client.get(f"/{path}", cast_to=httpx.Response, options={"params": dict(query)})
        except cloudflare.NotFoundError:
            return None
        except cloudflare.APIStatusError as problem:
            said = f"Cloudflare answered {problem.status_code} to {path}: {reasons(problem)}"
            refused = problem.status_code in (400, 401, 403)
            raise Unseen(said, needs if refused else None) from None
        except cloudflare.CloudflareError as problem:
            raise Unseen(f"Cloudflare's API did not answer: {type(problem).__name__}") from None


def told_by(answer: Any, path: str) -> Mapping[str, Any]:
    """What an answer says. Raises `Unseen` where that is none of Cloudflare's, as a proxy's page is."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, Mapping):
        raise Unseen(f"Cloudflare's answer to {path} is no JSON object")
    return told


def is_last(page: int, found: int, info: Mapping[str, Any]) -> bool:
    """Whether there is no page after this one. Some lists say how many pages they have, others how much is on them."""
    pages, total = info.get("total_pages"), info.get("total_count")
    if pages is not None:
        return page >= int(pages)
    return total is None or found >= int(total)


def reasons(problem: Any) -> str:
    """In Cloudflare's words."""
    try:
        errors = problem.response.json()["errors"]
        return "; ".join(f"{one['code']} {one['message']}" for one in errors) or "no reason"
    except (ValueError, LookupError, TypeError):
        return "no reason"
