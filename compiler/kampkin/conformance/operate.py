"""What a person, or fate, does to a store while vectors are played; `at` is {now, coin}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from kampkin.local.edges import LocalEdges
from kampkin.operate.aws import Table
from kampkin.operate.edge import FlipState, Hold
from kampkin.plan import Policy

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
            self.at(at).release(breaker)
        else:
            self.at(at).hold(breaker, Hold(decided["mode"], decided["forMs"], decided["owner"], decided["reason"]))

    def flip(self, breaker: str, at: At, state: str, policy: Mapping[str, Any]) -> None:
        self.at(at).flip(breaker, cast(FlipState, state), Policy.model_validate(policy))

    def at(self, at: At) -> Table:
        """What operators use, with the step's clock and coin."""
        return Table(self.client, self.table, self.region, lambda: "test/person", lambda: at["now"], lambda: at["coin"])

    def key(self, breaker: str) -> dict[str, Any]:
        """Of the record."""
        return {"pk": {"S": f"b#{breaker}#{self.region}"}, "sk": {"S": "state"}}
