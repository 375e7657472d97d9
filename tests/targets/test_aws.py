"""What the AWS stack declares."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws
import pytest

from kampkin.bundle import bundle
from kampkin.load import load
from kampkin.regions import EDGE_CACHES
from kampkin.targets.aws import program
from kampkin.targets.aws.settings import CERTIFICATE, FIREWALL, KEY, AwsSettings
from kampkin.targets.settings import alias_of
from kampkin.targets.settings import table as table_of
from tests.provider_inputs import misfits

from .conftest import FILE, Declared

HOSTED = "{aws: {host: edge.acme.dev}}"
ZONE = {"hostedZoneId": "Z01"}
FORMER = {**ZONE, "formerHost": "old.acme.dev"}
PARTS = {
    "table-us-east-1": pulumi_aws.dynamodb.TableArgs,
    "role": pulumi_aws.iam.RoleArgs,
    "policy": pulumi_aws.iam.RolePolicyArgs,
    "function": pulumi_aws.lambda_.FunctionArgs,
    "distribution": pulumi_aws.cloudfront.DistributionArgs,
}
DOMAIN = {
    "certificate": pulumi_aws.acm.CertificateArgs,
    "certificate-record-edge_acme_dev": pulumi_aws.route53.RecordArgs,
    "certificate-issued": pulumi_aws.acm.CertificateValidationArgs,
    "record-a-edge_acme_dev": pulumi_aws.route53.RecordArgs,
    "record-aaaa-edge_acme_dev": pulumi_aws.route53.RecordArgs,
}
EVERY = {
    "account": "123456789012",
    "hostedZoneId": "Z0123456789ABCDEFGHIJ",
    "formerHost": "old.acme.io",
    "formerHostedZoneId": "Z02",
    "logDays": "90",
    "logRegions": '["eu-central-1", "us-east-1"]',
    "pointInTimeRecovery": "true",
    "tableKeys": json.dumps({"us-east-1": KEY}),
    "tags": '{"team": "checkout"}',
    "priceClass": "PriceClass_100",
    "webAclArn": FIREWALL,
    "protect": "false",
}
"""Every setting, and what it may be."""


@pytest.fixture
def declared(declare: Callable[..., Declared]) -> Declared:
    """The stack of a file without a host."""
    return declare(program)


def test_the_function_is_the_compiled_zip(declared: Declared) -> None:
    """The function's code is the zip that was compiled, by a path that is the same on every machine."""
    inputs = declared.inputs["kampkin-function"]
    path = Path(".kampkin/prod.zip")
    assert inputs["code"].path == path.as_posix()
    assert inputs["codeSha256"] == base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    with zipfile.ZipFile(path) as archive:
        assert "main.mjs" in archive.namelist()


def test_the_function_is_one_that_lambda_edge_takes(declared: Declared) -> None:
    """A numbered version in us-east-1, on Node 24, that a destroy leaves to AWS to clear away."""
    inputs = declared.inputs["kampkin-function"]
    assert (inputs["runtime"], inputs["handler"]) == ("nodejs24.x", "main.handler")
    assert inputs["publish"] is True
    assert inputs["skipDestroy"] is True
    assert inputs["timeout"] == 30
    assert "environment" not in inputs
    assert declared.inputs["kampkin-us-east-1"]["region"] == "us-east-1"


