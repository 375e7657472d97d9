"""The stacks of a team whose owners want to hear of their breakers, on Pulumi's engine."""

from __future__ import annotations

import json

import pytest

from kampkin.plan import TargetName

from .conftest import Team
from .test_cli import STATE, TARGETS, WORKER
from .uploaded import ask

FILE = """\
version: 1
project: acme
targets: [cloudflare, aws]
owners:
  shop: {notify: {slack: secret:SHOP_SLACK, webhook: secret:SHOP_HOOK, email: oncall@acme.dev}}
endpoints:
  cart: {owner: shop, origin: "http://localhost:9"}
environments:
  prod: {}
"""
SECRETS = {
    "SHOP_SLACK": "https://hooks.slack.com/services/T/B/x",
    "SHOP_HOOK": "https://hooks.acme.dev/kampkin#whsec_c2VjcmV0",
}


def start(team: Team, target: TargetName) -> None:
    """Makes the stack with its secrets."""
    team.project.write(FILE)
    team.project.init(target)
    for name, value in SECRETS.items():
        team.project.run(target, "config", "set", "--secret", name, value)
    team.project.run(target, "up", "--yes", "--skip-preview")


@pytest.mark.parametrize("target", TARGETS)
def test_a_stack_with_owners_lives_its_life(team: Team, target: TargetName) -> None:
    """It goes up, stays as it is, refreshes to the same, shows no secret, and comes down."""
    start(team, target)
    team.project.run(target, "up", "--yes", "--skip-preview", "--expect-no-changes")
    team.project.run(target, "refresh", "--yes", "--skip-preview", "--expect-no-changes")
    state = json.dumps(team.project.resources(target))
    assert not [value for value in SECRETS.values() if value in state]
    team.project.unprotect(target)
    team.project.run(target, "destroy", "--yes", "--skip-preview")
    assert team.project.resources(target) == []


@pytest.mark.parametrize("target", TARGETS)
def test_another_value_of_a_secret_goes_up(team: Team, target: TargetName) -> None:
    """The state Worker's migration moves with it, or the upload would be refused; after it nothing is left to do."""
    start(team, target)
    team.project.run(target, "config", "set", "--secret", "SHOP_SLACK", "https://hooks.slack.com/services/T/B/y")
    team.project.run(target, "up", "--yes", "--skip-preview")
    team.project.run(target, "up", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_missing_secret_is_named(team: Team) -> None:
    """With the command that sets it."""
    team.project.write(FILE)
    team.project.init("aws")
    outcome = team.project.run("aws", "preview", expect=None)
    assert outcome.code != 0
    assert "pulumi config set --secret SHOP_SLACK VALUE" in outcome.text
    assert "Traceback" not in outcome.text


def test_what_goes_up_is_what_the_notifier_needs(team: Team) -> None:
    """Queue, dead letters, topic and both mappings are in the region; the state Worker has its secrets, and tells nobody
    their values."""
    for target in TARGETS:
        start(team, target)
    lambda_ = team.aws.client("lambda")
    sources = {
        one["EventSourceArn"].split(":")[2] for one in lambda_.list_event_source_mappings()["EventSourceMappings"]
    }
    assert sources == {"dynamodb", "sqs"}
    assert len(team.aws.client("sqs").list_queues()["QueueUrls"]) == 2
    assert lambda_.get_function(FunctionName=f"{WORKER}-notify")["Configuration"]["Environment"]["Variables"]
    bindings = ask(team.cloudflare, f"scripts/{STATE}/settings").json()["result"]["bindings"]
    assert [(one["name"], one.get("text")) for one in bindings] == [
        ("SECRET_SHOP_HOOK", None),
        ("SECRET_SHOP_SLACK", None),
    ]
