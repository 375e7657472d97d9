"""The command `kampkin dashboard`."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kampkin.errors import Cannot
from kampkin.extras import hint_of
from kampkin.operate.command import period_of

if TYPE_CHECKING:
    from kampkin.local.demo import Beside

INTERRUPTED = 130
PASSWORD = "KAMPKIN_DASHBOARD_PASSWORD"


def run(args: argparse.Namespace) -> int:
    """Serves until Ctrl-C or SIGTERM."""
    require_extra()
    from kampkin.dashboard.looker import Looker
    from kampkin.dashboard.serve import Listening, Server, show
    from kampkin.dashboard.source import opener

    listening = Listening(
        args.listen, args.port, tuple(args.allow_host), os.environ.get(PASSWORD) or None, period_of(args.every)
    )
    listening.require_safe()
    server = Server(Looker(opener(args)), listening)
    print(f"{server.url}  (Ctrl-C ends)", flush=True)
    if args.open:
        show(server.url)
    try:
        server.serve_here()
    except KeyboardInterrupt:
        return leave(INTERRUPTED)
    return leave(0)


def leave(code: int) -> int:
    """Ends the process at once where somebody still waits for a cloud that does not answer: a terminal is not kept for that."""
    if any(
        thread.is_alive() and thread.name.startswith(("asks ", "ThreadPoolExecutor"))
        for thread in threading.enumerate()
    ):
        sys.stdout.flush()
        os._exit(code)
    return code


def companion() -> Beside:
    """What goes beside the demo."""
    require_extra()
    from kampkin.dashboard.demo import beside

    return beside


def require_extra() -> None:
    """Raises `Cannot` where it is not installed."""
    if any(find_spec(name) is None for name in ("prometheus_client", "requests", "sse_starlette", "uvicorn")):
        raise Cannot("the dashboard needs the extra 'dashboard', which is not installed", hint_of("dashboard"))
