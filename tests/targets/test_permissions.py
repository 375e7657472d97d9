"""What may be done in an account: enough for what the stacks declare, on nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from kampkin.load import load
from kampkin.names import Names
from kampkin.targets.aws import program as aws_program
from kampkin.targets.cloudflare import program as cloudflare_program
from kampkin.targets.page import with_tables
from kampkin.targets.permissions import (
    RESOURCES,
    TOKEN,
    Scope,
    grants,
    policy,
    state_policy,
    token_scopes,
    token_table,
)

from .conftest import Declared

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy.md"

SCOPE = Scope("123456789012", "acme", "prod", Names("kampkin-acme-prod"), ("edge.acme.dev",), ("Z0123456789",))

OWNED = """
version: 1
project: acme
targets: {TARGETS}
owners:
  shop: {notify: {slack: secret:SHOP_SLACK, email: shop@acme.dev}}
endpoints:
  cart: {origin: https://cart.acme.dev, owner: shop}
"""

NO_OPERATION = {
    "iam:PassRole": "a permission alone",
    "lambda:EnableReplication*": "a permission alone",
    "lambda:DisableReplication*": "a permission alone",
    "s3:ListBucket": "ListObjects",
}
"""Actions that no operation of the API is called like, and what they are for."""


def types_of(declared: Declared) -> set[str]:
    """The provider's types, without the components that are ours."""
    return {kind for kind in declared.types.values() if not kind.startswith(("kampkin:", "pulumi:"))}


@pytest.mark.parametrize("text", [None, OWNED])
def test_every_type_that_the_stack_of_aws_declares_has_its_actions(
    declare: Callable[..., Declared], text: str | None
) -> None:
    """A type without a row would be one that CI may not deploy."""
    config = {"SHOP_SLACK": "https://hooks.slack.com/services/x"} if text else {}
    declared = declare(aws_program, config=config, **({"text": text} if text else {}))
    assert types_of(declared)
    assert types_of(declared) <= set(RESOURCES)


def test_every_type_that_the_stack_of_cloudflare_declares_has_its_scope(declare: Callable[..., Declared]) -> None:
    """Likewise for the token."""
    account, zone = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
    hosted = "{cloudflare: {host: edge.acme.dev}}"
    for targets, config in (
        ("[cloudflare]", {"workersSubdomain": "acme"}),
        (hosted, {"zoneId": zone}),
        ("{cloudflare: {store: memory}}", {"workersSubdomain": "acme"}),
    ):
        declared = declare(cloudflare_program, targets, {"accountId": account, **config})
        assert types_of(declared)
        assert types_of(declared) <= set(TOKEN)


@pytest.mark.parametrize("level", ["read", "operate", "deploy"])
def test_every_action_is_one_of_aws(level: Any) -> None:
    """Each is an operation that the API has, or a permission that is known to have none; no action is a star."""
    session = botocore.session.get_session()
    stated = [*policy(level, [SCOPE])["Statement"], *state_policy("b", writes=True)["Statement"]]
    for action in {action for one in stated for action in one["Action"]}:
        service, _, name = action.partition(":")
        if action not in NO_OPERATION:
            assert re.fullmatch(r"[A-Za-z]+", name), action
            operations = session.get_service_model(service).operation_names
            assert {name, f"{name}20150331", f"{name}20170331"} & {*operations}, action


def test_nothing_but_the_environments_own_is_within_reach() -> None:
    """Every resource is called as the environment's things are, or is bound to them by a condition; what is neither cannot
    be changed by what may be done to it."""
    for one in policy("deploy", [SCOPE])["Statement"]:
        for arn in [one["Resource"]] if isinstance(one["Resource"], str) else one["Resource"]:
            if "kampkin-acme-prod" in arn or "Condition" in one or "hostedzone/Z0123456789" in arn:
                continue
            changing = [name for name in one["Action"] if not re.search(r":(Get|List|Describe|Lookup)", name)]
            assert set(changing) <= {
                "lambda:TagResource",
                "lambda:UntagResource",
                "sns:SetSubscriptionAttributes",
                "sns:Unsubscribe",
            }, arn


def test_who_reads_changes_nothing() -> None:
    """The policy for previews and drift holds reads alone."""
    for one in policy("read", [SCOPE])["Statement"]:
        assert all(re.search(r":(Get|List|Describe|Lookup)", action) for action in one["Action"]), one


def test_who_operates_reaches_tables_and_logs_alone() -> None:
    """Neither deploying nor anything of another environment."""
    table, logs = policy("operate", [SCOPE])["Statement"]
    assert table["Resource"] == "arn:aws:dynamodb:*:123456789012:table/kampkin-acme-prod"
    assert table["Action"] == ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    assert logs["Action"] == ["logs:FilterLogEvents"]
    assert all(":log-group:/aws/lambda/" in arn and "kampkin-acme-prod" in arn for arn in logs["Resource"])


def test_who_deploys_may_read_what_is_deployed() -> None:
    """A refresh is part of a deployment."""
    assert set(grants("read")) <= set(grants("deploy"))


def test_a_role_is_passed_to_lambda_alone() -> None:
    """Whoever deploys cannot hand the function's role to another service."""
    [one] = [one for one in policy("deploy", [SCOPE])["Statement"] if "iam:PassRole" in one["Action"]]
    assert one["Condition"] == {
        "StringEquals": {"iam:PassedToService": ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]}
    }
    assert one["Resource"] == [
        "arn:aws:iam::123456789012:role/kampkin-acme-prod-edge",
        "arn:aws:iam::123456789012:role/kampkin-acme-prod-notify",
    ]


