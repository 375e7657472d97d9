"""One poll of an edge: a fresh connection to each of its addresses, and what came of each.

A connection that is kept would go to the same node again and again. The TLS name is the host's, whatever address is called.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from kampkin import __version__
from kampkin.operate.cloudflare import LOOPBACK
from kampkin.wait.sight import JSON, PATH, Sight, Trouble, understood

CONNECTIONS = 5
"""Of one poll, at the least; more where the host has more addresses."""

MOST_ADDRESSES = 16
TIMEOUT_S = (3.05, 10)
LARGEST = 64 * 1024
NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""This machine has no such network: that says nothing of the edge."""

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Unseen:
    """What cannot be seen from here."""

    words: str


class Named(HTTPAdapter):
    """Connections to an address whose certificate is that of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, server_hostname=self.name)


def addresses(host: str, port: int) -> Sequence[str]:
    """The host's, IPv4 and IPv6. Raises `OSError` where it has none."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def ask(url: str, resolve: Resolve = addresses) -> tuple[tuple[Sight, ...], tuple[str, ...]]:
    """What each connection brought, and what cannot be seen from here. `url` is an edge's address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if host not in LOOPBACK and select_proxy(url, get_environ_proxies(url)):
        found: Sequence[str | None] = [None]
        unseen = ["the host's addresses one by one: a proxy stands before them"]
    else:
        unseen = []
        try:
            found = resolve(host, port)
        except (OSError, UnicodeError) as problem:  # a label that is empty or too long
            return (nameless(host, problem),), ()
        if len(found) > MOST_ADDRESSES:
            unseen.append(f"{len(found) - MOST_ADDRESSES} of the host's {len(found)} addresses")
            found = found[:MOST_ADDRESSES]
    calls = [found[at % len(found)] for at in range(max(CONNECTIONS, len(found)))]
    with ThreadPoolExecutor(max_workers=CONNECTIONS) as pool:
        came = list(pool.map(lambda address: connect(url, host, port, address), calls))
    sights = tuple(one for one in came if not isinstance(one, Unseen))
    unseen += dict.fromkeys(one.words for one in came if isinstance(one, Unseen))
    return sights or (Trouble("silence", "there is no network from here"),), tuple(unseen)


def connect(url: str, host: str, port: int, address: str | None) -> Sight | Unseen:
    """Asks over a connection of its own; None: whatever address the name leads to."""
    scheme = urlsplit(url).scheme
    where = host if address is None else address
    base = f"{scheme}://{f'[{where}]' if ':' in where else where}:{port}"
    with requests.Session() as session:
        session.trust_env = host not in LOOPBACK
        session.auth = lambda request: request  # no netrc: there is nothing to be known by
        proxies = {}
        if address is not None:
            proxies = {"http": "", "https": ""}  # none that the environment has for an address
            session.mount("https://", Named(host))
        headers = {"host": urlsplit(url).netloc, "user-agent": f"kampkin/{__version__}", "connection": "close"}
        try:
            with session.get(
                base + PATH, headers=headers, proxies=proxies, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as came:
                media_type = came.headers.get("content-type", "").partition(";")[0].strip().lower()
                body = b"".join(read(came)) if media_type in JSON else b""
                return understood(came.status_code, media_type, body)
        except requests.exceptions.SSLError as problem:
            return Trouble("certificate", f"its certificate is not ready: {reason(problem)}")
        except requests.RequestException as problem:
            if address is not None and any(getattr(cause, "errno", None) in NO_WAY for cause in causes(problem)):
                return Unseen(f"its {'IPv6' if ':' in address else 'IPv4'} addresses: there is no such network here")
            return Trouble("silence", f"does not answer: {type(problem).__name__}")
        except OSError as problem:  # the file of REQUESTS_CA_BUNDLE is not there
            return Trouble("silence", f"cannot be asked: {problem}")


def nameless(host: str, problem: Exception) -> Trouble:
    """Why there is no address to ask."""
    if isinstance(problem, socket.gaierror) and problem.errno == socket.EAI_AGAIN:
        return Trouble("silence", f"DNS does not answer for {host}")
    return Trouble("name", f"{host} has no address in DNS yet")


def read(came: requests.Response) -> Iterator[bytes]:
    """The body, as far as it may be what was asked for."""
    size = 0
    for part in came.iter_content(LARGEST):
        yield part
        size += len(part)
        if size >= LARGEST:
            return


def causes(problem: BaseException) -> Iterator[BaseException]:
    """What lies behind a failure, the failure first: requests and urllib3 wrap what the socket said."""
    waiting, seen = [problem], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]


def reason(problem: BaseException) -> str:
    """What TLS says is wrong, in its own words."""
    for cause in causes(problem):
        if words := getattr(cause, "verify_message", None):
            return str(words)
    return next(
        (str(words) for cause in causes(problem) if isinstance(words := getattr(cause, "reason", None), str)),
        "TLS failed",
    )
