"""`kampkin preview` lists what both stacks would declare: no engine, no account, no secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.preview.conftest import FILE, HIDDEN, ROOT, ZONE, Kampkin, Outcome, lay_out, python_in, run_in


def test_both_targets_are_listed(prod: Outcome) -> None:
    """Each resource with its type, parent, inputs and options."""
    assert prod.code == 0, prod.err
    worker = prod.resources("cloudflare")["kampkin-worker"]
    assert worker["type"] == "cloudflare:index/workersScript:WorkersScript"
    assert worker["parent"] == "kampkin"
    assert worker["inputs"]["scriptName"] == "kampkin-acme-prod"
    (table,) = (one for one in prod.resources("aws").values() if one["type"] == "aws:dynamodb/table:Table")
    assert table["inputs"]["name"] == "kampkin-acme-prod"
    assert table["options"]["protect"] is True
    assert prod.json["environment"] == "prod"


def test_parents_stand_before_their_children_and_siblings_by_name(prod: Outcome) -> None:
    """So that a tree can be read from top to bottom."""
    for target in ("aws", "cloudflare"):
        listed = [one["name"] for one in prod.json["targets"][target]["resources"]]
        resources = prod.resources(target)
        for name in listed:
            if parent := resources[name]["parent"]:
                assert listed.index(parent) < listed.index(name)
        top = [name for name in listed if resources[name]["parent"] == "kampkin"]
        assert top == sorted(top)


def test_outputs_of_other_resources_are_references(prod: Outcome) -> None:
    """By the name of the resource and of its output, within texts too."""
    aws = prod.resources("aws")
    assert aws["kampkin-function"]["inputs"]["role"] == "${kampkin-role.arn}"
    assert re.search(r"\$\{kampkin-table[^.]*\.arn\}", aws["kampkin-policy"]["inputs"]["policy"])
    association = aws["kampkin-distribution"]["inputs"]["defaultCacheBehavior"]["lambdaFunctionAssociations"][0]
    assert association["lambdaArn"] == "${kampkin-function.qualifiedArn}"


def test_contents_are_digest_and_size(prod: Outcome) -> None:
    """Of a module and of a zip; no line of the runtime is shown."""
    files = prod.resources("cloudflare")["kampkin-worker"]["inputs"]["files"]
    assert files["breaker.mjs"]["contentBase64"].startswith("sha256:")
    assert files["breaker.mjs"]["contentBase64"].endswith(" kB")
    assert prod.resources("aws")["kampkin-function"]["inputs"]["code"].startswith("sha256:")
    assert "export" not in prod.out


def test_what_the_stack_says_is_used_and_the_rest_stands_for_itself(prod: Outcome) -> None:
    """A setting of the stack file is shown; the account, which it lacks, is a placeholder, and told as one."""
    cloudflare = prod.resources("cloudflare")
    assert cloudflare["kampkin-worker"]["inputs"]["accountId"] == "<accountId>"
    assert any(one["inputs"].get("zoneId") == ZONE for one in cloudflare.values())
    assert prod.json["targets"]["cloudflare"]["placeholders"] == ["accountId"]


def test_secrets_are_masked_everywhere(prod: Outcome, kampkin: Kampkin, tmp_path: Path) -> None:
    """Sealed or not, in the stack or beside it, in each form: neither their values nor what stood for them."""
    bindings = prod.resources("cloudflare")["kampkin-worker"]["inputs"]["bindings"]
    assert {one["name"]: one["text"] for one in bindings if one["type"] == "secret_text"} == {
        "KAMPKIN_ADMIN": "[secret]",
        "SECRET_CART_TOKEN": "[secret]",
    }
    assert prod.json["targets"]["cloudflare"]["secrets"] == ["CART_TOKEN", "SHOP_HOOK", "SHOP_SLACK", "adminToken"]
    (tmp_path / "values.yaml").write_text("cloudflare: {adminToken: token-of-the-values-file}\n")
    shown = [prod.out, prod.err]
    for form in ("human", "markdown"):
        outcome = kampkin("preview", "--env", "prod", "--format", form, "--values", "values.yaml")
        assert outcome.code == 0, outcome.err
        shown += [outcome.out, outcome.err]
    for text in shown:
        assert not [hidden for hidden in (*HIDDEN, "token-of-the-values-file") if hidden in text]


def test_the_same_file_gives_the_same_bytes_anywhere(prod: Outcome, kampkin: Kampkin, tmp_path: Path) -> None:
    """Another folder, another environment of the shell: nothing of the machine is in it."""
    again = kampkin(
        "preview",
        "--env",
        "prod",
        "--format",
        "json",
        AWS_REGION="eu-north-1",
        CLOUDFLARE_API_TOKEN="t",
        PULUMI_CONFIG="{}",
    )
    assert again.out == prod.out
    assert str(tmp_path.parent) not in prod.out
    assert str(ROOT) not in prod.out


def test_an_environment_declares_what_it_changes(kampkin: Kampkin) -> None:
    """Another store is another set of resources; without a stack file all of the owner's own is a placeholder."""
    small = kampkin("preview", "--env", "small", "--format", "json")
    assert small.code == 0, small.err
    assert "kampkin-decisions" in small.resources("cloudflare")
    assert "kampkin-state" not in small.resources("cloudflare")
    assert "kampkin-table" not in small.resources("aws")
    assert small.json["targets"]["cloudflare"]["placeholders"] == ["accountId", "zoneId"]


