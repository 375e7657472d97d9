"""`kampkin approval record` and `accept`: what was reviewed is what goes up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kampkin.approval.reviewed import texts
from kampkin.load import load
from kampkin.plan import Plan, parts_of
from kampkin.review.digests import change
from tests.clouds.github import ANOTHER_APP, LocalGitHub
from tests.gitops.conftest import DOCUMENT, TEAM, Ran, Repository


@pytest.fixture(autouse=True)
def prod_times(repository: Repository) -> None:
    """In prod the cart has the file's time-out."""
    repository.write({"kampkin.yaml": DOCUMENT.replace("{endpoints: {cart: {timeout: 2s}}}", "{}")})
    repository.commit("prod as the file")


def edited(repository: Repository, name: str, seconds: int) -> str:
    """The document with another time-out of one endpoint."""
    return repository.edit(f"{name}.acme.dev, timeout: 3s", f"{name}.acme.dev, timeout: {seconds}s")


def outputs(repository: Repository, with_parts: bool = True) -> Path:
    """What a stack that has just gone up from what is checked out would say."""
    plan = load(repository.root / "kampkin.yaml", "prod").plan
    assert plan
    said: dict[str, Any] = {"plan": plan.digest, "endpoints": {one.name: one.digest for one in plan.endpoints}}
    if with_parts:
        said["parts"] = parts(plan)
    path = repository.root.parent / "live.json"
    path.write_text(json.dumps(said))
    return path


def parts(plan: Plan) -> dict[str, str]:
    """The digests of a plan beside its endpoints."""
    return {key: digest for key, digest in parts_of(plan).items() if not key.startswith("endpoints.")}


def reviewed(repository: Repository, branch: str, files: dict[str, str], number: int, token: str | None = None) -> str:
    """A pull request that its check has recorded."""
    head = repository.branch(branch, files, number)
    more = {"token": token} if token else {}
    ran = repository.run("record", "--pr", number, "--base", "main", "--head", head, **more)
    assert (ran.returncode, ran.stderr) == (0, "")
    return head


def changes_in(run: dict[str, Any]) -> list[Any]:
    """The changes that a check run holds."""
    text = run["output"]["text"].removeprefix("```json\n").removesuffix("```\n")
    found: list[Any] = json.loads(text)["changes"]
    return found


def accepted(repository: Repository, live: Path, *more: str) -> Ran:
    """Whether what is checked out may go up."""
    ran = repository.run("accept", "--live", live, "--env", "prod", *more)
    assert ran.stderr == ""
    return ran


def test_the_set_is_kept_at_the_head(repository: Repository, github: LocalGitHub) -> None:
    """A check run by the workflow's app: for a person a table, for `accept` the digests, in each environment."""
    head = reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    (run,) = github.runs
    assert (run["name"], run["head_sha"], run["conclusion"]) == ("kampkin reviewed", head, "success")
    assert "| prod | endpoints.cart |" in run["output"]["summary"]
    document = json.loads(run["output"]["text"].removeprefix("```json\n").removesuffix("```\n"))
    assert [(one["environment"], one["subject"]) for one in document["changes"]] == [
        ("prod", "endpoints.cart"),
        ("staging", "endpoints.cart"),
    ]


def test_what_was_reviewed_goes_up(repository: Repository) -> None:
    """And another pull request that was merged first is no obstacle."""
    live = outputs(repository)
    reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    reviewed(repository, "maps", {"teams/maps.yaml": TEAM.replace("3s", "4s")}, 8)
    repository.merge("maps", 8)
    assert accepted(repository, live).stdout == "prod: 1 change, all reviewed\n"
    live = outputs(repository)
    repository.merge("cart", 7)
    ran = accepted(repository, live)
    assert (ran.returncode, ran.stdout) == (0, "prod: 1 change, all reviewed\n")
    assert accepted(repository, outputs(repository)).stdout == "prod: what is merged is live already\n"


def test_changes_of_one_endpoint_make_a_way(repository: Repository) -> None:
    """From a to b by one, from b to c by the next: from a to c without b ever having been live."""
    live = outputs(repository)
    for number, seconds in ((7, 4), (8, 5)):
        text = repository.edit(f"cart.acme.dev, timeout: {seconds - 1}s", f"cart.acme.dev, timeout: {seconds}s")
        reviewed(repository, f"cart-{seconds}", {"kampkin.yaml": text}, number)
        repository.merge(f"cart-{seconds}", number)
    assert accepted(repository, live).returncode == 0


