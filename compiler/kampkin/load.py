"""From files to a plan: read, check, lower. Every problem is found in one run, in every environment."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kampkin.assets import path_of, read_assets
from kampkin.closest import closest
from kampkin.config import Document, Endpoint, Section
from kampkin.deployments import names_taken
from kampkin.diagnostics import Diagnostic, Span, error, in_order, presentable
from kampkin.errors import Cannot
from kampkin.include import Composition, Part, compose
from kampkin.layers import CAN_BE_OFF, Null, built_in, in_environment, merge, without_nulls
from kampkin.lower import lower
from kampkin.plan import Plan
from kampkin.rules import CLOCK_RULES, EVERY, RULES
from kampkin.rules.silence import Silence, audible, idle, silences_of
from kampkin.source import Map, Reading, Text, is_empty, is_null, like, read
from kampkin.typed import Typed
from kampkin.validate import keys_of, section_at, unknown_key, validate
from kampkin.values import Named

MOST_JUDGED = 50_000
"""Endpoints, each counted in every environment."""


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
    documents: dict[str, Map] = field(default_factory=dict)
    """The files as they are written, by the name that places give them."""


def load(path: Path, environment: str | None = None, now_ms: int | None = None, reading: Reading = read) -> Loaded:
    """Reads and checks the file, and lowers it for the environment; None is the document without any.

    `now_ms`, since 1970, is for the rules that ask what day it is; without it they are not asked, so that what a file comes
    to never depends on today. `reading` gives the files. Raises `Cannot` where the file declares no such environment.
    """
    with uncollected():
        judged = judge(path, now_ms, reading)
        if environment is not None and judged.names is not None and environment not in judged.names:
            known = ", ".join(judged.names)
            hint = f"declared are: {known}" if known else "the file has no environments section"
            raise Cannot(f"there is no environment {environment!r} in {path}", hint)
        return judged.loaded(environment)


def load_every(path: Path, reading: Reading = read) -> dict[str | None, Loaded]:
    """What the file comes to without any environment, and in each that it declares; read and checked once."""
    with uncollected():
        judged = judge(path, None, reading)
        return {name: judged.loaded(name) for name in (None, *(judged.names or ()))}


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's collector would look at all that a big file comes to again and again, and find nothing to collect: no
    part of it leads back to itself, so all of it goes with its last reference."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@dataclass(frozen=True)
class Judged:
    """A file that was read and checked in all its environments."""

    path: Path
    names: tuple[str, ...] | None
    """The environments that it declares; None where it could not be read so far."""
    told: Loaded
    """What holds in all of them; its plan is none."""
    typed: dict[str | None, Typed | None] = field(default_factory=dict)
    contents: Mapping[Named, bytes] = field(default_factory=dict)
    documents: dict[str, Map] = field(default_factory=dict)

    def loaded(self, environment: str | None) -> Loaded:
        """What it comes to in an environment."""
        wanted = self.typed.get(environment)
        if wanted is None or any(finding.is_error for finding in self.told.diagnostics):
            return self.told
        plan = lower(wanted, wanted.document.project or project_of(self.path), environment, self.contents)
        return replace(self.told, plan=plan, typed=wanted, documents=self.documents)


def judge(path: Path, now_ms: int | None, reading: Reading) -> Judged:
    """Reads and checks the file and all that belongs to it."""
    source = reading(path, None)
    texts = {source.file.name: source.file.text}
    if source.root is None:
        findings = in_order(map(presentable, source.findings))
        return Judged(path, None, Loaded(None, findings, source.readable, texts))
    composition = compose(path, source.root, reading)
    texts |= {one.file.name: one.file.text for one in composition.sources}
    names = environments_of(composition.root)
    reader = Reader(composition, now_ms)
    too_many = [*too_many_environments(composition.root)]
    typed = {name: reader.typed_in(name) for name in (None, *(() if too_many else names))}
    reader.look_for_idle_silences(not too_many and all(one and one.whole for one in typed.values()))
    named = [place for one in typed.values() if one for place in one.files()]
    contents, found = read_assets(path, named)
    told = (
        *source.findings,
        *composition.findings,
        *too_many,
        *names_taken(composition.root),
        *reader.findings,
        *found,
    )
    diagnostics = in_order(map(presentable, told))
    assets = tuple(
        sorted({*map(path_of, dict(named)), *(Path(one.file.name).resolve() for one in composition.sources)})
    )
    documents = {one.file.name: one.root for one in (source, *composition.sources) if one.root is not None}
    return Judged(path, names, Loaded(None, diagnostics, True, texts, assets=assets), typed, contents, documents)


def too_many_environments(root: Map) -> Iterator[Diagnostic]:
    """A finding where judging every endpoint in every environment would take minutes."""
    names, endpoints = environments_of(root), root.get("endpoints")
    if names and isinstance(endpoints, Map) and len(names) * len(endpoints) > MOST_JUDGED:
        message = f"{len(names)} environments of {len(endpoints)} endpoints are too many to judge"
        hint = f"{MOST_JUDGED} endpoints in all environments together are the most"
        yield error("too-many-environments", root.key("environments").span, message, hint)


def environments_of(root: Map) -> tuple[str, ...]:
    """The names of the declared environments."""
    section = root.get("environments")
    return tuple(section) if isinstance(section, Map) else ()


@dataclass(frozen=True)
class Read:
    """An endpoint with all its layers in: as values of the file, and as the language has it, where it is sound."""

    raw: Map
    base: Map
    merged: Map
    endpoint: Endpoint | None
    findings: list[Diagnostic]


class Reader:
    """Types a document, environment by environment; an endpoint that two of them share is read once."""

    def __init__(self, composition: Composition, now_ms: int | None = None) -> None:
        self._rules = RULES if now_ms is None else (*RULES, *(rule.at(now_ms) for rule in CLOCK_RULES))
        whole = all(source.root for source in composition.sources)
        self.findings = [*unknown_endpoints(composition.root)] if whole else []
        self._root = composition.root
        self._silences: dict[Silence, Span] = {}
        self._used: set[Silence] = set()
        self._parts = composition.parts
        self._bases: dict[tuple[int, ...], tuple[Map, tuple[Map | None, ...]]] = {}
        self._read: dict[tuple[int, int], Read] = {}

    def typed_in(self, environment: str | None) -> Typed | None:
        """The document as the environment has it, and what the rules say of it; None where too little of it is sound."""
        root = in_environment(self._root, environment)
        declared = root.get("endpoints")
        read = self._endpoints(root, declared) if isinstance(declared, Map) else {}
        sound = {name: one.endpoint for name, one in read.items() if one.endpoint}
        document = self._document(root, environment, sound)
        if document is None:
            return None
        whole = isinstance(declared, Map) and len(sound) == len(declared)
        typed = Typed(document, root, sound, {name: read[name].merged for name in sound}, whole)
        if isinstance(declared, Map) and not declared:
            place = root.key("endpoints")
            self.findings.append(error("no-endpoints", place.span, "no endpoint is declared"))
        silences = dict(silences_of(typed))
        heard, used = audible((found for rule in self._rules for found in rule.findings(typed)), silences)
        self.findings += heard
        self._silences |= silences
        self._used |= used
        return typed

    def look_for_idle_silences(self, all_judged: bool) -> None:
        """After the last environment; what was not judged may be what a silence is for."""
        known = {rule.id: rule.severity for rule in EVERY}
        asked = {rule.id for rule in self._rules} if all_judged else set()
        self.findings += idle(self._silences, self._used, known, asked)

    def _endpoints(self, root: Map, declared: Map) -> dict[str, Read]:
        return {
            str(key): self._endpoint(root, key, node)
            for key, node in declared.items()
            if isinstance(key, Text) and isinstance(node, Map)
        }

    def _endpoint(self, root: Map, key: Text, raw: Map) -> Read:
        base = self._base(root, key, raw)
        known = self._read.get((id(raw), id(base)))
        if known is None:
            nulls: list[Null] = []
            merged = merge(base, raw, nulls)
            endpoint, findings = validate(merged, Endpoint, key.span)
            refused = [*refusals(nulls, Endpoint)]
            findings += refused
            known = Read(raw, base, merged, None if refused else endpoint, findings)
            self._read[id(raw), id(base)] = known
            self.findings += findings
        return known

    def _base(self, root: Map, key: Text, raw: Map) -> Map:
        """What holds where the endpoint says nothing: built-in < root's defaults < its file's < its profile."""
        part = self._parts.get(key)
        defaults = root.get("defaults"), part.defaults if part else None, self._profile(root, part, raw)
        layers = [layer if isinstance(layer, Map) else None for layer in defaults]
        identity = tuple(map(id, layers))
        if identity not in self._bases:
            base = built_in()
            for layer in layers:
                nulls: list[Null] = []
                base = base if layer is None else merge(base, layer, nulls)
                self.findings += refusals(nulls, Endpoint)
            self._bases[identity] = base, tuple(layers)
        return self._bases[identity][0]

    def _profile(self, root: Map, part: Part | None, raw: Map) -> Map | None:
        name = raw.get("profile")
        if not isinstance(name, Text) or is_null(name) or is_empty(name):
            return None
        shared = root.get("profiles")
        layers = (part.profiles if part else {}, shared if isinstance(shared, Map) else {})
        found = next((profiles[name] for profiles in layers if name in profiles), None)
        if found is None:
            known = [*layers[0], *layers[1]]
            close = closest(name, known)
            hint = f"did you mean {close}?" if close else f"profiles here: {', '.join(known) or 'none'}"
            self.findings.append(error("unknown-profile", name.span, f"there is no profile {name}", hint))
        return found if isinstance(found, Map) else None

    def _document(self, root: Map, environment: str | None, sound: dict[str, Endpoint]) -> Document | None:
        """The document around the endpoints; None where too much of it is broken for the rules to judge the rest."""
        declared = root.get("endpoints")
        changes = (
            {"environments": self._root["environments"]} if environment is None and "environments" in self._root else {}
        )
        nulls: list[Null] = []
        values = without_nulls(like(Map({**root, **changes}), root), nulls)
        self.findings += (
            found
            for null in nulls
            for found in refusals([null], Document)
            if found.id == "unknown-key" or null[0][0] != "environments"
        )
        if isinstance(declared, Map):
            told = ((name, sound.get(name, TOLD) if isinstance(node, Map) else node) for name, node in declared.items())
            values["endpoints"] = like(Map(told), declared)
        document, findings = validate(values, Document, Span(root.file.name, 1, 1, 1, 1))
        self.findings += findings
        if document is None:
            rest: dict[str, Any] = {"version": "1", "endpoints": sound}
            if "targets" in root:
                rest["targets"] = root["targets"]
            if isinstance(owners := root.get("owners"), Map):
                rest["owners"] = {name: {} for name in owners}
            document, _ = validate(rest, Document, root.span)
        return document


TOLD = Endpoint.model_construct()
"""Stands in a document for an endpoint whose findings have been told."""


def refusals(nulls: Iterable[Null], model: type[Section]) -> Iterator[Diagnostic]:
    """A finding for each null over what is no setting, and over a setting that needs a value. Where keys are a team's own
    null removes any."""
    for path, key in nulls:
        section = section_at(model, path)
        if section is None or key[:2] == "x-":
            continue
        if key not in keys_of(section):
            yield unknown_key(key, section)
        elif key not in CAN_BE_OFF:
            yield error("null-value", key.span, f"{key} needs a value", "remove the line to get the default")


def unknown_endpoints(root: Map) -> Iterator[Diagnostic]:
    """A finding for each endpoint that an environment changes and no file declares."""
    known = root.get("endpoints")
    section = root.get("environments")
    for change in section.values() if isinstance(section, Map) else ():
        changes = change.get("endpoints") if isinstance(change, Map) else None
        if not isinstance(changes, Map):
            continue
        for name in changes:
            if isinstance(known, Map) and name not in known:
                close = closest(name, known)
                message = f"the environment changes an endpoint {name} that the file does not declare"
                hint = f"did you mean {close}?" if close else "an environment changes endpoints, it adds none"
                yield error("unknown-endpoint", changes.key(name).span, message, hint)


def project_of(path: Path) -> str:
    """The folder's name made a project's: what `project` defaults to."""
    folder = path.resolve().parent.name.lower()
    return re.sub(r"[^a-z0-9]+", "-", folder).strip("-")[:63].rstrip("-") or "kampkin"
