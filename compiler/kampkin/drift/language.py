"""What runs, in the language: a setting of the deployed plan as `kampkin set` takes it, where words for people would not do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kampkin.config import dump
from kampkin.edit.flow import flow
from kampkin.plan import Alternate, Answer, Cors, Endpoint, FallbackEntry
from kampkin.review.change import Change
from kampkin.review.written import OFF, duration
from kampkin.source import List, Map, Node, Quoted, Text
from kampkin.values import json_value

NOTHING = "null"
TOLD_OF_NOTHING = (OFF, "none", "all")
"""What people are told of a setting that is not there."""

DEFAULT_TYPE = "text/plain; charset=utf-8"
"""Of a body whose type the file does not name."""


def written(endpoint: Endpoint, change: Change) -> str | None:
    """The value of the endpoint that runs, which is the change's `before`; None where no command can say it."""
    if change.key in STRUCTURED:
        return STRUCTURED[change.key](endpoint)
    return NOTHING if change.before in TOLD_OF_NOTHING else change.before


def headers(endpoint: Endpoint) -> str:
    """Values and secrets together."""
    named = {name: f"secret:{secret}" for name, secret in endpoint.secret_headers}
    return said({**dict(endpoint.request_headers), **named} or None)


def cors(endpoint: Endpoint) -> str:
    """What the language has by default is left out."""
    value = endpoint.cors
    if value is None:
        return NOTHING
    found: dict[str, Any] = {"origins": value.origins}
    if value.headers is not None:
        found["headers"] = value.headers
    if value.credentials:
        found["credentials"] = True
    if value.max_age_s != Cors.model_fields["max_age_s"].default:
        found["max_age"] = duration(value.max_age_s * 1000)
    return said(found)


def override(endpoint: Endpoint) -> str:
    """All of it: an override is one decision."""
    value = endpoint.policy.override
    if value is None:
        return NOTHING
    until = datetime.fromtimestamp(value.until / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return said({"state": value.mode, "until": until, "owner": value.owner, "reason": value.reason})


def fallback(endpoint: Endpoint) -> str | None:
    """One entry as it is, several as a list."""
    entries = [entry(one, endpoint.timeout_ms) for one in endpoint.fallback]
    if any(one is None for one in entries):
        return None
    return said(entries[0] if len(entries) == 1 else entries or None)


def entry(value: FallbackEntry, timeout_ms: int) -> dict[str, Any] | None:
    """One of them."""
    when = {} if value.when == ("open",) else {"when": value.when}
    if isinstance(value, Answer):
        found = answer(value)
        return None if found is None else found | when
    if isinstance(value, Alternate):
        own = {} if value.timeout_ms == timeout_ms else {"timeout": duration(value.timeout_ms)}
        return {"origin": value.origin.url, **own, **when}
    return {"stale": duration(value.max_age_ms), **when}


def answer(value: Answer) -> dict[str, Any] | None:
    """With its body as JSON or as text; None where the body is no text."""
    if value.encoding != "utf8":
        return None
    sent = dict(value.headers)
    body: dict[str, Any] = {}
    if sent.get("content-type") == "application/json" and is_json(value.body):
        body, sent = {"json": json.loads(value.body)}, without_type(sent)
    elif value.body:
        body = {"body": value.body}
        sent = without_type(sent) if sent.get("content-type") == DEFAULT_TYPE else sent
    return {"status": value.status, **({"headers": sent} if sent else {}), **body}


def without_type(sent: Mapping[str, str]) -> dict[str, str]:
    """The headers without the type that follows from the body's key."""
    return {name: value for name, value in sent.items() if name != "content-type"}


def is_json(body: str) -> bool:
    """Whether the body is as the language writes JSON."""
    try:
        return dump(json.loads(body)) == body
    except ValueError:
        return False


def said(value: Any) -> str:
    """A value on one line."""
    return flow(node(value))


def node(value: Any) -> Node:
    """A value as the file would have it: a text that reads as something else stands in quotes."""
    if isinstance(value, Mapping):
        return Map((Text(key), node(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return List(map(node, value))
    if isinstance(value, str):
        return Text(value) if json_value(Text(value)).__class__ is str else Quoted(value)
    return Text(json.dumps(value))


STRUCTURED: Mapping[str, Callable[[Endpoint], str | None]] = {
    "headers.request": headers,
    "cors": cors,
    "override": override,
    "fallback": fallback,
}
"""By key: what is more than one value, of which people are told the gist."""
