"""The plane of the stack: what the last `pulumi up` recorded in the stack's outputs, against the file as it compiles now."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from kampkin.bundle import Bundle
from kampkin.drift.generated import CHANGES
from kampkin.drift.model import By, Drift, Unseen
from kampkin.drift.pulumi import ask, last_word
from kampkin.plan import PARTS, Plan, TargetName, parts_of

PATIENCE_S = 120
STATE = "state/"
NOT_DEPLOYED = By("unknown", where="merged and not deployed, or deployed from elsewhere")


def last_update(folder: Path, stack: str | None) -> By:
    """Who took the stack up last, and when, as Pulumi has written it down; nobody where it does not say."""
    try:
        run = ask(folder, stack, PATIENCE_S, "stack", "history", "--page-size", "1")
        return updated_by(run.stdout)
    except (OSError, subprocess.TimeoutExpired):
        return NOT_DEPLOYED


def updated_by(text: str) -> By:
    """Who it was, in what `pulumi stack history --json` prints."""
    try:
        newest = json.loads(text)[0]
        known = newest.get("environment") or {}
        at_ms = int(datetime.fromisoformat(newest["startTime"].replace("Z", "+00:00")).timestamp() * 1000)
    except (ValueError, LookupError, TypeError, AttributeError):
        return NOT_DEPLOYED
    who = known.get("git.author.email") or known.get("git.author")
    commit = f" of {known['git.head'][:12]}" if known.get("git.head") else ""
    return By("pipeline", who, at_ms, f"Pulumi's last update{commit}")


def recorded(folder: Path, stack: str | None, given: Path | None) -> Mapping[str, Any]:
    """A stack's outputs: out of a file that `pulumi stack output --json` wrote, else by asking Pulumi. Raises `Unseen`."""
    if given is not None:
        try:
            return told(given.read_text())
        except OSError as problem:
            raise Unseen(f"{given} cannot be read: {problem.strerror}") from None
    if shutil.which("pulumi") is None:
        raise Unseen("pulumi is not on PATH", "--outputs TARGET=FILE, of pulumi stack output --json")
    try:
        run = ask(folder, stack, PATIENCE_S, "stack", "output")
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unseen(f"pulumi did not say: {problem}", "--outputs TARGET=FILE") from None
    if run.returncode:
        raise Unseen(
            f"pulumi did not say what the stack has: {last_word(run)}", "kampkin why explains pulumi's messages"
        )
    return told(run.stdout)


def told(text: str) -> Mapping[str, Any]:
    """The outputs in a text."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unseen("the stack's outputs are no JSON object", "pulumi stack output --json")
    return found


def differences(outputs: Mapping[str, Any], plan: Plan, bundle: Bundle, target: TargetName) -> Iterator[Drift]:
    """What of the file is not what went up last. Nothing where the plan's digest is the same."""
    if not outputs:
        yield drift(target, "", plan.digest, None)
        return
    if outputs.get("plan") == plan.digest and not modules_differ(outputs, bundle, target):
        return
    desired = {key: digest for key, digest in parts_of(plan).items() if is_of(key, plan, target)}
    live = {f"endpoints.{name}": digest for name, digest in recorded_map(outputs, "endpoints").items()}
    live |= recorded_map(outputs, "parts")
    found = [
        drift(target, key, desired.get(key), live.get(key))
        for key in sorted(desired.keys() | live.keys())
        if desired.get(key) != live.get(key)
    ]
    for name, (was, is_) in sorted(modules_differ(outputs, bundle, target).items()):
        if name.removeprefix(STATE) not in GENERATED:
            found.append(drift(target, f"modules.{name}", was, is_))
    # An endpoint of the other target alone: the plan is in this one's code all the same, and its edge would answer another.
    yield from found or [drift(target, "plan", plan.digest, outputs.get("plan"))]


GENERATED = ("plan.mjs", "site.mjs", "owners.mjs")
"""Modules that are the plan itself, which is told endpoint by endpoint."""


def modules_differ(
    outputs: Mapping[str, Any], bundle: Bundle, target: TargetName
) -> dict[str, tuple[str | None, str | None]]:
    """Modules that are others than recorded, those of the state Worker behind `state/`: desired and recorded sha256."""
    made = bundle.worker if target == "cloudflare" else bundle.aws
    desired = digests(made)
    live = recorded_map(outputs, "modules")
    if target == "cloudflare" and "state" in outputs:
        desired |= {f"{STATE}{name}": digest for name, digest in digests(bundle.state).items() if name != CHANGES}
        recorded = recorded_map(outputs, "state").items()
        live |= {f"{STATE}{name}": digest for name, digest in recorded if name != CHANGES}
    names = desired.keys() | live.keys()
    return {name: (desired.get(name), live.get(name)) for name in names if desired.get(name) != live.get(name)}


def digests(modules: Mapping[str, bytes]) -> dict[str, str]:
    """The sha256 of each."""
    return {name: hashlib.sha256(code).hexdigest() for name, code in modules.items()}


def recorded_map(outputs: Mapping[str, Any], key: str) -> dict[str, Any]:
    """A map among the outputs; nothing where there is none. Raises `Unseen` where it is another thing, as what Pulumi masks is."""
    found = outputs.get(key) or {}
    if not isinstance(found, dict):
        raise Unseen(f"the stack's output {key} is no map", "pulumi stack output --json")
    return found


def is_of(key: str, plan: Plan, target: TargetName) -> bool:
    """Whether a part is the stack's."""
    if key in PARTS:
        return True
    name = key.removeprefix("endpoints.")
    return any(one.name == name and target in one.targets for one in plan.endpoints)


def drift(target: TargetName, key: str, desired: str | None, live: str | None) -> Drift:
    """One difference."""
    endpoint = key.removeprefix("endpoints.") if key.startswith("endpoints.") else None
    return Drift("stack", target, f"stacks/{target}", key, desired, live, endpoint=endpoint, by=NOT_DEPLOYED)
