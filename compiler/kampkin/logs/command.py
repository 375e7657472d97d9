"""The command `kampkin logs`. A place that does not tell hides nothing of the others."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from kampkin.closest import meant
from kampkin.errors import Cannot
from kampkin.logs import cloudwatch
from kampkin.logs.line import Line, in_words
from kampkin.names import names_for
from kampkin.operate.aws import wall_ms
from kampkin.operate.command import duration_of
from kampkin.operate.connect import EXTRA, patience, require_header, sdk
from kampkin.operate.dev import found as reach_dev
from kampkin.operate.dev import log_of
from kampkin.operate.show import folded
from kampkin.operate.words import moment
from kampkin.plan import Plan
from kampkin.regions import EDGE_CACHES
from kampkin.report import plan_or_code

ACCOUNT, TOKEN, BASE = "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_BASE_URL"
Read = Callable[[], Iterable[Line]]


def run(args: argparse.Namespace) -> int:
    """Lines of both clouds in one order, oldest first. 2 where no place told anything, 1 where one did not."""
    plan = plan_or_code(args.file, args.env)
    if isinstance(plan, int):
        return plan
    targets = on(plan, args.endpoint, args.target)
    to_ms = wall_ms()
    from_ms = to_ms - duration_of("--since", args.since)
    places: dict[str, Read] = {}
    if args.dev:
        reach_dev(args.file, args.env)
        places["kampkin dev"] = partial(here, log_of(args.file), targets, args.endpoint, from_ms)
    elif "cloudflare" in targets:
        places["cloudflare"] = workers(plan, args.endpoint, from_ms, to_ms, os.environ)
    if "aws" in targets and not args.dev:
        regions = args.region or EDGE_CACHES
        places |= {f"aws {region}": region_of(plan, region, args.endpoint, from_ms, to_ms) for region in regions}
    found, problems = gather(places)
    for line in sorted(found):
        print(shown(line, args.json))
    for complaint in complaints(places, problems):
        print(complaint, file=sys.stderr)
    if not found and not problems and not args.json:
        print("nothing was written in that time", file=sys.stderr)
    return 0 if not problems else 1 if len(problems) < len(places) else 2


def complaints(places: Iterable[str], problems: Mapping[str, Cannot]) -> list[str]:
    """Why places do not tell: what is the same of several once, and what is of every region without their names."""
    told = {place: (problem.message, problem.hint) for place, problem in problems.items()}
    regions = [place for place in places if place.startswith("aws ")]
    if len(regions) > 1 and len({told.get(region) for region in regions}) == 1 and regions[0] in told:
        said = told[regions[0]]
        told = {f"aws, all {len(regions)} regions": said, **{one: told[one] for one in told if one not in regions}}
    return folded((whose, *said) for whose, said in told.items())


def here(log: Path, targets: tuple[str, ...], breaker: str | None, from_ms: int) -> Iterable[Line]:
    """What the edges of a running `kampkin dev` have written."""
    try:
        texts = log.read_text().splitlines()
    except OSError:
        return
    for text in texts:
        said = json.loads(text)
        wanted = said["target"] in targets and breaker in (None, said["entry"].get("breaker"))
        if wanted and said["at"] >= from_ms:
            yield Line(said["at"], said["target"], "here", said["entry"])


def on(plan: Plan, endpoint: str | None, target: str | None) -> tuple[str, ...]:
    """The targets that are asked. Raises `Cannot` for an endpoint or a target that is not there."""
    declared = {one.name: one.targets for one in plan.endpoints}
    if endpoint and endpoint not in declared:
        raise Cannot(f"there is no endpoint {endpoint!r}", meant(endpoint, declared))
    possible = declared[endpoint] if endpoint else tuple(plan.targets)
    if target and target not in possible:
        raise Cannot(f"{endpoint or 'the plan'} is not on {target}", f"it is on {', '.join(possible)}")
    return (target,) if target else tuple(possible)


def gather(places: Mapping[str, Read]) -> tuple[list[Line], dict[str, Cannot]]:
    """What all tell, asked at once, and why some do not; what one told before it stopped counts."""
    problems: dict[str, Cannot] = {}

    def told(place: str) -> list[Line]:
        lines: list[Line] = []
        try:
            lines.extend(places[place]())
        except Cannot as problem:
            problems[place] = problem
        return lines

    with ThreadPoolExecutor(max_workers=8) as pool:
        return [line for lines in pool.map(told, places) for line in lines], dict(sorted(problems.items()))


def workers(plan: Plan, endpoint: str | None, from_ms: int, to_ms: int, environ: Mapping[str, str]) -> Read:
    """Cloudflare's lines."""

    def read() -> Iterable[Line]:
        try:
            from kampkin.logs import workers
        except ImportError:
            raise Cannot("logs need the extra 'live', which is not installed", EXTRA) from None
        account, token = environ.get(ACCOUNT), environ.get(TOKEN)
        if not account or not token:
            raise Cannot(f"{ACCOUNT if not account else TOKEN} is not set", "docs/operate.md names the permissions")
        require_header(TOKEN, token)
        worker = names_for(plan).worker
        yield from workers.lines(account, token, worker, endpoint, from_ms, to_ms, environ.get(BASE) or workers.BASE)

    return read


def region_of(plan: Plan, region: str, endpoint: str | None, from_ms: int, to_ms: int) -> Read:
    """A region's lines."""

    def read() -> Iterable[Line]:
        yield from cloudwatch.lines(client_of(region), region, names_for(plan).function, endpoint, from_ms, to_ms)

    return read


def client_of(region: str) -> Any:
    """CloudWatch's, in a region. Raises `Cannot` for credentials or a region that are none."""
    session = sdk()
    from botocore.exceptions import BotoCoreError

    try:
        return session.client("logs", region_name=region, config=patience(attempts=3))
    except (BotoCoreError, ValueError) as problem:
        raise Cannot(f"CloudWatch cannot be asked: {problem}") from None


def shown(line: Line, as_json: bool) -> str:
    """A line for a person or for a program."""
    if as_json:
        told = {"at": line.at_ms, "target": line.target, "place": line.place, **line.entry}
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    return f"{moment(line.at_ms)}  {line.target} {line.place}  {in_words(line.entry)}"
