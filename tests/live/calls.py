"""A caller of a protected URL, on one kept connection: what it got, as far as anybody outside can tell."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_S = 20
CONNECTIONS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


@dataclass(frozen=True)
class Answer:
    """What came back. `status` is None where nothing did."""

    status: int | None
    rejected: bool
    """Whether the breaker answered in the service's stead."""
    retry_after_s: int | None
    ms: float


class Caller:
    """Calls the URLs below one base."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.base = parts.path.rstrip("/")
        self.connection = CONNECTIONS[parts.scheme](parts.netloc, timeout=PATIENCE_S)

    def get(self, path: str) -> Answer:
        """One GET; on a connection that has gone meanwhile, once more on a fresh one."""
        began = time.monotonic()
        for last in (False, True):
            try:
                self.connection.request("GET", f"{self.base}{path}", headers={"user-agent": "kampkin-live"})
                response = self.connection.getresponse()
                response.read()
                break
            except (OSError, http.client.HTTPException):
                self.connection.close()
                if last:
                    return Answer(None, False, None, (time.monotonic() - began) * 1000)
        told = response.headers.get("retry-after")
        rejected = "breaker" in response.headers.get("proxy-status", "")
        retry_after_s = int(told) if told and told.isdigit() else None
        return Answer(response.status, rejected, retry_after_s, (time.monotonic() - began) * 1000)

    def close(self) -> None:
        """Lets go of the connection."""
        self.connection.close()
