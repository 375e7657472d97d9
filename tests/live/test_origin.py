"""The project of the service that fails on cue declares what the provider takes."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import mocks

from tests.provider_inputs import misfits

PROGRAM = Path(__file__).parent / "origin" / "__main__.py"
ARGS = {
    "aws:iam/role:Role": aws.iam.RoleArgs,
    "aws:lambda/function:Function": aws.lambda_.FunctionArgs,
    "aws:lambda/functionUrl:FunctionUrl": aws.lambda_.FunctionUrlArgs,
    "aws:lambda/permission:Permission": aws.lambda_.PermissionArgs,
}


class Mocks(mocks.Mocks):
    """Remembers what was declared."""

    def __init__(self) -> None:
        self.declared: list[tuple[str, dict[str, Any]]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.declared.append((args.typ, dict(args.inputs)))
        return f"{args.name}-id", {
            **args.inputs,
            "arn": f"arn:{args.name}",
            "functionUrl": "https://x.lambda-url.on.aws/",
        }

    def call(self, args: mocks.MockCallArgs) -> Any:
        return {}, []


def test_it_is_a_function_that_anybody_may_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its URL and not otherwise, without a right of its own and without a store."""
    monkeypatch.chdir(PROGRAM.parent)
    seen, exports = Mocks(), dict[str, Any]()
    monkeypatch.setattr(pulumi, "export", exports.__setitem__)
    pulumi.runtime.set_mocks(seen, project="origin", stack="live", preview=False)
    pulumi.runtime.set_all_config({"origin:name": "kampkin-live-1"})

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[Any]:
        runpy.run_path(str(PROGRAM))
        return pulumi.Output.from_input(exports)

    run()
    declared = [(kind, inputs) for kind, inputs in seen.declared if kind != "pulumi:providers:aws"]
    assert {kind for kind, _ in declared} == set(ARGS)
    for kind, inputs in declared:
        assert list(misfits(inputs, ARGS[kind])) == [], kind
    allowed = {one["action"]: one for kind, one in declared if kind == "aws:lambda/permission:Permission"}
    assert allowed["lambda:InvokeFunctionUrl"]["functionUrlAuthType"] == "NONE"
    assert allowed["lambda:InvokeFunction"]["invokedViaFunctionUrl"] is True
    assert set(exports) == {"url"}