def test_the_role_may_do_what_the_store_does_and_no_more(declared: Declared) -> None:
    """The function's role reads and writes its own table, logs where it runs, and is Lambda@Edge's to assume."""
    policy = json.loads(declared.inputs["kampkin-policy"]["policy"])
    table, logs = policy["Statement"]
    assert table["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    assert table["Resource"] == ["arn:aws:::kampkin-table-us-east-1"]
    assert logs["Resource"] == "arn:aws:logs:*:*:log-group:/aws/lambda/us-east-1.kampkin-acme:*"
    trust = json.loads(declared.inputs["kampkin-role"]["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"]["Service"] == ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]


def test_the_table_is_the_one_the_store_writes(declared: Declared) -> None:
    """Key, billing and time to live are what stores/dynamodb.mjs relies on."""
    inputs = declared.inputs["kampkin-table-us-east-1"]
    assert inputs["name"] == "kampkin-acme"
    assert (inputs["hashKey"], inputs["rangeKey"], inputs["billingMode"]) == ("pk", "sk", "PAY_PER_REQUEST")
    assert inputs["ttl"] == {"attributeName": "ttl", "enabled": True}
    assert inputs["region"] == "us-east-1"


def test_each_region_has_a_table_of_its_own(declare: Callable[..., Declared]) -> None:
    """Each is named alike and protected, none is a replica, and the role may reach all; a region more leaves the first
    table in its place."""
    declared = declare(program, "{aws: {regions: [eu-west-1, us-west-2]}}")
    tables = {name: inputs for name, inputs in declared.inputs.items() if "table" in name}
    assert {name: (one["name"], one["region"]) for name, one in tables.items()} == {
        "kampkin-table-eu-west-1": ("kampkin-acme", "eu-west-1"),
        "kampkin-table-us-west-2": ("kampkin-acme", "us-west-2"),
    }
    assert not any("replicas" in one for one in tables.values())
    assert {name for name, options in declared.options.items() if options.protect} == set(tables)
    policy = json.loads(declared.inputs["kampkin-policy"]["policy"])
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:::kampkin-table-eu-west-1",
        "arn:aws:::kampkin-table-us-west-2",
    ]
    alone = declare(program, "{aws: {regions: [eu-west-1]}}").inputs
    assert alone["kampkin-table-eu-west-1"] == tables["kampkin-table-eu-west-1"]


def test_a_table_is_known_by_its_region_and_by_its_former_name(declare: Callable[..., Declared]) -> None:
    """Another order of the regions makes no table another; the first region's is still found under the name it had."""
    one = declare(program, "{aws: {regions: [eu-west-1, us-west-2]}}")
    other = declare(program, "{aws: {regions: [us-west-2, eu-west-1]}}")
    names = {"kampkin-table-eu-west-1", "kampkin-table-us-west-2"}
    assert {name: one.inputs[name] for name in names} == {name: other.inputs[name] for name in names}
    former = {name: [alias.spec.name for alias in one.options[name].aliases] for name in names}
    assert former == {"kampkin-table-eu-west-1": ["kampkin-table"], "kampkin-table-us-west-2": []}


def test_without_a_store_there_is_no_table_and_no_right_to_one(declare: Callable[..., Declared]) -> None:
    """With `memory` the function may write its log and nothing else."""
    declared = declare(program, "{aws: {store: memory}}")
    assert not [name for name in declared.inputs if "table" in name]
    [logs] = json.loads(declared.inputs["kampkin-policy"]["policy"])["Statement"]
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def test_cloudfront_keeps_nothing_and_hands_everything_on(declared: Declared) -> None:
    """Caching is disabled, the viewer's request is forwarded whole, bodies and all methods reach the function."""
    behaviour = declared.inputs["kampkin-distribution"]["defaultCacheBehavior"]
    assert behaviour["cachePolicyId"] == "id of Managed-CachingDisabled"
    assert behaviour["originRequestPolicyId"] == "id of Managed-AllViewer"
    assert set(behaviour["allowedMethods"]) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
    assert behaviour["compress"] is False
    assert behaviour["lambdaFunctionAssociations"] == [
        {"eventType": "origin-request", "lambdaArn": "arn:aws:::kampkin-function:1", "includeBody": True},
        {"eventType": "origin-response", "lambdaArn": "arn:aws:::kampkin-function:1", "includeBody": False},
    ]


