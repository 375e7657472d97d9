"""AWS as it is now, held against what the stack declares."""

from __future__ import annotations

import pytest

from kampkin.drift.aws.readers import READERS, is_of_the_cloud
from tests.drift.conftest import Account, Stack

SETTINGS = (
    "none",
    "all",
    "account",
    "certificateArn",
    "hostedZoneId",
    "logDays",
    "logRegions",
    "pointInTimeRecovery",
    "tableKeys",
    "tags",
    "priceClass",
    "webAclArn",
)


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


def test_every_reference_is_known(stack: Stack) -> None:
    """What one resource gives another is compared too, and not passed over."""
    from kampkin.drift.aws.references import resolved

    live, by_name = stack.live, {one.name: one for one in stack.resources}
    for one in stack.resources:
        assert "${" not in str(resolved(one.inputs, lambda name: live.read(by_name[name]))), one.name
