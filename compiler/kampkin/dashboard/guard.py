"""Who may ask. The page shows what goes on in production, to whoever is at this machine: a page of somebody else's in the same
browser must not read it, nor make it do anything.

A foreign page can send requests here, and by DNS rebinding under a name of its own that leads here: so the name that is asked
for must be one of ours. What changes something must come from our own page, by its `Origin`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """In front of everything. `names` are the hosts by which it may be asked for; with a `password` every request needs it."""

    def __init__(self, app: ASGIApp, names: Iterable[str], password: str | None = None) -> None:
        self.app = app
        self.names = frozenset(name.casefold() for name in names)
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refused = self.refused(scope["method"], Headers(scope=scope))
        await (refused or self.app)(scope, receive, guarded)

    def refused(self, method: str, headers: Headers) -> JSONResponse | None:
        """The answer to a request that may not be; None where it may."""
        host = headers.get("host", "")
        if host_in(f"//{host}") not in self.names:
            return refusal(421, f"this is not {host or 'a host without a name'}", "--allow-host NAME lets that name in")
        if self.password is not None and not self.knows(headers.get("authorization", "")):
            answer = refusal(401, "the dashboard's password is needed", "any user name, and KAMPKIN_DASHBOARD_PASSWORD")
            answer.headers["www-authenticate"] = 'Basic realm="kampkin", charset="UTF-8"'
            return answer
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and not is_visit(
            method, headers
        ):
            return refusal(403, "another site asks for this", None)
        if method not in SAFE:
            origin = headers.get("origin")
            if origin is None or place_in(origin) != host.casefold():
                return refusal(403, "only the dashboard's own page may ask for this", None)
        return None

    def knows(self, authorization: str) -> bool:
        """Whether it holds the password; it takes as long for every wrong one."""
        scheme, _, credentials = authorization.partition(" ")
        try:
            said = base64.b64decode(credentials, validate=True).partition(b":")[2] if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            said = b""
        return hmac.compare_digest(said, (self.password or "").encode())


def is_visit(method: str, headers: Headers) -> bool:
    """Whether somebody follows a link that stands elsewhere: the page itself may be linked to."""
    return method in SAFE and headers.get("sec-fetch-mode") == "navigate"


def host_in(url: str) -> str:
    """The host of a URL, without its port; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def place_in(url: str) -> str | None:
    """Host and port of a URL; None of what is none."""
    try:
        return urlsplit(url).netloc.casefold()
    except ValueError:
        return None


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address to listen on."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def refusal(status: int, detail: str, hint: str | None) -> JSONResponse:
    """A problem, as every path of the API tells one."""
    return JSONResponse({"detail": detail, "hint": hint}, status)
