"""Notifications on AWS: the table's stream, the function on the edge's Node, its queue and topic on moto, and a receiver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kampkin.bundle import bundle
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import redirect
from kampkin.names import names_for
from kampkin.plan import Owner

from .conftest import EVERY, blip, event, plan, secret
from .receiver import OK, Receiver, Reply
from .region import Cloud, region

OWNERS = [
    Owner(name="shop", webhook="SHOP_HOOK", when=EVERY),
    Owner(name="deaf", webhook="DEAF_HOOK", slack="DEAF_SLACK", when=EVERY),
    Owner(name="flappy", webhook="FLAPPY_HOOK", when=EVERY),
    Owner(name="mail", email="oncall@acme.dev", when=EVERY),
    Owner(name="forced", webhook="FORCED_HOOK", when=EVERY),
    Owner(name="half", webhook="HALF_HOOK", when=EVERY),
]
NAMES = names_for(plan(*OWNERS))


def reply(path: str, times: int) -> Reply:
    """`/shop` fails twice and then takes everything, `/deaf` takes nothing."""
    if path == "/shop" and times < 2:
        return (503, {"retry-after": "7"})
    return (500, {}) if path == "/deaf" else OK


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The region, and a topic with an inbox. One owner and breaker a test."""
    with Receiver(reply) as receiver:
        secrets = {f"{owner.name.upper()}_HOOK": secret(f"{receiver.url}/{owner.name}") for owner in OWNERS}
        secrets["DEAF_SLACK"] = f"{receiver.url}/slack"
        with region(plan(*OWNERS), secrets, receiver, tmp_path_factory.mktemp("notifier")) as cloud:
            sns, sqs = cloud.client("sns"), cloud.client("sqs")
            topic = sns.create_topic(Name=NAMES.topic("mail"))["TopicArn"]
            inbox = sqs.create_queue(QueueName="inbox")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
            yield cloud


