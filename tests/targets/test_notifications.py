"""What the stacks declare for owners who want to hear of their breakers."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws
import pulumi_cloudflare
import pytest

from kampkin.plan import Owner, Target, seal_plan
from kampkin.targets import aws, cloudflare
from kampkin.targets.aws.settings import KEY
from kampkin.targets.cloudflare.bindings import bound
from kampkin.targets.cloudflare.migrations import state_tag
from kampkin.targets.secrets import is_secret_of
from tests.provider_inputs import misfits

from .conftest import Declared

FILE = """
version: 1
project: acme
targets: {TARGETS}
owners:
  shop: {notify: {slack: secret:SHOP_SLACK, webhook: secret:SHOP_HOOK, email: oncall@acme.dev, when: [open, close]}}
  quiet: {}
endpoints:
  cart: {owner: shop, origin: https://cart.acme.dev}
  search: {owner: quiet, origin: https://search.acme.dev}
"""
SLACK, HOOK = "https://hooks.slack.com/services/T/B/x", "https://hooks.acme.dev/kampkin#whsec_c2VjcmV0"
SECRETS = {"SHOP_SLACK": SLACK, "SHOP_HOOK": HOOK}
HOSTED = "{cloudflare: {host: edge.acme.dev}, aws: {}}"
ACCOUNT = {"accountId": "0123456789abcdef0123456789abcdef", "zoneId": "fedcba9876543210fedcba9876543210", **SECRETS}
SECRET = "4dabf18193072939515e22adb298388d"
"""What Pulumi marks a value with that is secret."""

NOTIFIER = "kampkin-notifier-us-east-1"
KINDS = {
    "queue": pulumi_aws.sqs.QueueArgs,
    "dead": pulumi_aws.sqs.QueueArgs,
    "topic-shop": pulumi_aws.sns.TopicArgs,
    "email-shop": pulumi_aws.sns.TopicSubscriptionArgs,
    "logs": pulumi_aws.cloudwatch.LogGroupArgs,
    "function": pulumi_aws.lambda_.FunctionArgs,
    "stream-mapping": pulumi_aws.lambda_.EventSourceMappingArgs,
    "queue-mapping": pulumi_aws.lambda_.EventSourceMappingArgs,
}


@pytest.fixture
def on_aws(declare: Callable[..., Declared]) -> Declared:
    """The stack on AWS."""
    return declare(aws.program, HOSTED, SECRETS, text=FILE)


@pytest.fixture
def on_cloudflare(declare: Callable[..., Declared]) -> Declared:
    """The stack on Cloudflare."""
    return declare(cloudflare.program, HOSTED, ACCOUNT, text=FILE)


def plain(value: Any) -> Any:
    """An input without the mark that makes it a secret."""
    if isinstance(value, dict):
        return plain(value["value"]) if SECRET in value else {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def test_the_table_has_a_stream_of_what_is_new(on_aws: Declared) -> None:
    """The notifier reads new images only."""
    table = on_aws.inputs["kampkin-table-us-east-1"]
    assert (table["streamEnabled"], table["streamViewType"]) == (True, "NEW_IMAGE")


def test_stream_and_queue_feed_the_function(on_aws: Declared) -> None:
    """Only events, only what failed once more, and in the end to the dead-letter queue."""
    stream, queue = on_aws.inputs[f"{NOTIFIER}-stream-mapping"], on_aws.inputs[f"{NOTIFIER}-queue-mapping"]
    pattern = json.loads(stream["filterCriteria"]["filters"][0]["pattern"])
    assert pattern == {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "event#"}]}}}}
    assert stream["functionResponseTypes"] == queue["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["bisectBatchOnFunctionError"] is True
    assert (stream["maximumRetryAttempts"], stream["maximumRecordAgeInSeconds"]) == (-1, 3600)
    assert stream["destinationConfig"]["onFailure"]["destinationArn"] == f"arn:aws:::{NOTIFIER}-dead"
    redrive = json.loads(on_aws.inputs[f"{NOTIFIER}-queue"]["redrivePolicy"])
    assert redrive == {"deadLetterTargetArn": f"arn:aws:::{NOTIFIER}-dead", "maxReceiveCount": 15}
    assert {on_aws.inputs[f"{NOTIFIER}-{part}"]["messageRetentionSeconds"] for part in ("queue", "dead")} == {1_209_600}


def test_the_function_is_the_compiled_zip_with_its_secrets(on_aws: Declared) -> None:
    """An ordinary function with variables, whose zip is written beside the edge's."""
    function = on_aws.inputs[f"{NOTIFIER}-function"]
    assert (function["name"], function["runtime"]) == ("kampkin-acme-notify", "nodejs24.x")
    assert plain(function["environment"])["variables"] == {"SECRET_SHOP_SLACK": SLACK, "SECRET_SHOP_HOOK": HOOK}
    with zipfile.ZipFile(".kampkin/prod-notifier.zip") as archive:
        assert {"main.mjs", "owners.mjs", "notifier.mjs"} <= set(archive.namelist())
        assert "hooks" not in "".join(archive.read(name).decode() for name in ("owners.mjs", "site.mjs"))
    visible = on_aws.inputs[f"{NOTIFIER}-queue"]["visibilityTimeoutSeconds"]
    assert visible >= 6 * function["timeout"]


def test_each_region_tells_of_its_own_breakers(declare: Callable[..., Declared]) -> None:
    """A function behind each table, with queues and topics of its own; one role for all."""
    regions = ["us-east-1", "eu-west-1"]
    inputs = declare(aws.program, "{aws: {regions: [us-east-1, eu-west-1]}}", SECRETS, text=FILE).inputs
    for part in KINDS:
        assert [inputs[f"kampkin-notifier-{region}-{part}"]["region"] for region in regions] == regions
    assert [inputs[name]["streamEnabled"] for name in ("kampkin-table-us-east-1", "kampkin-table-eu-west-1")] == [
        True,
        True,
    ]
    assert {name for name in inputs if name.endswith("notifier-role")} == {"kampkin-notifier-role"}


def test_email_is_the_owners_topic(on_aws: Declared) -> None:
    """One topic and one subscription."""
    assert on_aws.inputs[f"{NOTIFIER}-topic-shop"]["name"] == "kampkin-acme_shop"
    subscription = on_aws.inputs[f"{NOTIFIER}-email-shop"]
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "oncall@acme.dev")


def test_the_notifiers_role_may_do_what_it_does_and_no_more(on_aws: Declared) -> None:
    """Of its own table, queues, topics and logs, in whatever region, what its code and its mappings call."""
    policy = json.loads(on_aws.inputs["kampkin-notifier-policy"]["policy"])
    assert {one["Resource"]: one["Action"] for one in policy["Statement"]} == {
        "arn:aws:dynamodb:*:*:table/kampkin-acme": ["dynamodb:Query"],
        "arn:aws:dynamodb:*:*:table/kampkin-acme/stream/*": [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
        "arn:aws:sqs:*:*:kampkin-acme-notify": [
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        "arn:aws:sqs:*:*:kampkin-acme-notify-dead": ["sqs:SendMessage"],
        "arn:aws:sns:*:*:kampkin-acme_shop": ["sns:Publish"],
        "arn:aws:logs:*:*:log-group:/aws/lambda/kampkin-acme-notify:*": ["logs:CreateLogStream", "logs:PutLogEvents"],
    }
    assert {one["Effect"] for one in policy["Statement"]} == {"Allow"}
    trust = json.loads(on_aws.inputs["kampkin-notifier-role"]["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_settings_are_the_notifiers_too(declare: Callable[..., Declared]) -> None:
    """How long its logs are kept, whose everything is, and the key without which it could not read the table's stream."""
    settings = {"logDays": "7", "tags": '{"team": "shop"}', "tableKeys": json.dumps({"us-east-1": KEY})}
    inputs = declare(aws.program, HOSTED, {**SECRETS, **settings}, text=FILE).inputs
    assert inputs[f"{NOTIFIER}-logs"]["retentionInDays"] == 7
    tagged = {part for part in KINDS if "tags" in inputs[f"{NOTIFIER}-{part}"]}
    assert tagged == set(KINDS) - {"email-shop"}
    assert {inputs[f"{NOTIFIER}-{part}"]["tags"]["team"] for part in tagged} == {"shop"}
    policy = json.loads(inputs["kampkin-notifier-policy"]["policy"])
    assert {one["Resource"]: one["Action"] for one in policy["Statement"]}[KEY] == ["kms:Decrypt"]
    for part in tagged:
        assert list(misfits(plain(inputs[f"{NOTIFIER}-{part}"]), KINDS[part])) == []


@pytest.mark.parametrize("part", KINDS)
def test_the_provider_takes_every_input(on_aws: Declared, part: str) -> None:
    """No input is a word that the installed provider does not have, and none that it needs is missing."""
    assert list(misfits(plain(on_aws.inputs[f"{NOTIFIER}-{part}"]), KINDS[part])) == []
    assert on_aws.inputs[f"{NOTIFIER}-{part}"]["region"] == "us-east-1"


def test_the_state_worker_is_bound_to_secrets_and_email(on_cloudflare: Declared) -> None:
    """Secrets as such, and an email binding that takes the owners' addresses and the host's sender only."""
    state = on_cloudflare.inputs["kampkin-state"]
    email, hook, slack = plain(state["bindings"])
    assert email == {
        "name": "EMAIL",
        "type": "send_email",
        "allowedDestinationAddresses": ["oncall@acme.dev"],
        "allowedSenderAddresses": ["kampkin@edge.acme.dev"],
    }
    assert [(one["name"], one["type"], one["text"]) for one in (hook, slack)] == [
        ("SECRET_SHOP_HOOK", "secret_text", HOOK),
        ("SECRET_SHOP_SLACK", "secret_text", SLACK),
    ]
    assert list(misfits({**state, "bindings": plain(state["bindings"])}, pulumi_cloudflare.WorkersScriptArgs)) == []
    assert "hooks." not in json.dumps([state["content"], state["files"], state["migrations"]])


def test_without_a_host_no_email_is_sent(declare: Callable[..., Declared]) -> None:
    """There is no address to send from."""
    config = {"accountId": "0123456789abcdef0123456789abcdef", "workersSubdomain": "acme", **SECRETS}
    state = declare(cloudflare.program, "[cloudflare]", config, text=FILE).inputs["kampkin-state"]
    assert [one["type"] for one in plain(state["bindings"])] == ["secret_text", "secret_text"]


def test_another_value_of_a_secret_moves_the_tag(declare: Callable[..., Declared]) -> None:
    """Another value is another upload, and an upload whose migration does not move is refused."""

    def tag(**secrets: str) -> str:
        declared = declare(cloudflare.program, HOSTED, ACCOUNT | secrets, text=FILE)
        found: str = declared.inputs["kampkin-state"]["migrations"]["newTag"]
        return found

    assert tag() == tag()
    assert tag() != tag(SHOP_SLACK=f"{SLACK}y")


def test_a_state_worker_that_tells_nobody_has_the_tag_of_its_modules() -> None:
    """Owners who want nothing change nothing."""
    assert state_tag({"content": ""}, "acme", {}) == state_tag({"content": ""}, "acme")


@pytest.mark.parametrize("text", [FILE.replace("owner: shop, ", ""), FILE.replace("notify:", "x-notify:")])
def test_where_nobody_wants_to_hear_nothing_is_made(declare: Callable[..., Declared], text: str) -> None:
    """An owner without endpoints, or without a channel, costs nothing and needs no secret."""
    declared = declare(aws.program, "[aws]", text=text)
    assert not [name for name in declared.inputs if "notifier" in name]
    assert "streamEnabled" not in declared.inputs["kampkin-table-us-east-1"]
    assert "deadLetters" not in declared.exports
    edge = declare(
        cloudflare.program,
        "[cloudflare]",
        {"accountId": "0123456789abcdef0123456789abcdef", "workersSubdomain": "acme"},
        text=text,
    )
    assert "bindings" not in edge.inputs["kampkin-state"]


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ({}, "run: pulumi config set --secret SHOP_HOOK VALUE\nSHOP_SLACK: is not set"),
        ({"SHOP_HOOK": HOOK}, "run: pulumi config set --secret SHOP_SLACK VALUE"),
        ({**SECRETS, "SHOP_HOOK": "https://hooks.acme.dev/"}, "SHOP_HOOK: is not https://receiver/path#whsec_"),
        ({**SECRETS, "SHOP_SLACK": "http://hooks.slack.com/x"}, "SHOP_SLACK: is not an https:// URL"),
    ],
)
def test_a_secret_that_is_missing_or_none_is_one_clear_error(
    declare: Callable[..., Declared], secrets: dict[str, str], says: str
) -> None:
    """With the command that sets it, and without its value."""
    with pytest.raises(pulumi.RunError) as problem:
        declare(aws.program, "[aws]", secrets, text=FILE)
    assert says in str(problem.value)
    assert not [value for value in secrets.values() if value in str(problem.value)]


def git(folder: Path, *arguments: str) -> str:
    """Runs git as somebody."""
    who = ["-c", "user.name=Dana", "-c", "user.email=dana@acme.dev", "-c", "commit.gpgsign=false"]
    run = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_messages_know_the_last_change(declare: Callable[..., Declared], tmp_path: Path) -> None:
    """The stack knows from git who changed an endpoint last; the plan's digest and the edge's zip do not change by it."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "kampkin.yaml").write_text(FILE.replace("{TARGETS}", HOSTED))
    git(tmp_path, "add", "kampkin.yaml")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    before = declare(aws.program, HOSTED, SECRETS, text=FILE)
    with zipfile.ZipFile(".kampkin/prod-notifier.zip") as archive:
        changes = archive.read("changes.mjs").decode()
    assert git(tmp_path, "rev-parse", "HEAD") in changes
    assert "Dana" in changes
    assert "search" not in changes, "nobody is told of it"
    git(tmp_path, "commit", "--quiet", "--amend", "-m", "second")
    after = declare(aws.program, HOSTED, SECRETS, text=FILE)
    assert before.exports["plan"] == after.exports["plan"]
    changed = {name for name in before.inputs if before.inputs[name] != after.inputs[name]}
    hashes = [one.inputs["kampkin-function"]["codeSha256"] for one in (before, after)]
    assert hashes[0] == hashes[1]
    assert f"{NOTIFIER}-function" in changed


def test_without_git_there_is_a_warning(declare: Callable[..., Declared], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no repository deploys all the same."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    declare(aws.program, HOSTED, SECRETS, text=FILE)
    assert any("who changed an endpoint last" in text for text in said)


def test_the_tag_holds_no_secret() -> None:
    """Of a secret's value only a digest goes into it."""
    plan = seal_plan(
        project="a",
        targets={"cloudflare": Target(store="durable-object")},
        endpoints=[],
        owners=[Owner(name="o", when=())],
    )
    assert "hooks" not in json.dumps(bound(plan, SECRETS))


@pytest.mark.parametrize(
    ("channel", "value", "fits"),
    [
        ("slack", SLACK, True),
        ("slack", "http://hooks.slack.com/x", False),
        ("slack", SLACK + "#x", False),
        ("webhook", HOOK, True),
        ("webhook", "https://h/x", False),
        ("webhook", "https://h/x#whsec_", False),
        ("webhook", "https://h/x#whsec_abcde", False),
        ("webhook", "https://[/x#whsec_YQ==", False),
        ("webhook", "https://h:99999/#whsec_YQ==", False),
        ("webhook", "https:///x#whsec_YQ==", False),
    ],
)
def test_a_secret_that_can_reach_nobody_is_told_apart(channel: str, value: str, fits: bool) -> None:
    """Before anything is deployed."""
    assert is_secret_of(channel, value) is fits