def test_a_first_deployment_needs_what_was_added(repository: Repository) -> None:
    """Nothing is live: each endpoint and each other part must have been shown as new."""
    live = repository.root.parent / "live.json"
    live.write_text("{}\n")
    ran = accepted(repository, live)
    assert ran.returncode == 3
    assert "endpoints.cart: none → " in ran.stdout
    assert "no merged pull request has a reviewed set" in ran.stdout
    assert "accept --first" in ran.stdout
    (repository.root / "kampkin.yaml").rename(repository.root / "later.yaml")
    repository.commit("none yet")
    text = (repository.root / "later.yaml").read_text()
    reviewed(repository, "begin", {"kampkin.yaml": text}, 7)
    repository.merge("begin", 7)
    assert accepted(repository, live).returncode == 0


def test_a_first_deployment_may_be_taken_as_it_stands(repository: Repository) -> None:
    """By --first, which is no way past a review once anything is live."""
    live = repository.root.parent / "live.json"
    live.write_text("{}\n")
    ran = accepted(repository, live, "--first")
    assert (ran.returncode, ran.stdout) == (
        0,
        "prod: nothing is live yet, and all of it goes up as it stands: --first\n",
    )
    live = outputs(repository)
    repository.write({"kampkin.yaml": edited(repository, "search", 6)})
    repository.commit("straight to main")
    ran = accepted(repository, live, "--first")
    assert ran.returncode == 3
    assert "--first" not in ran.stdout


def test_a_diffs_own_set_is_recorded(repository: Repository, github: LocalGitHub) -> None:
    """As JSON has it: the same check run as of the two commits, and what it holds goes up."""
    live = outputs(repository)
    head = reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    said = repository.root.parent / "diff.json"
    said.write_text(repository.diff("cart", "--base", "main", "--format", "json").stdout)
    ran = repository.run("record", "--pr", 7, "--diff", said)
    assert (ran.returncode, ran.stderr) == (0, "")
    one, other = ([*changes_in(run)] for run in github.runs)
    assert one == other
    github.runs.pop(0)
    repository.merge("cart", 7)
    assert accepted(repository, live).returncode == 0
    github.pulls[7]["head"]["sha"] = "c" * 40
    ran = repository.run("record", "--pr", 7, "--diff", said, "--head", head)
    assert ran.returncode == 2
    assert "nothing was recorded" in ran.stderr


def test_sets_may_be_handed_in(repository: Repository, github: LocalGitHub) -> None:
    """Several make ways together; the forge is not asked, and what they lack is refused by their names."""
    live = outputs(repository)
    files = []
    for seconds in (4, 5):
        old, branch = f"cart.acme.dev, timeout: {seconds - 1}s", f"cart-{seconds}"
        repository.branch(branch, {"kampkin.yaml": repository.edit(old, f"cart.acme.dev, timeout: {seconds}s")})
        files.append(repository.root.parent / f"{branch}.json")
        files[-1].write_text(repository.diff(branch, "--base", "main", "--format", "json").stdout)
        repository.merge(branch, 7)
    github.asked.clear()
    assert accepted(repository, live, "--reviewed", str(files[0]), "--reviewed", str(files[1])).returncode == 0
    ran = accepted(repository, live, "--reviewed", str(files[0]))
    assert ran.returncode == 3
    assert f"{files[0]} showed other changes of it" in ran.stdout
    assert github.asked == []


def test_a_set_that_was_tampered_with_is_none(repository: Repository) -> None:
    """A change whose own digest it does not have: the whole file is refused, handed in or recorded."""
    live = outputs(repository)
    repository.branch("cart", {"kampkin.yaml": edited(repository, "cart", 4)})
    said = json.loads(repository.diff("cart", "--base", "main", "--format", "json").stdout)
    said["reviewed"][0]["after"] = "sha256:" + "0" * 64
    path = repository.root.parent / "diff.json"
    path.write_text(json.dumps(said))
    repository.write({"kampkin.yaml": edited(repository, "search", 6)})
    repository.commit("straight to main")
    for command in (
        ("record", "--pr", 7, "--diff", path),
        ("accept", "--live", live, "--env", "prod", "--reviewed", path),
    ):
        ran = repository.run(*command)
        assert ran.returncode == 2
        assert "holds no reviewed set" in ran.stderr
    ran = repository.run("record", "--pr", 7)
    assert ran.returncode == 2
    assert "there is nothing to record" in ran.stderr