def test_an_outage_is_told_once_though_the_receiver_fails_twice(
    cloud: Cloud, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """The function at the edge trips its breaker; by stream and queue the receiver has each transition once, signed."""
    with LocalOrigins({owner.name: None for owner in OWNERS}) as origins:
        made = bundle(redirect(plan(*OWNERS), {owner.name: origins.url(owner.name) for owner in OWNERS}))
        deployment = Deployment(None, deployment_of(made).function)
        with LocalEdges(deployment, nodes=1, dynamodb_url=cloud.url) as edges:

            def states() -> list[str]:
                ask(edges.edges["aws"].url, "/shop")
                return [one.to for one in edges.read("aws", "shop").events]

            origins.fault("shop", "500")
            until(lambda: states()[:1] == ["open"])
            origins.fault("shop", "heal")
            until(lambda: states()[-1:] == ["closed"])
            happened = states()
    cloud.work()
    assert sorted(body["type"] for body in cloud.told("shop")) == ["breaker.close", "breaker.open"]
    told = {one["id"]: one for body in cloud.told("shop") for one in body["data"]["events"]}
    assert [one["to"] for _, one in sorted(told.items(), key=lambda item: item[1]["epoch"])] == happened
    assert [sent.status for sent in cloud.receiver.at("/shop")][:2] == [503, 503]
    assert set(cloud.hasty.timeouts) <= {7, 10}
    assert "shop (prod, aws, us-east-1) is open" in [body["data"]["title"] for body in cloud.told("shop")]


def test_a_receiver_that_takes_nothing_ends_in_the_dead_letter_queue(cloud: Cloud) -> None:
    """After fifteen receives, each later than the one before; the owner's other channel got its message at once."""
    happened = blip(1, 0, "deaf", "aws")[0]
    cloud.write([happened])
    cloud.hasty.timeouts.clear()
    cloud.work()
    assert len(cloud.receiver.at("/deaf")) == 15
    assert cloud.hasty.timeouts == [5, 10, 20, 40, 80, 160, 320, *[600] * 8]
    assert len(cloud.receiver.at("/slack")) == 1
    (letter,) = cloud.client("sqs").receive_message(QueueUrl=cloud.dead)["Messages"]
    assert json.loads(letter["Body"])["event"]["id"] == happened["id"]
    lines = [line for line in cloud.said if line["kampkin"] == "dead-letter"]
    assert [(line["event"], line["channel"], line["error"]) for line in lines] == [(happened["id"], "webhook", "500")]


def test_a_flapping_breaker_is_told_of_once_a_minute(cloud: Cloud) -> None:
    """From the third opening on an event waits in the queue; the last of its minute tells of all of it."""
    happened = [one for index in range(5) for one in blip(1 + 3 * index, 5_000 * index, "flappy", "aws")]
    cloud.write(happened)
    cloud.hasty.delays.clear()
    cloud.work()
    assert sorted(cloud.hasty.delays) == [0] * 4 + [90] * 6
    types = [body["type"] for body in cloud.told("flappy")]
    assert sorted(types) == ["breaker.close"] * 2 + ["breaker.flapping"] + ["breaker.open"] * 2
    (grouped,) = [body for body in cloud.told("flappy") if body["type"] == "breaker.flapping"]
    assert [one["id"] for one in grouped["data"]["events"]] == [one["id"] for one in happened]


def test_email_goes_through_the_owners_topic(cloud: Cloud) -> None:
    """The topic has a subject and a text."""
    cloud.write([blip(1, 0, "mail", "aws")[0]])
    cloud.work()
    sqs = cloud.client("sqs")
    inbox = sqs.get_queue_url(QueueName="inbox")["QueueUrl"]
    mail = json.loads(sqs.receive_message(QueueUrl=inbox)["Messages"][0]["Body"])
    assert mail["Subject"] == "mail (prod, aws, us-east-1) is open"
    assert "3 failures in a row" in mail["Message"]


def test_what_a_person_decides_is_told(cloud: Cloud) -> None:
    """An override is set, and released: as the table has them."""
    decided = {"mode": "forced-open", "until": 1_800_000_600_000, "owner": "dana", "reason": "move"}
    cloud.write([event(1, 0, "forced", "aws", override=decided, node="arn:aws:iam::1:user/dana")])
    cloud.write([event(2, 9_000, "forced", "aws", released=True, node="arn:aws:iam::1:user/dana")])
    cloud.work()
    told = {body["data"]["title"]: body["data"] for body in cloud.told("forced")}
    assert set(told) == {
        "forced (prod, aws, us-east-1) is forced-open until 2027-01-15 08:10:00 UTC",
        "forced (prod, aws, us-east-1) is released from its override",
    }
    assert {data["by"] for data in told.values()} == {"arn:aws:iam::1:user/dana"}


def test_a_queue_that_stumbles_loses_nothing(cloud: Cloud) -> None:
    """A record whose message could not be put on the queue comes again; the others of its batch do not."""
    cloud.write([blip(1, 0, "half", "aws")[0], blip(4, 60_000, "half", "aws")[0]])
    cloud.hasty.refuse = 1
    cloud.work()
    assert sorted(one["epoch"] for body in cloud.told("half") for one in body["data"]["events"]) == [1, 4]
    assert [line["where"] for line in cloud.said if line["kampkin"] == "fault"] == ["notifier"]


def test_a_record_that_was_lost_is_told_of_again(cloud: Cloud) -> None:
    """It counts its epochs anew, and its events take the place of old ones: they are put on the queue all the same."""
    happened = blip(1, 120_000, "half", "aws")[0]
    keys = {"pk": {"S": "b#half#us-east-1"}, "sk": {"S": "event#000000000001"}}
    image: dict[str, Any] = {
        "breaker": {"S": "half"},
        "edge": {"S": "aws"},
        "region": {"S": "us-east-1"},
        "node": {"S": "x/y"},
    }
    image |= {"from": {"S": "closed"}, "to": {"S": "open"}, "reason": {"S": "manual"}, "numbers": {"M": {}}}
    image |= {"epoch": {"N": "1"}, "at": {"N": str(happened["at"])}, "retryAt": {"N": "1"}, "id": {"S": happened["id"]}}
    record = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "1"}}
    assert cloud.invoke([{**record, "eventName": "MODIFY"}]) == set()
    assert [json.loads(letter["body"])["event"]["id"] for letter in cloud.receive()] == [happened["id"]]


def test_what_concerns_nobody_is_passed_over(cloud: Cloud) -> None:
    """A breaker that has no owner here, and an event whose time is over."""
    keys = {"pk": {"S": "b#other#us-east-1"}, "sk": {"S": "event#000000000001"}}
    image = {"breaker": {"S": "other"}, "epoch": {"N": "1"}, "at": {"N": "1"}, "id": {"S": "x"}}
    record = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "1"}}
    before = len(cloud.receiver.sent)
    over = {**record, "eventName": "REMOVE", "dynamodb": {"Keys": keys, "SequenceNumber": "2"}}
    assert cloud.invoke([{**record, "eventName": "INSERT"}, over]) == set()
    assert cloud.receive() == []
    assert len(cloud.receiver.sent) == before