def test_one_target_and_values_of_its_own(kampkin: Kampkin, tmp_path: Path) -> None:
    """`--values` lies over the stack's settings."""
    account = "0123456789abcdef0123456789abcd00"
    (tmp_path / "values.yaml").write_text(f"cloudflare: {{accountId: {account}}}\n")
    outcome = kampkin(
        "preview", "--env", "prod", "--target", "cloudflare", "--values", "values.yaml", "--format", "json"
    )
    assert list(outcome.json["targets"]) == ["cloudflare"]
    assert outcome.resources("cloudflare")["kampkin-worker"]["inputs"]["accountId"] == account
    assert outcome.json["targets"]["cloudflare"]["placeholders"] == []


def test_a_person_reads_a_tree(kampkin: Kampkin) -> None:
    """Names and types, their inputs below; what is made up is told on top."""
    out = kampkin("preview", "--env", "prod", "--target", "cloudflare").out
    assert out.startswith("cloudflare: ")
    assert "<accountId> is not set in the stack" in out.splitlines()[0]
    assert "\n    kampkin-worker  cloudflare:index/workersScript:WorkersScript\n" in out
    assert "\n        scriptName: kampkin-acme-prod\n" in out
    assert "\n        (protected from deletion)\n" in out


def test_a_pull_request_reads_a_table(kampkin: Kampkin) -> None:
    """The inputs are folded away."""
    out = kampkin("preview", "--env", "prod", "--target", "aws", "--format", "markdown").out
    assert re.search(r"`kampkin-table\S*` \| `aws:dynamodb/table:Table` \| protected \|$", out, re.MULTILINE)
    assert out.index("<details>") < out.index("billingMode: PAY_PER_REQUEST") < out.index("</details>")


def test_what_differs_in_its_region_alone_is_told_once(kampkin: Kampkin) -> None:
    """For a person; programs get each."""
    out = kampkin("preview", "--env", "wide", "--target", "aws").out
    assert re.search(r"^    kampkin-table\S* and 2 more  aws:dynamodb/table:Table$", out, re.MULTILINE)
    (line,) = re.findall(r"^        region: (.*,.*)$", out, re.MULTILINE)
    assert sorted(line.split(", ")) == ["eu-west-1", "sa-east-1", "us-east-1"]
    told = kampkin("preview", "--env", "wide", "--target", "aws", "--format", "json")
    tables = [one for one in told.resources("aws").values() if one["type"] == "aws:dynamodb/table:Table"]
    assert sorted(one["inputs"]["region"] for one in tables) == ["eu-west-1", "sa-east-1", "us-east-1"]


