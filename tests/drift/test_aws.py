"""AWS as it is now, held against what the stack declares."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from kampkin.drift.aws import AwsLive, connect
from kampkin.drift.aws.calls import Calls
from kampkin.drift.aws.readers import READERS, is_of_the_cloud
from kampkin.drift.aws.trail import by
from kampkin.drift.generated import held_by
from kampkin.drift.model import Unseen
from kampkin.drift.references import resolved
from kampkin.local.dynamodb import CREDENTIALS
from kampkin.names import names_for
from kampkin.preview.declared import Resource
from kampkin.targets.permissions import Scope, policy
from tests.drift.conftest import Account, Stack
from tests.drift.deployed_aws import FOREVER, HOST, Look, look
from tests.drift.tampering_aws import (
    BATCHES,
    HARMLESS,
    TAMPERINGS,
    Do,
    Tampering,
    base_of,
    call_version,
    code_of,
    edited,
    publish,
)
from tests.e2e.guard import Guard

SETTINGS = (
    "none",
    "all",
    "account",
    "certificateArn",
    "hostedZoneId",
    "formerHost",
    "formerHostedZoneId",
    "logDays",
    "logRegions",
    "pointInTimeRecovery",
    "tableKeys",
    "tags",
    "priceClass",
    "webAclArn",
)


@pytest.fixture
def untouched(aws_account: Account) -> Iterator[Stack]:
    """A deployment on a cloud whose calls fail in a test, and answer again after it."""
    yield aws_account.up("none")
    aws_account.cloud.answer()


@pytest.mark.parametrize("settings", SETTINGS)
def test_after_a_deployment_there_is_nothing(aws_account: Account, settings: str) -> None:
    """Whatever is set."""
    found = aws_account.up(settings).look()
    assert found.blind == {}
    assert [(one.name, one.setting, one.desired, one.live) for one in found.drifts] == []


def test_every_type_that_is_declared_has_a_reader(aws_account: Account) -> None:
    """With every setting set, nothing is left unread."""
    declared = {one.type for found in aws_account.declared.values() for one in found if is_of_the_cloud(one)}
    assert declared == set(READERS)


def test_a_type_that_nobody_knows_is_not_passed_over(aws_account: Account) -> None:
    """It is said that it was not looked at."""
    live = aws_account.cloud.live(aws_account.plans["none"])
    with pytest.raises(Unseen, match="aws:new/thing:Thing"):
        live.read(Resource("aws:new/thing:Thing", "kampkin-thing"))


def test_every_reference_is_known(aws_account: Account) -> None:
    """What one resource gives another is compared too, and not passed over."""
    stack = aws_account.up()
    live, by_name = stack.live, {one.name: one for one in stack.resources}
    for one in stack.resources:
        assert "${" not in str(resolved(one.inputs, lambda name: live.read(by_name[name]))), one.name


@dataclass
class Batch:
    """Tamperings of one deployment, which is then looked at once."""

    stack: Stack
    tamperings: tuple[Tampering, ...]
    live: AwsLive
    found: Look


@pytest.fixture(scope="session")
def batch_of(aws_account: Account) -> Callable[[Tampering], Batch]:
    """The batch of a tampering, made when it is first asked for."""

    @functools.cache
    def done(tamperings: tuple[Tampering, ...]) -> Batch:
        stack = aws_account.up()
        for one in tamperings:
            one.do(stack)
        live = stack.live
        return Batch(stack, tamperings, live, look(live, stack.resources))

    return lambda tampering: done(next(batch for batch in BATCHES if tampering in batch))


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.what)
def test_what_is_tampered_with_is_found(batch_of: Callable[[Tampering], Batch], tampering: Tampering) -> None:
    """At its setting and nowhere else; and who it was."""
    batch = batch_of(tampering)
    found = {(name.removeprefix("kampkin-"), setting) for name, setting in batch.found.settings}
    assert batch.found.blind == {}
    assert set(tampering.at) <= found
    assert found <= {place for one in batch.tamperings for place in one.at}
    if tampering.by:
        (name, setting), *_ = tampering.at
        drift = next(one for one in batch.found.drifts if (one.name, one.setting) == (f"kampkin-{name}", setting))
        said = batch.live.by(drift, batch.stack.resource(name))
        assert (said.where, said.who) == (f"CloudTrail {tampering.by}", CREDENTIALS["AWS_ACCESS_KEY_ID"])
        assert said.cause == "console" and said.at_ms and said.at_ms > 1_700_000_000_000


@pytest.mark.parametrize(("what", "do"), HARMLESS, ids=[what for what, _ in HARMLESS])
def test_what_is_harmless_does_not_alarm(aws_account: Account, what: str, do: Do) -> None:
    """Nothing at all."""
    stack = aws_account.up()
    try:
        do(stack)
        live = stack.live
        found = look(live, stack.resources)
        assert live.settled() == (what != "a roll-out")
    finally:
        stack.cloud.running.roll_out(False)
    assert found.blind == {}
    assert [(one.name, one.setting, one.desired, one.live) for one in found.drifts] == []


def test_what_is_beside_is_attributed(aws_account: Account) -> None:
    """Extras come with who it was; while a roll-out runs what is at the distribution is the roll-out's."""
    stack = aws_account.up("none")
    arn = publish_edited(stack)
    call_version(stack, arn, "origin-response")
    [drift] = stack.look().drifts
    assert (drift.by.cause, drift.by.where) == ("console", "CloudTrail UpdateDistribution")
    assert drift.resource == f"distribution {stack['distribution']['id']}"
    assert (str(drift.desired)[-2:], str(drift.live)[-2:]) == (":1", ":2")
    try:
        stack.cloud.running.roll_out(True)
        [drift] = stack.look().drifts
    finally:
        stack.cloud.running.roll_out(False)
    assert drift.by.cause == "roll-out" and drift.is_harmless


