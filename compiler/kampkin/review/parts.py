"""What stands beside the endpoints, in the words of the language: targets, the project, owners, `safety` and `include`.

As for endpoints, each field of the plan has its row. What only the file says, and no plan, is here too: it decides who is asked
about the next change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from kampkin.config import Document, Owner, Safety
from kampkin.plan import Plan, Target, TargetName
from kampkin.review.change import Change
from kampkin.review.meaning import Meaning, Said, amount, neither, turned
from kampkin.review.written import duration, number, route, share, switch, text

Value = TypeVar("Value")

SHARING = {"memory": 0, "kv": 1, "durable-object": 2, "dynamodb": 2}
"""How much nodes know of each other, by store."""
REACHING = ("store", "regions")
"""What of a target is a change of every endpoint on it. A host is too: by their URLs."""


def store(old: str, new: str, _: Any) -> Said:
    """Where nodes share what they know."""
    less = SHARING[new] < SHARING[old]
    said = "every breaker begins anew"
    if SHARING[new] == SHARING[old]:
        return said, "neither"
    if not less:
        return f"{said}, and nodes know more of each other: opens sooner", "tightens"
    return f"{said}, and nodes know less of each other: opens later", "loosens"


def or_none(show: Callable[[Value], str]) -> Callable[[Value | None], str]:
    """As it is written, or `none`."""
    return lambda value: "none" if value is None else show(value)


def listed(values: Sequence[str] | None) -> str:
    """As a list of the file."""
    return f"[{', '.join(values)}]" if values else "none"


def secret(name: str | None) -> str:
    """As it is named."""
    return f"secret:{name}" if name else "none"


def bound(what: str, show: Callable[[Any], str] = number) -> Callable[[Any, Any, Any], Said]:
    """A budget: none is no bound at all."""

    def says(old: int | None, new: int | None, _: Any) -> Said:
        if new is None:
            return f"{what}: as many as one likes", "loosens"
        if old is None:
            return f"{what}: at most {show(new)} without an approval", "tightens"
        return f"{what}: at most {show(new)} without an approval instead of {show(old)}", (
            "loosens" if new > old else "tightens"
        )

    return says


def host_on(target: TargetName) -> Callable[[str | None, str | None, Any], Said]:
    """Where callers come in, and what becomes of the name that they used."""

    def says(old: str | None, new: str | None, _: Any) -> Said:
        come = f"callers come in at {new or PLATFORM}"
        if old is None:
            said = "; CloudFront's own name goes on" if target == "aws" else f", no longer at {PLATFORM}"
        elif new is None:
            said = f", no longer at {old}, which stops at once"
        elif target == "aws":
            said = (
                f", no longer at {old}: it stops minutes before {new} answers, unless the stack keeps it for a while: "
                f"pulumi config set formerHost {old}"
            )
        else:
            said = f", no longer at {old}, which stops as soon as {new} answers"
        return f"{come}{said}", "neither"

    return says


PLATFORM = "the platform's own host"

PROJECT = Meaning(
    "project",
    text,
    lambda *_: (
        "every name of what is deployed is another: a new deployment beside the old, where every breaker begins anew",
        "neither",
    ),
)
TARGET: Mapping[str, Meaning] = {
    "host": Meaning("host", text, host_on("cloudflare")),
    "in_front_of": Meaning("in_front_of", switch, turned(("what no endpoint takes goes to the host's own origin; a custom domain that the host was until then takes its DNS record along, which one update refuses", "neither"), ("what no endpoint takes gets 404", "neither"))),
    "store": Meaning("store", text, store),
    "analytics": Meaning("analytics", switch, turned(("each minute goes to Analytics Engine too", "neither"), ("nothing goes to Analytics Engine any more", "neither"))),
    "location": Meaning("location", text, neither("new Durable Objects are made in {new} instead of {old}; those that are there stay", lambda at: at or "a place near the first request")),
    "regions": Meaning("regions", listed, neither("the tables are in {new} instead of {old}, the home first: a region more is a table more, one less is stopped by its protection", listed)),
}  # fmt: skip
"""By the field's name in a target of the plan."""

HOSTS: Mapping[TargetName, Meaning] = {
    "cloudflare": TARGET["host"],
    "aws": Meaning("host", text, host_on("aws")),
}
"""What a host's change means is another thing on each cloud."""

SAFETY: Mapping[str, Meaning] = {
    "max_override_ms": Meaning("max_override", duration, amount("an override at run time lasts at most {new} instead of {old}", ("a person may hold a breaker for longer", "loosens"), ("a person may hold a breaker for less long", "tightens"), duration)),
}  # fmt: skip
"""Likewise, in `safety`."""

