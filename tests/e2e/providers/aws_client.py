"""boto3 as the rows of the AWS table use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.e2e.providers.kind import Json, Refused

Clients = Callable[..., Any]
"""Of a service, and a region where it is not the provider's."""

ONCE = Config(retries={"total_max_attempts": 1})
"""The real provider tries again what may pass; here it is the test that does."""

GONE = ("NoSuch", "NotFound", "NonExistent")


def connect(config: Json) -> Clients:
    """boto3's clients in the provider's region, refusing in AWS's words."""

    def client(service: str, region: str | None = None) -> Any:
        return Refusing(boto3.client(service, region_name=region or config.get("region"), config=ONCE))

    return client


class Refusing:
    """A boto3 client whose errors are `Refused`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        def call(**parameters: Any) -> Any:
            try:
                return getattr(self.client, operation)(**parameters)
            except (ClientError, BotoCoreError) as error:
                raise Refused(str(error)) from None

        return call


def found(read: Callable[[Clients, str, Json], Json | None]) -> Callable[[Clients, str, Json], Json | None]:
    """A read that answers None for what is gone."""

    def read_or_none(clients: Clients, id: str, inputs: Json) -> Json | None:
        try:
            return read(clients, id, inputs)
        except Refused as refused:
            if any(word in str(refused) for word in GONE):
                return None
            raise

    return read_or_none


def unusable(config: Json) -> str:
    """Why the provider could not be used; empty where it can. The real one asks so too before it does anything:
    pulumi-aws, provider/resources.go, validateCredentials."""
    try:
        connect(config)("sts").get_caller_identity()
    except Refused as refused:
        return f"No valid credential sources found. Details: {refused}"
    return ""


def unchangeable(clients: Clients, id: str, old: Json, new: Json) -> None:
    """No update: every input that can change makes another resource."""
