"""The command: what is shown, to people and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kampkin.closest import closest
from kampkin.errors import Cannot
from kampkin.explain.settings import Setting, settings_of
from kampkin.load import load
from kampkin.report import found_or_code
from kampkin.urls import protected_urls


def run(file: Path, environment: str | None, name: str, as_json: bool) -> int:
    """Prints what holds for an endpoint; the exit code. Raises `Cannot` where the file has no such endpoint."""
    loaded = load(file, environment)
    if loaded.plan is None or loaded.typed is None:
        return found_or_code(loaded)
    endpoint = next((one for one in loaded.plan.endpoints if one.name == name), None)
    if endpoint is None:
        names = [one.name for one in loaded.plan.endpoints]
        close = closest(name, names)
        raise Cannot(
            f"there is no endpoint {name!r} in {file}", f"did you mean {close}?" if close else ", ".join(names)
        )
    urls = protected_urls(loaded.plan, endpoint)
    settings = settings_of(loaded.typed, name, loaded.documents)
    if as_json:
        said = {"endpoint": name, "environment": environment, "urls": urls, "settings": [*map(entry, settings)]}
        print(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        show(name, environment, endpoint.origin.url, urls, settings)
    return 0


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
