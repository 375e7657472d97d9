"""What would become of resources, without an engine: two plans through one program, and rules for single resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.load import load
from kampkin.plan import Plan
from kampkin.preview import run
from kampkin.preview.compare import ResourceChange, changed
from kampkin.preview.declared import Options, Resource
from kampkin.preview.forcing import FORCING
from tests.e2e.providers import aws, cloudflare

TEXT = """\
version: 1
project: {project}
targets: {targets}
endpoints:
  cart: {{origin: https://cart.acme.dev, breaker: {{cooldown: {cooldown}}}}}
"""


def plan(folder: Path, cooldown: str = "60s", targets: str = "[cloudflare, aws]", project: str = "acme") -> Plan:
    """A plan of the file with some of it changed."""
    path = folder / "kampkin.yaml"
    path.write_text(TEXT.format(cooldown=cooldown, targets=targets, project=project))
    made = load(path).plan
    assert made is not None
    return made


def fates(changes: tuple[ResourceChange, ...]) -> dict[str, Any]:
    """By name: what would become of it, and the paths that say so."""
    return {one.name: (one.fate, [each.path for each in one.properties]) for one in changes}


def test_one_number_touches_what_it_must(tmp_path: Path) -> None:
    """The Worker's plan alone on Cloudflare; on AWS the function, and the distribution that names its version. One child a
    target does both sides, and a plan against itself changes nothing."""
    before, after = run.Asked(plan(tmp_path)), run.Asked(plan(tmp_path, cooldown="70s"))
    found = run.previews({"cloudflare": [before, after, before], "aws": [before, after]})
    worker = changed(found["cloudflare"][0].resources, found["cloudflare"][1].resources)
    assert fates(worker) == {"kampkin-worker": ("updated", ['files["plan.mjs"].contentBase64'])}
    change = worker[0].properties[0]
    assert change.before != change.after
    assert str(change.before).startswith("sha256:")
    association = "defaultCacheBehavior.lambdaFunctionAssociations"
    assert fates(changed(found["aws"][0].resources, found["aws"][1].resources)) == {
        "kampkin-distribution": ("updated", [f"{association}[0].lambdaArn", f"{association}[1].lambdaArn"]),
        "kampkin-function": ("updated", ["code", "codeSha256", "description"]),
    }
    assert found["cloudflare"][0] == found["cloudflare"][2]
    assert changed(found["cloudflare"][0].resources, found["cloudflare"][2].resources) == ()


def test_another_store_and_another_project(tmp_path: Path) -> None:
    """What holds state goes, which its protection forbids; a new name makes everything anew, and what hangs on it."""
    asked = [
        run.Asked(plan(tmp_path)),
        run.Asked(plan(tmp_path, targets="{cloudflare: {store: memory}, aws: {}}")),
        run.Asked(plan(tmp_path, project="other")),
    ]
    found = run.previews({"cloudflare": asked[:2], "aws": [asked[0], asked[2]]})
    gone = changed(found["cloudflare"][0].resources, found["cloudflare"][1].resources)
    assert {one.name: (one.fate, one.protected) for one in gone}["kampkin-state"] == ("deleted", True)
    anew = {one.type: one for one in changed(found["aws"][0].resources, found["aws"][1].resources)}
    kinds = ("dynamodb/table:Table", "iam/role:Role", "iam/rolePolicy:RolePolicy", "lambda/function:Function")
    table, role, policy, function = (anew[f"aws:{kind}"] for kind in kinds)
    assert {one.fate for one in (table, role, policy, function)} == {"replaced"}
    assert [one.path for one in policy.properties if one.forces] == ["role"]
    assert table.protected
    assert anew["aws:cloudfront/distribution:Distribution"].fate == "updated"


def test_a_pure_function_for_one_plan(tmp_path: Path) -> None:
    """`resources` is what a review asks for; a target that the plan lacks declares nothing."""
    types = [one.type for one in run.resources(plan(tmp_path), "aws")]
    assert "aws:dynamodb/table:Table" in types
    assert run.resources(plan(tmp_path, targets="[cloudflare]"), "aws") == ()


def test_a_child_that_takes_too_long_or_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a traceback."""
    asked = {"cloudflare": [run.Asked(plan(tmp_path))]}
    with pytest.raises(Cannot, match=r"the program of stacks/nothing failed: ModuleNotFoundError"):
        run.answered("nothing", asked["cloudflare"])  # type: ignore[arg-type]
    monkeypatch.setattr(run, "DEADLINE_S", 0.001)
    with pytest.raises(Cannot, match=r"stacks/cloudflare was not done within 0.001 s"):
        run.previews(asked)  # type: ignore[arg-type]


ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def test_a_new_name_with_an_alias_is_the_same_resource() -> None:
    """It is renamed, and what refers to it stays as it is; without the alias it would be another."""
    before = (Resource(ROLE, "old", inputs={"name": "r"}), Resource(POLICY, "policy", inputs={"role": "${old.id}"}))
    after = Resource(ROLE, "new", inputs={"name": "r"}, options=Options(aliases=(f"{ROLE}::old",)))
    policy = Resource(POLICY, "policy", inputs={"role": "${new.id}"})
    assert changed(before, (after, policy)) == (ResourceChange("updated", ROLE, "new", former="old"),)
    stranger = Resource(ROLE, "new", inputs={"name": "r"})
    assert [one.fate for one in changed(before, (stranger, policy))] == ["created", "replaced", "deleted"]


def test_properties_are_named_as_deep_as_they_differ() -> None:
    """In lists, behind keys that need quotes, and inside a policy's document; what is not there has no value."""
    before = Resource(
        "t", "one", inputs={"a": [{"b": 1}], "m": {"x.y": "1"}, "policy": '{"Action": ["read"]}', "gone": 1}
    )
    after = Resource(
        "t", "one", inputs={"a": [{"b": 2}, 3], "m": {"x.y": "2"}, "policy": '{"Action": ["read", "write"]}'}
    )
    (change,) = changed((before,), (after,))
    assert [(one.path, one.before, one.after) for one in change.properties] == [
        ("a[0].b", 1, 2),
        ("a[1]", None, 3),
        ("gone", 1, None),
        ('m["x.y"]', "1", "2"),
        ("policy.Action[1]", None, "write"),
    ]
    assert change.properties[1].to_json() == {"path": "a[1]", "after": 3, "forces": False}


def test_ignored_changes_and_lost_protection() -> None:
    """What the program ignores is no change; that a protection is lifted is one."""
    before = Resource("t", "one", inputs={"migrations": {"newTag": "a"}}, options=Options(protect=True))
    settled = Resource("t", "one", inputs={}, options=Options(protect=True, ignore_changes=("migrations",)))
    assert changed((before,), (settled,)) == ()
    loose = Resource("t", "one", inputs=before.inputs)
    assert fates(changed((before,), (loose,))) == {"one": ("updated", ["(protect)"])}


def test_what_forces_a_new_resource_is_what_the_providers_say() -> None:
    """The engine's tests have it from the providers' schemas."""
    kinds = {**aws.PROVIDER.kinds, **cloudflare.PROVIDER.kinds}
    shared = kinds.keys() & FORCING.keys()
    assert shared
    assert {token: FORCING[token] for token in shared} == {token: kinds[token].replaces for token in shared}
