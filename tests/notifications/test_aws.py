"""Notifications on AWS: the table's stream, the function on the edge's Node, its queue and topic on moto, and a receiver.

What Lambda's event source mappings do in between is done here by hand: records in, failures back to where they came from.
"""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer

from kampkin.audience import secret_variable
from kampkin.bundle import bundle
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.dynamodb import CREDENTIALS, LocalDynamoDB
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from kampkin.local.ports import free_ports
from kampkin.local.redirect import redirect
from kampkin.local.toolchain import node
from kampkin.names import names_for
from kampkin.plan import Owner

from .conftest import EVERY, HERE, blip, event, plan, secret, verified
from .receiver import OK, Receiver, Reply

REGION, ACCOUNT = "us-east-1", "123456789012"
OWNERS = [
    Owner(name="shop", webhook="SHOP_HOOK", when=EVERY),
    Owner(name="deaf", webhook="DEAF_HOOK", slack="DEAF_SLACK", when=EVERY),
    Owner(name="flappy", webhook="FLAPPY_HOOK", when=EVERY),
    Owner(name="mail", email="oncall@acme.dev", when=EVERY),
    Owner(name="forced", webhook="FORCED_HOOK", when=EVERY),
    Owner(name="half", webhook="HALF_HOOK", when=EVERY),
]
NAMES = names_for(plan(*OWNERS))
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{NAMES.queue}"


def reply(path: str, times: int) -> Reply:
    """`/shop` fails twice and then takes everything, `/deaf` takes nothing."""
    if path == "/shop" and times < 2:
        return (503, {"retry-after": "7"})
    return (500, {}) if path == "/deaf" else OK