def publish_edited(stack: Stack) -> str:
    """An edited version, then ours again as latest; the edited one's ARN."""
    lambda_, name = stack.cloud.client("lambda"), base_of(stack)
    ours = code_of(stack, name)
    lambda_.update_function_code(FunctionName=name, ZipFile=edited(ours))
    arn = publish(stack)
    lambda_.update_function_code(FunctionName=name, ZipFile=ours)
    return arn


def test_secrets_are_never_shown(aws_account: Account) -> None:
    """A variable that somebody added is told by name alone."""
    stack = aws_account.up("none")
    variables = {"SECRET_OPS": "hunter2", "TOKEN": "hunter3"}
    stack.cloud.client("lambda").update_function_configuration(
        FunctionName=f"{base_of(stack)}-notify", Environment={"Variables": variables}
    )
    found = stack.look()
    assert len(found.drifts) == 1
    assert "hunter" not in str(found.drifts)


# what cannot be seen


@pytest.mark.parametrize(
    ("operation", "needs", "code"),
    [
        ("DescribeTable", "dynamodb:DescribeTable", "AccessDeniedException"),
        ("DescribeTimeToLive", "dynamodb:DescribeTimeToLive", "AccessDeniedException"),
        ("ListDistributions", "cloudfront:ListDistributions", "AccessDenied"),
        ("GetDistribution", "cloudfront:GetDistribution", "AccessDenied"),
        ("ListVersionsByFunction", "lambda:ListVersionsByFunction", "AccessDeniedException"),
        ("GetRole", "iam:GetRole", "AccessDenied"),
        ("ListAttachedRolePolicies", "iam:ListAttachedRolePolicies", "AccessDenied"),
        ("DescribeLogGroups", "logs:DescribeLogGroups", "AccessDeniedException"),
        ("GetQueueAttributes", "sqs:GetQueueAttributes", "AccessDenied"),
        ("ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic", "AuthorizationError"),
        ("GetResourcePolicy", "dynamodb:GetResourcePolicy", "AccessDeniedException"),
        ("GetPolicy", "lambda:GetPolicy", "AccessDeniedException"),
        ("GetFunctionUrlConfig", "lambda:GetFunctionUrlConfig", "AccessDeniedException"),
    ],
)
def test_a_permission_that_is_missing_is_named(untouched: Stack, operation: str, needs: str, code: str) -> None:
    """The action that would show it; all else is seen."""
    untouched.cloud.client("iam").untag_role(RoleName=f"{base_of(untouched)}-notify", TagKeys=["kampkin:project"])
    untouched.cloud.fail(operation, code, "no")
    found = untouched.look()
    assert found.blind
    assert {problem.needs for problem in found.blind.values()} == {needs}
    seen_or_not = found.settings | {(name, "role") for name in found.blind if name == "kampkin-notifier-role"}
    assert {name for name, _ in seen_or_not} == {"kampkin-notifier-role"}


