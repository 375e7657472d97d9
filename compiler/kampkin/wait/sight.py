"""What one connection to an edge brought: what the edge says of itself (`runtime/running.mjs`), or why it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

PATH = "/.kampkin/v1/running"
JSON = ("application/json", "application/problem+json")

Kind = Literal["name", "silence", "certificate", "older", "stranger"]


class Running(BaseModel):
    """What an edge runs."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1]
    plan: str
    runtime: str
    edge: str
    project: str
    environment: str | None
    place: str
    """Where the node is: a Cloudflare location, or the region of a function."""


@dataclass(frozen=True)
class Trouble:
    """Why an edge says nothing of itself, in a line."""

    kind: Kind
    words: str


Sight: TypeAlias = Running | Trouble


class Problem(BaseModel):
    """An answer of Kampkin's own that is none to this question: RFC 9457."""

    type: str


def understood(status: int, media_type: str, body: bytes) -> Sight:
    """What an answer says. One of a release from before this question says so; any other is somebody else's."""
    if status == 200 and media_type in JSON:
        try:
            return Running.model_validate_json(body)
        except ValidationError:
            return Trouble("stranger", f"somebody else answers: {media_type} that is not Kampkin's")
    if media_type in JSON:
        try:
            if Problem.model_validate_json(body).type.startswith("urn:kampkin:"):
                return Trouble("older", "an older Kampkin answers, which does not say what it runs")
        except ValidationError:
            pass
    return Trouble("stranger", f"somebody else answers: {status}, {media_type or 'without a type'}")
