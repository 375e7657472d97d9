"""The ways back: into the file what is live, or live again what the file says."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from kampkin.config import Endpoint
from kampkin.drift.model import Drift
from kampkin.drift.show import value
from kampkin.edit.command import set_
from kampkin.edit.meaning import at
from kampkin.explain.settings import holds, leaves
from kampkin.load import Loaded
from kampkin.plan import TargetName
from kampkin.review.written import OFF

TAKES: dict[TargetName, str] = {"cloudflare": "seconds", "aws": "minutes: CloudFront rolls out to every edge"}


BESIDE = re.compile(
    r"schedules|inlinePolicies|managedPolicyArns|triggers|eventSourceMappings|subscriptions"
    r"|resourcePolicy|permissions|functionUrl|httpsRecords|routing"
)
"""Lists of what stands by itself in a cloud: no input of the resource that it changes."""

LEADING = re.compile(r"script|service")
"""What a route or a custom domain is told by that nobody declared."""


def revert(drifts: Sequence[Drift], stack: str | None, folders: Mapping[TargetName, Path]) -> Iterator[str]:
    """The command that makes each cloud what the file says, and how long it takes; and what no command of Pulumi's takes away, as
    it is in no stack."""
    chosen = f" --stack {shlex.quote(stack)}" if stack else ""
    meant = [one for one in drifts if not one.is_harmless]
    for target in sorted({one.target for one in meant}):
        mine = [one for one in meant if one.target == target]
        if not all(map(is_beside, mine)):
            folder = shlex.quote(str(folders[target]))
            yield f"pulumi up --refresh{chosen} --cwd {folder}   # takes {TAKES[target]}"
        for one in filter(is_beside, mine):
            said = f"{one.resource} {one.setting}".removesuffix("[]")
            yield f"# in no stack, to be taken away by hand: {said}: {value(one.live)}"


def is_beside(drift: Drift) -> bool:
    """Whether it is nobody's in the stack, and an update would leave it."""
    is_extra = drift.plane == "live" and drift.desired is None and not drift.endpoint
    return is_extra and (BESIDE if drift.name else LEADING).match(drift.setting) is not None


def adopt(drifts: Sequence[Drift], loaded: Loaded, file: Path, environment: str | None) -> Iterator[str]:
    """Writes live values of endpoints into the file, where it says something of them itself, comments kept; else the
    lines that somebody may write. What came of each."""
    meant = [one for one in drifts if not one.is_harmless and one.endpoint]
    seen = {one.endpoint for one in meant if one.plane == "live"}
    for endpoint in dict.fromkeys(one.endpoint for one in meant if one.endpoint not in seen):
        yield f"{endpoint}: what of it is other is not known: the code that runs there was not seen"
    live: dict[tuple[str, str], list[Drift]] = {}
    for one in meant:
        if one.plane == "live" and one.endpoint:
            live.setdefault((one.endpoint, one.key or ""), []).append(one)
    for (endpoint, key), found in live.items():
        values = sorted({"null" if one.live == OFF else str(one.live) for one in found})
        if not key:
            verb = "declare it, or let it go" if found[0].desired is None else "take it out of the file, or deploy it"
            yield f"{endpoint}: {verb}: that is no setting to adopt"
        elif len(values) > 1:
            told = " and ".join(values)
            yield f"{endpoint}: {key} is {told}, by the cloud: choose one with kampkin set, or deploy the file's"
        else:
            yield adopted(endpoint, key, values[0], loaded, file, environment)


def adopted(endpoint: str, key: str, text: str, loaded: Loaded, file: Path, environment: str | None) -> str:
    """Writes one value, or says how it would be written. What was seen in one environment is written for that one."""
    said = f"{key}={text}"
    if key not in own_keys(loaded, endpoint, file, environment):
        where = f" --env {environment}" if environment else ""
        return f"{endpoint}: {file} does not set {key} there itself; to do so: kampkin set {endpoint} {shlex.quote(said)}{where}"
    with redirect_stdout(sys.stderr):  # stdout has the report
        done = set_(argparse.Namespace(name=endpoint, settings=[said], file=file, env=environment))
    where = f"{file}, for {environment}" if environment else str(file)
    return f"{endpoint}: {key} is {text} in {where}" if done == 0 else f"{endpoint}: {key} was not written"


def own_keys(loaded: Loaded, endpoint: str, file: Path, environment: str | None) -> set[str]:
    """The settings that the file itself writes at the endpoint, or where the environment changes that."""
    if loaded.typed is None or endpoint not in loaded.typed.merged:
        return set()
    document = loaded.documents[str(file)]
    places = [at(document, ("endpoints", endpoint))]
    if environment:
        places.append(at(document, ("environments", environment, "endpoints", endpoint)))
    return {
        key
        for key, node in leaves(loaded.typed.merged[endpoint], Endpoint)
        if node.file.name == str(file) and any(holds(place, node) for place in places if place)
    }
