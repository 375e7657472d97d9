"""A report of drift: for a person, as Markdown for an issue, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from kampkin.drift.model import Blind, Drift, Plane, Report
from kampkin.formats.quote import visible
from kampkin.plan import TargetName
from kampkin.review.formats.fitting import first
from kampkin.review.formats.markdown import code, grid

PLANES: Mapping[Plane, str] = {
    "stack": "the file and what went up last",
    "engine": "Pulumi's state and the clouds",
    "live": "what the stacks declare and the clouds",
    "edges": "the file and what edges answer",
}
LONGEST = 60_000


def summary(report: Report) -> str:
    """In a line."""
    drifts = [one for one in report.drifts if not one.is_harmless]
    count = f"{len(drifts)} difference{'' if len(drifts) == 1 else 's'}" if drifts else "no drift"
    unseen = f", {len(report.blind)} not seen" if report.blind else ""
    harmless = len(report.drifts) - len(drifts)
    passing = f", {harmless} that will pass" if harmless else ""
    return f"{report.environment or 'the file as it stands'}: {count}{passing}{unseen}"


def human(report: Report) -> str:
    """For a terminal and for a pipe."""
    return "\n".join(lines(report)) + "\n"


def lines(report: Report) -> Iterator[str]:
    """Line by line."""
    yield summary(report)
    for plane, about in PLANES.items():
        drifts = [one for one in report.drifts if one.plane == plane]
        blind = [one for one in report.blind if one.plane == plane]
        if not drifts and not blind:
            continue
        yield ""
        yield about
        for one in drifts:
            live, desired = told(one)
            should = f", should be {desired}" if desired else ""
            yield f"  {one.target}, {plain(what(one))}: {live}{should}"
            if said := who(one):
                yield f"      {plain(said)}"
        for unseen in blind:
            yield f"  {unseen.target or 'everywhere'}, not seen: {plain(f'{unseen.what}: {unseen.why}')}"
            if unseen.needs:
                yield f"      needs {plain(unseen.needs)}"
    yield ""
    yield looked_at(report)
    if report.back:
        yield ""
        yield from report.back


def looked_at(report: Report) -> str:
    """Which planes were seen whole, and which nobody asked for."""
    asked = ", ".join(f"{count} of {cloud}" for cloud, count in report.calls.items())
    unasked = f"; not asked for: {places(report.unasked)}, by --engine" if report.unasked else ""
    return f"looked at: {places(report.seen) or 'nothing'}{unasked}{f'; calls: {asked}' if asked else ''}"


def places(found: Sequence[tuple[Plane, TargetName]]) -> str:
    """Planes by target."""
    return ", ".join(f"{target} ({plane})" for plane, target in found)


def what(drift: Drift) -> str:
    """What of what."""
    if drift.endpoint:
        return f"endpoint {drift.endpoint}{f' {drift.key}' if drift.key else ''}"
    reached = f"endpoint {drift.reaches}, " if drift.reaches else ""
    return f"{reached}{drift.resource}{f' {drift.setting}' if drift.setting else ''}"


def told(drift: Drift) -> tuple[str, str]:
    """What is live and what should be, each on one line. Of what a stack has recorded both are digests, which tell nobody
    anything."""
    if drift.plane != "stack":
        return value(drift.live), value(drift.desired)
    if drift.live is None:
        return "not in the last up", ""
    return "gone since the last up" if drift.desired is None else "changed since the last up", ""


def value(said: Any) -> str:
    """On one line, with nothing that a terminal would obey; nothing is said so."""
    if said is None:
        return "not there"
    if isinstance(said, Mapping) and (shown := in_words(said)):
        said = shown
    text = plain(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, sort_keys=True))
    return text if len(text) <= 120 else f"{text[:119]}…"


def in_words(said: Mapping[str, Any]) -> str | None:
    """A behaviour or an origin of a distribution by what it does; None for anything else."""
    if "pathPattern" in said:
        runs = [one.get("lambdaArn") for one in said.get("lambdaFunctionAssociations") or ()]
        by = f"by {' and '.join(map(str, dict.fromkeys(runs)))}" if runs else "without the function"
        return f"path {said['pathPattern']} goes to origin {said.get('targetOriginId')} {by}"
    if "originId" in said:
        return f"origin {said['originId']} at {said.get('domainName')}"
    return None


def plain(text: str) -> str:
    """On one line, with nothing that a terminal would obey: clouds and edges say it."""
    return visible(" ".join(text.split()))


def who(drift: Drift) -> str:
    """By whom, when, and who says so."""
    by = drift.by
    when = f" at {datetime.fromtimestamp(by.at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z" if by.at_ms is not None else ""
    source = f" ({by.where})" if by.where else ""
    if by.who:
        return f"by {by.who}{when}, {by.cause}{source}"
    return f"{by.cause}{when}{source}" if source or by.cause != "unknown" else ""


def markdown(report: Report) -> str:
    """For an issue, found again by its first line. Where it would be too long differences are cut, and it says how many."""
    head = [f"<!-- kampkin:drift {report.environment or 'all'} -->", f"### kampkin drift: {summary(report)}"]
    if report.blind:
        head += ["", "**Not seen**", "", *few([unseen_line(one) for one in report.blind], "blind spots", LONGEST // 4)]
    tail = ["", looked_at(report)]
    if report.back:
        tail = [
            "",
            "**The way back**",
            "",
            *few([f"- {code(one)}" for one in report.back], "lines", LONGEST // 4),
            *tail,
        ]
    room = LONGEST - sum(len(line) + 1 for line in (*head, *tail))
    rows = [
        tuple(code(cell) if cell else "" for cell in (one.target, what(one), *told(one), who(one)))
        for one in report.drifts
    ]
    table = list(grid(("where", "what", "live", "should be", "by"), rows)) if rows else []
    heading, body = table[:2], table[2:]
    return "\n".join([*head, "", *heading, *few(body, "differences", room), *tail]) + "\n"


def few(lines: Sequence[str], called: str, room: int) -> Iterator[str]:
    """As many lines as there is room for, and how many there are beside them."""
    shown = [*first(lines, room)]
    yield from shown
    if more := len(lines) - len(shown):
        yield ""
        yield f"{more:,} more {called}: kampkin drift prints all"


def unseen_line(blind: Blind) -> str:
    """One blind spot."""
    return f"- {code(f'{blind.what}: {blind.why}')}{f', needs {code(blind.needs)}' if blind.needs else ''}"


def as_json(report: Report) -> str:
    """For programs."""
    told = {
        "version": 1,
        "environment": report.environment,
        "plan": report.plan,
        "code": report.code,
        "drifts": [drift_json(one) for one in report.drifts],
        "blind": [blind_json(one) for one in report.blind],
        "seen": [{"plane": plane, "target": target} for plane, target in report.seen],
        "unasked": [{"plane": plane, "target": target} for plane, target in report.unasked],
        "calls": dict(report.calls),
        "back": list(report.back),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def drift_json(drift: Drift) -> dict[str, Any]:
    """One difference; what `--adopt` would write is not told, since a credential may stand in it as it is."""
    return {key: value for key, value in asdict(drift).items() if key != "written"} | {"harmless": drift.is_harmless}


def blind_json(blind: Blind) -> dict[str, Any]:
    """What was not seen."""
    return asdict(blind)


FORMATS: Mapping[str, Callable[[Report], str]] = {"human": human, "markdown": markdown, "json": as_json}
