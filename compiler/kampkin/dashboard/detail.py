"""One endpoint's page: what the file says of it, what that promises, what it went through, and a person's commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from kampkin.dashboard.archive import Archive
from kampkin.dashboard.form import addable, fields
from kampkin.dashboard.hidden import SECRETIVE, masked
from kampkin.dashboard.incidents import Incident, incidents
from kampkin.dashboard.journal import kind_of
from kampkin.dashboard.past import Past
from kampkin.dashboard.provenance import LastChange, Links
from kampkin.dashboard.source import Source
from kampkin.errors import Cannot
from kampkin.explain.command import entry
from kampkin.explain.command import kind_of as kind_of_promise
from kampkin.explain.settings import settings_of
from kampkin.operate import words
from kampkin.operate.edge import Edge, Event, Place
from kampkin.operate.numbers import numbers
from kampkin.plan import MINUTE_MS, Endpoint, TargetName
from kampkin.promises import promises
from kampkin.urls import host_of, urls_of

RATE = 10
"""Requests a second that promises are reckoned for, as `kampkin explain` does."""

NO_COMMANDS = "These edges are the demo's: no command leads to them."

SHOWN = 20
"""Incidents, the newest."""


def declared(source: Source, endpoint: Endpoint, links: Links, changed: LastChange | None) -> dict[str, Any]:
    """What the file says of it, and the commit that said so last."""
    loaded, plan = source.loaded, source.session.plan
    assert loaded.typed is not None, "a source is sound"
    promised = promises(endpoint, plan.targets, RATE)
    held = settings_of(loaded.typed, endpoint.name, loaded.documents)
    settings = []
    for setting in held:
        said, known = entry(setting), fields()[setting.key]
        place = said["place"]
        if is_secretive := setting.key == SECRETIVE:
            said["value"] = masked(loaded.typed.merged[endpoint.name]["headers"]["request"])
        settings.append(
            said
            | {
                "edit": links.edit(place["file"], place["line"]) if place else None,
                "words": known.words,
                "choices": list(known.choices),
                "editable": not is_secretive,
                "removable": not is_secretive and known.is_removable(setting.key, setting.layer),
            }
        )
    return {
        "name": endpoint.name,
        "owner": endpoint.owner,
        "origin": endpoint.origin.url,
        "environment": plan.environment,
        "urls": [{"target": target, "url": url} for target, url in sorted(urls(source, endpoint).items())],
        "settings": settings,
        "addable": addable([setting.key for setting in held]),
        "changed": asdict(changed) | {"url": links.commit(changed.commit)} if changed else None,
        "promises": {
            "rate": str(RATE),
            "instead": list(promised.instead),
            "assumption": promised.assumption,
            "promises": [
                {"kind": kind_of_promise(one), "text": one.text, "proof": list(one.proof)} for one in promised.each
            ],
        },
        "commands": [{"title": title, "command": said} for title, said in commands(source, endpoint.name)],
        "commandsNote": NO_COMMANDS if source.options is None else None,
    }


def urls(source: Source, endpoint: Endpoint) -> dict[TargetName, str]:
    """Where callers reach it: at the address that is known here, else as far as the file knows it."""
    session = source.session
    found = urls_of(session.plan, endpoint)
    for target in endpoint.targets:
        if address := session.urls.get(target):
            here = urlsplit(address)
            found[target] = found[target].replace(
                f"https://{host_of(session.plan, target)}", f"{here.scheme}://{here.netloc}"
            )
    return found


def commands(source: Source, name: str) -> Iterator[tuple[str, str]]:
    """What a person can do about it, to copy. The page does none of it."""
    if source.options is None:
        return
    about, what = shlex.quote(name), source.options
    yield "Answer every caller at once, for 30 minutes", f"kampkin hold {about} open --for 30m --reason 'why'{what}"
    yield "Let every request pass, for 30 minutes", f"kampkin hold {about} closed --for 30m --reason 'why'{what}"
    yield "Only count and reject nobody, for an hour", f"kampkin hold {about} monitor --for 1h --reason 'why'{what}"
    yield "Let go of what holds it", f"kampkin release {about}{what}"
    yield "Open it once", f"kampkin flip {about} open{what}"
    yield "Probe now", f"kampkin flip {about} half-open{what}"
    yield "Close it now", f"kampkin flip {about} closed{what}"
    yield "What happened to it", f"kampkin events {about}{what}"
    yield "What the edges wrote of it", f"kampkin logs {about} --since 1h{what}"


def past(
    pasts: Mapping[Place, Past], archive: Archive, edges: Sequence[Edge], breaker: str, now_ms: int
) -> dict[str, Any]:
    """Its incidents, newest first; why their numbers are not all there; and the places whose events could not be read. The edges
    are those that answer."""
    found = incidents(pasts)[:SHOWN]
    by_place = {edge.place: edge for edge in edges}
    problems: list[str] = []

    def told(one: Incident) -> dict[str, Any]:
        try:
            return incident(one, archive, by_place, breaker, now_ms)
        except Cannot as problem:
            problems.append(problem.message)
            return incident(one, archive, {}, breaker, now_ms)

    with ThreadPoolExecutor(max_workers=4) as pool:
        shown = list(pool.map(told, found))
    return {
        "incidents": shown,
        "incidentsProblem": next(iter(problems), None),
        "unread": [f"{place}: {one.problem}" for place, one in sorted(pasts.items()) if one.problem],
    }


def incident(one: Incident, archive: Archive, edges: Mapping[Place, Edge], breaker: str, now_ms: int) -> dict[str, Any]:
    """An incident; its numbers are those of the minutes that it fell into, null where no place has told any of them: nodes do
    when a minute is over."""
    last_ms = one.end or (now_ms if one.is_running else one.steps[-1][1]["at"])
    first, last = one.begin // MINUTE_MS, last_ms // MINUTE_MS
    minutes = [
        minute
        for place in one.places
        if place in edges
        for minute in archive.minutes(edges[place], breaker, first, last, now_ms)
    ]
    told = numbers(minutes) if minutes else None
    return {
        "id": f"{breaker}/{one.begin}",
        "from": one.begin,
        "to": one.end,
        "lost": one.end is None and not one.is_running,
        "places": [str(place) for place in one.places],
        "tripped": one.tripped,
        "openings": one.openings,
        "rejected": told.rejected if told else None,
        "fallbacks": told.fallbacks if told else None,
        "probes": told.probes if told else None,
        "failed": told.failures if told else None,
        "openMs": one.open_ms(last_ms),
        "ended": one.ended,
        "steps": [step(place, event) for place, event in one.steps],
    }


def step(place: Place, event: Event) -> dict[str, Any]:
    """What happened in an incident."""
    said = words.reason(event["reason"], event["numbers"]) if "to" in event else words.happened(event)
    return {
        "at": event["at"],
        "place": str(place),
        "from": event.get("from"),
        "to": event.get("to"),
        "words": said,
        "who": event["node"],
        "kind": kind_of(event),
    }