def test_what_is_denied_beside_a_resource_hides_nothing_of_it(untouched: Stack) -> None:
    """A role from before a release that asks for more sees as much as it did."""
    name = f"{base_of(untouched)}-notify"
    lambda_ = untouched.cloud.client("lambda")
    lambda_.create_function_url_config(FunctionName=name, AuthType="NONE")
    lambda_.update_function_configuration(FunctionName=name, Timeout=9)
    untouched.cloud.fail("GetPolicy", "AccessDeniedException", "no")
    found = untouched.look()
    assert {setting for _, setting in found.settings} == {"timeout", "functionUrl"}
    assert {problem.needs for problem in found.blind.values()} == {"lambda:GetPolicy"}


def test_the_level_that_reads_is_enough(aws_account: Account) -> None:
    """Past an imitation of IAM: the policy of the bootstrap stack's role allows all that is asked for."""
    stack = aws_account.up()
    hosts = (str(stack.plan.targets["aws"].host), "old")
    zones = tuple({one.inputs["zoneId"] for one in stack.resources if "zoneId" in one.inputs})
    account, plan = "123456789012", stack.plan
    scope = Scope(account, plan.project, plan.environment, names_for(plan), hosts, zones)
    with Guard(stack.cloud.running.url, [policy("read", [scope])]) as guard:
        live = connect(plan, {**CREDENTIALS, "AWS_ENDPOINT_URL": guard.url}, account)
        found = look(live, stack.resources)
        assert (guard.refused, found.blind, found.drifts) == ([], {}, [])
    assert {"dynamodb:GetResourcePolicy", "lambda:GetPolicy", "lambda:GetFunctionUrlConfig"} <= guard.asked


