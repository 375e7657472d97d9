"""What is compiled is what runs, the same on both clouds and on any day."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from importlib.resources import files
from typing import Any

import pytest

from kampkin.bundle import BREAKER, MIDDLEWARE, bundle
from kampkin.names import names_for
from kampkin.plan import Endpoint, Origin, Plan, Policy, Route, Target, TargetName, seal_endpoint, seal_plan

TARGETS: dict[TargetName, Target] = {
    "aws": Target(store="dynamodb", regions=("us-east-1",)),
    "cloudflare": Target(store="durable-object"),
}


def endpoint(name: str = "cart", **fields: object) -> Endpoint:
    return seal_endpoint(
        **{
            "name": name,
            "targets": ("aws", "cloudflare"),
            "route": Route(path=f"/{name}", prefix=True),
            "origin": Origin(scheme="https", host="cart.acme.dev", port=443, path=""),
            **fields,
        }
    )


def plan(*endpoints: Endpoint, targets: dict[TargetName, Target] = TARGETS, project: str = "acme") -> Plan:
    return seal_plan(project=project, targets=targets, endpoints=endpoints or (endpoint(),))


def test_shared_modules_are_the_same_bytes_on_both_clouds() -> None:
    """Whatever decides, and the plan it decides by, is byte for byte the same file in both compiled bundles."""
    written = bundle(plan()).files()
    for name in (*MIDDLEWARE, "plan.mjs"):
        assert written[f"cloudflare/{name}"] == written[f"aws/{name}"], name
    for name in MIDDLEWARE:
        assert written[f"aws/{name}"] == (files("kampkin") / "runtime" / name).read_bytes()


def test_no_module_is_missing_from_a_bundle() -> None:
    """Every relative import in a bundle finds its module there."""
    compiled = bundle(plan())
    for modules in (compiled.worker, compiled.state, compiled.aws):
        for name, code in modules.items():
            folder = name.rpartition("/")[0]
            for line in code.decode().splitlines():
                if not line.startswith("import ") or ' from "' not in line:
                    continue
                wanted = line.split(' from "')[1].rstrip('";')
                if wanted.startswith("."):
                    path = (f"{folder}/" if folder else "") + wanted
                    resolved = path.replace("/./", "/").removeprefix("./")
                    resolved = resolved.replace(f"{folder}/../", "") if folder else resolved
                    assert resolved in modules, f"{name} imports {wanted}"


def test_the_breaker_names_no_platform() -> None:
    """The modules that decide read no clock, no random source and no network, and import only each other."""
    for name in BREAKER:
        code = (files("kampkin") / "runtime" / name).read_text()
        for word in (
            "Date.",
            "Math.random",
            "fetch(",
            "process.",
            "setTimeout",
            "crypto",
            "caches",
            "cloudflare:",
            "node:",
        ):
            assert word not in code, f"{name} says {word}"


def test_the_archive_is_the_modules_and_nothing_else() -> None:
    """The zip holds the Lambda's modules, with a fixed time and mode, in order."""
    compiled = bundle(plan())
    with zipfile.ZipFile(io.BytesIO(compiled.archive)) as archive:
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == compiled.aws
        assert archive.namelist() == sorted(compiled.aws)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_vouches_for_every_file() -> None:
    """The manifest has the sha256 of each file and the digest of the plan."""
    compiled = bundle(plan())
    written = compiled.files()
    manifest = json.loads(written.pop("manifest.json"))
    assert manifest["plan"] == compiled.plan.digest
    assert manifest["files"] == {path: hashlib.sha256(data).hexdigest() for path, data in written.items()}


def test_the_runtime_reads_back_the_plan_it_was_given() -> None:
    """What `plan.mjs` leaves out is what its defaults give back."""
    custom = endpoint(methods=("GET",), timeout_ms=900, policy=Policy(window_ms=60_000, consecutive_failures=0))
    made = plan(custom, endpoint("search"))
    code = bundle(made).aws["plan.mjs"].decode()
    slim = json.loads(json.loads(code.partition("JSON.parse(")[2].rpartition(")")[0]))
    for original, left in zip(made.endpoints, slim["endpoints"], strict=True):
        restored = slim["defaults"] | left | {"policy": slim["defaults"]["policy"] | left.get("policy", {})}
        expected = original.to_json()
        assert restored == {key: value for key, value in expected.items() if key not in ("digest", "owner")}


