"""What would be declared, as a person reads it at a terminal or in a pull request, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Any

from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Resource, depths
from kampkin.preview.run import Preview
from kampkin.preview.shown import joined

VERSION = 1
"""Of the JSON."""

LONGEST_LINE = 100
"""Characters of a value on one line; a map or list that takes more is told part by part."""


def as_json(plan: Plan, previews: Mapping[TargetName, Preview]) -> str:
    """For programs: docs/preview.md."""
    told = {
        "version": VERSION,
        "plan": plan.digest,
        "environment": plan.environment,
        "targets": {
            target: {
                "resources": [one.to_json() for one in preview.resources],
                "placeholders": list(preview.placeholders),
                "secrets": list(preview.secrets),
                "notes": list(preview.notes),
                "problem": preview.problem,
            }
            for target, preview in sorted(previews.items())
        },
    }
    return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False)


def as_text(previews: Mapping[TargetName, Preview]) -> str:
    """For a person: each target's tree, each resource with its inputs."""
    return "\n\n".join(
        "\n".join(target_lines(target, one)) for target, one in sorted(previews.items()) if not one.problem
    )


def target_lines(target: TargetName, preview: Preview) -> Iterator[str]:
    """One target's tree."""
    yield f"{target}: {headline(preview)}"
    for note in preview.notes:
        yield f"  note: {note}"
    depth = depths(preview.resources)
    for one, more in folded(preview.resources):
        indent = "  " * (depth[one.name] + 1)
        yield ""
        yield f"{indent}{one.name}{and_more(more)}  {one.type}"
        for line in (*input_lines(one.inputs), *option_lines(one)):
            yield f"{indent}    {line}"


def as_markdown(previews: Mapping[TargetName, Preview]) -> str:
    """For a pull request: a table of each target's resources, and their inputs folded away below it."""
    return "\n\n".join(
        "\n".join(target_markdown(target, one)) for target, one in sorted(previews.items()) if not one.problem
    )


def target_markdown(target: TargetName, preview: Preview) -> Iterator[str]:
    """One target's part."""
    yield f"### {target}: {headline(preview, '`')}"
    yield ""
    yield from (f"> {escape(note, quote=False)}\n" for note in preview.notes)
    yield "| resource | type | |"
    yield "|---|---|---|"
    depth = depths(preview.resources)
    for one, more in folded(preview.resources):
        indent = "&nbsp;" * 4 * depth[one.name]
        name = one.name.replace("|", "\\|")
        yield f"| {indent}`{name}`{and_more(more)} | `{one.type}` | {'protected' if one.options.protect else ''} |"
    yield ""
    yield "<details><summary>inputs</summary>"
    for one, more in folded(preview.resources):
        if lines := [*input_lines(one.inputs), *option_lines(one)]:
            fence = fence_for(lines)
            yield from ("", f"`{one.name}`{and_more(more)}", "", f"{fence}text", *lines, fence)
    yield ""
    yield "</details>"


def folded(resources: Iterable[Resource]) -> Iterator[tuple[Resource, int]]:
    """The resources, those side by side as one that differ in their region alone: the first, with all their regions, and how
    many more there are."""
    for _, group in groupby(resources, alike):
        first, *others = group
        if not others:
            yield first, 0
        else:
            regions = [str(one.inputs["region"]) for one in (first, *others)]
            aliases = tuple(alias for one in (first, *others) for alias in one.options.aliases)
            inputs = {**first.inputs, "region": ", ".join(regions)}
            yield replace(first, inputs=inputs, options=replace(first.options, aliases=aliases)), len(others)


def alike(resource: Resource) -> tuple[Any, ...]:
    """What makes two resources the same but for their region and what they were before; their names where nothing does."""
    if "region" not in resource.inputs:
        return (resource.type, resource.name)
    others = {key: one for key, one in resource.inputs.items() if key != "region"}
    return (resource.type, resource.parent, compact(others), replace(resource.options, aliases=()))


def and_more(count: int) -> str:
    """How many others a name stands for."""
    return f" and {count} more" if count else ""


def headline(preview: Preview, quote: str = "") -> str:
    """How much it is, and what in it is made up; a placeholder stands in quotes, where it would be taken for a tag."""
    count = len(preview.resources)
    said = f"{count} resource{'' if count == 1 else 's'}"
    if preview.placeholders:
        marks = ", ".join(f"{quote}<{name}>{quote}" for name in preview.placeholders)
        said += f"; {marks} {'is' if len(preview.placeholders) == 1 else 'are'} not set in the stack"
    return said


def input_lines(inputs: Mapping[str, Any]) -> Iterator[str]:
    """`path: value`, one a line: whole where it is short, else part by part."""
    for name, value in sorted(inputs.items()):
        yield from value_lines(name, value)


def value_lines(path: str, value: Any) -> Iterator[str]:
    """One input's lines. Of a file of contents its contents."""
    if isinstance(value, dict) and set(value) == {"contentBase64", "contentType"}:
        value = value["contentBase64"]
    text = value if isinstance(value, str) and is_plain(value) else compact(value)
    if not isinstance(value, list | dict) or not value or len(text) <= LONGEST_LINE:
        yield f"{path}: {text}"
        return
    parts: Iterable[tuple[str, Any]]
    if isinstance(value, dict):
        parts = ((joined(path, name), one) for name, one in value.items())
    else:
        parts = ((f"{path}[{at}]", one) for at, one in enumerate(value))
    for name, one in parts:
        yield from value_lines(name, one)


def option_lines(resource: Resource) -> Iterator[str]:
    """What the engine is told beside the inputs."""
    options = resource.options
    if options.protect:
        yield "(protected from deletion)"
    for words, names in (
        ("changes ignored", options.ignore_changes),
        ("was before", options.aliases),
        ("comes after", options.depends_on),
    ):
        if names:
            yield f"({words}: {', '.join(names)})"


def is_plain(text: str) -> bool:
    """Whether a text can stand without quotes: not where it would read as another value, or break the line."""
    return bool(text) and text.isprintable() and text == text.strip() and text not in ("true", "false", "null")


def compact(value: Any) -> str:
    """As JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def fence_for(lines: Iterable[str]) -> str:
    """A fence that no line ends."""
    fence = "```"
    while any(fence in line for line in lines):
        fence += "`"
    return fence
