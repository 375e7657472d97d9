"""The provider plugins: the table against the providers' own classes, and the two comparisons they rest on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.provider_inputs import misfits

from .providers import aws, cloudflare
from .providers.kind import Kind, differences, project
from .providers.plugin import Plugin, plain, struct

KINDS = {**aws.PROVIDER.kinds, **cloudflare.PROVIDER.kinds}


def check(token: str, inputs: dict[str, Any]) -> Any:
    """What the plugin says to a program's inputs."""
    provider = aws.PROVIDER if token.startswith("aws:") else cloudflare.PROVIDER
    urn = f"urn:pulumi:prod::acme::{token}::name"
    request = SimpleNamespace(urn=urn, news=struct(inputs), olds=struct({}), randomSeed=b"\x01\x02\x03\x04")
    return Plugin(provider).Check(request, None)


@pytest.mark.parametrize(("token", "kind"), KINDS.items(), ids=KINDS)
def test_an_input_that_the_provider_does_not_know_is_refused(token: str, kind: Kind) -> None:
    """The words are those of the provider's class, and none is typed again here."""
    failures = {(one.property, one.reason) for one in check(token, {"kampkin": 1}).failures}
    assert ("kampkin", "is unknown") in failures
    assert failures - {("kampkin", "is unknown")} == set(misfits({}, kind.args)), "and what is required is missed"


def test_a_resource_without_a_name_gets_one_of_its_own() -> None:
    """The same for the same seed, which the engine keeps."""
    inputs = plain(check("aws:iam/rolePolicy:RolePolicy", {"role": "r", "policy": "{}"}).inputs)
    assert inputs["name"] == "name-0102030"


def test_what_the_cloud_adds_is_no_drift() -> None:
    """Only what was declared is compared, a list in any order, at any depth."""
    live = {"a": 1, "added": 2, "list": [{"k": 2, "id": "y"}, {"k": 1, "id": "x"}]}
    declared = {"a": 1, "list": [{"k": 1}, {"k": 2}]}
    assert project(live, declared) == declared
    assert project({"list": [{"k": 3}, {"k": 1}]}, {"list": [{"k": 1}, {"k": 2}]}) == {"list": [{"k": 3}, {"k": 1}]}
    assert project({"list": []}, declared) == {"list": []}


def test_a_difference_is_named_where_it_is() -> None:
    """By Pulumi's property paths; what came and what went is told apart."""
    old = {"same": 1, "gone": 1, "map": {"a.mjs": {"x": 1}}, "list": [1, 2]}
    new = {"same": 1, "new": 1, "map": {"a.mjs": {"x": 2}}, "list": [1, 3]}
    assert differences(old, new) == {"gone": "delete", "list[1]": "update", 'map["a.mjs"].x': "update", "new": "add"}
    assert differences({"list": [1]}, {"list": [1, 2]}) == {"list": "update"}
    assert differences(old, old) == {}