def test_no_error_is_kept(declared: Declared) -> None:
    """Each error code whose caching can be set is kept for 0 s: kept errors would starve the breaker."""
    kept = declared.inputs["kampkin-distribution"]["customErrorResponses"]
    assert {entry["errorCode"] for entry in kept} == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
    assert {entry["errorCachingMinTtl"] for entry in kept} == {0}
    assert all("responseCode" not in entry for entry in kept)


def test_the_declared_origin_is_tried_once(declared: Declared) -> None:
    """The origin that a distribution must have is tried once; its name is neither an endpoint's nor the store's, whose
    outage would be every endpoint's."""
    (origin,) = declared.inputs["kampkin-distribution"]["origins"]
    assert origin["connectionAttempts"] == 1
    assert origin["domainName"] == "cloudfront.amazonaws.com"
    assert origin["customOriginConfig"]["originProtocolPolicy"] == "https-only"


def test_without_a_host_cloudfront_gives_the_urls(declared: Declared) -> None:
    """A file without a host is reached on the distribution's own name, with its certificate."""
    assert declared.inputs["kampkin-distribution"]["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert declared.exports["urls"] == {
        "cart": "https://d1.cloudfront.net/cart",
        "search": "https://d1.cloudfront.net/find",
    }


def test_with_a_host_its_certificate_is_used(declare: Callable[..., Declared]) -> None:
    """A host is an alias of the distribution, with its own certificate and modern TLS only."""
    inputs = declare(program, HOSTED, {"certificateArn": CERTIFICATE}).inputs["kampkin-distribution"]
    assert inputs["aliases"] == ["edge.acme.dev"]
    assert inputs["viewerCertificate"] == {
        "acmCertificateArn": CERTIFICATE,
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    }


def test_a_change_of_one_endpoint_touches_the_function_only(declare: Callable[..., Declared]) -> None:
    """Changing an endpoint's cooldown changes the function's code and description, and no other resource."""
    before = declare(program).inputs
    after = declare(program, text=FILE.replace("7s", "8s")).inputs
    changed = {name for name in before if name != "kampkin-function" and before[name] != after[name]}
    assert changed == set()
    one, other = before["kampkin-function"], after["kampkin-function"]
    assert {key for key in one if key != "code" and one[key] != other[key]} == {"codeSha256", "description"}


def test_a_zip_that_cannot_be_written_is_one_clear_error(declare: Callable[..., Declared], tmp_path: Path) -> None:
    """Where the stack's folder cannot take the zip, Pulumi's own error names the file."""
    (tmp_path / ".kampkin").write_text("a file where the folder should be")
    with pytest.raises(pulumi.RunError, match=r"could not write .*\.kampkin/prod\.zip"):
        declare(program)


