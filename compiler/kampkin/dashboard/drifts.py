"""A look for drift, when a person asks for one: `kampkin drift` in a process of its own, since it loads Pulumi."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kampkin.dashboard.source import Source
from kampkin.operate.aws import wall_ms

PATIENCE_S = 600
LOCAL = "these edges run on this machine, from no stack: there is nothing to hold against the file"


@dataclass
class Drifts:
    """The last look, and whether one is under way."""

    clock: Callable[[], int] = wall_ms
    running: bool = False
    at_ms: int | None = None
    code: int | None = None
    report: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def start(self, source: Source) -> None:
        """Looks, in a thread; where one is under way it is that."""
        with self._guard:
            if self.running:
                return
            self.running = not source.local
            self.problem = LOCAL if source.local else None
        if self.running:
            threading.Thread(target=self._look, args=[source], name="drift", daemon=True).start()

    def to_json(self, source: Source) -> dict[str, Any]:
        """As the page reads it."""
        return {
            "running": self.running,
            "at": self.at_ms,
            "code": self.code,
            "drifts": [difference(one) for one in self.report.get("drifts", ())],
            "blind": [unseen(one) for one in self.report.get("blind", ())],
            "problem": self.problem,
            "command": shlex.join(["kampkin", *arguments(source)]),
        }

    def _look(self, source: Source) -> None:
        self.report, self.code = {}, None
        try:
            run = subprocess.run(
                [sys.executable, "-m", "kampkin", *arguments(source), "--format", "json"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE_S,
                check=False,
            )
            self.report, self.code = json.loads(run.stdout), run.returncode
            self.problem = None
        except subprocess.TimeoutExpired:
            self.problem = f"it did not end within {PATIENCE_S} s"
        except ValueError:
            said = run.stderr.strip().splitlines()
            self.problem = said[0] if said else f"it ended with {run.returncode} and said nothing"
        except OSError as problem:
            self.problem = str(problem)
        finally:
            self.at_ms, self.running = self.clock(), False


def arguments(source: Source) -> list[str]:
    """The command, after its name."""
    environment = source.session.plan.environment
    return ["drift", str(source.file), *(["--env", environment] if environment else [])]


def difference(one: dict[str, Any]) -> dict[str, Any]:
    """One thing that is other than the file says."""
    by = one.get("by") or {}
    who = ", ".join(str(part) for part in (by.get("cause"), by.get("who"), by.get("where")) if part)
    told = {name: one.get(name) for name in ("endpoint", "target", "resource", "setting")}
    return told | {"desired": as_text(one.get("desired")), "live": as_text(one.get("live")), "by": who}


def unseen(one: dict[str, Any]) -> str:
    """What could not be looked at, and what would show it."""
    needs = f"; needs {one['needs']}" if one.get("needs") else ""
    return f"{one.get('target') or 'everywhere'}: {one.get('what')}: {one.get('why')}{needs}"


def as_text(value: object) -> str:
    """A value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
