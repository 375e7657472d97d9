"""The other way back: into the file what is live."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import groupby
from pathlib import Path

from kampkin.config import Endpoint
from kampkin.drift.model import Drift
from kampkin.edit.command import set_
from kampkin.edit.meaning import at
from kampkin.errors import Cannot
from kampkin.explain.settings import holds, leaves
from kampkin.load import Loaded
from kampkin.source import Node

USUAL = Path("kampkin.yaml")
"""The file that a command means which names none."""

COOLDOWN = "breaker.cooldown"
EDGES = (f"{COOLDOWN}.initial", f"{COOLDOWN}.max")
"""What its one duration stands for."""


def adopt(drifts: Sequence[Drift], loaded: Loaded, file: Path, environment: str | None) -> Iterator[str]:
    """Writes live values of endpoints into the file, where it says something of them itself, comments kept; else the
    command that would. What came of each; what was seen in one environment is written for that one."""
    meant = sorted((one for one in drifts if not one.is_harmless and one.endpoint), key=lambda one: str(one.endpoint))
    for endpoint, found in groupby(meant, key=lambda one: str(one.endpoint)):
        live = [one for one in found if one.plane == "live"]
        if not live:
            yield f"{endpoint}: what of it is other is not known: the code that runs there was not seen"
            continue
        settings: dict[str, str] = {}
        for key in dict.fromkeys(one.key for one in live):
            same = [one for one in live if one.key == key]
            values = {one.written for one in same}
            if not key:
                verb = (
                    "declare it, or let it go" if same[0].desired is None else "take it out of the file, or deploy it"
                )
                yield f"{endpoint}: {verb}: that is no setting to adopt"
            elif len(values) > 1:
                told = " and ".join(sorted({str(one.live) for one in same}))
                yield f"{endpoint}: {key} is {told}, by the cloud: choose one with kampkin set, or deploy the file's"
            elif (value := values.pop()) is None:
                yield f"{endpoint}: {key} is {same[0].live}: no command writes that; put the body into a file and name it"
            else:
                settings[key] = value
        yield from adopted(endpoint, settings, loaded, file, environment)


def adopted(
    endpoint: str, settings: Mapping[str, str], loaded: Loaded, file: Path, environment: str | None
) -> Iterator[str]:
    """Writes the endpoint's values together, since one alone may say what neither side does; the command for the rest."""
    own = own_settings(loaded, endpoint, file, environment)
    settings = in_short(settings, own)
    mine = {key: value for key, value in settings.items() if is_within(key, own)}
    if mine:
        yield from put(endpoint, mine, file, environment)
    rest = [f"{key}={value}" for key, value in settings.items() if key not in mine]
    if rest:
        keys = ", ".join(key for key in settings if key not in mine)
        where = [] if file == USUAL else ["--file", str(file)]
        where += ["--env", environment] if environment else []
        command = shlex.join(["kampkin", "set", endpoint, *rest, *where])
        yield f"{endpoint}: {file} does not set {keys} there itself; to do so: {command}"


def put(endpoint: str, settings: Mapping[str, str], file: Path, environment: str | None) -> Iterator[str]:
    """Writes them, or says why not; standard output has the report."""
    said = [f"{key}={value}" for key, value in settings.items()]
    try:
        with redirect_stdout(sys.stderr):
            refused = set_(argparse.Namespace(name=endpoint, settings=said, file=file, env=environment))
    except Cannot as problem:
        yield f"{endpoint}: {', '.join(settings)} not written: {problem.message}"
        return
    where = f"{file}, for {environment}" if environment else str(file)
    for key, value in settings.items():
        yield f"{endpoint}: {key} was not written" if refused else f"{endpoint}: {key} is {value} in {where}"


def in_short(settings: Mapping[str, str], own: Mapping[str, Node]) -> dict[str, str]:
    """The settings, a cooldown as one duration where the file has it so and both sides never grow it."""
    values = {settings.get(key) for key in EDGES}
    places = {node.span for key, node in own.items() if key.startswith(f"{COOLDOWN}.")}
    is_one = all(key in own for key in EDGES) and len(places) == 1
    if not is_one or None in values or len(values) > 1 or f"{COOLDOWN}.factor" in settings:
        return dict(settings)
    rest = {key: value for key, value in settings.items() if key not in EDGES}
    return {COOLDOWN: settings[EDGES[0]], **rest}


def is_within(key: str, own: Mapping[str, Node]) -> bool:
    """Whether the file says the setting, or a part of it."""
    return any(one == key or one.startswith(f"{key}.") for one in own)


def own_settings(loaded: Loaded, endpoint: str, file: Path, environment: str | None) -> dict[str, Node]:
    """What the file itself writes at the endpoint, or where the environment changes that."""
    if loaded.typed is None or endpoint not in loaded.typed.merged:
        return {}
    document = loaded.documents[str(file)]
    places = [at(document, ("endpoints", endpoint))]
    if environment:
        places.append(at(document, ("environments", environment, "endpoints", endpoint)))
    return {
        key: node
        for key, node in leaves(loaded.typed.merged[endpoint], Endpoint)
        if node.file.name == str(file) and any(holds(place, node) for place in places if place)
    }
