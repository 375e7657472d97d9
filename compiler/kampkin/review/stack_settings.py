"""What a change does to the settings of the stacks, which stand beside the file in `Pulumi.<environment>.yaml`. Read from
those files, without Pulumi; what is encrypted there is not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.preview.stackfile import StackFile, read_stack_file
from kampkin.review.sections import Section, Table
from kampkin.review.sides import Side
from kampkin.targets.aws.settings import AwsSettings
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.settings import Settings, alias_of, is_secret, unset

TITLE = "Settings of the stacks"
COLUMNS = ("setting", "before", "after", "what it says")
MODELS: dict[TargetName, type[Settings]] = {"aws": AwsSettings, "cloudflare": CloudflareSettings}

HIDDEN = "(not shown)"
"""A value that may be a secret: of the model's own, or of a name that kampkin.yaml uses."""

Environment = str | None
Stack = Callable[[TargetName], StackFile]


def beside(file: Path, environment: Environment, instead: Path | None = None) -> Stack:
    """The settings of the stacks that stand beside a file; of one that has none there, beside the other: a stack's file that
    nobody commits is in no commit before either, and is as it is now."""

    def read(target: TargetName) -> StackFile:
        folders = [one.parent / "stacks" / target for one in (file, instead) if one]
        has = (folder for folder in folders if (folder / f"Pulumi.{environment}.yaml").is_file())
        return read_stack_file(next(has, folders[-1]), target, environment)

    return read


def section(environments: Sequence[Environment], before: Side, after: Side) -> Section | None:
    """A table for each stack whose settings are others; None where none has any."""
    if before.file is None or after.file is None:
        return None
    tables, notes = [], []
    for name in environments:
        old, new = beside(before.file, name, after.file), beside(after.file, name)
        for target in targets_of(name, before, after):
            try:
                rows = tuple(rows_of(MODELS[target], old(target), new(target)))
            except Cannot as problem:
                notes.append(f"{name or ''}, {target}: {problem.message}")
                continue
            if rows:
                tables.append(Table(f"{name}, {target}", COLUMNS, rows))
    return Section(TITLE, tuple(tables), "\n".join(notes)) if tables or notes else None


def targets_of(name: Environment, before: Side, after: Side) -> list[TargetName]:
    """Those that the environment has on both sides: a stack that comes or goes is told with its target."""
    plans = [side.plan(name) for side in (before, after)]
    return sorted(set.intersection(*(set(plan.targets) if plan else set() for plan in plans)))


def rows_of(model: type[Settings], old: StackFile, new: StackFile) -> Iterator[tuple[str, ...]]:
    """A row for each setting that is another."""
    fields = {alias_of(name): field for name, field in model.model_fields.items()}
    for key in sorted(old.values.keys() | new.values.keys()):
        was, is_ = old.values.get(key), new.values.get(key)
        if was == is_:
            continue
        field = fields.get(key)
        secret = field is None or is_secret(field)
        left_out = unset(field).strip("`") if field else "not set"
        shown = (left_out if value is None else HIDDEN if secret else value for value in (was, is_))
        yield (key, *shown, (field.description or "") if field else "the value of a secret that kampkin.yaml names")
