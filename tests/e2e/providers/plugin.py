"""Pulumi's provider protocol over a table: check, diff, create, read, update, delete and look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi._types import input_type_types
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from tests.e2e.providers.kind import Json, Kind, Provider, Refused, differences, project
from tests.provider_inputs import misfits

CHANGES = provider_pb2.DiffResponse.DiffChanges
KINDS = provider_pb2.PropertyDiff.Kind
HOW = {
    "add": (KINDS.ADD, KINDS.ADD_REPLACE),
    "delete": (KINDS.DELETE, KINDS.DELETE_REPLACE),
    "update": (KINDS.UPDATE, KINDS.UPDATE_REPLACE),
}
"""What a difference is on the wire, in place and with a replacement."""


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """A provider for the engine. It keeps no state: what it knows comes with each call or from its cloud."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.cloud: Any = None

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=version(self.provider.package))

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        problem = self.provider.unusable(plain(request.news))
        failures = [provider_pb2.CheckFailure(reason=problem)] if problem else []
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return diff_response(differences(plain(request.old_inputs), plain(request.news)), frozenset())

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.cloud = self.provider.connect(plain(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.tok not in self.provider.invokes:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no look-up {request.tok} here")
        with refusals(context):
            found = self.provider.invokes[request.tok](self.cloud, plain(request.args))
            return provider_pb2.InvokeResponse(**{"return": struct(found)})

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, news = self.kind(request, context), plain(request.news)
        if kind.names and kind.names not in news:
            olds, name = plain(request.olds), request.urn.rpartition("::")[2]
            news[kind.names] = olds.get(kind.names) or f"{name}-{request.randomSeed.hex()[:7]}"
        failures = [provider_pb2.CheckFailure(property=path, reason=said) for path, said in misfits(news, kind.args)]
        return provider_pb2.CheckResponse(inputs=struct(news), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, olds, news = self.kind(request, context), plain(request.old_inputs), plain(request.news)
        return diff_response(differences(olds, kept(kind, olds) | news), kind.replaces)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = self.kind(request, context), plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=struct(inputs | dict.fromkeys(kind.fills, UNKNOWN)))
        with refusals(context):
            made = kind.create(self.cloud, inputs)
            return provider_pb2.CreateResponse(id=made, properties=struct(self.state(kind, made, inputs)))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, inputs = self.kind(request, context), plain(request.inputs)
        with refusals(context):
            live = kind.read(self.cloud, request.id, inputs)
        if live is None:
            return provider_pb2.ReadResponse()
        name = live.pop("id", request.id)
        if not inputs:  # an import, of which no program has said anything yet
            inputs = {key: value for key, value in live.items() if key in input_type_types(kind.args)}
        found = project(live, {key: value for key, value in inputs.items() if key in live})
        unseen = {key: value for key, value in inputs.items() if key not in live}
        return provider_pb2.ReadResponse(
            id=name, properties=struct(inputs | live | found), inputs=struct(unseen | found)
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        kind, olds, news = self.kind(request, context), plain(request.old_inputs), plain(request.news)
        if request.preview:
            changed = {path.partition(".")[0].partition("[")[0] for path in differences(olds, news)}
            filled = {key: value for key, value in plain(request.olds).items() if key in kind.fills}
            renewed = {name: UNKNOWN for name, causes in kind.renews.items() if causes & changed}
            return provider_pb2.UpdateResponse(properties=struct(news | filled | renewed))
        with refusals(context):
            kind.update(self.cloud, request.id, olds, kept(kind, olds) | news)
            return provider_pb2.UpdateResponse(properties=struct(self.state(kind, request.id, news)))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        with refusals(context):
            self.kind(request, context).delete(self.cloud, request.id, plain(request.properties))
        return empty_pb2.Empty()

    def kind(self, request: Any, context: Any) -> Kind:
        """The row of the request's resource type."""
        token = request.urn.split("::")[2].rpartition("$")[2]
        if token not in self.provider.kinds:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"no resource type {token} here")
        return self.provider.kinds[token]

    def state(self, kind: Kind, made: str, inputs: Json) -> Json:
        """The properties after a write: the inputs, and what the cloud filled in. Raises `Refused` where an input does
        not read back as it was written: one that this provider drops would be a change in every preview to come."""
        live = kind.read(self.cloud, made, inputs) or {}
        dropped = [
            key for key, value in inputs.items() if key not in kind.unread and project(live.get(key), value) != value
        ]
        if dropped:
            raise Refused(f"{kind.resource.__name__}: {', '.join(dropped)} did not read back as written")
        return inputs | {key: value for key, value in live.items() if key in kind.fills}


@contextmanager
def refusals(context: Any) -> Iterator[None]:
    """Turns a cloud's refusal into the call's failure, so that the engine shows its words and no traceback."""
    try:
        yield
    except Refused as refused:
        context.abort(grpc.StatusCode.UNKNOWN, str(refused))


def diff_response(found: dict[str, str], replaces: frozenset[str]) -> Any:
    """What the engine shows of a difference, and whether it needs another resource."""
    detailed = {}
    for path, how in found.items():
        top = path.partition(".")[0].partition("[")[0]
        detailed[path] = provider_pb2.PropertyDiff(kind=HOW[how][top in replaces], inputDiff=True)
    tops = sorted({path.partition(".")[0].partition("[")[0] for path in found})
    return provider_pb2.DiffResponse(
        changes=CHANGES.DIFF_SOME if found else CHANGES.DIFF_NONE,
        diffs=tops,
        replaces=[top for top in tops if top in replaces],
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=True,
    )


def kept(kind: Kind, inputs: Json) -> Json:
    """The inputs that stay what they are without the program."""
    return {key: value for key, value in inputs.items() if key in kind.keeps}


def plain(properties: Any) -> Json:
    """Properties from the wire; a number without a fraction is an int."""
    found: Json = whole(json_format.MessageToDict(properties))
    return found


def whole(value: Any) -> Any:
    """The value with ints where the wire has only floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: whole(one) for key, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list) else value


def struct(properties: Json) -> Any:
    """Properties for the wire; what is None is not there."""
    made = struct_pb2.Struct()
    made.update({key: value for key, value in properties.items() if value is not None})
    return made


def serve(provider: Provider) -> None:
    """Serves until the engine ends us; the engine reads the port from the first line."""
    server = grpc.server(ThreadPoolExecutor(max_workers=8), options=[("grpc.max_receive_message_length", -1)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(provider), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    with suppress(KeyboardInterrupt):  # how the engine ends us
        server.wait_for_termination()
