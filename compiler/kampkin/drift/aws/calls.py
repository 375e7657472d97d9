"""Calls of AWS: each asked once, counted, and refused in words that say what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kampkin.drift.model import Unseen
from kampkin.extras import hint_of

EXTRA = hint_of("live")
ATTEMPTS = 3
"""Of a call that is told to come back later."""

CONNECT_S, READ_S = 3, 10

DENIED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized")
THROTTLED = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete")
GONE = ("NoSuch", "NotFound", "NonExistent", "DoesNotExist")
"""What is within the codes of AWS's errors, by what it means; each service has codes of its own."""


class Gone(Exception):
    """What was asked for is not there."""


class Calls:
    """boto3's clients in all regions. What was answered once is not asked again: a look is one moment."""

    def __init__(self, session: Any, environ: Mapping[str, str]) -> None:
        self.session = session
        self.environ = environ
        self.count = 0
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[str, Any] = {}

    def ask(self, service: str, region: str, operation: str, **parameters: Any) -> Any:
        """One answer. Raises `Gone` where there is no such thing, and `Unseen`."""
        return self._once(service, region, operation, None, parameters)

    def all(self, service: str, region: str, operation: str, part: str, **parameters: Any) -> list[Any]:
        """All pages of a list; `part` is where it stands in an answer."""
        found: list[Any] = self._once(service, region, operation, part, parameters)
        return found

    def _once(self, service: str, region: str, operation: str, part: str | None, parameters: dict[str, Any]) -> Any:
        """The answer, or what was raised, kept for the next who asks."""
        key = json.dumps([service, region, operation, part, parameters], sort_keys=True, default=str)
        if key not in self._answers:
            try:
                self._answers[key] = self._asked(service, region, operation, part, parameters)
            except (Gone, Unseen) as problem:
                self._answers[key] = problem
        answer = self._answers[key]
        if isinstance(answer, Exception):
            raise answer.with_traceback(None)
        return answer

    def _asked(self, service: str, region: str, operation: str, part: str | None, parameters: dict[str, Any]) -> Any:
        from botocore import exceptions
        from botocore.parsers import ResponseParserError

        where = f"{service} in {region}"
        try:
            client = self._client(service, region)
            if part is None:
                return getattr(client, operation)(**parameters)
            pages = client.get_paginator(operation).paginate(**parameters)
            return [one for page in pages for one in within(page, part)]
        except exceptions.ClientError as problem:
            raise meant(problem, where, f"{service}:{client.meta.method_to_api_mapping[operation]}") from None
        except (exceptions.BotoCoreError, ResponseParserError, ValueError) as problem:
            raise Unseen(f"{where} cannot be asked: {problem}") from None

    def _client(self, service: str, region: str) -> Any:
        """A client, which counts what it sends."""
        if (service, region) not in self._clients:
            from botocore.config import Config

            client = self.session.client(
                service,
                region_name=region,
                endpoint_url=self.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
                or self.environ.get("AWS_ENDPOINT_URL"),
                config=Config(
                    connect_timeout=CONNECT_S,
                    read_timeout=READ_S,
                    retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                ),
            )
            client.meta.events.register("before-send", self._counted)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _counted(self, **event: Any) -> None:
        """Another request, a repeated one too."""
        self.count += 1


def meant(problem: Any, where: str, action: str) -> Exception:
    """What an error of AWS's says of what was asked."""
    error = problem.response.get("Error", {})
    code, said = str(error.get("Code", "")), error.get("Message") or "no word why"
    if any(word in code for word in DENIED):
        return Unseen(f"{where} denies {action}: {said}", action)
    if any(word in code for word in THROTTLED):
        return Unseen(f"{where} is asked too much at the moment, {ATTEMPTS} times: {code}")
    if any(word in code for word in GONE):
        return Gone(code)
    return Unseen(f"{where} does not answer {action}: {code}: {said}")


def within(page: Any, part: str) -> list[Any]:
    """A page's part, by a path with dots; nothing where it is left out."""
    for key in part.split("."):
        page = (page or {}).get(key)
    return page or []


def session_of(environ: Mapping[str, str]) -> Any:
    """A session of boto3's, with the credentials that the environment names, else those that it finds as it always does."""
    try:
        import boto3
    except ImportError:
        raise Unseen("AWS is looked at with the extra 'live', which is not installed", EXTRA) from None
    from botocore.exceptions import BotoCoreError

    own = environ.get("AWS_ACCESS_KEY_ID")
    try:
        return boto3.Session(
            aws_access_key_id=own,
            aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY") if own else None,
            aws_session_token=environ.get("AWS_SESSION_TOKEN") if own else None,
            profile_name=None if own else environ.get("AWS_PROFILE"),
        )
    except BotoCoreError as problem:  # such as a profile that does not exist
        raise Unseen(str(problem)) from None