class Hasty:
    """In front of SQS: delays and time-outs are noted, and over at once."""

    def __init__(self, upstream: str) -> None:
        self.delays: list[int] = []
        self.timeouts: list[int] = []
        self.refuse = 0
        """How many calls are refused from now on."""
        hasty = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if hasty.refuse:
                    hasty.refuse -= 1
                    self.send_error(500)
                    return
                if "DelaySeconds" in body:
                    hasty.delays.append(body["DelaySeconds"])
                    body["DelaySeconds"] = 0
                if "VisibilityTimeout" in body:
                    hasty.timeouts.append(body["VisibilityTimeout"])
                    body["VisibilityTimeout"] = 0
                connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=20)
                headers = {name: self.headers[name] for name in ("content-type", "x-amz-target", "authorization")}
                connection.request("POST", "/", json.dumps(body), headers)
                response = connection.getresponse()
                answer = response.read()
                connection.close()
                self.send_response(response.status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listens no more."""
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Cloud:
    """A region with what the stack makes in it, and a receiver outside."""

    url: str
    folder: Path
    receiver: Receiver
    hasty: Hasty
    dead: str
    """The dead-letter queue's URL."""
    said: list[dict[str, Any]] = field(default_factory=list)
    """What the function logged."""
    position: str = ""
    """Where the stream is read on."""

    def client(self, service: str) -> Any:
        """A boto3 client of the region."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def invoke(self, records: list[dict[str, Any]], **environment: str) -> set[str]:
        """Runs the function on records; those it names as failed."""
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAMES.notifier}"
        given = {"folder": str(self.folder), "event": {"Records": records}, "context": {"invokedFunctionArn": arn}}
        secrets = {
            secret_variable(f"{owner.name.upper()}_HOOK"): secret(f"{self.receiver.url}/{owner.name}")
            for owner in OWNERS
        }
        own = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.url, "AWS_ENDPOINT_URL_SQS": self.hasty.url}
        slack = {secret_variable("DEAF_SLACK"): f"{self.receiver.url}/slack"}
        run = subprocess.run(
            [node(), HERE / "invoke.mjs"],
            input=json.dumps(given),
            env=CREDENTIALS | own | secrets | slack | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        *lines, answer = run.stdout.strip().split("\n")
        self.said += [json.loads(line) for line in lines if line]
        return {one["itemIdentifier"] for one in json.loads(answer)["batchItemFailures"]}

    def write(self, events: list[dict[str, Any]]) -> None:
        """Puts events into the table as the store does."""
        serialize = TypeSerializer().serialize
        for one in events:
            key = f"event#{one['epoch']:012d}" + ("#o1" if "override" in one or "released" in one else "")
            item = {"pk": f"b#{one['breaker']}#{REGION}", "sk": key, "ttl": 1, **one}
            values = {name: serialize(value) for name, value in item.items()}
            self.client("dynamodb").put_item(TableName=NAMES.table, Item=values)

    def stream(self) -> list[dict[str, Any]]:
        """The stream's records since the last look, as the event source mapping's filter lets them through."""
        streams = self.client("dynamodbstreams")
        if not self.position:
            arn = self.client("dynamodb").describe_table(TableName=NAMES.table)["Table"]["LatestStreamArn"]
            shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
            at = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
            self.position = streams.get_shard_iterator(**at)["ShardIterator"]
        page = streams.get_records(ShardIterator=self.position)
        self.position = page["NextShardIterator"]
        records = [json.loads(json.dumps(one, default=str)) for one in page["Records"]]
        return [
            {**one, "eventSource": "aws:dynamodb"}
            for one in records
            if one["dynamodb"]["Keys"]["sk"]["S"].startswith("event#")
        ]

    def receive(self) -> list[dict[str, Any]]:
        """What the queue gives, as the event source mapping hands it on."""
        found = self.client("sqs").receive_message(
            QueueUrl=self.url + f"{ACCOUNT}/{NAMES.queue}", MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        return [
            {
                "eventSource": "aws:sqs",
                "messageId": one["MessageId"],
                "receiptHandle": one["ReceiptHandle"],
                "body": one["Body"],
                "attributes": one["Attributes"],
            }
            for one in found.get("Messages", [])
        ]

    def work(self) -> None:
        """Does what the two mappings do until stream and queue are empty: what failed stays where it was."""
        records = self.stream()
        while records:
            failed = self.invoke(records)
            records = [one for one in records if one["dynamodb"]["SequenceNumber"] in failed]
        while messages := self.receive():
            failed = self.invoke(messages)
            for one in messages:
                if one["messageId"] not in failed:
                    self.client("sqs").delete_message(
                        QueueUrl=self.url + f"{ACCOUNT}/{NAMES.queue}", ReceiptHandle=one["receiptHandle"]
                    )

    def told(self, owner: str) -> list[dict[str, Any]]:
        """What the owner's receiver took, each message once."""
        bodies = [verified(sent) for sent in self.receiver.taken(f"/{owner}")]
        return list({body["data"]["id"]: body for body in bodies}.values())


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Table with stream, queue with dead letters, topic, and the function's folder. One owner and breaker a test."""
    with ExitStack() as stack:
        running = stack.enter_context(LocalDynamoDB(free_ports(1)[0], [], REGION))
        running.ready()
        receiver = stack.enter_context(Receiver(reply))
        folder = tmp_path_factory.mktemp("notifier")
        for name, code in bundle(plan(*OWNERS)).notifier.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(code)
        (folder / "package.json").write_text('{"type": "module"}')
        hasty = Hasty(running.url)
        stack.callback(hasty.close)
        cloud = Cloud(running.url, folder, receiver, hasty, "")
        cloud.client("dynamodb").create_table(
            TableName=NAMES.table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        sqs = cloud.client("sqs")
        cloud.dead = sqs.create_queue(QueueName=NAMES.dead_letters)["QueueUrl"]
        redrive = {
            "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAMES.dead_letters}",
            "maxReceiveCount": 15,
        }
        sqs.create_queue(QueueName=NAMES.queue, Attributes={"RedrivePolicy": json.dumps(redrive)})
        sns = cloud.client("sns")
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
