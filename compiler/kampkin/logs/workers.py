"""Cloudflare: Workers Logs, by the query API of its observability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from kampkin.errors import Cannot
from kampkin.logs.line import Line, entry_in

BASE = "https://api.cloudflare.com/client/v4"
PAGE, PAGES = 1000, 20
TIMEOUT_S = (3.05, 30)


def lines(
    account: str, token: str, worker: str, breaker: str | None, from_ms: int, to_ms: int, base: str = BASE
) -> Iterator[Line]:
    """What the Worker wrote between two times, newest first, as the API tells it.

    Raises `Cannot` where the API does not tell, or there is more than PAGES pages.
    """
    url = f"{base.rstrip('/')}/accounts/{account}/workers/observability/telemetry/query"
    asked: dict[str, Any] = {
        "queryId": "kampkin-logs",
        "view": "events",
        "limit": PAGE,
        "timeframe": {"from": from_ms, "to": to_ms},
        "parameters": {"filterCombination": "and", "filters": filters(worker, breaker)},
    }
    for _ in range(PAGES):
        events = told(url, token, asked)
        for event in events:
            entry = entry_of(event)
            if entry:
                yield Line(event["timestamp"], "cloudflare", str(colo_of(event)), entry)
        if len(events) < PAGE:
            return
        asked["offset"] = events[-1]["$metadata"]["id"]
    raise Cannot(
        "there are more lines than are read: the earlier ones are missing", "a shorter --since, or an endpoint"
    )


def filters(worker: str, breaker: str | None) -> list[dict[str, str]]:
    """The runtime's own lines of one Worker, of one breaker or of all."""
    wanted = [
        {"key": "$metadata.service", "operation": "eq", "type": "string", "value": worker},
        {"key": "kampkin", "operation": "exists", "type": "string"},
    ]
    if breaker:
        wanted.append({"key": "breaker", "operation": "eq", "type": "string", "value": breaker})
    return wanted


def told(url: str, token: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A page of events."""
    try:
        answer = requests.post(url, json=asked, headers={"authorization": f"Bearer {token}"}, timeout=TIMEOUT_S)
        said = answer.json()
        if answer.ok:
            events: list[dict[str, Any]] = said["result"].get("events", {}).get("events", [])
            return events
    except requests.RequestException as problem:
        raise Cannot(f"Cloudflare's API did not answer: {type(problem).__name__}") from None
    except OSError as problem:  # a certificate's file that is not there
        raise Cannot(f"Cloudflare's API cannot be asked: {problem}") from None
    except (LookupError, AttributeError, TypeError):
        raise Cannot("Cloudflare's API answered what is no page of events") from None
    reasons = reasons_in(said) or answer.reason
    hint = "the token needs Workers Observability: Read" if answer.status_code in (401, 403) else None
    raise Cannot(f"Cloudflare's API answered {answer.status_code}: {reasons}", hint)


def reasons_in(said: Any) -> str:
    """Why the API refuses; empty where what answered is not the API."""
    try:
        return "; ".join(f"{one['code']} {one['message']}" for one in said["errors"])
    except (LookupError, TypeError):
        return ""


def entry_of(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The runtime's object in an event: Workers Logs takes a line that is JSON apart."""
    source = event.get("source")
    if isinstance(source, dict):
        return source if isinstance(source.get("kampkin"), str) else entry_in(str(source.get("message", "")))
    return entry_in(str(source))


def colo_of(event: Mapping[str, Any]) -> str:
    """Where the Worker ran, where the event says so."""
    call = (event.get("$workers") or {}).get("event") or {}
    return ((call.get("request") or {}).get("cf") or {}).get("colo") or "global"
