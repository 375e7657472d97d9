"""From a file to a plan: read, check, lower. Every problem is found in one run, in every environment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kampkin.assets import beside, read_assets
from kampkin.config import Document, Endpoint
from kampkin.diagnostics import Diagnostic, Span, error, in_order
from kampkin.errors import Cannot
from kampkin.layers import endpoint_of, expand, in_environment, nulls
from kampkin.lower import lower
from kampkin.plan import Plan
from kampkin.rules import RULES
from kampkin.shape import Shape, locate
from kampkin.source import Mapping, Node, read
from kampkin.typed import Typed

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Loaded:
    """What a file came to."""

    plan: Plan | None
    """For the environment asked for; None where any finding is an error."""
    diagnostics: tuple[Diagnostic, ...]
    readable: bool
    """Whether there was a file to read at all."""
    texts: dict[str, str]
    """The files that findings point into, by name."""
    typed: Typed | None = None
    """What the plan was made of, with the places where it is written."""
    assets: tuple[Path, ...] = ()
    """The files that the file names, whether they are there or not."""


def load(path: Path, environment: str | None = None) -> Loaded:
    """Reads and checks the file, and lowers it for the environment; None is the document without any.

    Raises `Cannot` where the file declares no such environment.
    """
    source = read(path)
    texts = {source.name: source.text}
    if source.root is None:
        return Loaded(None, in_order(source.findings), source.readable, texts)
    root = expand(source.root)
    names = environments_of(root)
    if environment is not None and environment not in names:
        known = f"declared are: {', '.join(names)}" if names else "the file has no environments section"
        raise Cannot(f"there is no environment {environment!r} in {path}", known)
    findings = [*source.findings, *whole(root)]
    typed = {}
    for name in (None, *names):
        typed[name], found = typed_in(root, name)
        findings += found
    named = [place for one in typed.values() if one for place in one.files()]
    contents, found = read_assets(path, named)
    diagnostics = in_order([*findings, *found])
    assets = tuple(sorted({beside(path, written) for written, _ in named}))
    wanted = typed[environment]
    if wanted is None or any(finding.is_error for finding in diagnostics):
        return Loaded(None, diagnostics, True, texts, assets=assets)
    plan = lower(wanted, wanted.document.project or project_of(path), environment, contents)
    return Loaded(plan, diagnostics, True, texts, wanted, assets)


def environments_of(root: Mapping) -> tuple[str, ...]:
    """The names of the declared environments."""
    section = root.get("environments")
    return tuple(key.text for key, _ in section) if isinstance(section, Mapping) else ()


def whole(root: Mapping) -> list[Diagnostic]:
    """What is wrong with the document as it is written, environments included."""
    _, findings = validate(root, Document)
    findings += nulls(in_environment(root, None))
    declared = root.get("endpoints")
    known = {key.text for key, _ in declared} if isinstance(declared, Mapping) else set()
    section = root.get("environments")
    for _, change in section if isinstance(section, Mapping) else ():
        changed = change.get("endpoints") if isinstance(change, Mapping) else None
        for key, _ in changed if isinstance(changed, Mapping) else ():
            if key.text not in known:
                message = f"the environment changes an endpoint {key.text} that the file does not declare"
                findings.append(
                    error("unknown-endpoint", key.span, message, "an environment changes endpoints, it adds none")
                )
    return findings


def typed_in(root: Mapping, environment: str | None) -> tuple[Typed | None, list[Diagnostic]]:
    """The document as the environment has it, typed, and what the rules say of it; None where it is not sound."""
    merged = in_environment(root, environment)
    document, findings = validate(merged, Document)
    declared = merged.get("endpoints")
    endpoints: dict[str, Endpoint] = {}
    nodes: dict[str, Mapping] = {}
    for key, node in declared if isinstance(declared, Mapping) else ():
        if isinstance(node, Mapping):
            nodes[key.text] = endpoint_of(merged, node)
            endpoint, found = validate(nodes[key.text], Endpoint, key.span)
            findings += found
            if endpoint:
                endpoints[key.text] = endpoint
    if document is None or findings or len(endpoints) != len(document.endpoints):
        return None, findings
    typed = Typed(document, merged, endpoints, nodes)
    if not endpoints:
        where = merged.key("endpoints")
        findings.append(error("no-endpoints", where.span if where else merged.span, "no endpoint is declared"))
    for rule in RULES:
        findings += rule.findings(typed)
    return typed, findings


def validate(node: Mapping, model: type[Model], where: Span | None = None) -> tuple[Model | None, list[Diagnostic]]:
    """The node as the model, and what kept it from being one."""
    shape = Shape()
    values = shape.take(node, model)
    try:
        value = model.model_validate(values)
    except ValidationError as problem:
        findings = [found for details in problem.errors() if (found := finding_of(details, node, where))]
        return None, [*shape.findings, *findings]
    return (None if shape.findings else value), shape.findings


def finding_of(details: ErrorDetails, node: Node, where: Span | None) -> Diagnostic | None:
    """A model's error as a finding at the place it is about; None where the shape has told it already."""
    context: dict[str, Any] = details.get("ctx", {})
    loc = tuple(details["loc"])
    if details["type"] == "missing":
        *path, section = locate(node, loc[:-1])
        key = str(loc[-1])
        if isinstance(section, Mapping) and section.key(key):
            return None
        span = path[-1].span if path else where or Span(node.span.file, 1, 1, 1, 1)
        return error("missing-key", span, f"{key} is missing", MISSING.get(key))
    path = list(locate(node, loc, context.get("at")))
    place = path[-2] if loc and loc[-1] == "[key]" and len(path) > 1 else path[-1]
    if "message" in context:
        return error(details["type"], place.span, context["message"], context["hint"])
    return error("wrong-type", place.span, details["msg"])


MISSING = {
    "version": "begin the file with version: 1",
    "endpoints": "declare at least one: endpoints: {name: https://…}",
    "origin": "name the service: origin: https://…",
}


def project_of(path: Path) -> str:
    """The folder's name made a project's: what `project` defaults to."""
    folder = path.resolve().parent.name.lower()
    return re.sub(r"[^a-z0-9]+", "-", folder).strip("-")[:63].rstrip("-") or "kampkin"