def test_an_endpoints_digest_moves_only_when_it_does() -> None:
    """A change to one endpoint changes its digest and the plan's, and no other's."""
    before = plan(endpoint("cart"), endpoint("search"))
    after = plan(endpoint("cart", timeout_ms=900), endpoint("search"))
    assert before.digest != after.digest
    assert before.endpoints[0].digest != after.endpoints[0].digest
    assert before.endpoints[1].digest == after.endpoints[1].digest


@pytest.mark.parametrize(("target", "absent"), [("cloudflare", "aws"), ("aws", "cloudflare")])
def test_a_target_that_is_not_named_gets_no_files(target: TargetName, absent: str) -> None:
    """A plan for one cloud compiles to nothing for the other."""
    written = bundle(plan(endpoint(targets=(target,)), targets={target: TARGETS[target]})).files()
    assert not [path for path in written if path.startswith(f"{absent}/")]
    assert [path for path in written if path.startswith(f"{target}/")]


def generated(code: bytes) -> Any:
    """What a generated module exports."""
    return json.loads(json.loads(code.decode().partition("JSON.parse(")[2].rpartition(")")[0]))


@pytest.mark.parametrize(
    ("target", "state", "site"),
    [
        (Target(store="durable-object"), True, {"store": "durable-object", "binding": "STATE"}),
        (
            Target(store="durable-object", location="weur"),
            True,
            {"store": "durable-object", "binding": "STATE", "location": "weur"},
        ),
        (Target(store="kv"), False, {"store": "kv", "binding": "DECISIONS"}),
        (
            Target(host="shop.test", in_front_of=True, store="kv"),
            False,
            {"store": "kv", "binding": "DECISIONS", "inFrontOf": "shop.test"},
        ),
        (Target(store="memory", analytics=True), False, {"store": "memory", "binding": None, "analytics": "METRICS"}),
    ],
)
def test_a_worker_knows_its_store_and_has_the_modules_for_it(target: Target, state: bool, site: dict[str, Any]) -> None:
    """`site.mjs` names what is bound, and there is a state Worker for the Durable Object alone."""
    compiled = bundle(plan(endpoint(targets=("cloudflare",)), targets={"cloudflare": target}))
    assert generated(compiled.worker["site.mjs"]) == {"inFrontOf": None, "location": None, "analytics": None, **site}
    assert bool(compiled.state) is state
    written = compiled.files()
    assert ("cloudflare/state.mjs" in written) is state
    told = json.loads(written["manifest.json"])["deploy"]["cloudflare"]
    assert {key: told[key] for key in site} == site
    assert (told.get("namespace"), told.get("dataset")) == (
        "kampkin-acme" if target.store == "kv" else None,
        "kampkin_acme" if target.analytics else None,
    )
    assert ("state" in told) is state


@pytest.mark.parametrize(
    ("target", "site"),
    [
        (
            Target(store="dynamodb", regions=("eu-west-1", "us-west-2")),
            {"store": "dynamodb", "table": "kampkin-acme", "regions": ["eu-west-1", "us-west-2"]},
        ),
        (Target(store="memory"), {"store": "memory", "table": None, "regions": []}),
    ],
)
def test_a_function_knows_its_tables(target: Target, site: dict[str, Any]) -> None:
    """`site.mjs` names the table and all its regions; without a store there is none."""
    compiled = bundle(plan(endpoint(targets=("aws",)), targets={"aws": target}))
    assert generated(compiled.aws["site.mjs"]) == site
    told = json.loads(compiled.files()["manifest.json"])["deploy"]["aws"]
    assert {key: told[key] for key in site} == site


def test_long_project_names_stay_within_what_the_clouds_take() -> None:
    """Names of up to 63 characters give deployed names of at most 63, still different for different projects."""
    names = [names_for(plan(project="a" * 62 + last)) for last in "xy"]
    assert all(len(name.state_worker) <= 63 and len(name.role) <= 64 for name in names)
    assert names[0] != names[1]


def test_the_manifest_names_the_secrets_that_the_worker_sends() -> None:
    """Each with the variable it is bound as; a function has none."""
    sends = endpoint(targets=("cloudflare",), secret_headers=(("authorization", "TOKEN"), ("x-key", "A_KEY")))
    plain = endpoint("search", request_headers=(("x-from", "edge"),))
    deploy = json.loads(bundle(plan(sends, plain)).files()["manifest.json"])["deploy"]
    assert deploy["cloudflare"]["worker"]["secrets"] == {"A_KEY": "SECRET_A_KEY", "TOKEN": "SECRET_TOKEN"}
    assert "SECRET_" not in json.dumps(deploy["aws"])
    assert "secrets" not in json.loads(bundle(plan(plain)).files()["manifest.json"])["deploy"]["cloudflare"]["worker"]
