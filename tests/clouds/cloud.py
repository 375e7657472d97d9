"""A cloud in a child process: a WSGI app on a port of its own, which remembers as long as it runs."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from kampkin.local.ports import LOOPBACK, free_ports
from kampkin.local.process import Process

ROOT = Path(__file__).parents[2]


class LocalCloud(Process):
    """Runs a module as the child; `url` is where its app can be reached."""

    def __init__(self, name: str, module: str, path: str = "", **config: object) -> None:
        (port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{port}{path}"
        super().__init__(name, [sys.executable, "-m", module], {"port": port, **config}, folder=ROOT)


class Quiet(WSGIRequestHandler):
    """HTTP/1.1, and no line of log for each request."""

    protocol_version = "HTTP/1.1"


def child(app_for: Callable[[dict[str, Any]], Any]) -> None:
    """What the child does: serves the app for its configuration until stdin ends."""
    config = json.loads(sys.stdin.readline())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(LOOPBACK, config["port"], app_for(config), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"ready": {}}), flush=True)
    sys.stdin.read()
    os._exit(0)
