"""The local DynamoDB is as atomic as the real one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.local.dynamodb import LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.local.status import from_dynamodb

TABLE = "kampkin-standin"
REGION = "us-east-1"
KEY = {"pk": {"S": "b#cart#us-east-1"}, "sk": {"S": "state"}}


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client of a running one."""
    (port,) = free_ports(1)
    with LocalDynamoDB(port, [TABLE], REGION) as process:
        process.ready()
        client = process.client()
        yield client
        client.close()


def test_the_table_is_as_the_stack_declares_it(dynamodb: Any) -> None:
    """pk and sk, on demand, with items that expire."""
    table = dynamodb.describe_table(TableName=TABLE)["Table"]
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    ttl = dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_no_addition_is_lost(dynamodb: Any) -> None:
    """Two hundred concurrent ADDs of one are two hundred."""
    key = KEY | {"sk": {"S": "counter"}}

    def add(_: int) -> None:
        dynamodb.update_item(
            TableName=TABLE,
            Key=key,
            UpdateExpression="ADD #n :one",
            ExpressionAttributeNames={"#n": "n"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(200)))
    assert dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["n"] == {"N": "200"}


def test_a_condition_has_one_winner(dynamodb: Any) -> None:
    """Of many writers that expect the same old value, one succeeds."""
    key = KEY | {"sk": {"S": "won"}}

    def win(number: int) -> bool:
        try:
            dynamodb.put_item(
                TableName=TABLE, Item=key | {"by": {"N": str(number)}}, ConditionExpression="attribute_not_exists(pk)"
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(win, range(40))) == 1


def test_a_record_reads_as_a_status(dynamodb: Any) -> None:
    """Attributes as the store writes them, events oldest first; what was never written is a closed breaker."""
    numbers = {"M": {"streak": {"N": "5"}}}
    where = {"edge": {"S": "aws"}, "region": {"S": REGION}, "node": {"S": "us-east-1/1"}}
    for epoch, (old, new) in enumerate([("closed", "open"), ("open", "half-open")], start=1):
        event = {
            "from": {"S": old},
            "to": {"S": new},
            "reason": {"S": "why"},
            "numbers": numbers,
            "epoch": {"N": str(epoch)},
        }
        key = KEY | {"sk": {"S": f"event#{epoch:012}"}}
        dynamodb.put_item(
            TableName=TABLE, Item=key | event | where | {"at": {"N": str(epoch)}, "ttl": {"N": "9999999999"}}
        )
    record = {
        "e": {"N": "2"},
        "st": {"S": "half-open"},
        "lv": {"N": "1"},
        "why": {"S": "why"},
        "k2": {"N": "3"},
        "k1": {"N": "9"},
    }
    dynamodb.put_item(TableName=TABLE, Item=KEY | record | {"ra": {"N": "1"}})
    for sk in ("counter", "won"):
        dynamodb.delete_item(TableName=TABLE, Key=KEY | {"sk": {"S": sk}})
    status = from_dynamodb(dynamodb, TABLE, REGION, "cart")
    assert (status.state, status.epoch, status.level, status.why, status.streak) == ("half-open", 2, 1, "why", 3)
    assert status.retry_in_ms == 0
    assert [(event.epoch, event.from_state, event.to) for event in status.events] == [
        (1, "closed", "open"),
        (2, "open", "half-open"),
    ]
    assert status.events[0].numbers == {"streak": 5}
    assert from_dynamodb(dynamodb, TABLE, REGION, "unknown").state == "closed"


def test_a_port_in_use_is_an_error_not_a_traceback(dynamodb: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """A DynamoDB that cannot listen says that it could not start."""
    port = int(dynamodb.meta.endpoint_url.rpartition(":")[2].strip("/"))
    with LocalDynamoDB(port, [TABLE], REGION) as second, pytest.raises(Cannot, match="DynamoDB could not start"):
        second.ready()
    assert "Traceback" not in capfd.readouterr().err
