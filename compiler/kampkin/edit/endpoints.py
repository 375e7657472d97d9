"""Changes of a document's endpoints, in whichever file each stands: put in, set, turned off, taken out."""

from __future__ import annotations

from pathlib import Path

from kampkin.closest import closest, meant
from kampkin.edit.changes import is_written, with_endpoint, with_setting, without
from kampkin.edit.draft import Draft
from kampkin.edit.meaning import at, exact
from kampkin.edit.settings import Setting
from kampkin.errors import Cannot
from kampkin.include import Composition
from kampkin.layers import CAN_BE_OFF, in_environment
from kampkin.load import Reader, environments_of
from kampkin.source import Map, Node, Text, is_null

Place = tuple[str, ...]
"""A path to an endpoint, or to an environment's change of it."""


def place_of(composition: Composition, name: str) -> Text:
    """An endpoint's name, where it stands. Raises `Cannot` where no file has it."""
    declared = composition.root.get("endpoints")
    if not isinstance(declared, Map) or name not in declared:
        known = [*declared] if isinstance(declared, Map) else []
        raise Cannot(f"there is no endpoint {name!r}", meant(name, known))
    return declared.key(name)


def file_of(composition: Composition, name: str) -> Path:
    """The file that an endpoint stands in."""
    return Path(place_of(composition, name).file.name)


def put(draft: Draft, file: Path, name: str, value: Map | Text) -> None:
    """A new endpoint, in one of the files."""
    composition = draft.composition()
    declared = composition.root.get("endpoints")
    if isinstance(declared, Map) and name in declared:
        place = place_of(composition, name).span
        raise Cannot(f"there is an endpoint {name} already, at {place}", f"change it: kampkin set {name} KEY=VALUE")
    draft.put(file, with_endpoint(draft.source(file), name, value))


def change(draft: Draft, name: str, environment: str | None, setting: Setting) -> None:
    """A setting of an endpoint, or of what an environment changes in it."""
    composition = draft.composition()
    file = file_of(composition, name)
    require_own(draft, file, name)
    place: Place = ("endpoints", name)
    if environment is not None:
        require_environment(draft, composition, environment, name)
        file, place = draft.path, ("environments", environment, "endpoints", name)
    source = draft.source(file)
    if not is_null(setting.value):
        draft.put(file, with_setting(source, (*place, *setting.path), setting.value))
        return
    if is_written(source, (*place, *setting.path)):
        draft.put(file, without(source, (*place, *setting.path), kept=2))
    if must_be_null(draft, name, environment, setting):
        draft.put(file, with_setting(source, (*place, *setting.path), setting.value))


def must_be_null(draft: Draft, name: str, environment: str | None, setting: Setting) -> bool:
    """Whether, with nothing written there, something still is in force that a null turns off or removes."""
    composition = draft.composition()
    can_be_off = setting.path[-1] in CAN_BE_OFF
    everywhere = [None, *environments_of(composition.root)] if environment is None else [environment]
    for one in everywhere:
        if one != environment and value_in(composition.root, ("environments", str(one), "endpoints", name), setting):
            continue  # it has its own word
        own = value_in(in_environment(composition.root, one), ("endpoints", name), setting)
        if own is not None and not is_null(own):
            if environment is None and not can_be_off:
                raise Cannot(f"{setting.key} of {name} comes by <<, from {own.span}", "give it a value of its own")
            return True
        typed = Reader(composition).typed_in(one)
        merged = typed.merged.get(name) if typed else None
        if can_be_off and merged is not None and value_in(merged, (), setting) is not None:
            return True
    return False


def value_in(node: Map, place: Place, setting: Setting) -> Node | None:
    """The value of a setting in an endpoint that is somewhere in the node."""
    endpoint = at(node, place)
    return at(endpoint, exact(endpoint, setting.path))


def take_out(draft: Draft, name: str) -> list[str]:
    """An endpoint goes, and what environments change in it; the names of those."""
    composition = draft.composition()
    file = file_of(composition, name)
    require_own(draft, file, name)
    if len(composition.root["endpoints"]) == 1:
        message = f"{name} is the last endpoint: a file without one is refused"
        raise Cannot(message, "put another in first: kampkin add NAME URL")
    draft.put(file, without(draft.source(file), ("endpoints", name), kept=1))
    touched = []
    for environment in environments_of(composition.root):
        path = ("environments", environment, "endpoints", name)
        if at(composition.root, path) is not None:
            draft.put(draft.path, without(draft.source(draft.path), path, kept=2))
            touched.append(environment)
    return touched


def require_own(draft: Draft, file: Path, name: str) -> None:
    """Raises `Cannot` where the endpoint comes by `<<`."""
    if not is_written(draft.source(file), ("endpoints", name)):
        place = place_of(draft.composition(), name).span
        raise Cannot(f"{name} comes by <<, from {place}", "change it there by hand: others may use it too")


def require_environment(draft: Draft, composition: Composition, environment: str, name: str) -> None:
    """Raises `Cannot` where there is no such environment, or where it removes the endpoint."""
    known = environments_of(composition.root)
    if environment not in known:
        close = closest(environment, known)
        declared = f"declared are: {', '.join(known)}" if known else "the file has no environments section"
        raise Cannot(
            f"there is no environment {environment!r} in {draft.path}", f"did you mean {close}?" if close else declared
        )
    removed = at(composition.root, ("environments", environment, "endpoints", name))
    if removed is not None and is_null(removed):
        raise Cannot(f"{environment} removes {name}, at {removed.span}", "take that line out by hand first")
