"""The table in memory answers as moto's does, refuses what DynamoDB refuses, and bills what DynamoDB would."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kampkin.local.dynamodb import LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.local.toolchain import node

PROGRAM = Path(__file__).with_name("table.mjs")
TABLE, REGION = "breakers", "us-east-1"
KEY = {"pk": {"S": "b"}, "sk": {"S": "state"}}
OLD = "ALL_OLD"
Step = tuple[str, dict[str, Any]]


def update(expression: str, condition: str | None = None, key: Any = KEY, **more: Any) -> Step:
    """An UpdateItem; `n_…` and `v_…` are placeholders."""
    body: dict[str, Any] = {"TableName": TABLE, "Key": key, "UpdateExpression": expression, "ReturnValues": "ALL_NEW"}
    names = {f"#{name[2:]}": value for name, value in more.items() if name.startswith("n_")}
    values = {f":{name[2:]}": value for name, value in more.items() if name.startswith("v_")}
    if condition:
        body |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": OLD}
    body |= {"ExpressionAttributeNames": names} if names else {}
    body |= {"ExpressionAttributeValues": values} if values else {}
    return "UpdateItem", body


def put(sk: str, **attributes: Any) -> Step:
    """A PutItem."""
    return "PutItem", {"TableName": TABLE, "Item": KEY | {"sk": {"S": sk}} | attributes}


def get() -> Step:
    """A GetItem."""
    return "GetItem", {"TableName": TABLE, "Key": KEY, "ConsistentRead": True}


def query(condition: str, **more: Any) -> Step:
    """A Query of what lies beside the record."""
    values = {":pk": KEY["pk"], ":from": {"S": "event#1"}} | ({":to": {"S": "event#3"}} if ":to" in condition else {})
    body = {"TableName": TABLE, "KeyConditionExpression": condition, "ExpressionAttributeValues": values}
    return "Query", body | more


def transact(*parts: Step) -> Step:
    """A transaction of these."""
    items = []
    for operation, body in parts:
        told = {name: value for name, value in body.items() if name != "ReturnValues"}
        items.append({"Put" if operation == "PutItem" else "Update": told})
    return "TransactWriteItems", {"TransactItems": items}


ONE, TWO = {"N": "1"}, {"N": "2"}
PERSON = {"M": {"mode": {"S": "monitor"}, "until": {"N": "50"}}}

SEQUENCES: dict[str, list[Step]] = {
    "adds to nothing and to something": [
        update("ADD #a :one, b :two SET c = :two", n_a="a", v_one=ONE, v_two=TWO),
        update("ADD #a :one REMOVE b", "c = :two AND attribute_exists(b)", n_a="a", v_one=ONE, v_two=TWO),
        get(),
    ],
    "a condition that fails shows the item": [
        update("SET e = :one", v_one=ONE),
        update("SET e = :two", "attribute_not_exists(e)", v_two=TWO),
        update("SET e = :two", "attribute_not_exists(e) OR e < :one", v_one=ONE, v_two=TWO),
        update("SET e = :two", "(attribute_not_exists(x) OR x > :two) AND NOT e > :two", v_two=TWO),
        get(),
    ],
    "a condition on nothing": [
        update("SET e = :one", "e = :one", v_one=ONE),
        update("SET e = :one", "e <> :one", v_one=ONE),
        get(),
    ],
    "maps, lists and texts": [
        update("SET o = :person", v_person=PERSON),
        update("SET a = :one", "o = :person AND #o.#m IN (:x, :monitor)", n_o="o", n_m="mode",
               v_one=ONE, v_person=PERSON, v_x={"S": "x"}, v_monitor={"S": "monitor"}),
        update("SET a = :two", "o.#u <= :one OR begins_with(o.#m, :mon)", n_m="mode", n_u="until", v_one=ONE, v_two=TWO, v_mon={"S": "mon"}),
        update("SET b = :two", "contains(o.#m, :x)", n_m="mode", v_two=TWO, v_x={"S": "x"}),
        get(),
    ],
    "counts from what is not there": [
        update("SET a = if_not_exists(a, :one) + :two", v_one=ONE, v_two=TWO),
        update("SET a = a - :one", v_one=ONE),
        get(),
    ],
    "a transaction, all or nothing": [
        transact(update("SET e = :one", "attribute_not_exists(e)", v_one=ONE), put("event#1", at=ONE)),
        transact(update("SET e = :two", "attribute_not_exists(e)", v_two=TWO), put("event#2", at=ONE)),
        get(),
        query("pk = :pk AND begins_with(sk, :from)"),
    ],
    "events in order, by pages": [
        *(put(f"event#{number}", at={"N": str(number)}) for number in (2, 1, 3, 10)),
        query("pk = :pk AND sk >= :from", ScanIndexForward=False, Limit=2),
        query("pk = :pk AND sk >= :from", ScanIndexForward=False, Limit=2, ExclusiveStartKey=KEY | {"sk": {"S": "event#2"}}),
        query("pk = :pk AND sk BETWEEN :from AND :to"),
    ],
    "refused": [
        update("SET a = :one", v_one=ONE, v_two=TWO),
        update("SET a = :one, #a = :one", n_a="a", v_one=ONE),
        update("SET a = :nowhere"),
        update("SET a = :one REMOVE", v_one=ONE),
        update("SET a :one", v_one=ONE),
        get(),
    ],
}  # fmt: skip


def in_memory(steps: list[Step]) -> dict[str, Any]:
    """What the steps come to on the table in memory, and its counts."""
    run = subprocess.run([node(), PROGRAM, json.dumps(steps)], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0, run.stderr
    said: dict[str, Any] = json.loads(run.stdout)
    return said


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client for moto."""
    with LocalDynamoDB(free_ports(1)[0], [TABLE], REGION) as running:
        running.ready()
        yield running.client()