@pytest.mark.parametrize(
    ("config", "targets", "says"),
    [
        (
            {},
            HOSTED,
            f"certificateArn: is not set: edge.acme.dev needs a certificate.*config set certificateArn {CERTIFICATE}",
        ),
        ({}, "[cloudflare]", "no target aws"),
        (
            {"hostedZoneId": "Z01"},
            "[aws]",
            "hostedZoneId: is set, .* has no host\n  run: pulumi config rm hostedZoneId",
        ),
        ({"certificateArn": CERTIFICATE}, "[aws]", "certificateArn: is set, .* has no host"),
        (
            {"certificateArn": CERTIFICATE.replace("us-east-1", "eu-west-1")},
            HOSTED,
            "certificateArn: .* in us-east-1 since",
        ),
        (
            {"certificateArn": CERTIFICATE, "account": "999999999999"},
            HOSTED,
            "certificateArn: is of the account 123456789012, and this stack's is 999999999999",
        ),
        (
            {"formerHost": "old.acme.dev"},
            "[aws]",
            "formerHost: is set, .* no host .*\n  run: pulumi config rm formerHost",
        ),
        ({**ZONE, "formerHost": "edge.acme.dev"}, HOSTED, "formerHost: is the host that targets.aws .* has now"),
        ({**ZONE, "formerHost": "https://x"}, HOSTED, "formerHost: is not written as it should be"),
        (
            {**ZONE, "formerHost": "cart.acme.dev"},
            HOSTED,
            "formerHost: is the edge's own host .* and cart would call it",
        ),
        ({**ZONE, "formerHostedZoneId": "Z02"}, HOSTED, "formerHostedZoneId: is set, and formerHost is not"),
        (
            {**ZONE, "formerHost": "old.acme.io"},
            HOSTED,
            "hostedZoneId: the zone Z01 is acme.dev's, and old.acme.io is not",
        ),
        (
            {**ZONE, "formerHost": "old.acme.io", "formerHostedZoneId": "Z02"},
            HOSTED,
            "formerHostedZoneId: the zone Z02 is acme.dev's, and old.acme.io is not in it",
        ),
        ({"webAclArn": FIREWALL.replace("global", "regional")}, "[aws]", "webAclArn: .* of the scope CLOUDFRONT"),
        ({"webAclArn": FIREWALL.replace("us-east-1", "eu-west-1")}, "[aws]", "webAclArn: .* which is in us-east-1"),
        (
            {"tableKeys": json.dumps({"eu-west-1": KEY})},
            "[aws]",
            "tableKeys.eu-west-1: is a key for no table: .* us-east-1",
        ),
        (
            {"tableKeys": json.dumps({"us-east-1": KEY.replace("us-east-1", "eu-west-1")})},
            "[aws]",
            f"tableKeys.us-east-1: is a key in eu-west-1: .*\n  run: pulumi config set --path tableKeys.us-east-1 {KEY}",
        ),
        (
            {"tableKeys": json.dumps({"us-east-1": KEY})},
            "{aws: {store: memory}}",
            "tableKeys.us-east-1: .* there is no table",
        ),
        ({"pointInTimeRecovery": "true"}, "{aws: {store: memory}}", "pointInTimeRecovery: with the store memory"),
        ({"logDays": "31"}, "[aws]", "logDays: .* 14, 30, 60"),
        ({"logRegions": '["moon-1"]'}, "[aws]", r"logRegions\[0\]: .*no region of AWS"),
        ({"logRegions": '["us-east-1", "us-east-1"]'}, "[aws]", "logRegions: names a region twice"),
        ({"tags": '{"kampkin:project": "x"}'}, "[aws]", "tags.kampkin:project: .* not yours to set"),
        ({"tags": '{"team": "a,b"}'}, "[aws]", "tags.team: a tag has letters"),
        ({"priceClass": "PriceClass_1"}, "[aws]", "priceClass: is none of 'PriceClass_100', "),
        ({"account": "1"}, "[aws]", "account: is not written as it should be"),
    ],
)
def test_what_is_missing_or_contradicts_is_one_clear_error(
    declare: Callable[..., Declared], config: dict[str, str], targets: str, says: str
) -> None:
    """A stack that cannot be deployed says what to run or mend."""
    with pytest.raises(pulumi.RunError, match=f"(?s){says}"):
        declare(program, targets, config)


def test_the_credentials_are_the_accounts(declare: Callable[..., Declared]) -> None:
    """Another account's are told apart before anything is made, and so is AWS's silence."""
    assert declare(program, config={"account": "123456789012"}).inputs["kampkin-function"]
    with pytest.raises(pulumi.RunError, match=r"of the account 999999999999 .* is 123456789012"):
        declare(program, config={"account": "123456789012"}, account="999999999999")
    with pytest.raises(pulumi.RunError, match="aws sts get-caller-identity"):
        declare(program, refusal="ExpiredToken")


def test_the_zone_is_the_hosts(declare: Callable[..., Declared]) -> None:
    """A zone of another domain is told apart before anything is made."""
    with pytest.raises(pulumi.RunError, match=r"is me.dev's, and edge.acme.dev is not in it"):
        declare(program, HOSTED, {"hostedZoneId": "Z01"}, hosted_zone="me.dev")