def test_environments_share_statements() -> None:
    """Six environments, with hosts, are not too many for the role that looks at all of them; and the same environments give
    the same bytes."""
    scopes = [
        Scope("123456789012", "acme", name, Names(f"kampkin-acme-{name}"), (f"{name}.acme.dev",), ("Z0123456789",))
        for name in ("prod", "staging", "test", "load", "demo", "canary")
    ]
    made = policy("read", scopes)
    assert len(json.dumps(made, separators=(",", ":"))) < 10_240
    assert json.dumps(made) == json.dumps(policy("read", scopes))
    assert len(made["Statement"]) == len(policy("read", scopes[:1])["Statement"])


@pytest.mark.parametrize(
    ("targets", "permissions"),
    [
        ("[cloudflare]", ["Workers Scripts: Edit"]),
        ("{cloudflare: {store: kv}}", ["Workers Scripts: Edit", "Workers KV Storage: Edit"]),
        (
            "{cloudflare: {host: edge.acme.dev}}",
            ["Workers Scripts: Edit", "Workers Routes: Edit", "Zone: Read", "DNS: Edit"],
        ),
        ("[aws]", []),
    ],
)
def test_a_token_needs_what_the_file_needs(tmp_path: Path, targets: str, permissions: list[str]) -> None:
    """No scope of a zone without a host, none of KV without KV."""
    path = tmp_path / "kampkin.yaml"
    cart = "{cart: {origin: https://cart.acme.dev, breaker: {cooldown: 2m}}}"
    path.write_text(f"version: 1\nproject: acme\ntargets: {targets}\nendpoints: {cart}\n")
    plan = load(path).plan
    assert plan
    scopes = token_scopes([plan])
    assert [one.permission for one in scopes] == permissions
    table = token_table(scopes).splitlines()
    assert len(table) == 1 + len(permissions)
    assert len({re.search(r"  \S", line).start() for line in table if re.search(r"  \S", line)}) <= 1  # type: ignore[union-attr]


def test_the_tables_of_the_page_are_fresh() -> None:
    """docs/deploy.md has the permissions that the policies are made of."""
    page = DEPLOY.read_text()
    assert with_tables(page) == page, "out of date: run `make docs`"


def test_a_page_without_a_mark_is_refused() -> None:
    """Rather than written without its table."""
    with pytest.raises(ValueError, match="settings:bootstrap"):
        with_tables("nothing")
