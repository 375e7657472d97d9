"""AWS: a function at the edge logs where it runs, in a group of its home's name: each region has its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kampkin.errors import Cannot
from kampkin.logs.line import Line, entry_in
from kampkin.operate.connect import NO_CREDENTIALS
from kampkin.regions import HOME

TERM = "kampkin"
PAGES = 20
"""At 1 MB of log each: what a region tells at the most."""


def group_of(function: str) -> str:
    """The log group of a Lambda@Edge function, in whichever region it ran."""
    return f"/aws/lambda/{HOME}.{function}"


def lines(client: Any, region: str, function: str, breaker: str | None, from_ms: int, to_ms: int) -> Iterator[Line]:
    """What was written in a region between two times, oldest first. A region where the function never ran has nothing.

    Raises `Cannot` where CloudWatch does not tell, or there is more than PAGES pages.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    asked = {
        "logGroupName": group_of(function),
        "filterPattern": f'"{breaker or TERM}"',
        "startTime": from_ms,
        "endTime": to_ms,
    }
    following: dict[str, str] = {}
    try:
        for _ in range(PAGES):
            page = client.filter_log_events(**asked, **following)
            for event in page["events"]:
                entry = entry_in(event["message"])
                if entry and breaker in (None, entry.get("breaker")):
                    yield Line(event["timestamp"], "aws", region, entry)
            if "nextToken" not in page:
                return
            following = {"nextToken": page["nextToken"]}
    except ClientError as problem:
        said = problem.response["Error"]
        if said["Code"] == "ResourceNotFoundException":
            return
        hint = "the permission is logs:FilterLogEvents" if said["Code"] == "AccessDeniedException" else None
        raise Cannot(f"CloudWatch: {said['Code']}: {said['Message']}", hint) from None
    except NoCredentialsError:
        raise Cannot(*NO_CREDENTIALS) from None
    except BotoCoreError as problem:
        raise Cannot(f"CloudWatch: {problem}") from None
    raise Cannot(
        f"{region} has more lines than are read: the later ones are missing", "a shorter --since, or an endpoint"
    )