def test_what_slipped_in_at_the_merge_is_refused(repository: Repository) -> None:
    """The merge says more than the pull request showed: what, between which digests, and what to do."""
    live = outputs(repository)
    reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    repository.merge("cart", 7)
    repository.write({"kampkin.yaml": edited(repository, "search", 6)})
    repository.commit("straight to main")
    ran = accepted(repository, live)
    assert ran.returncode == 3
    assert "1 of 2 changes was in no reviewed set" in ran.stdout
    assert "endpoints.search: " in ran.stdout
    assert "none of 1 reviewed sets has a change of it" in ran.stdout
    assert "endpoints.cart" not in ran.stdout
    assert "revert" in ran.stdout


def test_what_came_together_at_a_merge_is_refused(repository: Repository) -> None:
    """Two pull requests, each of one line of the same endpoint: what they make together was shown by neither."""
    text = (repository.root / "kampkin.yaml").read_text()
    spread = text.replace(
        "  cart: {origin: https://cart.acme.dev, timeout: 3s, fallback: {status: 503, file: fallbacks/resting.html}}\n",
        "  cart:\n    origin: https://cart.acme.dev\n    timeout: 3s\n    # far\n    # apart\n    # lines\n    idle_timeout: 9s\n",
    )
    assert spread != text
    repository.write({"kampkin.yaml": spread})
    repository.commit("spread")
    live = outputs(repository)
    reviewed(repository, "one", {"kampkin.yaml": spread.replace("timeout: 3s\n    #", "timeout: 4s\n    #")}, 7)
    reviewed(repository, "two", {"kampkin.yaml": spread.replace("idle_timeout: 9s", "idle_timeout: 8s")}, 8)
    repository.merge("one", 7)
    repository.merge("two", 8)
    ran = accepted(repository, live)
    assert ran.returncode == 3
    assert "showed other changes of it" in ran.stdout


@pytest.mark.parametrize("with_parts", [True, False], ids=["outputs", "history"])
def test_a_part_that_is_no_endpoint_is_held_too(repository: Repository, with_parts: bool) -> None:
    """As `safety`: by the stack's own word of its parts, or by the commit whose plan is live."""
    live = outputs(repository, with_parts)
    repository.write({"kampkin.yaml": repository.edit("safety: {", "safety: {max_override: 1h, ")})
    repository.commit("straight to main")
    ran = accepted(repository, live)
    assert ran.returncode == 3
    assert "  safety: " in ran.stdout
    assert "1 of 1 change" in ran.stdout


def test_another_apps_word_does_not_count(repository: Repository) -> None:
    """And the message says that there is one."""
    live = outputs(repository)
    reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7, token=ANOTHER_APP)
    repository.merge("cart", 7)
    ran = accepted(repository, live)
    assert ran.returncode == 3
    assert "#7 has a check run of that name by sneaky-app, which does not count" in ran.stdout
    for app, code in (("sneaky-app", 0), ("15369", 0), ("15368", 3)):
        assert accepted(repository, live, "--app", app).returncode == code, app


def test_a_set_of_another_head_does_not_count(repository: Repository, github: LocalGitHub) -> None:
    """Neither one that was recorded before the last push, nor one whose text speaks of another pull request."""
    live = outputs(repository)
    head = reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    github.pulls[7]["head"]["sha"] = "c" * 40
    repository.merge("cart", 7)
    assert accepted(repository, live).returncode == 3
    github.pulls[7]["head"]["sha"] = head
    assert accepted(repository, live).returncode == 0
    github.runs[0]["output"]["text"] = github.runs[0]["output"]["text"].replace('"pull": 7', '"pull": 8')
    assert accepted(repository, live).returncode == 3


def test_an_unmerged_pull_request_does_not_count(repository: Repository, github: LocalGitHub) -> None:
    """Nor one that GitHub calls merged and whose merge is not in what goes up."""
    live = outputs(repository)
    reviewed(repository, "cart", {"kampkin.yaml": edited(repository, "cart", 4)}, 7)
    repository.write({"kampkin.yaml": edited(repository, "cart", 4)})
    repository.commit("the same, straight to main")
    github.pulls[7]["state"] = "closed"
    assert accepted(repository, live).returncode == 3
    github.merge_pull(7, "d" * 40)
    assert accepted(repository, live).returncode == 3


def test_a_moved_head_is_not_recorded(repository: Repository, github: LocalGitHub) -> None:
    """Its own run will."""
    head = repository.branch("cart", {"kampkin.yaml": edited(repository, "cart", 4)})
    github.pulls[7]["head"]["sha"] = "c" * 40
    ran = repository.run("record", "--pr", 7, "--base", "main", "--head", head)
    assert ran.returncode == 2
    assert github.runs == []


