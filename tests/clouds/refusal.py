"""An answer of Cloudflare's API that is an error."""

from __future__ import annotations


class Refusal(Exception):
    """An HTTP status, Cloudflare's own code and its words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def no_such(what: str) -> Refusal:
    """Asked for something that is not there."""
    return Refusal(404, 10009, f"{what} not found")
