"""`kampkin why` knows what Pulumi, its providers and the clouds print when an update fails."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kampkin.preview.failures import CAUSES, explain, explained
from tests.preview.conftest import Kampkin

URN = "urn:pulumi:prod::kampkin-aws::kampkin:aws:Edge$aws:dynamodb/table:Table::kampkin-table"

LOGS = {
    "passphrase-missing": "error: getting stack configuration: get stack secrets manager: passphrase must be set with "
    "PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    "passphrase-wrong": "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
    "not-logged-in": "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    "stack-missing": "error: no stack named 'prod' found",
    "stack-not-chosen": "error: no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one",
    "host-missing": "error: failed to load language plugin python: no language plugin 'pulumi-language-python' found in the "
    "workspace or on your $PATH",
    "plugin-missing": "    error: no resource plugin 'pulumi-resource-cloudflare' found in the workspace at version v6.23.1 or "
    "on your $PATH",
    "package-missing": "    ModuleNotFoundError: No module named 'pulumi_aws'",
    "python-missing": "error: an unhandled error occurred: there is no Python at /ci/.venv/bin/python: set the project up first",
    "engine-too-old": "error: the stack 'prod' is newer than what this version of the Pulumi CLI understands. Please update "
    "your version of the Pulumi CLI",
    "locked": "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the "
    "lock file with `pulumi cancel`.\n  file:///s/.pulumi/locks/x.json: created by dana@runner-1 (pid 4711) at 2026-11-27",
    "half-finished": "warning: Attempting to deploy or update resources with 1 pending operations from previous deployment.\n"
    f"  * {URN}, interrupted while creating\nThese resources are in an unknown state because the Pulumi CLI was interrupted",
    "protected": f'error: resource "{URN}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove',
    "settings": "error: nothing was touched: 2 things are wrong with this stack's settings\naccountId: is not set.",
    "file": "error: ../../kampkin.yaml is not sound\n\n../../kampkin.yaml:4:17: error[unknown-key]: there is no key slack",
    "target-gone": "error: ../../kampkin.yaml has no target cloudflare in the environment prod: there is nothing to deploy here.",
    "environment-missing": "error: there is no environment 'nope' in ../../kampkin.yaml",
    "aws-quota": "operation error IAM: CreateRole, https response error StatusCode: 409, LimitExceeded: Cannot exceed quota for "
    "RolesPerAccount: 1000",
    "aws-oidc": "operation error IAM: CreateOpenIDConnectProvider, https response error StatusCode: 409, EntityAlreadyExists: "
    "Provider with url https://token.actions.githubusercontent.com already exists.",
    "aws-no-credentials": "error: pulumi:providers:aws resource 'kampkin-us-east-1' has a problem: No valid credential sources "
    "found.\n    Please see https://www.pulumi.com/registry/packages/aws/installation-configuration/",
    "aws-expired": "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1f, api error "
    "ExpiredToken: The security token included in the request is expired",
    "aws-bad-credentials": "operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error "
    "InvalidClientTokenId: The security token included in the request is invalid.",
    "aws-wrong-account": "error: pulumi:providers:aws resource 'default' has a problem: AWS account ID not allowed: 210987654321",
    "aws-denied": "error: sdk-v2/provider2.go:572: creating IAM Role (kampkin-acme-prod-edge): operation error IAM: CreateRole, "
    "https response error StatusCode: 403, api error AccessDenied: User: arn:aws:sts::123456789012:assumed-role/ci/run is not "
    "authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/kampkin-acme-prod-edge because no "
    "identity-based policy allows the iam:CreateRole action",
    "aws-certificate": "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https response "
    "error StatusCode: 400, InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region, "
    "isn't valid, or doesn't include a valid certificate chain.",
    "aws-host-taken": "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https response "
    "error StatusCode: 409, CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a different "
    "resource.",
    "aws-distributions": "https response error StatusCode: 400, TooManyDistributionsWithLambdaAssociations: The maximum number "
    "of distributions with Lambda function associations was exceeded.",
    "aws-storage": "api error CodeStorageExceededException: Code storage limit exceeded.",
    "aws-replicated": "deleting Lambda Function (kampkin-acme-prod): operation error Lambda: DeleteFunction, https response error "
    "StatusCode: 400, InvalidParameterValueException: Lambda was unable to delete "
    "arn:aws:lambda:us-east-1:123456789012:function:kampkin-acme-prod:1 because it is a replicated function. Please see our "
    "documentation for Deleting Lambda@Edge Functions and Replicas.",
    "aws-taken": "creating IAM Role (kampkin-acme-prod-edge): operation error IAM: CreateRole, https response error StatusCode: "
    "409, EntityAlreadyExists: Role with name kampkin-acme-prod-edge already exists.",
    "aws-busy": "api error ThrottlingException: Rate exceeded",
    "cloudflare-migration": "error: PUT accounts/01/workers/scripts/kampkin-acme-prod-state: 412 Precondition Failed "
    '{"success":false,"errors":[{"code":10079,"message":"Migration tag precondition failed; current tag is k1"}]}',
    "cloudflare-scripts": 'PUT "https://api.cloudflare.com/client/v4/accounts/01/workers/scripts/kampkin": 403 Forbidden '
    '{"errors":[{"code":10037,"message":"You have exceeded the limit of 100 Workers on your account."}],"success":false}',
    "cloudflare-host-taken": 'PUT "https://api.cloudflare.com/client/v4/accounts/01/workers/domains": 409 Conflict '
    '{"errors":[{"code":100117,"message":"Hostname \'edge.acme.dev\' already has externally managed DNS records (A, CNAME, '
    'etc). Delete them first."}],"success":false}',
    "cloudflare-route-taken": '409 Conflict {"errors":[{"code":10020,"message":"A route with the same pattern already exists."}]}',
    "cloudflare-taken": "error: nothing was touched: the Worker kampkin-shop-eu-prod-state is another deployment's: its mark is "
    "shop_eu-prod, and this deployment's shop-eu_prod",
    "cloudflare-wrong-account": '404 Not Found {"errors":[{"code":7003,"message":"Could not route to '
    '/client/v4/accounts/01/workers/scripts, perhaps your object identifier is invalid?"}],"success":false}',
    "cloudflare-no-credentials": 'GET "https://api.cloudflare.com/client/v4/accounts/01/workers/scripts": 400 Bad Request '
    '{"success":false,"errors":[{"code":9106,"message":"Missing X-Auth-Key, X-Auth-Email or Authorization headers"}]}',
    "cloudflare-denied": "error: PUT accounts/01/workers/scripts/kampkin-acme-prod: 403 "
    '{"success": false, "errors": [{"code": 10000, "message": "Authentication error"}], "messages": [], "result": null}',
    "network": "dial tcp: lookup api.cloudflare.com on 127.0.0.53:53: no such host",
}
"""Of each failure what is printed of it: the engine's as an engine printed it, the clouds' as their users report it."""


def test_each_failure_that_is_known_has_a_log_here() -> None:
    """So that none is without a test."""
    assert set(LOGS) == {cause.id for cause in CAUSES}


@pytest.mark.parametrize("id", LOGS)
def test_a_log_is_explained(id: str) -> None:
    """By what it means and what to do; nothing else is read into it."""
    assert [one.id for one in explained(f"Updating (prod):\n{LOGS[id]}\n")] == [id]


def test_what_the_log_names_is_in_the_advice() -> None:
    """The stack, the plugin and its version, the action, the resource."""
    assert explain(LOGS["stack-missing"]).run == "pulumi stack init prod"  # type: ignore[union-attr]
    plugin = explain(LOGS["plugin-missing"])
    assert plugin is not None
    assert plugin.run == "pulumi plugin install resource cloudflare v6.23.1"
    assert "iam:CreateRole" in explain(LOGS["aws-denied"]).means  # type: ignore[union-attr]
    protected = explain(LOGS["protected"])
    assert protected is not None
    assert protected.means.startswith("kampkin-table holds")
    assert protected.run == f"pulumi state unprotect '{URN}'"


OTHER_WORDS = [
    ("cloudflare-denied", "✘ [ERROR] A request to the Cloudflare API failed. Unauthorized [code: 9109]"),
    ("cloudflare-denied", '{"code":9109,"message":"Invalid access token"}'),
    ("aws-denied", "api error AccessDeniedException: no"),
    ("aws-no-credentials", "failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds"),
    (
        "aws-no-credentials",
        "Exception: invoke of aws:cloudfront/getCachePolicy failed: Unable to locate credentials",
    ),
    ("locked", "error: [409] Conflict: Another update is currently in progress."),
    ("plugin-missing", "no resource plugin 'pulumi-resource-aws' found"),
    (
        "protected",
        f'error: unable to replace resource "{URN}"\nas it is currently marked for protection. To unprotect',
    ),
    ("protected", json.dumps(f'unable to replace resource "{URN}"\nas it is currently marked for protection.')),
    ("file", "error: ../../other.yaml is not sound\n"),
    ("aws-quota", "ServiceQuotaExceededException: Quota exceeded"),
    ("engine-too-old", "error: unknown flag: --expect-no-changes"),
    (
        "aws-wrong-account",
        "nothing was touched: these credentials are of the account 210987654321 (arn:aws:iam::1:user/x)",
    ),
    ("aws-taken", "ResourceInUseException: Table already exists: kampkin-acme"),
    ("aws-distributions", "TooManyDistributions: no more"),
    ("aws-no-credentials", "AWS does not say whose these credentials are: No valid credential sources found"),
    ("cloudflare-denied", 'could not list the Workers of the account 01\n  Cloudflare: {"code":10000}'),
    ("cloudflare-denied", '{"code":10000,"message":"Authentication error"}'),
    ("network", "dial tcp 127.0.0.1:1: connect: connection refused"),
    ("network", "connect: network is unreachable"),
    ("not-logged-in", "error: [401] Unauthorized: No credentials provided or are invalid."),
]


@pytest.mark.parametrize(("id", "line"), OTHER_WORDS)
def test_other_words_for_the_same(id: str, line: str) -> None:
    """Of other versions, of other commands, and out of JSON."""
    found = explain(line)
    assert found is not None
    assert found.id == id


def test_each_row_of_the_documentation_is_explained() -> None:
    """What the table of docs/deploy.md says that a log says stands in one that is known here."""
    page = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    rows = page.partition("| it says | is | do |")[2].partition("\n\n")[0].splitlines()[2:]
    known = [re.sub(r"\d+", "0", text) for text in (*LOGS.values(), *(line for _, line in OTHER_WORDS))]
    said = [re.sub(r"\d+", "0", one) for row in rows for one in re.findall("`([^`]+)`", row.split(" | ")[0])]
    assert len(said) > len(rows) > 10
    parts = [part.strip() for one in said for part in one.split("…") if part.strip()]
    assert [part for part in parts if not any(part in text for text in known)] == []


def test_several_failures_are_told_in_the_order_of_the_log_and_each_once() -> None:
    """Pulumi prints an error where it happens and again at the end."""
    other = LOGS["aws-denied"].replace("iam:CreateRole", "lambda:EnableReplication")
    log = "\n".join([LOGS["locked"], LOGS["aws-denied"], other, LOGS["aws-denied"], LOGS["locked"]])
    assert (
        [(one.id, one.means[-25:]) for one in explained(log)]
        == [
            ("locked", explain(LOGS["locked"]).means[-25:]),  # type: ignore[union-attr]
            ("aws-denied", "s may not do iam:CreateRole."[-25:]),
            ("aws-denied", "may not do lambda:EnableReplication."[-25:]),
        ]
    )


@pytest.mark.parametrize(
    "text", ["", "Resources:\n    ~ 1 updated\n    4 unchanged\n\nDuration: 10037s\n", "code 10000 bytes"]
)
def test_a_number_alone_is_no_failure(text: str) -> None:
    """Cloudflare's codes are looked for where codes stand."""
    assert explain(text) is None