OWNER: Mapping[str, Meaning] = {
    "slack": Meaning("notify.slack", secret, neither("hears of its breakers by the webhook in {new} instead of {old}", secret)),
    "webhook": Meaning("notify.webhook", secret, neither("hears of its breakers by the webhook in {new} instead of {old}", secret)),
    "email": Meaning("notify.email", text, neither("hears of its breakers at {new} instead of {old}", text)),
    "when": Meaning("notify.when", listed, neither("hears of {new} instead of {old}", lambda all_: ", ".join(all_ or ()) or "nothing")),
}  # fmt: skip
"""Likewise, of an owner."""

BUDGETS: Mapping[str, Meaning] = {
    "max_removed": Meaning("max_removed", or_none(number), bound("endpoints that one change removes")),
    "max_loosened": Meaning("max_loosened", or_none(number), bound("endpoints that one change loosens")),
    "max_changed": Meaning("max_changed", or_none(share), bound("share of the endpoints that one change touches", share)),
    "approvers": Meaning("approvers", listed, neither("{new} may approve instead of {old}", lambda all_: ", ".join(all_ or ()) or "anybody but the author")),
}  # fmt: skip
"""What `safety` says of changes; no plan has it."""

CLAIMS: Mapping[str, Meaning] = {
    "github": Meaning("github", text, neither("{new} reviews what is theirs instead of {old}", lambda who: who or "nobody")),
    "routes": Meaning("routes", lambda all_: listed([*map(route, all_ or ())]), neither("claims {new} instead of {old}", lambda all_: ", ".join(map(route, all_ or ())) or "nothing")),
}  # fmt: skip
"""What an owner is in the file alone."""

INCLUDE = Meaning("include", listed, neither("files of teams: {new} instead of {old}", listed))
GUARDED = ("safety", "owners", "include")
"""Sections whose change is itself a reason for an approval: they decide who is asked the next time."""


def parts(before: Plan | None, after: Plan | None) -> Iterator[Change]:
    """What is other beside the endpoints, where there was a plan and is one: a first or last one is said by its endpoints."""
    if before is None or after is None:
        return
    known = {one.name for one in before.endpoints}
    everywhere = tuple(one.name for one in after.endpoints if one.name in known)
    yield from change_of(PROJECT, "", before.project, after.project, everywhere)
    for name in sorted(before.targets.keys() | after.targets.keys()):
        old, new = before.targets.get(name), after.targets.get(name)
        if old is None or new is None:
            said = "a cloud more: a protected URL more for each endpoint on it" if new else "a cloud less"
            yield Change(f"targets.{name}", target(old), target(new), said)
        else:
            on = tuple(one.name for one in after.endpoints if name in one.targets and one.name in known)
            for field, meaning in TARGET.items():
                reached = on if field in REACHING else ()
                said_of = HOSTS[name] if field == "host" else meaning
                yield from change_of(said_of, f"targets.{name}.", getattr(old, field), getattr(new, field), reached)
    for field, meaning in SAFETY.items():
        yield from change_of(meaning, "safety.", getattr(before.safety, field), getattr(after.safety, field))
    heard, hears = ({owner.name: owner for owner in plan.owners} for plan in (before, after))
    for owned in sorted(heard.keys() | hears.keys()):
        was, now = heard.get(owned), hears.get(owned)
        for field, meaning in OWNER.items():
            yield from change_of(meaning, f"owners.{owned}.", getattr(was, field, None), getattr(now, field, None))


def terms(before: Document | None, after: Document | None) -> Iterator[Change]:
    """What is other in what the file alone says, where there was one and is one."""
    if before is None or after is None:
        return
    was, now = before.safety or Safety(), after.safety or Safety()
    for field, meaning in BUDGETS.items():
        yield from change_of(meaning, "safety.", getattr(was, field), getattr(now, field))
    owned, owns = before.owners or {}, after.owners or {}
    for name in sorted(owned.keys() | owns.keys()):
        if name in owned and name in owns:
            for field, meaning in CLAIMS.items():
                yield from change_of(
                    meaning, f"owners.{name}.", getattr(owned[name], field), getattr(owns[name], field)
                )
        else:
            said = "an owner more" if name in owns else "an owner less: what was theirs is anybody's"
            yield Change(f"owners.{name}", owner(owned.get(name)), owner(owns.get(name)), said)
    yield from change_of(INCLUDE, "", before.include, after.include)


def change_of(meaning: Meaning, above: str, old: Any, new: Any, endpoints: tuple[str, ...] = ()) -> Iterator[Change]:
    """The change of a value, where it is one; `endpoints` are those that it reaches."""
    if old != new:
        said, direction = meaning.says(old, new, None)
        key = f"{above}{meaning.key}"
        yield Change(key, meaning.written(old), meaning.written(new), said, direction, endpoints=endpoints)


def target(value: Target | None) -> str:
    """A target in a few words."""
    return "none" if value is None else ", ".join(filter(None, (value.host, value.store, *value.regions)))


def owner(value: Owner | None) -> str:
    """An owner in a few words."""
    if value is None:
        return "none"
    return ", ".join(filter(None, (value.github, *map(route, value.routes or ())))) or "{}"
