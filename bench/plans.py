"""The plans that the benchmarks compile: files as a team writes them, lowered by the compiler."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from kampkin.load import load
from kampkin.local.redirect import redirect
from kampkin.plan import Plan

FILE = """\
version: 1
project: bench
targets: [cloudflare, aws]
endpoints:
"""

ENDPOINT = """\
  service-{number}:
    origin: https://service-{number}.example.com/v1
    timeout: 3s
    breaker: {{cooldown: 20s{breaker}}}
    fallback: {{status: 200, json: []}}{more}
"""

WATCHED = {"breaker": ", watch_body: true"}
CHANGED = {"more": "\n    cors: {origins: ['*']}"}
"""What makes the edge look at each body, and write into each answer's headers."""


def plan_of(endpoints: int, origin: str | None = None, settings: Mapping[str, str] | None = None) -> Plan:
    """A plan with so many endpoints, named `service-0` and on, reached as `/service-0/…`; `origin` replaces the first's."""
    parts = {"breaker": "", "more": ""} | dict(settings or {})
    text = FILE + "".join(ENDPOINT.format(number=number, **parts) for number in range(endpoints))
    with tempfile.TemporaryDirectory(prefix="kampkin-bench-") as folder:
        path = Path(folder, "kampkin.yaml")
        path.write_text(text)
        loaded = load(path)
    assert loaded.plan, loaded.diagnostics
    return redirect(loaded.plan, {"service-0": origin}) if origin else loaded.plan