def test_half_of_an_api_that_is_down_is_said(untouched: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call of DynamoDB's answers and one does not: no table is called sound, and none is called gone."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    untouched.cloud.fail("DescribeContinuousBackups", "InternalServerError", "down", status=500)
    found = untouched.look()
    [(name, problem)] = found.blind.items()
    assert name == "kampkin-table-us-east-1"
    assert "dynamodb in us-east-1 does not answer dynamodb:DescribeContinuousBackups: InternalServerError" in str(
        problem
    )
    assert found.drifts == []


@pytest.mark.parametrize(("times", "seen"), [(1, True), (FOREVER, False)])
def test_what_is_throttled_is_asked_again_a_little(
    untouched: Stack, monkeypatch: pytest.MonkeyPatch, times: int, seen: bool
) -> None:
    """Three times in all; then it is said."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    untouched.cloud.fail("ListDistributions", "Throttling", "slow down", times=times)
    live = real(untouched)
    found = look(live, untouched.resources)
    assert found.drifts == []
    if seen:
        assert found.blind == {}
    else:
        assert "kampkin-distribution" in found.blind
        assert "asked too much" in str(found.blind["kampkin-distribution"])


def real(stack: Stack) -> AwsLive:
    """A look with clients of its own."""
    return connect(stack.plan, {**CREDENTIALS, "AWS_ENDPOINT_URL": stack.cloud.running.url})


def test_where_nobody_answers_nothing_is_called_gone(aws_account: Account) -> None:
    """Blind for all of it."""
    live = AwsLive(
        aws_account.plans["none"], Calls(boto3.Session("a", "b"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    )
    resources = [one for one in aws_account.declared["none"] if one.type.endswith(("Distribution", "Table", "Role"))]
    found = look(live, resources)
    assert (found.drifts, set(found.blind)) == ([], {one.name for one in resources})
    with pytest.raises(Unseen):
        live.plan()
    with pytest.raises(Unseen):
        live.settled()
    assert "cannot be asked" in str(found.blind["kampkin-role"])


def test_a_zone_that_is_gone_has_no_records(aws_account: Account) -> None:
    """Which is drift, and no failure."""
    stack = aws_account.up()
    record = stack.resource(f"record-a-{HOST}")
    assert stack.live.read(dataclasses.replace(record, inputs={**record.inputs, "zoneId": "ZNONE"})) is None
    with pytest.raises(Unseen) as raised:
        stack.live.read(dataclasses.replace(record, inputs={**record.inputs, "zoneId": "<hostedZoneId>"}))
    assert raised.value.needs == "the stack's setting hostedZoneId"


def test_two_distributions_of_one_comment_are_no_guess(aws_account: Account) -> None:
    """It is said which they are."""
    stack = aws_account.up("none")
    cloudfront, ours = stack.cloud.client("cloudfront"), stack["distribution"]["id"]
    config = cloudfront.get_distribution_config(Id=ours)["DistributionConfig"]
    other = cloudfront.create_distribution(DistributionConfig=config | {"CallerReference": f"{ours}-2"})["Distribution"]
    problem = stack.look().blind["kampkin-distribution"]
    assert ours in str(problem) and other["Id"] in str(problem)


def test_what_is_on_a_later_page_is_found(aws_account: Account) -> None:
    """A hundred distributions come first; and a topic has more readers than one page has."""
    cloudfront = aws_account.cloud.client("cloudfront")
    first = aws_account.up("none")
    config = cloudfront.get_distribution_config(Id=first["distribution"]["id"])["DistributionConfig"]
    for number in range(101):
        more = {"CallerReference": f"page-{number}", "Comment": f"somebody's {number}"}
        cloudfront.create_distribution(DistributionConfig=config | more)
    stack = aws_account.up("none")
    sns, topic = stack.cloud.client("sns"), stack["notifier-us-east-1-topic-shop"]["arn"]
    for number in range(120):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"eve-{number}@example.com")
    found = stack.look()
    assert found.blind == {}
    assert len(found.drifts) == 120
    assert {one.setting for one in found.drifts} == {"subscriptions[]"}


# the code that runs


def test_the_plan_is_that_of_the_code_that_is_called(aws_account: Account) -> None:
    """Out of the zip of the version, and not of what is latest."""
    stack = aws_account.up("none")
    plan = stack.live.plan()
    assert plan and plan["digest"] == aws_account.plans["none"].digest
    lambda_, name = stack.cloud.client("lambda"), base_of(stack)
    lambda_.update_function_code(FunctionName=name, ZipFile=zipped("main.mjs", "export {};"))
    assert stack.live.plan() == plan
    call_version(stack, publish(stack), "origin-request", "origin-response")
    assert stack.live.plan() is None


def test_a_plan_is_read_as_the_bundle_writes_it() -> None:
    """And nothing else is run or guessed."""
    assert held_by(b'/** x */\nexport default JSON.parse("{\\"a\\": 1}");\n') == {"a": 1}
    assert held_by(b"export default {};") is None
    assert held_by(b'export default JSON.parse("[1]");\n') is None
    assert held_by(b'export default JSON.parse("{");\n') is None


def test_a_zip_too_large_is_not_read(aws_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said."""
    monkeypatch.setattr("kampkin.drift.aws.code.LARGEST", 100)
    with pytest.raises(Unseen, match="larger than the 100 bytes"):
        aws_account.up("none").live.plan()


def zipped(name: str, text: str) -> bytes:
    """A zip with one module."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, text)
    return made.getvalue()


# who it was


@pytest.mark.parametrize(
    ("detail", "cause", "who"),
    [
        (
            {"userIdentity": {"type": "IAMUser", "userName": "ann"}, "sessionCredentialFromConsole": "true"},
            "console",
            "ann",
        ),
        ({"userIdentity": {"type": "IAMUser", "userName": "ann"}, "userAgent": "aws-cli/2.17"}, "console", "ann"),
        ({"userIdentity": {"type": "Root"}, "userAgent": "console.amazonaws.com"}, "console", "root"),
        (
            {
                "userIdentity": {
                    "type": "AssumedRole",
                    "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1a2b/ann@acme.dev",
                },
                "userAgent": "aws-cli/2.17",
            },
            "console",
            "AWSReservedSSO_Admin_1a2b/ann@acme.dev",
        ),
        (
            {
                "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/ops/ann"},
                "sessionCredentialFromConsole": "true",
            },
            "console",
            "ops/ann",
        ),
        (
            {
                "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/deploy/GitHubActions"},
                "userAgent": "Boto3/1.40",
            },
            "pipeline",
            "deploy/GitHubActions",
        ),
        (
            {"userIdentity": {"type": "IAMUser", "userName": "ci"}, "userAgent": "APN/1.0 Pulumi/1.0 pulumi-aws/7.51"},
            "pipeline",
            "ci",
        ),
        (
            {"userIdentity": {"type": "IAMUser", "userName": "ci"}, "userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9"},
            "pipeline",
            "ci",
        ),
        (
            {"userIdentity": {"type": "AWSService", "invokedBy": "fms.amazonaws.com"}},
            "pipeline",
            "fms.amazonaws.com",
        ),
        ({}, "unknown", "somebody"),
    ],
)
def test_a_person_is_told_from_a_pipeline(detail: dict[str, Any], cause: str, who: str) -> None:
    """As CloudTrail words them."""
    from datetime import UTC, datetime

    event = {
        "EventName": "UpdateTable",
        "EventTime": datetime(2026, 1, 1, tzinfo=UTC),
        "Username": "somebody",
        "CloudTrailEvent": json.dumps(detail),
    }
    said = by(event)
    assert (said.cause, said.who, said.at_ms) == (cause, who, 1_767_225_600_000)


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("AccessDeniedException", "needs cloudtrail:LookupEvents"),
        ("InternalFailure", "cloudtrail in us-east-1 does not answer cloudtrail:LookupEvents"),
    ],
)
def test_without_cloudtrail_nobody_is_blamed(untouched: Stack, code: str, where: str) -> None:
    """What is missing is said in the place of a name, and the drift is found all the same."""
    untouched.cloud.client("iam").untag_role(RoleName=f"{base_of(untouched)}-edge", TagKeys=["kampkin:project"])
    untouched.cloud.fail("LookupEvents", code)
    live = untouched.live
    [drift] = look(live, untouched.resources).drifts
    said = live.by(drift, untouched.resource("role"))
    assert (said.cause, said.who) == ("unknown", None)
    assert str(said.where).startswith(where)


def test_what_nobody_noted_is_nobodys(aws_account: Account) -> None:
    """Such as what happened before the history begins."""
    stack = aws_account.up("none")
    resource = stack.resource("logs-eu-central-1")
    drift = dataclasses.replace(_drift(stack), name=resource.name, setting="kmsKeyId")
    said = stack.live.by(drift, dataclasses.replace(resource, inputs={"name": "nobody's", "region": "eu-central-1"}))
    assert (said.cause, said.where) == ("unknown", "CloudTrail has no such change within 90 days")


def _drift(stack: Stack) -> Any:
    """Any."""
    lambda_ = stack.cloud.client("lambda")
    lambda_.update_function_configuration(FunctionName=f"{base_of(stack)}-notify", Timeout=9)
    return stack.look().drifts[0]


# how it is asked


def test_it_is_asked_as_often_for_a_thousand_endpoints(aws_account: Account) -> None:
    """Calls go by regions and owners; and each is asked once, however often one looks."""
    few, many = aws_account.up("none"), aws_account.up("many")
    assert len(aws_account.plans["many"].endpoints) > 1_000
    counts = []
    for stack in (few, many):
        live = real(stack)
        assert look(live, stack.resources).drifts == []
        assert live.plan() is not None
        counts.append(live.calls)
        look(live, stack.resources)
        assert live.calls == counts[-1]
    assert counts[0] == counts[1]
    assert 0 < counts[0] < 100


def test_other_records_of_the_zone_are_not_asked_for(aws_account: Account) -> None:
    """A zone of hundreds costs no more calls than one of a few."""
    stack = aws_account.up("hostedZoneId")

    def calls() -> int:
        live = real(stack)
        assert look(live, stack.resources).drifts == []
        return live.calls

    few = calls()
    record = {"Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    others = [{**record, "Name": f"a{number}.acme.dev"} for number in range(700)]

    def change(action: str) -> None:
        stack.cloud.client("route53").change_resource_record_sets(
            HostedZoneId=stack[f"record-a-{HOST}"]["zoneId"],
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": one} for one in others]},
        )

    change("CREATE")
    try:
        assert calls() == few
    finally:
        change("DELETE")  # the zone is that of every test


def test_titles_are_what_a_person_looks_for(aws_account: Account) -> None:
    """Of every resource, with its region where it has one."""
    stack = aws_account.up()
    base, live = base_of(stack), stack.live
    titles = {one.name.removeprefix("kampkin-"): live.title(one) for one in stack.resources if is_of_the_cloud(one)}
    assert titles["distribution"] == f"distribution {stack['distribution']['id']}"
    assert titles["table-eu-central-1"] == f"table {base} in eu-central-1"
    assert titles["policy"] == f"policy of role {base}-edge"
    assert (
        titles["notifier-us-east-1-stream-mapping"] == f"trigger of function {base}-notify by its stream in us-east-1"
    )
    assert titles[f"record-a-{HOST}"] == f"record A of {stack.plan.targets['aws'].host}"
    assert all("${" not in title and ":" not in title for title in titles.values())


def test_without_the_extra_one_line_says_what_to_install(aws_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 is no part of the package itself."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(Unseen) as raised:
        connect(aws_account.plans["none"], {})
    assert raised.value.needs == "pip install 'kampkin[live]'; in a clone: pip install '.[live]'"


def test_a_profile_that_is_not_there_is_said(aws_account: Account) -> None:
    """In boto3's words."""
    with pytest.raises(Unseen, match="no-such-profile"):
        connect(aws_account.plans["none"], {"AWS_PROFILE": "no-such-profile"})


def test_another_account_is_not_looked_at(untouched: Stack) -> None:
    """Nothing of the stack's is there, and nothing is gone."""
    environ = {**CREDENTIALS, "AWS_ENDPOINT_URL": untouched.cloud.running.url}
    connect(untouched.plan, environ, "123456789012")
    with pytest.raises(Unseen, match="are of the account 123456789012, and this stack's is 210987654321"):
        connect(untouched.plan, environ, "210987654321")


def test_only_what_cloudfront_brings_about_is_rolled_out(untouched: Stack) -> None:
    """The notifier is changed at once."""
    live = untouched.live
    assert {one.name for one in untouched.resources if live.is_rolled_out(one)} == {
        "kampkin-distribution",
        "kampkin-function",
    }


def test_a_distribution_is_known_by_its_function_where_its_comment_is_another(untouched: Stack) -> None:
    """A comment that somebody edited is that, and no distribution that is gone."""
    cloudfront, ours = untouched.cloud.client("cloudfront"), untouched["distribution"]["id"]
    live = cloudfront.get_distribution_config(Id=ours)
    config = live["DistributionConfig"] | {"Comment": "mine"}
    cloudfront.update_distribution(Id=ours, IfMatch=live["ETag"], DistributionConfig=config)
    assert untouched.look().settings == {("kampkin-distribution", "comment")}


@pytest.mark.parametrize(("more", "alone"), [({}, True), ({"breaker.mjs": b"//"}, False), ({"mine.mjs": b"//"}, False)])
def test_what_is_beside_another_plan_is_known(
    aws_account: Account, monkeypatch: pytest.MonkeyPatch, more: dict[str, bytes], alone: bool
) -> None:
    """By the zip that runs: ours with that plan, or more."""
    stack = aws_account.up("none")
    function, live = stack.resource("function"), stack.live
    name = base_of(stack)
    with zipfile.ZipFile(io.BytesIO(code_of(stack, name))) as archive:
        modules = {one: archive.read(one) for one in archive.namelist()}
    # What is declared has the plan of before the project was renamed.
    monkeypatch.setattr(live.account, "plan", aws_account.plans["none"])
    plan = modules["plan.mjs"].replace(b'timeoutMs\\":', b'timeoutMs\\":1')
    assert plan != modules["plan.mjs"]
    monkeypatch.setattr(live.account, "code", lambda *version: modules | {"plan.mjs": plan} | more)
    monkeypatch.setattr(live.account, "called", lambda: f"{stack['function']['arn']}:1")
    assert live.is_plan_alone(function) == alone
    monkeypatch.setattr(live.account, "code", lambda *version: modules | {"plan.mjs": plan + b"evil();"})
    assert not live.is_plan_alone(function)


def test_boto3_is_loaded_when_it_is_asked_for() -> None:
    """Importing costs nothing."""
    code = "import sys, kampkin.drift.aws; sys.exit(bool({'boto3', 'botocore', 'pulumi'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
