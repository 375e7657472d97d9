"""Runs a stack's program for what it would declare: `python -m kampkin.preview.child`, a request on standard input and an
answer on standard output, both JSON. A process of its own, since the providers' packages take seconds and hundreds of MB to
load and Pulumi keeps its settings in globals; several plans of one target share it.

The engine is Pulumi's mock of one. It does not compare, and knows no defaults of a provider's.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
import tempfile
import typing
from collections.abc import Callable, Iterable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi._types import is_output_type, output_type_types, resource_types, unwrap_type
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2

from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Options, Resource, in_order
from kampkin.preview.lookups import Account
from kampkin.preview.shown import shown, without
from kampkin.preview.standins import StandIns
from kampkin.targets.stack import GIVEN, Given

STACK = "pulumi:pulumi:Stack"
CERTIFICATE = "aws:acm/certificate:Certificate"
DEEPEST = 2
"""How far into an output stand-ins are made up; deeper than any program looks."""


@dataclass
class Recorded(mocks.Mocks):
    """What a program declared, in the order in which it came."""

    account: Callable[[], Account]
    """Whom look-ups ask; known as soon as the settings are."""
    requests: list[resource_pb2.RegisterResourceRequest] = field(default_factory=list)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Of each output that is not an input a reference by name, so that it is known where it is used."""
        made = {**outputs_of(args.typ, args.name), **args.inputs}
        return f"${{{args.name}.id}}", {**made, **told_apart(args.typ, made)}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Look-ups."""
        return self.account().answer(args.token, args.args), []


class Monitor(mocks.MockMonitor):
    """Pulumi's mock of the engine, which keeps each request: mocks are not told of options."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(recorded)
        self.recorded = recorded

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:  # noqa: N802
        if request.type != STACK:
            self.recorded.requests.append(request)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


class Heard(logging.Handler):
    """What the program says on its way."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.notes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.notes.append(record.getMessage())


def main() -> None:
    """Answers one request. What the packages print on loading is no part of the answer."""
    request = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    program = importlib.import_module(f"kampkin.targets.{request['target']}").program
    runs = [run(program, request["target"], one) for one in request["runs"]]
    with answer:
        json.dump({"runs": runs}, answer, ensure_ascii=True, sort_keys=True)


def run(program: Callable[[], None], target: TargetName, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the program declares for one plan; or `problem`, where it says what is wrong."""
    standins = StandIns(Plan.model_validate(asked["plan"]), frozenset(asked["sealed"]))
    host = standins.plan.targets[target].host
    recorded = Recorded(lambda: Account(host, standins.completed.get("account")))
    heard = Heard()
    log = logging.Logger("preview")
    log.addHandler(heard)
    project, stack = asked["project"], asked["stack"]
    pulumi.runtime.set_mocks(recorded, project, stack, preview=False, logger=log, monitor=Monitor(recorded))
    pulumi.runtime.set_all_config({f"{project}:{key}": value for key, value in asked["values"].items()})
    given = GIVEN.set(Given(standins.plan, standins.complete))
    try:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
            resources = in_order(resource_of(request) for request in recorded.requests)
    except pulumi.RunError as problem:
        return {"problem": without(str(problem), standins.shown)}
    finally:
        GIVEN.reset(given)
    return {
        "resources": [without(one.to_json(), standins.shown) for one in resources],
        "placeholders": standins.settings,
        "secrets": standins.secrets,
        "notes": [without(note, standins.shown) for note in heard.notes],
    }


def resource_of(request: resource_pb2.RegisterResourceRequest) -> Resource:
    """A request to the engine, as data."""
    implied = {urn for one in request.propertyDependencies.values() for urn in one.urns}
    options = Options(
        protect=request.protect,
        aliases=tuple(sorted({alias_of(one, request) for one in request.aliases} - set(own_names(request)))),
        ignore_changes=tuple(sorted(request.ignoreChanges)),
        depends_on=tuple(sorted({name_in(urn) for urn in request.dependencies if urn not in implied})),
        provider=name_in(request.provider) if request.provider else None,
    )
    inputs = shown(plain(struct_pb2.Value(struct_value=request.object)), lambda path: Path(path).read_bytes())
    parent = name_in(request.parent) if request.parent and type_in(request.parent) != STACK else None
    return Resource(request.type, request.name, parent, inputs, options)


def own_names(request: resource_pb2.RegisterResourceRequest) -> Iterable[str]:
    """Aliases that tell nothing: the resource itself, and what its provider's package called its type before."""
    package = request.type.partition(":")[0]
    for alias in request.aliases:
        former = alias_of(alias, request)
        if former.startswith(f"{package}:") and former.endswith(f"::{request.name}"):
            yield former


def alias_of(alias: Any, request: resource_pb2.RegisterResourceRequest) -> str:
    """A former self, as `type::name`."""
    if alias.urn:
        return f"{type_in(alias.urn)}::{name_in(alias.urn)}"
    return f"{alias.spec.type or request.type}::{alias.spec.name or request.name}"


def type_in(urn: str) -> str:
    """A URN's own type, without its parents'."""
    return urn.split("::")[2].rpartition("$")[2]


def name_in(urn: str) -> str:
    """A URN's name; behind a provider's stands its id."""
    return urn.split("::")[3]


def plain(value: struct_pb2.Value) -> Any:
    """A value of protobuf's as Python's."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return {key: plain(one) for key, one in value.struct_value.fields.items()}
    if kind == "list_value":
        return [plain(one) for one in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def outputs_of(token: str, name: str) -> dict[str, Any]:
    """A reference for each output of a resource, by the class that the provider's package has for it; none of a component."""
    package, _, rest = token.partition(":")
    module = rpc.get_resource_module(package, rest.rpartition(":")[0], "")
    info = getattr(module, "mod_info", None)
    if info is None or token not in info["classes"]:
        return {}
    made = getattr(importlib.import_module(info["fqn"]), info["classes"][token])
    found = ((key, stand_in(kind, f"{name}.{key}", DEEPEST)) for key, kind in resource_types(made).items())
    return {key: value for key, value in found if value is not None}


def told_apart(token: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs of which there is one for each value of an input, and which say whose they are: what ACM asks for of a
    certificate's names, in the order of the names."""
    if token != CERTIFICATE:
        return {}
    [asked], names = made["domainValidationOptions"], made.get("subjectAlternativeNames", ())
    numbered = (
        {key: text.replace("[0]", f"[{at}]") for key, text in asked.items()} | {"domainName": name}
        for at, name in enumerate(names)
    )
    return {"domainValidationOptions": list(numbered)}


def stand_in(kind: Any, path: str, depth: int) -> Any:
    """A value of an output's type that names where it comes from; None where the type has no room for a name."""
    kind = unwrap_type(kind)
    if kind is str:
        return f"${{{path}}}"
    if depth == 0:
        return None
    origin = typing.get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Iterable) and not issubclass(origin, Mapping):
        item = stand_in(typing.get_args(kind)[0], f"{path}[0]", depth)
        return None if item is None else [item]
    if isinstance(kind, type) and is_output_type(kind):
        parts = {key: stand_in(one, f"{path}.{key}", depth - 1) for key, one in output_type_types(kind).items()}
        return {key: one for key, one in parts.items() if one is not None}
    return None


if __name__ == "__main__":
    main()