def test_a_zone_is_all_that_a_host_needs(declare: Callable[..., Declared]) -> None:
    """Its certificate is made in us-east-1 and proven in the zone, the distribution waits for it, and the host leads there."""
    declared = declare(program, HOSTED, {"hostedZoneId": "Z01"})
    inputs = declared.inputs
    assert (inputs["kampkin-certificate"]["region"], inputs["kampkin-certificate"]["domainName"]) == (
        "us-east-1",
        "edge.acme.dev",
    )
    proof = inputs["kampkin-certificate-record-edge_acme_dev"]
    assert (proof["name"], proof["type"], proof["records"]) == (
        "_1.edge.acme.dev.",
        "CNAME",
        ["_2.acm-validations.aws."],
    )
    used = inputs["kampkin-distribution"]["viewerCertificate"]["acmCertificateArn"]
    assert used == inputs["kampkin-certificate-issued"]["certificateArn"]
    waits = declared.options["kampkin-distribution"].propertyDependencies["viewerCertificate"].urns
    assert any(urn.endswith("::kampkin-certificate-issued") for urn in waits)
    for kind in ("A", "AAAA"):
        record = inputs[f"kampkin-record-{kind.lower()}-edge_acme_dev"]
        assert (record["zoneId"], record["name"], record["type"]) == ("Z01", "edge.acme.dev", kind)
        assert record["aliases"][0]["name"] == "d1.cloudfront.net"
    assert "records" not in declared.exports


def test_a_zone_beside_a_certificate_makes_none(declare: Callable[..., Declared]) -> None:
    """The user's own is used, and only the host's records are made."""
    inputs = declare(program, HOSTED, {"hostedZoneId": "Z01", "certificateArn": CERTIFICATE}).inputs
    assert inputs["kampkin-distribution"]["viewerCertificate"]["acmCertificateArn"] == CERTIFICATE
    assert {name for name in inputs if "record" in name or "certificate" in name} == {
        "kampkin-record-a-edge_acme_dev",
        "kampkin-record-aaaa-edge_acme_dev",
    }


def test_a_former_host_is_kept_beside_the_new_one(declare: Callable[..., Declared]) -> None:
    """An alias more, a name more in the certificate with a proof of its own, and records of its own."""
    inputs = declare(program, HOSTED, FORMER).inputs
    assert inputs["kampkin-distribution"]["aliases"] == ["edge.acme.dev", "old.acme.dev"]
    certificate = inputs["kampkin-certificate"]
    assert certificate["domainName"] == "edge.acme.dev"
    assert certificate["subjectAlternativeNames"] == ["edge.acme.dev", "old.acme.dev"]
    for host in ("edge.acme.dev", "old.acme.dev"):
        label = host.replace(".", "_")
        assert inputs[f"kampkin-certificate-record-{label}"]["name"] == f"_1.{host}."
        assert {inputs[f"kampkin-record-{kind}-{label}"]["name"] for kind in ("a", "aaaa")} == {host}
    assert len(inputs["kampkin-certificate-issued"]["validationRecordFqdns"]) == 2


def test_what_is_a_hosts_is_the_same_while_it_is_the_former_one(declare: Callable[..., Declared]) -> None:
    """So that no update touches it in between; nor the other way round, when it is the only one again."""
    before = declare(program, "{aws: {host: old.acme.dev}}", ZONE).inputs
    after = declare(program, HOSTED, FORMER).inputs
    own = {name for name in before if name.endswith("-old_acme_dev")}
    assert len(own) == 3
    assert {name: before[name] for name in own} == {name: after[name] for name in own}


def test_a_former_host_may_be_in_another_zone(declare: Callable[..., Declared]) -> None:
    """Its proof and its records are made there."""
    config = {**ZONE, "formerHost": "old.acme.io", "formerHostedZoneId": "Z02"}
    inputs = declare(program, HOSTED, config, zones={"Z02": "acme.io"}).inputs
    zones = {name: one["zoneId"] for name, one in inputs.items() if "-record-" in name}
    assert {zone for name, zone in zones.items() if name.endswith("old_acme_io")} == {"Z02"}
    assert {zone for name, zone in zones.items() if name.endswith("edge_acme_dev")} == {"Z01"}


