"""Rules about breakers that a person, or the file, keeps from rejecting."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.parts import breaker_of
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed, reach


def monitor_keeps_fallback(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """It rejects nothing, so what it would answer then is not answered; where the endpoint itself says both."""
    own = reach(typed.root, ("endpoints", name))
    if not breaker_of(endpoint).monitor or not reach(own, ("breaker", "monitor")) or not reach(own, ("fallback",)):
        return
    if not any("failure" in fallback.occasions for fallback in typed.fallbacks_of(name)):
        yield Problem(
            typed.span(name, "fallback"),
            f"no caller of {name} gets this: its breaker only monitors, and rejects nobody",
            "remove monitor when the figures are good, and until then say so in silence",
            ((typed.span(name, "breaker", "monitor"), "it only monitors"),),
        )


def override_of_nothing(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """It does what is done anyway."""
    if endpoint.override and endpoint.override.state == "monitor" and breaker_of(endpoint).monitor:
        yield Problem(
            typed.span(name, "override", "state"),
            f"this override of {name} changes nothing: its breaker only monitors as it is",
            "remove one of them: after the override it would go on monitoring",
            ((typed.span(name, "breaker", "monitor"), "it only monitors"),),
        )


RULES = (
    Rule(
        "monitor-keeps-fallback",
        "warning",
        "A breaker that only monitors rejects nobody, so a fallback for `open` is given to nobody, and a team may rely on it.",
        of_each(monitor_keeps_fallback),
        "docs/breaker.md#verdicts",
    ),
    Rule(
        "override-of-nothing",
        "warning",
        "An override to `monitor` of a breaker that only monitors ends without anything having changed.",
        of_each(override_of_nothing),
        "docs/breaker.md#verdicts",
    ),
)
