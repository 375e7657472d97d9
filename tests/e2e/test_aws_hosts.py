"""A host that becomes another on AWS, on the engine: after each call that changes anything, which hosts answer."""

from __future__ import annotations

import json

import pytest

from .conftest import Team
from .test_aws_settings import zone_of
from .watch import Watch

FILE = """\
version: 1
project: acme
targets: {{aws: {{host: {host}}}}}
endpoints:
  cart: {{origin: "http://localhost:9"}}
environments:
  prod: {{}}
"""
OLD, NEW = "old.acme.dev", "new.acme.dev"


def declare(team: Team, host: str) -> None:
    """Writes the file that is deployed."""
    team.project.write(FILE.format(host=host))


def up(team: Team, zone: str) -> list[frozenset[str]]:
    """What answers after each call of an update that changes something, those of before and after included; nothing is left to
    do then."""
    with Watch(team.aws, zone) as watch:
        team.project.run("aws", "up", "--yes", "--skip-preview", AWS_ENDPOINT_URL=watch.url)
    team.project.run("aws", "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert team.project.changes("aws") == {}
    return watch.seen


def names_of(team: Team) -> list[list[str]]:
    """The names of each certificate that there is."""
    acm = team.aws.client("acm")
    arns = [one["CertificateArn"] for one in acm.list_certificates()["CertificateSummaryList"]]
    found = [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]
    return [sorted(one["SubjectAlternativeNames"]) for one in found]


def records(team: Team, zone: str) -> set[str]:
    """The names of the zone's records, its own left out."""
    found = team.aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {one["Name"].rstrip(".") for one in found} - {"acme.dev"}


@pytest.fixture
def zone(team: Team) -> str:
    """A stack with its host, in a zone; the zone's id."""
    made = zone_of(team)
    declare(team, OLD)
    team.project.init("aws")
    team.project.run("aws", "config", "set", "hostedZoneId", made)
    team.project.run("aws", "up", "--yes", "--skip-preview")
    return made


def test_with_the_former_host_kept_there_is_no_gap(team: Team, zone: str) -> None:
    """The first update adds the new host and takes nothing away: the old one answers throughout, the new one from its record on.
    The second, once callers have moved, takes the old one away, and the new one answers throughout. Nothing of the old is left,
    in the certificate neither."""
    declare(team, NEW)
    team.project.run("aws", "config", "set", "formerHost", OLD)
    adding = up(team, zone)
    assert all(OLD in one for one in adding), adding
    assert adding[-1] == {OLD, NEW}
    assert names_of(team) == [[NEW, OLD]]
    urls = json.loads(team.project.run("aws", "stack", "output", "--json").out)["urls"]
    assert urls["cart"] == f"https://{NEW}/cart"

    team.project.run("aws", "config", "rm", "formerHost")
    taking = up(team, zone)
    assert all(NEW in one for one in taking), taking
    assert taking[-1] == {NEW}
    assert names_of(team) == [[NEW]]
    assert not [name for name in records(team, zone) if name.endswith(OLD)]


def test_without_it_the_gap_is_from_the_alias_to_the_record(team: Team, zone: str) -> None:
    """The order of one update: certificate and proof, then the distribution, then the new records, and at last what was the old
    host's. A distribution has its aliases changed at one stroke, and its name is what the records lead to: so this is as short
    as one update can make it, and it is there."""
    declare(team, NEW)
    seen = up(team, zone)
    order = list(dict.fromkeys(seen))
    assert order == [frozenset({OLD}), frozenset(), frozenset({NEW})]
    assert names_of(team) == [[NEW]]
    assert not [name for name in records(team, zone) if name.endswith(OLD)]


def test_a_stack_of_an_older_release_keeps_its_records(team: Team, zone: str) -> None:
    """They had no host in their names: they are found again, as the former host's too, and not made anew."""
    exported = team.project.run("aws", "stack", "export").out
    older = team.project.folder / "older.json"
    label = OLD.replace(".", "_")
    older.write_text(exported.replace(f'-{label}"', '"'))
    team.project.run("aws", "stack", "import", "--file", str(older))
    assert label not in team.project.run("aws", "stack", "export").out
    declare(team, NEW)
    team.project.run("aws", "config", "set", "formerHost", OLD)
    seen = up(team, zone)
    assert all(OLD in one for one in seen), seen
    assert seen[-1] == {OLD, NEW}
