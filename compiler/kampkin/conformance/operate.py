"""What a person, or fate, does to a store while vectors are played; `at` is {now, coin}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kampkin.local.edges import LocalEdges

At = Mapping[str, int]


class Operate(Protocol):
    """A store's other side."""

    def read(self, breaker: str) -> tuple[str, int, int]:
        """The record's state, epoch and level."""

    def lose(self, breaker: str) -> None:
        """The store forgets the breaker."""

    def override(self, breaker: str, at: At, decided: Mapping[str, Any] | None) -> None:
        """Sets an override for `forMs`, or with None lets go of it."""

    def flip(self, breaker: str, at: At, state: str, policy: Mapping[str, Any]) -> None:
        """Moves the breaker by hand."""


class OperateWorkers:
    """The Durable Object."""

    def __init__(self, edges: LocalEdges) -> None:
        self.edges = edges

    def read(self, breaker: str) -> tuple[str, int, int]:
        status = self.edges.read("cloudflare", breaker)
        return status.state, status.epoch, status.level

    def lose(self, breaker: str) -> None:
        self.edges.call(breaker, "lose")

    def override(self, breaker: str, at: At, decided: Mapping[str, Any] | None) -> None:
        self.edges.call(breaker, "operate", at, "override", [decided, "test/person", breaker])

    def flip(self, breaker: str, at: At, state: str, policy: Mapping[str, Any]) -> None:
        self.edges.call(breaker, "operate", at, "flip", [state, policy, "test/person", breaker])


class OperateTable:
    """The DynamoDB item."""

    def __init__(self, edges: LocalEdges) -> None:
        self.edges = edges
        self.client, self.table, self.region = edges.database()

    def read(self, breaker: str) -> tuple[str, int, int]:
        status = self.edges.read("aws", breaker)
        return status.state, status.epoch, status.level

    def lose(self, breaker: str) -> None:
        self.client.delete_item(TableName=self.table, Key=self.key(breaker))

    def override(self, breaker: str, at: At, decided: Mapping[str, Any] | None) -> None:
        if decided is None:
            self.update(breaker, "SET #ov.#until = :now", {"#ov": "ov", "#until": "until"}, {":now": at["now"]})
            return
        words = {name: {"S": decided[name]} for name in ("mode", "owner", "reason")}
        until = {"N": str(at["now"] + decided["forMs"])}
        self.client.update_item(
            TableName=self.table,
            Key=self.key(breaker),
            UpdateExpression="SET ov = :ov",
            ExpressionAttributeValues={":ov": {"M": {**words, "until": until}}},
        )

    def flip(self, breaker: str, at: At, state: str, policy: Mapping[str, Any]) -> None:
        _, epoch, level = self.read(breaker)
        now, wait = at["now"], policy["cooldownMs"]
        wait += wait * policy["cooldownJitterBp"] * (2 * at["coin"] - 9_999) // (10_000 * 9_999)
        numbers = {
            "e": epoch + 1,
            "at": now,
            "ra": now + wait if state == "open" else 0,
            "ga": 0,
            "lv": level if state == "half-open" else 0,
        }
        words = {"st": state, "why": "manual"}
        names = {f"#{name}": name for name in (*numbers, *words, *(f"p{slot}" for slot in range(10)))}
        sets = ", ".join(f"#{name} = :{name}" for name in (*numbers, *words))
        gone = ", ".join(f"#p{slot}" for slot in range(10))
        values = {f":{name}": value for name, value in (numbers | words).items()}
        self.update(breaker, f"SET {sets} REMOVE {gone}", names, values)

    def update(self, breaker: str, expression: str, names: dict[str, str], values: Mapping[str, int | str]) -> None:
        """Changes the item; numbers and texts only."""
        self.client.update_item(
            TableName=self.table,
            Key=self.key(breaker),
            UpdateExpression=expression,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={
                name: {"S": value} if isinstance(value, str) else {"N": str(value)} for name, value in values.items()
            },
        )

    def key(self, breaker: str) -> dict[str, Any]:
        """Of the record."""
        return {"pk": {"S": f"b#{breaker}#{self.region}"}, "sk": {"S": "state"}}