def test_of_a_target_only_its_own_endpoints_count(repository: Repository) -> None:
    """An endpoint that is elsewhere is missing from the stack's outputs, and from what it must go up to."""
    live = repository.root.parent / "live.json"
    plan = load(repository.root / "kampkin.yaml", "prod").plan
    assert plan
    live.write_text(json.dumps({"plan": "sha256:other", "endpoints": {}, "parts": parts(plan)}))
    assert accepted(repository, live, "--target", "aws").returncode == 0
    assert accepted(repository, live, "--target", "cloudflare").returncode == 3


def test_a_large_set_takes_several_texts() -> None:
    """None longer than GitHub takes, and together all of it."""
    many = [change("prod", f"endpoints.e{n}", "sha256:" + "a" * 64, "sha256:" + "b" * 64) for n in range(1_000)]
    found = list(texts(7, "a" * 40, "b" * 40, many))
    assert len(found) > 1
    assert all(len(text) < 65_535 for text in found)
    documents = [json.loads(text.removeprefix("```json\n").removesuffix("```\n")) for text in found]
    assert [one for document in documents for one in document["changes"]] == [one.to_json() for one in many]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"endpoints": []}', '{"plan": "x"}'])
def test_outputs_that_are_none(repository: Repository, text: str) -> None:
    """An empty file is a stack that was never up; anything else that is no outputs ends with 2."""
    live = repository.root.parent / "live.json"
    live.write_text(text)
    ran = repository.run("accept", "--live", live, "--env", "prod")
    assert ran.returncode == (2 if text else 3)
    assert "Traceback" not in ran.stderr


PROJECT = """\
name: kampkin-cloudflare
runtime: python
config:
  file: {default: ../../kampkin.yaml}
  environment: {type: string, default: ""}
"""
SETTINGS = "config:\n  kampkin-cloudflare:environment: prod\n"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, None),
        ({"Pulumi.prod.yaml": SETTINGS + "  kampkin-cloudflare:file: ../../kampkin.yaml\n"}, None),
        ({"Pulumi.prod.yaml": SETTINGS + "  kampkin-aws:file: ../../other.yaml\n"}, None),
        ({"Pulumi.prod.yaml": SETTINGS + "  kampkin-cloudflare:file: ../../other.yaml\n"}, "file is ../../other.yaml"),
        ({"Pulumi.prod.yaml": SETTINGS + "  kampkin-cloudflare:file: {secure: abc}\n"}, "file is <file>"),
        ({"Pulumi.yaml": PROJECT.replace("../../kampkin", "../../other")}, "file is ../../other.yaml"),
        ({"Pulumi.prod.yaml": SETTINGS.replace(" prod", " staging")}, "environment is staging"),
        ({"Pulumi.prod.yaml": "config: {}\n"}, "environment is none"),
        ({"Pulumi.prod.yaml": "config: {}\n", "Pulumi.yaml": PROJECT.replace('""', "prod")}, None),
        ({"Pulumi.yaml": PROJECT + "stackConfigDir: ../hidden\n"}, "has stackConfigDir"),
        ({"Pulumi.yaml": PROJECT + "main: ../hidden\n"}, "has main"),
        ({"Pulumi.json": "{}\n"}, "Pulumi.json is beside Pulumi.yaml"),
        ({"Pulumi.prod.yaml": SETTINGS + "environment: [edge/prod]\n"}, "imports settings"),
    ],
)
def test_the_stack_takes_up_what_was_reviewed(repository: Repository, files: dict[str, str], says: str | None) -> None:
    """The very file and environment, by its settings and its project's; else it is refused, though every change was reviewed."""
    live = outputs(repository)
    settings = {"Pulumi.yaml": PROJECT, "Pulumi.prod.yaml": SETTINGS, **files}
    repository.write({f"stacks/cloudflare/{name}": text for name, text in settings.items()})
    ran = accepted(repository, live, "--stacks", "stacks", "--target", "cloudflare")
    assert ran.returncode == (3 if says else 0)
    assert (says or "live already") in ran.stdout
    if says:
        assert "refused, as the stack takes up something else than what was reviewed" in ran.stdout
        assert "what to do:" in ran.stdout


def test_a_stack_that_is_not_there_is_said(repository: Repository) -> None:
    """And so is one that is not named."""
    live = outputs(repository)
    for options, says in (
        (("--target", "aws"), "there is no file stacks/aws/Pulumi.yaml"),
        (("--target", "cloudflare"), "there is no file stacks/cloudflare/Pulumi.prod.yaml"),
        ((), "--stacks says nothing without a stack"),
    ):
        ran = repository.run("accept", "--live", live, "--env", "prod", "--stacks", "stacks", *options)
        assert ran.returncode == 2
        assert says in ran.stderr
