"""The command: what is shown, to people and as JSON."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from kampkin.closest import meant
from kampkin.errors import Cannot
from kampkin.explain.settings import Setting, settings_of
from kampkin.load import load
from kampkin.promises import Promise, Promises, promises
from kampkin.report import found_or_code
from kampkin.urls import urls_of

RATE = re.compile(r"\d{1,9}(?:\.\d{1,9})?(?:/\d{1,9})?")


def run(file: Path, environment: str | None, name: str, rate: str, as_json: bool) -> int:
    """Prints what holds for an endpoint at so many requests a second; the exit code.

    Raises `Cannot` where the file has no such endpoint, and for a rate that is none.
    """
    loaded = load(file, environment)
    if loaded.plan is None or loaded.typed is None:
        return found_or_code(loaded)
    endpoint = next((one for one in loaded.plan.endpoints if one.name == name), None)
    if endpoint is None:
        names = [one.name for one in loaded.plan.endpoints]
        raise Cannot(f"there is no endpoint {name!r} in {file}", meant(name, names))
    urls = urls_of(loaded.plan, endpoint)
    settings = settings_of(loaded.typed, name, loaded.documents)
    promised = promises(endpoint, loaded.plan.targets, rate_of(rate))
    if as_json:
        said = {
            "endpoint": name,
            "environment": environment,
            "urls": urls,
            "settings": [*map(entry, settings)],
            "promises": {
                "rate": rate,
                "instead": promised.instead,
                "assumption": promised.assumption,
                "promises": [{"kind": kind_of(one), "text": one.text, "proof": one.proof} for one in promised.each],
            },
        }
        print(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        show(name, environment, endpoint.origin.url, urls, settings)
        show_promises(promised, rate)
    return 0


def rate_of(text: str) -> Fraction:
    """Requests a second. Raises `Cannot` for what is no number above 0."""
    try:
        rate = Fraction(text) if RATE.fullmatch(text) else Fraction(0)
    except ZeroDivisionError:
        rate = Fraction(0)
    if rate <= 0:
        raise Cannot(f"{text!r} is no rate of requests", "a number a second, such as --rate 10 or --rate 0.5")
    return rate


def kind_of(promise: Promise) -> str:
    """`wait`, `opening`, `pressure` or `healing`."""
    return type(promise).__name__.lower()


def entry(setting: Setting) -> dict[str, Any]:
    """A setting as JSON; `file`, `line` and `column` are null where it is built in."""
    place = setting.place
    where = {"file": place.file, "line": place.line, "column": place.column} if place else None
    return {"key": setting.key, "value": setting.value, "layer": setting.layer, "place": where}


def show(name: str, environment: str | None, origin: str, urls: dict[Any, str], settings: tuple[Setting, ...]) -> None:
    """Prints it as wide as it is, so that a pipe gets what a terminal does."""
    print(f"{name}{f' in {environment}' if environment else ''}, in front of {origin}\n")
    for target, url in urls.items():
        print(f"  {target:<10}  {url}")
    key, value = (max(len(getattr(one, part)) for one in settings) for part in ("key", "value"))
    value = min(value, 40)
    print("\nSettings\n")
    for one in settings:
        where = one.layer if one.place is None else f"{one.place.file}:{one.place.line}  {one.layer}"
        print(f"  {one.key:<{key}}  {one.value:<{value}}  {where}")


def show_promises(promised: Promises, rate: str) -> None:
    """Prints what all that comes to, a proof under each promise of a kind."""
    print(f"\nWhat this promises, at {rate} requests a second\n")
    for sentence in promised.instead:
        print(f"  {sentence}")
    for proof, group in groupby(promised.each, key=lambda one: one.proof):
        for one in group:
            print(f"  {one.text}")
        print(f"    proof: {', '.join(proof)}\n")
    print(f"  {promised.assumption}")
