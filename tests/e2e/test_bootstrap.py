"""What CI itself needs, on Pulumi's engine; and that it is enough: the stack of AWS goes up as the role that deploys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .conftest import Team
from .guard import Guard

BUCKET = "acme-kampkin-state"
NOTIFIED = """\
version: 1
project: acme
targets: [aws]
owners:
  shop: {notify: {email: shop@acme.dev}}
endpoints:
  cart: {origin: "http://localhost:9", owner: shop, breaker: {cooldown: 7s}}
environments:
  prod: {}
"""


HOSTED = """\
version: 1
project: acme
targets: {aws: {host: edge.acme.dev}}
endpoints:
  cart: {origin: "http://localhost:9", breaker: {cooldown: 7s}}
environments:
  prod: {}
"""


def bootstrap(team: Team, **config: str) -> None:
    """What the account's owner runs once."""
    team.project.init("bootstrap", "account")
    for key, value in config.items():
        team.project.run("bootstrap", "config", "set", key, value)
    team.project.run("bootstrap", "up", "--yes", "--skip-preview")


@contextmanager
def guarded(team: Team, role: str) -> Iterator[Guard]:
    """The account behind what a role may do."""
    iam = team.aws.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies: list[Any] = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    with Guard(team.aws.url, policies) as guard:
        yield guard


def test_the_account_is_made_ready_once(team: Team) -> None:
    """Roles, provider and bucket go up, a second `up` and a refresh change nothing, and all goes again; the bucket not before
    it is let go."""
    team.declare()
    bootstrap(team, stateBucket=BUCKET)
    iam, s3 = team.aws.client("iam"), team.aws.client("s3")
    roles = {one["RoleName"] for one in iam.list_roles()["Roles"]}
    assert roles == {"kampkin-acme-preview", "kampkin-acme-prod-deploy"}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    said = team.project.run("bootstrap", "stack", "output").out
    assert "Workers Scripts: Edit" in said
    assert f"s3://{BUCKET}" in said
    team.project.run("bootstrap", "up", "--yes", "--skip-preview", "--expect-no-changes")
    team.project.run("bootstrap", "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    refused = team.project.run("bootstrap", "destroy", "--yes", expect=None)
    assert "protect" in refused.text
    assert s3.list_buckets()["Buckets"]
    team.project.unprotect("bootstrap")
    team.project.run("bootstrap", "destroy", "--yes", "--skip-preview")
    assert not iam.list_roles()["Roles"]
    assert not s3.list_buckets()["Buckets"]


@pytest.mark.parametrize("text", [None, NOTIFIED], ids=["smallest", "notified"])
def test_the_role_that_deploys_may_do_all_of_it(team: Team, text: str | None) -> None:
    """From the first `up` over a change and a refresh to the end, with nothing refused: what the role may do is enough."""
    team.declare()
    if text:
        team.project.write(text)
    bootstrap(team)
    with guarded(team, "kampkin-acme-prod-deploy") as guard:
        team.project.init("aws")
        team.project.run("aws", "up", "--yes", "--skip-preview", AWS_ENDPOINT_URL=guard.url)
        team.project.write((team.project.folder / "kampkin.yaml").read_text().replace("7s", "8s"))
        team.project.run("aws", "up", "--refresh", "--yes", "--skip-preview", AWS_ENDPOINT_URL=guard.url)
        team.project.unprotect("aws")
        team.project.run("aws", "destroy", "--yes", "--skip-preview", AWS_ENDPOINT_URL=guard.url)
        assert guard.refused == []
        wanted = {"cloudfront:CreateDistribution", "dynamodb:DeleteTable", "iam:PassRole", "lambda:EnableReplication*"}
        assert wanted <= guard.asked


def test_the_role_that_deploys_may_make_the_hosts_certificate_and_records(team: Team) -> None:
    """In the one zone that the stack of CI's needs was told, too."""
    made = team.aws.client("route53").create_hosted_zone(Name="acme.dev", CallerReference="1")
    zone = str(made["HostedZone"]["Id"]).rpartition("/")[2]
    team.project.write(HOSTED)
    bootstrap(team, hostedZoneId=zone)
    with guarded(team, "kampkin-acme-prod-deploy") as guard:
        team.project.init("aws")
        team.project.run("aws", "config", "set", "hostedZoneId", zone)
        team.project.run("aws", "up", "--yes", "--skip-preview", AWS_ENDPOINT_URL=guard.url)
        team.project.unprotect("aws")
        team.project.run("aws", "destroy", "--yes", "--skip-preview", AWS_ENDPOINT_URL=guard.url)
        assert guard.refused == []
        assert {"acm:RequestCertificate", "route53:ChangeResourceRecordSets"} <= guard.asked


def test_the_role_that_looks_may_do_no_more(team: Team) -> None:
    """A pull request's job sees what would change and what has drifted; what it would deploy is refused by name."""
    team.declare()
    bootstrap(team)
    team.up("aws")
    with guarded(team, "kampkin-acme-preview") as guard:
        team.declare(cooldown="8s")
        team.project.run("aws", "preview", AWS_ENDPOINT_URL=guard.url)
        team.project.run("aws", "refresh", "--preview-only", "--expect-no-changes", AWS_ENDPOINT_URL=guard.url)
        assert guard.refused == []
        refused = team.project.run("aws", "up", "--yes", "--skip-preview", expect=None, AWS_ENDPOINT_URL=guard.url)
        assert refused.code != 0
        assert "not authorized to perform: lambda:UpdateFunctionConfiguration" in refused.text


def test_the_role_of_another_environment_is_refused(team: Team) -> None:
    """Staging's role cannot make production's things."""
    team.declare()
    text = (team.project.folder / "kampkin.yaml").read_text()
    team.project.write(f"{text}  staging: {{}}\n")
    bootstrap(team)
    with guarded(team, "kampkin-acme-staging-deploy") as guard:
        team.project.init("aws")
        refused = team.project.run("aws", "up", "--yes", "--skip-preview", expect=None, AWS_ENDPOINT_URL=guard.url)
        assert refused.code != 0
        assert guard.refused
