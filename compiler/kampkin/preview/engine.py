"""What an engine says would happen: the output of `pulumi preview --json`, or of `pulumi refresh --preview-only --json`.

Either is one document behind what else was printed, or with PULUMI_ENABLE_STREAMING_JSON_PREVIEW an event a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.preview.compare import Fate, PropertyChange, ResourceChange, differences
from kampkin.preview.shown import shown

FATES: Mapping[str, Fate] = {
    "create": "created",
    "create-replacement": "replaced",
    "delete": "deleted",
    "import": "created",
    "replace": "replaced",
    "update": "updated",
}
"""By operation. Reads, refreshes and what stays are no change; the other half of a replacement is told by its first."""

STACK = "pulumi:pulumi:Stack"
AMBIENT = re.compile(r"^using pulumi-\S+ from \$PATH")
"""Said of each plugin that CI installed itself."""

HINT = "make it with: pulumi preview --json > FILE"


@dataclass(frozen=True)
class EnginePreview:
    """What the engine would do, and what it had to say."""

    changes: tuple[ResourceChange, ...]
    notes: tuple[str, ...] = ()
    """Warnings and errors."""
    target: TargetName | None = None
    """Whose stack it was, by the types of what it has; None where nothing in it says so."""
    stack: str | None = None
    """The stack's name: an environment's, as stacks/ has them."""
    refreshed: bool = False
    """Whether it looked at the clouds first: then what was changed there from outside is put back among the changes."""


def read(text: str) -> EnginePreview:
    """The changes of an output. Raises `Cannot` where it is none, or was cut short."""
    digest = digest_of(text)
    steps = [step for step in digest.get("steps") or () if isinstance(step, dict) and "urn" in step]
    looked = any(step.get("op") == "refresh" for step in steps)
    planned = any(type_of(step) == STACK and step.get("op") != "refresh" for step in steps)
    found: dict[str, ResourceChange] = {}
    for step in steps:
        fate = FATES.get(str(step.get("op")))
        if fate is None or type_of(step) == STACK:
            continue
        change = change_of(step, fate, drift=looked and not planned)
        found[step["urn"]] = merged(found.get(step["urn"]), change)
    changes = tuple(sorted(found.values(), key=lambda one: (one.fate == "deleted", one.name, one.type)))
    stack = next((str(step["urn"]).split(":")[2] for step in steps if str(step["urn"]).count(":") > 2), None)
    return EnginePreview(changes, tuple(notes_of(digest)), target_of(steps), stack, looked and planned)


def target_of(steps: Sequence[Mapping[str, Any]]) -> TargetName | None:
    """The target of the steps' resources, else of the project, which is named for it."""
    targets: tuple[TargetName, ...] = ("cloudflare", "aws")
    names = [*map(type_of, steps), *("".join(str(step["urn"]).split("::")[1:2]) for step in steps)]
    parts = (part for name in names for part in re.split(r"\W", name))
    return next((target for part in parts for target in targets if part == target), None)


def digest_of(text: str) -> dict[str, Any]:
    """The document in an output: its last top-level one, or what a stream of events comes to."""
    if not text.strip():
        raise Cannot("the preview is empty: pulumi said nothing", HINT)
    events = list(events_of(text))
    if events:
        return digest_of_events(events)
    decoder = json.JSONDecoder()
    for start in (found.start() for found in re.finditer(r"^\{", text, re.MULTILINE)):
        try:
            document, _ = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(document, dict) and ("steps" in document or "changeSummary" in document or "config" in document):
            return document
    raise Cannot("the preview is no JSON that pulumi writes, or was cut short", HINT)


def events_of(text: str) -> Iterator[dict[str, Any]]:
    """A stream's events; none of a single document."""
    for line in text.splitlines():
        if line.startswith('{"'):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "sequence" in event:
                yield event


def digest_of_events(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The steps and diagnostics of a stream, as a document has them."""
    steps: list[dict[str, Any]] = []
    diagnostics: list[dict[str, Any]] = []
    ended = False
    for event in events:
        if metadata := (event.get("resourcePreEvent") or {}).get("metadata"):
            steps.append(
                {
                    "op": metadata.get("op"),
                    "urn": metadata.get("urn", ""),
                    "oldState": metadata.get("old"),
                    "newState": metadata.get("new"),
                    "replaceReasons": metadata.get("keys"),
                    "diffReasons": metadata.get("diffs"),
                    "detailedDiff": {
                        path: {"kind": one.get("diffKind")}
                        for path, one in (metadata.get("detailedDiff") or {}).items()
                    },
                }
            )
        if said := event.get("diagnosticEvent"):
            diagnostics.append(said)
        ended = ended or "summaryEvent" in event
    if not ended:
        raise Cannot("the preview was cut short: its summary is missing", HINT)
    return {"steps": steps, "diagnostics": diagnostics}


def notes_of(digest: Mapping[str, Any]) -> Iterator[str]:
    """What the engine warned of, each once."""
    said = set()
    for one in digest.get("diagnostics") or ():
        severity = one.get("severity")
        message = str(one.get("message", "")).strip().removeprefix(f"{severity}: ")
        if severity in ("warning", "error") and message and message not in said and not AMBIENT.match(message):
            said.add(message)
            yield f"{severity}: {message}"


def change_of(step: Mapping[str, Any], fate: Fate, drift: bool) -> ResourceChange:
    """One step."""
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    properties = properties_of(step, old, new) if fate in ("updated", "replaced") else ()
    protected = bool((old or new).get("protect"))
    name = str(step["urn"]).split("::")[-1]
    return ResourceChange(fate, type_of(step), name, tuple(properties), protected=protected, drift=drift)


def properties_of(step: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PropertyChange]:
    """What differs: where the engine names places, the values there; else what the states say."""
    detailed = step.get("detailedDiff") or {}
    forcing = {str(one) for one in step.get("replaceReasons") or ()}
    paths = {str(path): "replace" in str(one.get("kind")) for path, one in detailed.items()}
    for path in (*forcing, *map(str, step.get("diffReasons") or ())):
        if not any(one == path or one.startswith((f"{path}.", f"{path}[")) for one in paths):
            paths[path] = path in forcing
    if not paths:
        sides = (shown(side.get("inputs") or {}) for side in (old, new))
        return [PropertyChange(path, was, is_) for path, was, is_ in differences("", *sides)]
    return [PropertyChange(path, *values_at(path, old, new), forces=paths[path]) for path in sorted(paths)]


def values_at(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Any, Any]:
    """A property before and after: of the inputs, or where those say the same of the outputs."""
    pairs = [tuple(at(shown(side.get(where) or {}), path) for side in (old, new)) for where in ("inputs", "outputs")]
    was, is_ = next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
    return was, is_


PART = re.compile(r'\.?([^.\["]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def at(value: Any, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for found in PART.finditer(path):
        name, index, quoted = found.groups()
        if isinstance(value, list):
            number = int(index if index is not None else -1)
            value = value[number] if 0 <= number < len(value) else None
        elif isinstance(value, dict):
            value = value.get(name if name is not None else quoted)
        else:
            return None
    return value


def merged(one: ResourceChange | None, other: ResourceChange) -> ResourceChange:
    """Two steps of one resource, as the halves of a replacement are: each may say what the other does not."""
    if one is None:
        return other
    paths = {each.path: each for each in one.properties}
    for each in other.properties:
        if each.path not in paths or each.forces:
            paths[each.path] = each
    return replace(one, properties=tuple(paths[path] for path in sorted(paths)))


def type_of(step: Mapping[str, Any]) -> str:
    """The type in a step's URN."""
    parts = str(step["urn"]).split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 3 else ""
