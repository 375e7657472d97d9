"""What stands beside the endpoints has its words too, each field of it."""

from __future__ import annotations

from typing import Any

import pytest

from kampkin import config
from kampkin.plan import Owner, Plan, Safety, Target, seal_plan
from kampkin.review.parts import BUDGETS, CLAIMS, OWNER, SAFETY, TARGET, parts
from tests.review.test_meaning import endpoint

CLOUDFLARE = Target(host="edge.acme.dev", store="durable-object")
AWS = Target(store="dynamodb", regions=("us-east-1",))
DANA = Owner(name="shop", email="dana@acme.dev", when=("open",))


def plan(**fields: Any) -> Plan:
    """A plan with one endpoint on both clouds."""
    whole = {"project": "acme", "targets": {"cloudflare": CLOUDFLARE, "aws": AWS}, "owners": (DANA,)}
    return seal_plan(**whole | {"endpoints": (endpoint(),)} | fields)


def test_every_field_has_its_words() -> None:
    """A new one cannot be forgotten; what is an owner's in the file alone is notify's or has a row."""
    assert set(TARGET) == set(Target.model_fields)
    assert set(SAFETY) == set(Safety.model_fields)
    assert set(OWNER) == set(Owner.model_fields) - {"name"}
    in_the_file = {meaning.key for meaning in (*BUDGETS.values(), *SAFETY.values())}
    assert in_the_file == set(config.Safety.model_fields)
    assert {*CLAIMS, "notify"} == set(config.Owner.model_fields)
    assert {meaning.key for meaning in OWNER.values()} == {f"notify.{key}" for key in config.Notify.model_fields}


@pytest.mark.parametrize(
    ("fields", "key", "before", "after", "said", "direction", "reached"),
    [
        ({"targets": {"cloudflare": CLOUDFLARE, "aws": AWS.model_copy(update={"store": "memory"})}}, "targets.aws.store", "dynamodb", "memory", "every breaker begins anew, and nodes know less of each other: opens later", "loosens", 1),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"store": "kv"}), "aws": AWS}}, "targets.cloudflare.store", "durable-object", "kv", "every breaker begins anew, and nodes know less of each other: opens later", "loosens", 1),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"host": None}), "aws": AWS}}, "targets.cloudflare.host", "edge.acme.dev", "none", "callers come in at the platform's own host, no longer at edge.acme.dev, which stops at once", "neither", 0),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"host": "new.acme.dev"}), "aws": AWS}}, "targets.cloudflare.host", "edge.acme.dev", "new.acme.dev", "callers come in at new.acme.dev, no longer at edge.acme.dev, which stops as soon as new.acme.dev answers", "neither", 0),
        ({"targets": {"cloudflare": CLOUDFLARE, "aws": AWS.model_copy(update={"host": "new.acme.dev"})}}, "targets.aws.host", "none", "new.acme.dev", "callers come in at new.acme.dev; CloudFront's own name goes on", "neither", 0),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"analytics": True}), "aws": AWS}}, "targets.cloudflare.analytics", "false", "true", "each minute goes to Analytics Engine too", "neither", 0),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"location": "weur"}), "aws": AWS}}, "targets.cloudflare.location", "none", "weur", "new Durable Objects are made in weur instead of a place near the first request; those that are there stay", "neither", 0),
        ({"targets": {"cloudflare": CLOUDFLARE.model_copy(update={"in_front_of": True}), "aws": AWS}}, "targets.cloudflare.in_front_of", "false", "true", "what no endpoint takes goes to the host's own origin; a custom domain that the host was until then takes its DNS record along, which one update refuses", "neither", 0),
        ({"safety": Safety(max_override_ms=3_600_000)}, "safety.max_override", "30d", "1h", "an override at run time lasts at most 1h instead of 30d: a person may hold a breaker for less long", "tightens", 0),
        ({"project": "other"}, "project", "acme", "other", "every name of what is deployed is another: a new deployment beside the old, where every breaker begins anew", "neither", 1),
        ({"owners": (DANA.model_copy(update={"email": "eli@acme.dev"}),)}, "owners.shop.notify.email", "dana@acme.dev", "eli@acme.dev", "hears of its breakers at eli@acme.dev instead of dana@acme.dev", "neither", 0),
        ({"owners": (DANA.model_copy(update={"slack": "SHOP"}),)}, "owners.shop.notify.slack", "none", "secret:SHOP", "hears of its breakers by the webhook in secret:SHOP instead of none", "neither", 0),
        ({"owners": (DANA.model_copy(update={"when": ("open", "close")}),)}, "owners.shop.notify.when", "[open]", "[open, close]", "hears of open, close instead of open", "neither", 0),
    ],
)  # fmt: skip
def test_a_part_says_what_its_change_means(
    fields: dict[str, Any], key: str, before: str, after: str, said: str, direction: str, reached: int
) -> None:
    """By the key of the file, and with the endpoints that it reaches."""
    [change] = parts(plan(), plan(**fields))
    assert (change.key, change.before, change.after, change.meaning) == (key, before, after, said)
    assert (change.direction, change.endpoints) == (direction, ("cart",) * reached)


def test_regions_reach_the_endpoints_on_them() -> None:
    """Their records are elsewhere."""
    other = {"cloudflare": CLOUDFLARE, "aws": Target(store="dynamodb", regions=("us-east-1", "eu-west-1"))}
    [change] = parts(plan(), plan(targets=other))
    assert (change.before, change.after, change.endpoints) == ("[us-east-1]", "[us-east-1, eu-west-1]", ("cart",))


def test_a_cloud_that_comes_or_goes_is_one_change() -> None:
    """Not one for each of its settings."""
    alone = {"targets": {"cloudflare": CLOUDFLARE}, "endpoints": (endpoint(targets=("cloudflare",)),)}
    [change] = parts(plan(**alone), plan())
    assert (change.key, change.before, change.after) == ("targets.aws", "none", "dynamodb, us-east-1")
    [change] = parts(plan(), plan(**alone))
    assert (change.before, change.after, change.meaning) == ("dynamodb, us-east-1", "none", "a cloud less")


def test_a_first_or_a_last_plan_is_said_by_its_endpoints() -> None:
    """There is nothing to compare with."""
    assert [*parts(None, plan()), *parts(plan(), None)] == []


def test_another_host_on_aws_is_said_to_have_a_gap() -> None:
    """With what avoids it."""
    old, new = (
        {"cloudflare": CLOUDFLARE, "aws": AWS.model_copy(update={"host": f"{one}.acme.dev"})} for one in ("old", "new")
    )
    [change] = parts(plan(targets=old), plan(targets=new))
    assert "no longer at old.acme.dev: it stops minutes before new.acme.dev answers" in change.meaning
    assert change.meaning.endswith("pulumi config set formerHost old.acme.dev")
