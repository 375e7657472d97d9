"""A report of drift: for a person, as Markdown for an issue, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from kampkin.drift.model import Blind, Drift, Plane, Report
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
            yield f"  {one.target}, {what(one)}: {value(one.live)}, should be {value(one.desired)}"
            if said := who(one):
                yield f"      {said}"
        for unseen in blind:
            yield f"  {unseen.target or 'everywhere'}, not seen: {unseen.what}: {unseen.why}"
            if unseen.needs:
                yield f"      needs {unseen.needs}"
    seen = ", ".join(f"{target} ({plane})" for plane, target in report.seen)
    asked = ", ".join(f"{count} of {cloud}" for cloud, count in report.calls.items())
    yield ""
    yield f"looked at: {seen or 'nothing'}{f'; calls: {asked}' if asked else ''}"


def what(drift: Drift) -> str:
    """What of what."""
    if drift.endpoint:
        return f"endpoint {drift.endpoint}{f' {drift.key}' if drift.key else ''}"
    reached = f"endpoint {drift.reaches}, " if drift.reaches else ""
    return f"{reached}{drift.resource}{f' {drift.setting}' if drift.setting else ''}"


def value(said: Any) -> str:
    """On one line; nothing is said so."""
    if said is None:
        return "not there"
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 120 else f"{text[:119]}…"


def who(drift: Drift) -> str:
    """By whom, when, and who says so."""
    by = drift.by
    when = f" at {datetime.fromtimestamp(by.at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z" if by.at_ms is not None else ""
    source = f" ({by.where})" if by.where else ""
    if by.who:
        return f"by {by.who}{when}, {by.cause}{source}"
    return f"{by.cause}{when}{source}" if source or by.cause != "unknown" else ""


def markdown(report: Report) -> str:
    """For an issue, found again by its first line."""
    head = [f"<!-- kampkin:drift {report.environment or 'all'} -->", f"### kampkin drift: {summary(report)}", ""]
    rows = [
        tuple(
            code(cell) if cell else ""
            for cell in (one.target, what(one), value(one.live), value(one.desired), who(one))
        )
        for one in report.drifts
    ]
    body = list(grid(("where", "what", "live", "should be", "by"), rows)) if rows else []
    if report.blind:
        body += ["", "**Not seen**", ""]
        body += [
            f"- {code(f'{one.what}: {one.why}')}{f', needs {code(one.needs)}' if one.needs else ''}"
            for one in report.blind
        ]
    said = "\n".join([*head, *body])
    return said if len(said) < LONGEST else f"{said[: said.rfind(chr(10), 0, LONGEST)]}\n\nmore is in the job's log\n"


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
        "calls": dict(report.calls),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def drift_json(drift: Drift) -> dict[str, Any]:
    """One difference."""
    return asdict(drift) | {"harmless": drift.is_harmless}


def blind_json(blind: Blind) -> dict[str, Any]:
    """What was not seen."""
    return asdict(blind)


FORMATS: Mapping[str, Callable[[Report], str]] = {"human": human, "markdown": markdown, "json": as_json}
