"""`kampkin init`: the files of a GitOps repository."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kampkin import __version__
from kampkin.init.repository import STACKS, TARGETS, text_of
from kampkin.load import load
from kampkin.schema import config_schema, render
from tests.gitops.actionlint import find_or_build
from tests.repository import git

ROOT = Path(__file__).parents[2]
OWNED = """\
version: 1
project: edge
targets: [cloudflare, aws]
owners: {shop: {github: "@acme/shop"}}
endpoints: {cart: {owner: shop, origin: https://cart.acme.dev}}
environments:
  dev: {targets: {aws: null}}
  live: {}
"""
NO_TEXTS = ("1", "0o17", "1e3", "2024-11-28", "2024-prod", "true", "yes", "off", "n", "null")
"""Names that some YAML takes for something else, or GitHub for no id of a job."""

Ran = subprocess.CompletedProcess[str]


def init(folder: Path, *arguments: str) -> Ran:
    """Runs the command in a folder."""
    command = [sys.executable, "-m", "kampkin", "init", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def files(folder: Path) -> dict[str, str]:
    """Every file of a folder, by its path."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts[:1])
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as the command makes it."""
    folder = tmp_path_factory.mktemp("init") / "edge"
    folder.mkdir()
    git(folder, "init", "--quiet")
    ran = init(folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    return folder


def test_it_makes_a_sound_repository(made: Path) -> None:
    """Without a finding in any environment; the stacks have a file for each."""
    for environment in (None, "staging", "prod"):
        loaded = load(made / "kampkin.yaml", environment)
        assert loaded.diagnostics == ()
        assert loaded.plan
        assert set(loaded.plan.targets) == {"cloudflare", "aws"}
    for target in ("cloudflare", "aws"):
        for environment in ("staging", "prod"):
            settings = yaml.safe_load((made / f"stacks/{target}/Pulumi.{environment}.yaml").read_text())
            assert settings == {"config": {f"kampkin-{target}:environment": environment}}


def test_the_schema_line_leads_to_the_schema(made: Path) -> None:
    """By a path in the repository; the file fits it."""
    (line,) = re.findall(r"^# yaml-language-server: \$schema=(.*)$", (made / "kampkin.yaml").read_text(), re.MULTILINE)
    assert (made / line).read_text() == render(config_schema())
    Draft202012Validator(config_schema()).validate(yaml.safe_load((made / "kampkin.yaml").read_text()))


def test_the_stacks_are_this_repositorys() -> None:
    """The same programs and projects, to the byte: `cp stacks/T/F compiler/kampkin/init/files/stacks/T/` after a change."""
    for target in TARGETS:
        for name, lies_as in STACKS.items():
            assert text_of(f"stacks/{target}/{lies_as}") == (ROOT / "stacks" / target / name).read_text(), (
                f"{target}/{name}"
            )


def test_a_second_time_changes_nothing(made: Path) -> None:
    """Nor does it with the same options; it says that the file was kept."""
    before = files(made)
    ran = init(made, "--environments", "staging,prod", "--targets", "aws,cloudflare")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "wrote" not in ran.stdout
    assert "kept kampkin.yaml\n" in ran.stdout
    assert files(made) == before


def test_what_is_there_is_kept_and_named(tmp_path: Path) -> None:
    """Without --force it is left as it was; with it, it is written over and named. A symlink is never written through."""
    (tmp_path / "requirements.txt").write_text("mine\n")
    (tmp_path / "other").write_text("mine\n")
    (tmp_path / ".gitignore").symlink_to("other")
    ran = init(tmp_path)
    assert ran.returncode == 0
    assert "kept requirements.txt: it is there already" in ran.stdout
    assert (tmp_path / "requirements.txt").read_text() == "mine\n"
    ran = init(tmp_path, "--force")
    assert "wrote requirements.txt over what was there" in ran.stdout
    assert f"kampkin[deploy,live]=={__version__}" in (tmp_path / "requirements.txt").read_text()
    assert "kept .gitignore" in ran.stdout
    assert (tmp_path / "other").read_text() == "mine\n"


def test_a_file_that_is_there_says_what_is_deployed(tmp_path: Path) -> None:
    """Its environments in their order and each one's targets, its project; CODEOWNERS is its owners'."""
    (tmp_path / "kampkin.yaml").write_text(OWNED)
    ran = init(tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "kampkin.yaml").read_text() == OWNED
    assert (tmp_path / "stacks/cloudflare/Pulumi.dev.yaml").exists()
    assert not (tmp_path / "stacks/aws/Pulumi.dev.yaml").exists()
    up = yaml.safe_load((tmp_path / ".github/workflows/kampkin-up.yml").read_text())
    assert {name: job.get("needs", []) for name, job in up["jobs"].items()} == {"up-dev": [], "up-live": ["up-dev"]}
    assert "\n/kampkin.yaml @acme/shop\n" in (tmp_path / ".github/CODEOWNERS").read_text()


def test_what_deploys_has_owners(tmp_path: Path) -> None:
    """The approvers; where the file names none, or a CODEOWNERS is kept that has none, it is said."""
    nobody = "nobody must review /.github/, /.venv/, /requirements.txt, /stacks/"
    ran = init(tmp_path)
    assert "no .github/CODEOWNERS: no owner in kampkin.yaml has a github" in ran.stdout
    assert nobody in ran.stdout
    (tmp_path / "kampkin.yaml").write_text(OWNED)
    ran = init(tmp_path, "--force")
    assert "wrote .github/CODEOWNERS" in ran.stdout
    assert nobody in ran.stdout
    assert "# /stacks/ @organisation/team\n" in (tmp_path / ".github/CODEOWNERS").read_text()
    (tmp_path / "kampkin.yaml").write_text(OWNED + 'safety: {approvers: ["@acme/platform"]}\n')
    ran = init(tmp_path)
    assert "kept .github/CODEOWNERS" in ran.stdout
    assert nobody in ran.stdout
    ran = init(tmp_path, "--force")
    assert "nobody" not in ran.stdout
    assert (tmp_path / ".github/CODEOWNERS").read_text().endswith("\n/stacks/ @acme/platform\n")
    (tmp_path / ".github/CODEOWNERS").write_text("* @acme/all\n/stacks/\n")
    assert "nobody must review /stacks/: " in init(tmp_path).stdout


@pytest.mark.parametrize(
    ("document", "arguments", "says"),
    [
        (OWNED, ["--environments", "prod"], "is there already and has dev,live"),
        (OWNED, ["--project", "shop"], "is there already and has edge"),
        (OWNED.partition("environments")[0], [], "has no environments"),
        (None, ["--targets", "gcp"], "there is no target 'gcp'"),
        (None, ["--environments", "Prod"], "'Prod' is no name"),
        (None, ["--project", "a b"], "is no name"),
        (None, ["--action", "x; rm -rf /"], "is none"),
        (None, ["--branch", "$(id)"], "is none"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, document: str | None, arguments: list[str], says: str) -> None:
    """It ends with 2 and writes nothing."""
    if document:
        (tmp_path / "kampkin.yaml").write_text(document)
    ran = init(tmp_path, *arguments)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert set(files(tmp_path)) <= {"kampkin.yaml"}


def test_a_broken_file_is_shown(tmp_path: Path) -> None:
    """It ends with 1, as everywhere."""
    (tmp_path / "kampkin.yaml").write_text("version: 1\n")
    ran = init(tmp_path)
    assert ran.returncode == 1
    assert "kampkin.yaml:1:1" in ran.stderr


def workflows(folder: Path) -> dict[str, Any]:
    """The workflows of a repository, by their names."""
    return {
        path.stem: yaml.safe_load(path.read_text()) for path in sorted((folder / ".github/workflows").glob("*.yml"))
    }


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--environments", "prod", "--targets", "cloudflare"],
        ["--environments", "1"],
        ["--environments", "1e3,2024-11-28,2024-prod,yes,off,n", "--project", "null", "--branch", "2026.11"],
    ],
    ids=["as-it-is", "one-of-each", "a-number", "no-texts"],
)
def test_actionlint_is_clean(tmp_path: Path, arguments: list[str]) -> None:
    """On every workflow of a new repository, however its environments are called; but that it takes "true" and "null" in quotes for
    no texts where one workflow calls another, as YAML does not."""
    program = find_or_build()
    if program is None:
        pytest.skip("neither actionlint nor go is on PATH")
    git(tmp_path, "init", "--quiet")
    assert init(tmp_path, *arguments).returncode == 0
    ran = subprocess.run([program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_a_name_is_a_text_to_every_reader(tmp_path: Path) -> None:
    """Where plain YAML would have a number, a date, a truth or nothing, in the file, the stacks' settings and the workflows."""
    ran = init(tmp_path, "--environments", ",".join(NO_TEXTS), "--project", "null", "--branch", "1.0")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = yaml.safe_load((tmp_path / "kampkin.yaml").read_text())
    assert (document["project"], tuple(document["environments"])) == ("null", NO_TEXTS)
    for name in NO_TEXTS:
        plan = load(tmp_path / "kampkin.yaml", name).plan
        assert plan
        assert (plan.project, plan.environment) == ("null", name)
        settings = yaml.safe_load((tmp_path / f"stacks/aws/Pulumi.{name}.yaml").read_text())
        assert settings == {"config": {"kampkin-aws:environment": name}}
    found = workflows(tmp_path)
    up = found["kampkin-up"]
    assert up[True]["push"]["branches"] == ["1.0"]
    assert [job["with"]["environment"] for job in up["jobs"].values()] == list(NO_TEXTS)
    flip = found["kampkin-flip"][True]["workflow_dispatch"]["inputs"]["environment"]
    assert (flip["options"], flip["default"]) == (list(NO_TEXTS), NO_TEXTS[-1])
    drift = found["kampkin-drift"]["jobs"]["drift"]["strategy"]["matrix"]
    assert drift["environment"] == list(NO_TEXTS)
    one = tmp_path / "one"
    one.mkdir()
    assert init(one, "--environments", "null").returncode == 0
    assert workflows(one)["kampkin-check"]["env"]["ENVIRONMENTS"] == "null"


def test_permissions_are_the_least(made: Path) -> None:
    """None by default; of every job its own; and nothing that a pull request's own files can ask a cloud with."""
    for name, workflow in workflows(made).items():
        assert workflow["permissions"] == {}, name
        assert all("permissions" in job for job in workflow["jobs"].values()), name
    check = workflows(made)["kampkin-check"]["jobs"]
    assert check["check"]["permissions"] == {"contents": "read"}
    assert check["check"]["if"] == "github.event_name == 'pull_request'"
    assert "environment" not in check["check"]
    assert [name for name, job in check.items() if "id-token" in job["permissions"]] == ["preview"]
    assert [name for name, job in check.items() if "environment" in job] == ["review", "preview"]
    assert check["preview"]["if"] == "needs.review.outputs.data-only == 'true'"


def test_nothing_that_somebody_writes_becomes_a_script(made: Path) -> None:
    """No expression stands in a `run:`; and the actions of others are of a version."""
    documents = {
        **workflows(made),
        "action": {"jobs": {"action": yaml.safe_load((ROOT / "action.yml").read_text())["runs"]}},
    }
    for name, workflow in documents.items():
        for job in workflow["jobs"].values():
            for step in job.get("steps", []):
                assert "${{" not in step.get("run", ""), name
                assert re.fullmatch(r"\./.*|[\w-]+/[\w-]+@v\d+(\.\d+)*", step.get("uses", "./")), step


def test_every_step_runs_where_the_runner_obeys_nothing(made: Path) -> None:
    """By the shell that the action brings along, which is there before the first script; the action's own, too."""
    for name, workflow in workflows(made).items():
        for job in workflow["jobs"].values():
            steps = job.get("steps", [])
            scripts = [number for number, step in enumerate(steps) if "run" in step]
            if not scripts:
                continue
            assert workflow["defaults"]["run"]["shell"] == "kampkin-step {0}", name
            assert all("shell" not in step for step in steps), name
            assert any(step.get("uses", "").startswith("kampkin/kampkin@") for step in steps[: scripts[0]]), name
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    assert [step["shell"] for step in steps if step.get("id") == "run"] == ["kampkin-step {0}"]


def step(*lines: str) -> Ran:
    """Runs a script in the shell of the workflows' steps."""
    return subprocess.run(
        [ROOT / "action/kampkin-step", "/dev/stdin"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_shell_of_steps_is_bash_but_for_commands() -> None:
    """Everything is on one stream, between a command that stops commands and the one that lets them go on, by a token of its own;
    the script does not know it, and its code is the step's."""
    tokens = set()
    for lines, code in ((["false", "echo never"], 1), (["exit 7"], 7), (["true | false | true"], 1), (["true"], 0)):
        ran = step("echo ::error::out", "echo ::warning::err >&2", "(sleep 0.2; echo ::late::) &", "env", *lines)
        assert (ran.returncode, ran.stderr) == (code, "")
        first, *said, last = ran.stdout.splitlines()
        token = first.removeprefix("::stop-commands::")
        assert re.fullmatch("[0-9a-f]{32}", token)
        assert last == f"::{token}::"
        assert said[:2] == ["::error::out", "::warning::err"]
        assert "::late::" in said
        assert "never" not in said
        assert token not in "\n".join(said)
        tokens.add(token)
    assert len(tokens) == 4
    assert step("printf ::error::no-line-end").stdout.splitlines()[-2:][0] == "::error::no-line-end"


def test_only_the_trusted_side_sees_secrets(made: Path) -> None:
    """The job that runs a pull request's own files names none."""
    text = (made / ".github/workflows/kampkin-check.yml").read_text()
    job = text.partition("\n  check:\n")[2].partition("\n  review:\n")[0]
    assert "secrets." not in job
    assert "github.token" not in job
    assert "vars." not in job


def test_a_secret_is_of_an_environment(made: Path) -> None:
    """A job that names one has an environment, which is closed to other branches; a secret of the repository is anybody's who
    may push one. The token that reads teams is in one step of the one job that has nothing else."""
    asking = {}
    for workflow in workflows(made).values():
        for name, job in workflow["jobs"].items():
            if found := set(re.findall(r"secrets\.(\w+)", yaml.safe_dump(job))):
                assert job.get("environment"), name
                asking[name] = found
    assert [name for name, found in asking.items() if "KAMPKIN_TEAMS_TOKEN" in found] == ["review"]
    assert asking["review"] == {"KAMPKIN_TEAMS_TOKEN"}
    assert workflows(made)["kampkin-check"]["jobs"]["review"]["environment"] == "kampkin-review"


def test_the_hooks_run_check(made: Path) -> None:
    """In the repository by `.pre-commit-config.yaml`, and from this one by `.pre-commit-hooks.yaml`."""
    (repo,) = yaml.safe_load((made / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert repo["hooks"][0]["entry"] == hook["entry"] == "kampkin check"
    assert hook["id"] == repo["hooks"][0]["id"]