def test_nothing_of_a_log_is_repeated() -> None:
    """A log may hold anything; out come our own words."""
    found = [*explained("\n".join(f"token=hunter2 {text} hunter2" for text in LOGS.values()))]
    assert "hunter2" not in "".join(f"{one.means}{one.do}{one.run}" for one in found)
    assert len({one.id for one in found}) == len(LOGS)


def test_the_command_reads_a_file_or_standard_input(kampkin: Kampkin, tmp_path: Path) -> None:
    """For a person, and as JSON; 0 where something is known, 1 where nothing is, 2 without a log."""
    (tmp_path / "log").write_text(LOGS["stack-missing"])
    told = kampkin("why", "log")
    assert (told.code, told.out) == (
        0,
        "There is no stack prod where Pulumi keeps its state.\n"
        "  do: Make it, if this is its first time; else log in to where it is: `pulumi stack ls --all` lists those that are "
        "here.\n  run: pulumi stack init prod\n",
    )
    as_json = kampkin("why", "log", "--json").json
    assert (as_json["version"], [one["id"] for one in as_json["failures"]]) == (1, ["stack-missing"])
    (tmp_path / "log").write_text("all is well\n")
    unknown = kampkin("why", "log")
    assert (unknown.code, unknown.out) == (1, "")
    (tmp_path / "log").write_text("\n")
    assert re.search(r"log is empty\n  hint: pulumi up 2>&1 \| tee log", kampkin("why", "log").err)
    missing = kampkin("why", "no-log")
    assert (missing.code, missing.err.splitlines()[0]) == (
        2,
        "kampkin: could not read no-log: No such file or directory",
    )
