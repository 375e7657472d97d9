"""The stacks by the CLI, in `stacks/<target>`, as a user and as CI run them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from kampkin.plan import TargetName

from .conftest import Team
from .uploaded import ask, listed, modules

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
WORKER, STATE = "kampkin-acme-prod", "kampkin-acme-prod-state"

DECLARED = {
    "cloudflare": {"kampkin-state", "kampkin-worker", "kampkin-subdomain"},
    "aws": {
        "kampkin-us-east-1",
        "kampkin-table-us-east-1",
        "kampkin-logs-us-east-1",
        "kampkin-role",
        "kampkin-policy",
        "kampkin-function",
        "kampkin-distribution",
    },
}
TOUCHED = {
    "cloudflare": {"kampkin-worker": {"update": ['files["plan.mjs"].contentBase64']}},
    "aws": {
        "kampkin-function": {"update": ["code", "codeSha256", "description"]},
        "kampkin-distribution": {
            "update": [f"defaultCacheBehavior.lambdaFunctionAssociations[{at}].lambdaArn" for at in range(2)]
        },
    },
}
"""What a changed cooldown may touch: the Worker's plan; the function, and the version that the distribution runs."""


@pytest.mark.parametrize("target", TARGETS)
def test_a_preview_names_everything_and_makes_nothing(team: Team, target: TargetName) -> None:
    """What a first `up` would make is what the program declares, and the accounts are as empty as before."""
    team.declare()
    team.project.init(target)
    changes = team.project.changes(target)
    assert {name for name, step in changes.items() if step == {"create": []}} >= DECLARED[target]
    assert listed(team.cloudflare) == []
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_up_changes_nothing_and_a_new_number_only_what_it_must(team: Team, target: TargetName) -> None:
    """An unchanged file is an empty update; another cooldown touches no table, no role and no state Worker."""
    team.declare(cooldown="7s")
    team.up(target)
    team.project.run(target, "up", "--yes", "--skip-preview", "--expect-no-changes")
    assert team.project.changes(target) == {}

    team.declare(cooldown="8s")
    assert team.project.changes(target) == TOUCHED[target]
    team.project.run(target, "up", "--yes", "--skip-preview")
    team.project.run(target, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert team.project.changes(target) == {}


def edit_worker(team: Team) -> None:
    """Somebody saves other code in Cloudflare's editor."""
    code = modules(team.cloudflare, WORKER)
    code["main.mjs"] = "export default { fetch: () => new Response('mine') };"
    parts: list[Any] = [("metadata", (None, json.dumps({"main_module": "main.mjs"}), "application/json"))]
    parts += [(name, (name, text, "application/javascript+module")) for name, text in code.items()]
    ask(team.cloudflare, f"scripts/{WORKER}/content", "PUT", files=parts)


def edit_bindings(team: Team) -> None:
    """Somebody takes the store away in Cloudflare's dashboard."""
    settings = {"settings": (None, json.dumps({"bindings": []}), "application/json")}
    ask(team.cloudflare, f"scripts/{WORKER}/settings", "PATCH", files=settings)


def edit_distribution(team: Team) -> None:
    """Somebody takes the breaker out of the path in CloudFront's console."""
    cloudfront = team.aws.client("cloudfront")
    [one] = cloudfront.list_distributions()["DistributionList"]["Items"]
    live = cloudfront.get_distribution_config(Id=one["Id"])
    live["DistributionConfig"]["DefaultCacheBehavior"]["LambdaFunctionAssociations"] = {"Quantity": 0}
    cloudfront.update_distribution(Id=one["Id"], IfMatch=live["ETag"], DistributionConfig=live["DistributionConfig"])


def edit_function(team: Team) -> None:
    """Somebody saves other code in Lambda's editor."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.mjs", "export const handler = () => ({ status: '200' });")
    team.aws.client("lambda").update_function_code(FunctionName=WORKER, ZipFile=buffer.getvalue())


@pytest.mark.parametrize(
    ("target", "edit", "seen"),
    [
        ("cloudflare", edit_worker, "content"),
        ("cloudflare", edit_bindings, "bindings"),
        ("aws", edit_distribution, "defaultCacheBehavior"),
        ("aws", edit_function, "codeSha256"),
    ],
)
def test_an_edit_from_outside_is_seen_and_undone(
    team: Team, target: TargetName, edit: Callable[[Team], None], seen: str
) -> None:
    """`refresh --preview-only` fails where CI asks it to and names what was edited; the next `up --refresh` puts back
    what the file says."""
    team.declare()
    team.up(target)
    team.project.run(target, "refresh", "--preview-only", "--expect-no-changes")
    edit(team)
    outcome = team.project.run(target, "refresh", "--preview-only", "--expect-no-changes", "--diff", expect=None)
    assert outcome.code != 0
    assert seen in outcome.text
    team.project.run(target, "up", "--refresh", "--yes", "--skip-preview")
    team.project.run(target, "refresh", "--preview-only", "--expect-no-changes")


@pytest.mark.parametrize("target", TARGETS)
def test_destroy_spares_the_state_until_it_is_let_go(team: Team, target: TargetName) -> None:
    """What holds the breakers is protected; unprotected, everything goes but the function, which CloudFront's edges
    hold on to for hours."""
    team.declare()
    team.up(target)
    refused = team.project.run(target, "destroy", "--yes", expect=None)
    assert refused.code != 0
    assert "protect" in refused.text
    team.project.unprotect(target)
    team.project.run(target, "destroy", "--yes", "--skip-preview")
    assert team.project.resources(target) == []
    assert listed(team.cloudflare) == []
    assert team.aws.client("dynamodb").list_tables()["TableNames"] == []
    assert team.aws.client("cloudfront").list_distributions()["DistributionList"].get("Items", []) == []
    functions = [one["FunctionName"] for one in team.aws.client("lambda").list_functions()["Functions"]]
    assert functions == ([WORKER] if target == "aws" else [])


@pytest.mark.parametrize("target", TARGETS)
def test_an_update_that_broke_off_is_finished_by_the_next(team: Team, target: TargetName) -> None:
    """A name that somebody else has stops `up` with the cloud's own words and no traceback; once it is free, the same
    command finishes the job."""
    team.declare()
    team.project.init(target)
    if target == "aws":
        team.aws.client("iam").create_role(RoleName=f"{WORKER}-edge", AssumeRolePolicyDocument="{}")
        words = "EntityAlreadyExists"
    else:
        words = "does not implement class 'Theirs'"
        namespace = {"new_tag": "theirs", "new_sqlite_classes": ["Theirs"]}
        metadata = {"main_module": "theirs.mjs", "migrations": namespace}
        parts: list[Any] = [("metadata", (None, json.dumps(metadata), "application/json"))]
        parts += [("theirs.mjs", ("theirs.mjs", "export class Theirs {}", "application/javascript+module"))]
        ask(team.cloudflare, f"scripts/{STATE}", "PUT", files=parts)
    broken = team.project.run(target, "up", "--yes", "--skip-preview", expect=None)
    assert broken.code != 0
    assert words in broken.text
    assert "Traceback" not in broken.text
    if target == "aws":
        team.aws.client("iam").delete_role(RoleName=f"{WORKER}-edge")
    else:
        ask(team.cloudflare, f"scripts/{STATE}", "DELETE")
    team.project.run(target, "up", "--yes", "--skip-preview")
    assert team.project.changes(target) == {}


@pytest.mark.parametrize("target", TARGETS)
def test_a_file_with_errors_declares_nothing(team: Team, target: TargetName) -> None:
    """`preview` shows the findings with their place, and makes nothing of half a file."""
    team.project.write(
        "version: 1\nproject: acme\ntargets: [cloudflare, aws]\nendpoints: {cart: {origin: 7}}\nenvironments: {prod: {}}\n"
    )
    team.project.init(target)
    outcome = team.project.run(target, "preview", expect=None)
    assert outcome.code != 0
    assert "kampkin.yaml:4:28" in outcome.text
    assert "Traceback" not in outcome.text
