"""For programs: the shape that schemas/diff.schema.json publishes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kampkin.diagnostics import Diagnostic
from kampkin.review.change import Change, Where
from kampkin.review.review import Group, PartSeen, Review, Seen
from kampkin.review.sections import Section


class Shape(BaseModel):
    """A piece of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Shape):
    """Where a value is written; without file and line where it is built in."""

    layer: str
    file: str | None
    line: int | None


class Setting(Shape):
    """A setting that changes."""

    key: str
    before: str
    after: str
    meaning: str
    direction: Literal["loosens", "tightens", "neither"]
    was: Place | None
    now: Place | None


class Address(Shape):
    """A protected URL that comes, that disappears, or that another endpoint has from now on; `/*` is all below."""

    url: str
    fate: Literal["comes", "disappears", "taken"]
    by: str | None = Field(
        description="The other endpoint: where it is taken the one that has it from now on, where it comes the one that had it."
    )


class Said(Shape):
    """What a file says of a setting."""

    key: str
    value: str
    at: Place


class Endpoint(Shape):
    """An endpoint that comes, goes or changes; null among the environments is the file as it stands."""

    name: str
    kind: Literal["added", "removed", "changed"]
    owner: str | None
    environments: list[str | None]
    urls: list[Address]
    loosens: bool
    changes: list[Setting]
    stated: list[Said] = Field(
        description="Of an endpoint that comes what is written for it, without built-in defaults; of one that goes its origin."
    )


class Shared(Shape):
    """Changes that several endpoints have from one layer of the file."""

    layer: str
    changes: list[Setting]
    endpoints: list[str]
    environments: list[str | None]


class Beside(Shape):
    """A change that is no endpoint's, and the endpoints that it reaches."""

    change: Setting
    endpoints: list[str]
    environments: list[str | None]


class Why(Shape):
    """Why an approval is needed."""

    rule: str
    text: str
    names: list[str]
    environments: list[str]
    approvers: list[str] = Field(description="Who may approve it; empty: anybody but the author.")
    approved_by: list[str]


class Approval(Shape):
    """Whether an approval is needed, whose, and who has given it."""

    needed: bool
    reasons: list[Why]
    approvers: list[str]
    approved_by: list[str]


class Reviewed(Shape):
    """What names a change: `digest` is of all the rest."""

    environment: str | None
    subject: str
    before: str | None
    after: str | None
    digest: str


class Grid(Shape):
    """A table."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str


class Titled(Shape):
    """What else was looked at."""

    title: str
    tables: list[Grid]
    note: str


class Finding(Shape):
    """What `kampkin check` says of the new file."""

    id: str
    severity: str
    file: str
    line: int
    column: int
    message: str


class Report(Shape):
    """What `kampkin diff --format json` prints."""

    version: Literal[1] = 1
    base: str = Field(description="Empty where the file is broken.")
    environments: list[str | None]
    effect: bool | None = Field(description="Whether any plan is another; null where the file is broken and has none.")
    endpoints: list[Endpoint]
    groups: list[Shared]
    beside: list[Beside]
    approval: Approval
    reviewed: list[Reviewed]
    findings: list[Finding]
    sections: list[Titled]


def render(review: Review) -> str:
    """The JSON text."""
    return report(review).model_dump_json(indent=2) + "\n"


def report(review: Review) -> Report:
    """The review in its published shape."""
    return Report(
        base=review.base,
        environments=list(review.environments),
        effect=review.has_effect,
        endpoints=[endpoint(one) for one in review.endpoints],
        groups=[shared(one) for one in review.groups],
        beside=[beside(one) for one in review.parts],
        approval=Approval(
            needed=review.budget.is_open,
            reasons=[Why.model_validate(asdict(one)) for one in review.budget.reasons],
            approvers=list(review.budget.approvers),
            approved_by=list(review.budget.approved_by),
        ),
        reviewed=[Reviewed(**one.to_json()) for one in review.digests],
        findings=[finding(one) for one in review.findings],
        sections=[section(one) for one in review.sections],
    )


def broken(findings: Iterable[Diagnostic]) -> str:
    """The same shape for a file that has errors: they are all there is to say."""
    nobody = Approval(needed=False, reasons=[], approvers=[], approved_by=[])
    told = [finding(one) for one in findings]
    empty = Report(
        base="", environments=[], effect=None, endpoints=[], groups=[], beside=[], approval=nobody, reviewed=[],
        findings=told, sections=[],
    )  # fmt: skip
    return empty.model_dump_json(indent=2) + "\n"


def endpoint(seen: Seen) -> Endpoint:
    """One endpoint."""
    change = seen.change
    return Endpoint(
        name=change.name,
        kind=change.kind,
        owner=change.owner,
        environments=list(seen.environments),
        urls=[
            *(Address(url=url, fate="disappears", by=None) for url in seen.gone),
            *(Address(url=url, fate="taken", by=name) for url, name in seen.taken),
            *(Address(url=url, fate="comes", by=name) for url, name in seen.come),
        ],
        loosens=change.loosens,
        changes=[setting(one) for one in change.changes],
        stated=[Said(key=one.key, value=one.value, at=located(one.where)) for one in change.stated],
    )


def shared(group: Group) -> Shared:
    """One group."""
    return Shared(
        layer=group.layer,
        changes=[*map(setting, group.changes)],
        endpoints=list(group.endpoints),
        environments=list(group.environments),
    )


def beside(part: PartSeen) -> Beside:
    """One part."""
    return Beside(
        change=setting(part.change), endpoints=list(part.change.endpoints), environments=list(part.environments)
    )


def setting(change: Change) -> Setting:
    """One setting."""
    return Setting(
        key=change.key,
        before=change.before,
        after=change.after,
        meaning=change.meaning,
        direction=change.direction,
        was=place(change.was),
        now=place(change.now),
    )


def place(where: Where | None) -> Place | None:
    """One place."""
    return located(where) if where else None


def located(where: Where) -> Place:
    """Where something is written."""
    return Place(layer=where.layer, file=where.file, line=where.line)


def section(one: Section) -> Titled:
    """One section."""
    tables = [
        Grid(title=table.title, columns=list(table.columns), rows=[list(row) for row in table.rows], note=table.note)
        for table in one.tables
    ]
    return Titled(title=one.title, tables=tables, note=one.note)


def finding(one: Diagnostic) -> Finding:
    """One finding."""
    span = one.span
    return Finding(
        id=one.id, severity=one.severity, file=span.file, line=span.line, column=span.column, message=one.message
    )


def schema() -> dict[str, Any]:
    """The published schema."""
    return Report.model_json_schema(mode="serialization")
