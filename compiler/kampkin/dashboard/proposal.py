"""A change of an endpoint as it would be: what is wrong with it, the patch, its review. Nothing is written.

It is made by what `kampkin set` does and reviewed by what `kampkin diff` does, so all three say the same of one change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kampkin.dashboard import hidden
from kampkin.dashboard.patch import FileChange, patch
from kampkin.diagnostics import Diagnostic, Severity, fitting, presentable
from kampkin.edit.document import root_of
from kampkin.edit.draft import Draft, new_among
from kampkin.edit.endpoints import change, place_of
from kampkin.edit.meaning import at, exact
from kampkin.edit.settings import Setting, setting
from kampkin.errors import Cannot
from kampkin.explain.settings import flow
from kampkin.formats import as_text
from kampkin.load import environments_of
from kampkin.repository import root_of as root_of_repository
from kampkin.review.formats import human
from kampkin.review.formats.words import approval
from kampkin.review.looks import Asked, looks
from kampkin.review.review import review
from kampkin.review.sides import Side, here
from kampkin.source import Map

MOST_CHANGES = 50
"""Settings of one proposal. Each is proved on its own, which takes as long as reading the file."""

SHORT = {"cooldown": "initial"}
"""Of the settings that have a short form, the key it stands for."""


@dataclass(frozen=True)
class Finding:
    """Something to say of the proposed file, or of what was asked for."""

    severity: Severity
    place: str
    """`kampkin.yaml:12:5`, in the file as it would be."""
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class ChangedSetting:
    """A setting that is to be another, its values as text on one line."""

    key: str
    before: str | None
    """What holds now, wherever it is written; None where nothing does, or nobody knows."""
    after: str
    """What is to be written; `null` takes it out."""


@dataclass(frozen=True)
class Proposal:
    """What a change would come to. Without files there is nothing to propose, and the findings say why."""

    endpoint: str
    environment: str | None
    """The one whose change of the endpoint would change; None: the endpoint itself."""
    settings: tuple[ChangedSetting, ...] = ()
    """Each key once."""
    findings: tuple[Finding, ...] = ()
    """What is new. With files, warnings alone."""
    files: tuple[FileChange, ...] = ()
    lines: tuple[str, ...] = ()
    """What `kampkin diff` says of it, without values of headers that a service is sent."""
    needs_approval: tuple[str, ...] = ()
    """Why `safety` asks for an approval and whose, over all environments: that is how a pipeline asks. Empty where it does not."""

    @property
    def ok(self) -> bool:
        """Whether there is something to propose."""
        return bool(self.files)

    @property
    def patch(self) -> str:
        """The change as a unified diff, to be applied in the root of the repository; without one, in the file's folder."""
        return patch(self.files)

    @property
    def shown_patch(self) -> str:
        """The same to be read: without values of headers that a service is sent."""
        return hidden.patch(self.files)


def propose(
    file: Path,
    endpoint: str,
    environment: str | None,
    changes: Sequence[tuple[str, str | None]],
    seen: str | None = None,
) -> Proposal:
    """What changes of an endpoint, pairs of a key and a value's text, would come to, all of them together; a value None is as
    null. It is held against the files as they are, and reviewed for the environment `seen`, or for all. Takes seconds.

    Raises `Cannot`, in words that fit on one line, for what `kampkin set` would not do.
    """
    with plainly():
        draft = Draft(root_of(file))
        source = draft.read(draft.path)
        if source.root is None:
            return Proposal(endpoint, environment, findings=told(source.findings))
        if seen is not None and seen not in (known := environments_of(draft.composition().root)):
            raise Cannot(
                f"there is no environment {seen!r} in {draft.path}", f"declared are: {', '.join(known) or 'none'}"
            )
        if len(changes) > MOST_CHANGES:
            raise Cannot(
                f"{len(changes)} changes at once; {MOST_CHANGES} are the most", "propose them one after another"
            )
        settings = [setting(key, "null" if value is None else value) for key, value in changes]
        before = replace(here(draft.path, None, draft.before), label=f"{draft.path.name} as it is")
        for one in settings:
            change(draft, endpoint, environment, one)
        files = changed_files(draft)
        if not files:
            place = place_of(draft.composition(), endpoint).span
            same = Finding("warning", str(place), f"nothing to change: {endpoint} says so already")
            return Proposal(endpoint, environment, findings=(same,))
        after = here(draft.path, None, draft.read)
        news = new_among(after.findings, before.findings)
        if any(finding.is_error for finding in news):
            return Proposal(endpoint, environment, findings=told(news))
        lines, needed = reviewed(before, after, seen)
        return Proposal(
            endpoint,
            environment,
            changed_settings(settings, before, endpoint, environment),
            told(news),
            files,
            lines,
            needed,
        )


@contextmanager
def plainly() -> Iterator[None]:
    """Whatever a `Cannot` quotes, it is raised as printable text, and not longer than a finding's."""
    try:
        yield
    except Cannot as problem:
        raise Cannot(fitting(problem.message), problem.hint and fitting(problem.hint)) from None


def told(findings: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """The findings as texts."""
    return tuple(Finding(one.severity, str(one.span), one.message, one.hint) for one in map(presentable, findings))


def changed_files(draft: Draft) -> tuple[FileChange, ...]:
    """The files that would be others, sorted by name."""
    root = root_of_repository(draft.path)
    found = [
        FileChange(one.path, one.path.relative_to(root).as_posix(), one.before, one.after)
        for one in draft.changed()
        if one.before is not None  # a setting makes no file
    ]
    return tuple(sorted(found, key=lambda one: one.name))


def changed_settings(
    settings: Iterable[Setting], before: Side, endpoint: str, environment: str | None
) -> tuple[ChangedSetting, ...]:
    """The settings, each key once, with the values that hold before."""
    loaded = before.loaded.get(environment)
    merged = loaded.typed.merged.get(endpoint) if loaded and loaded.typed else None
    last = {one.key: one for one in settings}
    return tuple(ChangedSetting(one.key, in_force(merged, one), flow(one.value)) for one in last.values())


def in_force(merged: Map | None, setting: Setting) -> str | None:
    """The value of a setting among an endpoint's; a short form for a short form."""
    found = None
    with suppress(Cannot):  # one of several fallbacks, of which the endpoint will have its own
        found = at(merged, exact(merged, setting.path))
    if isinstance(found, Map) and not isinstance(setting.value, Map):
        found = at(found, (SHORT.get(setting.path[-1], ""),)) or found
    return None if found is None else flow(found)


def reviewed(before: Side, after: Side, seen: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What `kampkin diff` says of the change, line by line; and what it needs an approval for."""
    if after.broken:  # by errors that are there already: nobody is kept from mending one of them
        return tuple(as_text(after.broken.diagnostics, {}).splitlines()), ()
    found = review(before, after, None, seen)
    found = replace(found, sections=tuple(looks(found, before, after, Asked())))
    everywhere = found if seen is None else review(before, after, None)
    return hidden.review(human.render(found).rstrip("\n").split("\n")), tuple(approval(everywhere))
