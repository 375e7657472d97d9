"""A region of AWS with what the stack makes there for telling owners: the table's stream, the function on the edge's Node, its
queues on moto. What Lambda's event source mappings do in between is done here by hand."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.dynamodb.types import TypeSerializer

from kampkin.audience import secret_variable
from kampkin.bundle import bundle
from kampkin.local.dynamodb import CREDENTIALS, LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.local.toolchain import node
from kampkin.names import Names, names_for
from kampkin.plan import Plan

from .conftest import HERE, verified
from .receiver import Receiver

REGION, ACCOUNT = "us-east-1", "123456789012"


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

    names: Names
    secrets: Mapping[str, str]
    """What the function's variables hold, by the secrets' names."""
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
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.names.notifier}"
        given = {"folder": str(self.folder), "event": {"Records": records}, "context": {"invokedFunctionArn": arn}}
        secrets = {secret_variable(name): value for name, value in self.secrets.items()}
        own = {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.url, "AWS_ENDPOINT_URL_SQS": self.hasty.url}
        run = subprocess.run(
            [node(), HERE / "invoke.mjs"],
            input=json.dumps(given),
            env=CREDENTIALS | own | secrets | environment,
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
            self.client("dynamodb").put_item(TableName=self.names.table, Item=values)

    def stream(self) -> list[dict[str, Any]]:
        """The stream's records since the last look, as the event source mapping's filter lets them through."""
        streams = self.client("dynamodbstreams")
        if not self.position:
            arn = self.client("dynamodb").describe_table(TableName=self.names.table)["Table"]["LatestStreamArn"]
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
            QueueUrl=self.url + f"{ACCOUNT}/{self.names.queue}", MaxNumberOfMessages=10, AttributeNames=["All"]
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
                        QueueUrl=self.url + f"{ACCOUNT}/{self.names.queue}", ReceiptHandle=one["receiptHandle"]
                    )

    def told(self, owner: str) -> list[dict[str, Any]]:
        """What the owner's receiver took, each message once."""
        bodies = [verified(sent) for sent in self.receiver.taken(f"/{owner}")]
        return list({body["data"]["id"]: body for body in bodies}.values())


@contextmanager
def region(plan: Plan, secrets: Mapping[str, str], receiver: Receiver, folder: Path) -> Iterator[Cloud]:
    """Table with stream, queue with dead letters, and in `folder` the function's modules."""
    names = names_for(plan)
    with ExitStack() as stack:
        running = stack.enter_context(LocalDynamoDB(free_ports(1)[0], [], REGION))
        running.ready()
        for name, code in bundle(plan).notifier.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(code)
        (folder / "package.json").write_text('{"type": "module"}')
        hasty = Hasty(running.url)
        stack.callback(hasty.close)
        cloud = Cloud(names, secrets, running.url, folder, receiver, hasty, "")
        cloud.client("dynamodb").create_table(
            TableName=names.table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        sqs = cloud.client("sqs")
        cloud.dead = sqs.create_queue(QueueName=names.dead_letters)["QueueUrl"]
        redrive = {
            "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{names.dead_letters}",
            "maxReceiveCount": 15,
        }
        sqs.create_queue(QueueName=names.queue, Attributes={"RedrivePolicy": json.dumps(redrive)})
        yield cloud