def on_moto(client: Any, steps: list[Step]) -> list[dict[str, Any]]:
    """The same on moto, of a partition that was emptied first."""
    for item in client.scan(TableName=TABLE)["Items"]:
        client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    methods = {
        "UpdateItem": client.update_item,
        "PutItem": client.put_item,
        "GetItem": client.get_item,
        "Query": client.query,
        "TransactWriteItems": client.transact_write_items,
    }
    came = []
    for operation, body in steps:
        try:
            answer = methods[operation](**body)
            came.append({key: answer[key] for key in ("Attributes", "Item", "Items", "Count") if key in answer})
        except client.exceptions.ClientError as error:
            said = error.response
            reasons = said.get("CancellationReasons")
            came.append({"failed": said["Error"]["Code"], "item": said.get("Item"), "reasons": reasons})
    return came


@pytest.mark.parametrize("name", SEQUENCES)
def test_it_answers_as_moto_does(name: str, dynamodb: Any) -> None:
    """Items, refusals and the items that come with them are the same."""
    steps = SEQUENCES[name]
    ours, theirs = in_memory(steps)["came"], on_moto(dynamodb, steps)
    for mine, other in zip(ours, theirs, strict=True):
        mine.pop("LastEvaluatedKey", None)
        for answer in (mine, other):
            for reason in answer.get("reasons") or []:
                reason.pop("Message", None)
        assert mine == other


def test_what_it_does_not_know_it_does_not_pass_over() -> None:
    """An operation, a field or a function that is not emulated is an error, and none that the store takes for its own."""
    for step in (
        ("Scan", {"TableName": TABLE}),
        ("GetItem", {"TableName": TABLE, "Key": KEY, "ProjectionExpression": "a"}),
        update("SET a = :one", "size(a) > :one", v_one=ONE),
        update("DELETE a :one", v_one=ONE),
    ):
        (came,) = in_memory([step])["came"]
        assert came["failed"].startswith("Error: not emulated"), step


def test_units_are_what_dynamodb_bills() -> None:
    """1 kB a write unit, of the larger of before and after; 4 kB a read unit; transactions twice; refusals too."""
    big = {"S": "x" * 3000}
    cases: list[tuple[list[Step], float, float]] = [
        ([update("SET a = :one", v_one=ONE)], 1, 0),
        ([update("SET a = :big", v_big=big)], 3, 0),
        ([update("SET a = :big", v_big=big), update("SET a = :one", v_one=ONE)], 6, 0),
        ([update("SET a = :big", v_big=big), update("SET a = :one", "a = :one", v_one=ONE)], 6, 0),
        ([transact(update("SET a = :big", v_big=big), put("event#1"))], 8, 0),
        ([get()], 0, 1),
        ([update("SET a = :big, b = :big", v_big=big), get()], 6, 2),
        ([("GetItem", {"TableName": TABLE, "Key": KEY})], 0, 0.5),
    ]
    for steps, written, read in cases:
        counts = in_memory(steps)["counts"]
        assert (counts["writeUnits"], counts["readUnits"]) == (written, read), steps