def test_records_of_a_release_without_hosts_in_their_names_are_found_again(declare: Callable[..., Declared]) -> None:
    """They were the first host's: the former one's, where there is one. And nothing that callers need goes before there is
    another."""
    names = ("certificate-record", "record-a", "record-aaaa")
    for config, first in ((ZONE, "edge_acme_dev"), (FORMER, "old_acme_dev")):
        declared = declare(program, HOSTED, config)
        former = {
            name: [alias.spec.name for alias in options.aliases]
            for name, options in declared.options.items()
            if "-record-" in name and options.aliases
        }
        assert former == {f"kampkin-{name}-{first}": [f"kampkin-{name}"] for name in names}
        lasting = {name for name in declared.options if "record" in name or "certificate" in name}
        assert all(declared.options[name].deleteBeforeReplaceDefined for name in lasting)
        assert not any(declared.options[name].deleteBeforeReplace for name in lasting)


def test_without_a_zone_the_records_are_told(declare: Callable[..., Declared]) -> None:
    """Somebody else's DNS is set by hand; without a host there is nothing to set."""
    exports = declare(program, HOSTED, {"certificateArn": CERTIFICATE}).exports
    assert exports["records"] == [{"name": "edge.acme.dev", "type": "CNAME", "value": "d1.cloudfront.net"}]
    assert "records" not in declare(program).exports
    both = declare(program, HOSTED, {"certificateArn": CERTIFICATE, "formerHost": "old.acme.dev"})
    assert [one["name"] for one in both.exports["records"]] == ["edge.acme.dev", "old.acme.dev"]
    assert both.inputs["kampkin-distribution"]["aliases"] == ["edge.acme.dev", "old.acme.dev"]


def test_the_outputs_say_what_runs(declare: Callable[..., Declared]) -> None:
    """Plan, environment, each endpoint's digest and each module's hash, as `kampkin compile` writes them."""
    exports = declare(program, config={"environment": "prod"}).exports
    plan = load(Path("kampkin.yaml"), "prod").plan
    assert plan is not None
    assert (exports["plan"], exports["environment"]) == (plan.digest, "prod")
    assert exports["endpoints"] == {endpoint.name: endpoint.digest for endpoint in plan.endpoints}
    manifest = json.loads(bundle(plan).files()["manifest.json"])["files"]
    assert exports["modules"] == {
        path.removeprefix("aws/"): digest
        for path, digest in manifest.items()
        if path.startswith("aws/") and not path.endswith(".zip")
    }


def test_logs_are_kept_where_the_function_runs(declared: Declared) -> None:
    """A group in each region, before the function, which may make none of its own: that one would keep logs for ever."""
    groups = {name: one for name, one in declared.inputs.items() if name.startswith("kampkin-logs-")}
    assert [one["region"] for one in groups.values()] == list(EDGE_CACHES)
    assert {one["name"] for one in groups.values()} == {"/aws/lambda/us-east-1.kampkin-acme"}
    assert {one["retentionInDays"] for one in groups.values()} == {30}
    waits = {urn.rpartition("::")[2] for urn in declared.options["kampkin-function"].dependencies}
    assert waits >= {*groups, "kampkin-policy"}
    assert "CreateLogGroup" not in declared.inputs["kampkin-policy"]["policy"]


