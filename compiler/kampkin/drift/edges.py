"""The plane of the edges: what each answers about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from kampkin.drift.model import Blind, By, Drift
from kampkin.plan import Plan, TargetName

PATH = "/.kampkin/v1/running"
TIMEOUT_S = (3.05, 10)


def differences(plan: Plan, runtime: str, target: TargetName, url: str) -> Iterator[Drift | Blind]:
    """Whether the edge runs the file's plan by this release's runtime, and answers."""
    try:
        answer = requests.get(f"{url}{PATH}", timeout=TIMEOUT_S, allow_redirects=False)
        told: Mapping[str, Any] = answer.json()
        plan_there, runtime_there = told["plan"], told["runtime"]
    except requests.RequestException as problem:
        yield Blind("edges", target, url, f"did not answer: {type(problem).__name__}")
        return
    except (ValueError, LookupError, TypeError):
        yield Blind(
            "edges", target, url, f"answered {answer.status_code}, and not what it runs", "a deploy by this release"
        )
        return
    where = f"{url} in {told.get('place')}"
    if plan_there != plan.digest:
        yield Drift("edges", target, where, "plan", plan.digest, plan_there, by=OLD)
    if runtime_there != runtime:
        yield Drift("edges", target, where, "runtime", runtime, runtime_there, by=OLD)


OLD = By("unknown", where="not deployed, deployed from elsewhere, or rolled out in part: kampkin wait")