def test_a_placeholder_is_no_tag_in_markdown(kampkin: Kampkin) -> None:
    """A forge would drop it."""
    out = kampkin("preview", "--env", "prod", "--target", "cloudflare", "--format", "markdown").out
    assert out.splitlines()[0].endswith("`<accountId>` is not set in the stack")


def test_a_broken_file_is_shown_with_its_findings(kampkin: Kampkin) -> None:
    """Exit 1, as with check, and nothing is run."""
    outcome = kampkin("preview", text=FILE.replace("project: acme", "project: 7!"))
    assert outcome.code == 1
    assert "kampkin.yaml:2:10" in outcome.err
    assert outcome.out == ""


def test_wrong_settings_are_told_and_hide_nothing_of_the_other_target(kampkin: Kampkin, tmp_path: Path) -> None:
    """As `pulumi up` would tell them: with the command that mends each. A wrong value is no missing one."""
    (tmp_path / "values.yaml").write_text("cloudflare: {acountId: x, zoneId: short}\n")
    outcome = kampkin("preview", "--env", "prod", "--values", "values.yaml")
    assert outcome.code == 1
    assert "did you mean accountId?" in outcome.err
    assert outcome.out.startswith("aws: ")
    (tmp_path / "values.yaml").write_text("cloudflare: {zoneId: short}\n")
    outcome = kampkin("preview", "--env", "prod", "--target", "cloudflare", "--values", "values.yaml")
    assert (outcome.code, outcome.out) == (1, "")
    assert "zoneId: is not written as it should be" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--env", "prod", "--target", "aws", "--values", "none.yaml"), "there is no file none.yaml"),
        (("--env", "prod", "--values", "kampkin.yaml"), "version is no map of a target's settings"),
        (("--env", "production"), "production"),
    ],
)
def test_what_cannot_be_done_is_said(kampkin: Kampkin, arguments: tuple[str, ...], said: str) -> None:
    """Exit 2, on one line."""
    outcome = kampkin("preview", *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_stack_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    """With its line."""
    lay_out(tmp_path)
    (tmp_path / "stacks/aws/Pulumi.prod.yaml").write_text("config:\n  a: [1\n  b: 2\n")
    outcome = run_in(tmp_path, "preview", "--env", "prod", "--target", "aws")
    assert outcome.code == 2
    assert "stacks/aws/Pulumi.prod.yaml:3 is no YAML" in outcome.err


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    """The packages are looked for before anything is started."""
    lay_out(tmp_path)
    program = (
        "import sys\n"
        "import importlib.util as util\n"
        "real = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name.startswith('pulumi') else real(name, package)\n"
        "from kampkin.cli import main\n"
        "sys.exit(main(['preview', '--env', 'prod']))\n"
    )
    done = python_in(tmp_path, "-c", program)
    assert done.code == 2
    said = done.err.splitlines()[-2:]
    assert said == [
        "kampkin: this needs the extra deploy: there is no pulumi, pulumi_aws, pulumi_cloudflare",
        "  hint: pip install 'kampkin[deploy]'; in a clone: pip install '.[deploy]'",
    ]


def test_the_parent_never_loads_pulumi(tmp_path: Path) -> None:
    """Seconds and hundreds of MB are the child's alone."""
    lay_out(tmp_path)
    program = (
        "import sys\n"
        "from kampkin.cli import main\n"
        "code = main(['preview', '--env', 'prod', '--target', 'cloudflare', '--format', 'json'])\n"
        "print([name for name in sys.modules if name.startswith('pulumi')], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = python_in(tmp_path, "-c", program)
    assert done.code == 0
    assert done.err.splitlines()[-1] == "[]"
    assert done.json["version"] == 1