def test_every_setting_arrives(declare: Callable[..., Declared]) -> None:
    """Each where it belongs, and all of them fit the provider's own classes."""
    assert set(EVERY) | {"file", "environment", "certificateArn"} == {
        alias_of(name) for name in AwsSettings.model_fields
    }
    declared = declare(program, HOSTED, {**EVERY, "environment": "prod"}, zones={"Z02": "acme.io"})
    inputs = declared.inputs
    table, distribution = inputs["kampkin-table-us-east-1"], inputs["kampkin-distribution"]
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert (distribution["priceClass"], distribution["webAclId"]) == ("PriceClass_100", FIREWALL)
    logs = {name: one for name, one in inputs.items() if name.startswith("kampkin-logs-")}
    assert {(one["region"], one["retentionInDays"]) for one in logs.values()} == {
        ("eu-central-1", 90),
        ("us-east-1", 90),
    }
    assert not [name for name, options in declared.options.items() if options.protect]
    tags = {"team": "checkout", "kampkin:project": "acme", "kampkin:environment": "prod"}
    tagged = {name for name, one in inputs.items() if one.get("tags") == tags}
    taggable = {f"kampkin-{part}" for part in PARTS} - {"kampkin-policy"}
    assert tagged == taggable | {*logs, "kampkin-certificate"}
    for part, kind in (PARTS | DOMAIN).items():
        assert list(misfits(inputs[f"kampkin-{part}"], kind)) == []
    for one in logs.values():
        assert list(misfits(one, pulumi_aws.cloudwatch.LogGroupArgs)) == []


def test_the_table_of_settings_names_the_log_regions() -> None:
    """As a reader would write them."""
    [row] = [row for row in table_of(AwsSettings).splitlines() if row.startswith("| `logRegions`")]
    assert row.endswith(f"| {', '.join(f'`{region}`' for region in EDGE_CACHES)} |")


def test_what_is_left_out_is_off(declared: Declared) -> None:
    """Off is declared where the provider would keep what was on before; elsewhere nothing is."""
    table = declared.inputs["kampkin-table-us-east-1"]
    assert table["pointInTimeRecovery"] == table["serverSideEncryption"] == {"enabled": False}
    assert not {"priceClass", "webAclId"} & set(declared.inputs["kampkin-distribution"])
    assert declared.inputs["kampkin-function"]["tags"] == {"kampkin:project": "acme"}


def test_a_tables_key_is_the_roles_to_use(declare: Callable[..., Declared]) -> None:
    """For what DynamoDB asks in the role's name, and for nothing else."""
    policy = json.loads(
        declare(program, config={"tableKeys": json.dumps({"us-east-1": KEY})}).inputs["kampkin-policy"]["policy"]
    )
    [keys] = [one for one in policy["Statement"] if one["Action"][0].startswith("kms:")]
    assert keys["Resource"] == [KEY]
    assert keys["Condition"] == {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}


def test_only_what_holds_state_is_protected(declared: Declared) -> None:
    """The table is protected from deletion; the rest is free to go."""
    assert {name for name, options in declared.options.items() if options.protect} == {"kampkin-table-us-east-1"}


def test_every_resource_is_a_child_of_the_component(declared: Declared) -> None:
    """The component is one node of the stack; all else is under it, on the provider of us-east-1."""
    options = declared.options
    assert options["kampkin"].type == "kampkin:aws:Edge"
    children = {name for name in options if options[name].parent.endswith("kampkin:aws:Edge::kampkin")}
    assert children == {f"kampkin-{part}" for part in PARTS} | {"kampkin-us-east-1", "kampkin-logs"}
    below = {name for name in options if options[name].parent.endswith("kampkin:aws:Logs::kampkin-logs")}
    assert below == {f"kampkin-logs-{region}" for region in EDGE_CACHES}
    used = {options[name].provider.rpartition("::")[2] for name in {f"kampkin-{part}" for part in PARTS} | below}
    assert used == {"kampkin-us-east-1-id"}


@pytest.mark.parametrize("part", PARTS)
def test_the_provider_takes_every_input(declare: Callable[..., Declared], part: str) -> None:
    """No input, at any depth, is a word that the installed provider does not have, and none that it needs is missing."""
    declared = declare(program, HOSTED, {"certificateArn": CERTIFICATE})
    assert list(misfits(declared.inputs[f"kampkin-{part}"], PARTS[part])) == []
