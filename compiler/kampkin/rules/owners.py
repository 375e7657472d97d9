"""Rules about who owns an endpoint and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.audience import KEEPS_EVENTS
from kampkin.closest import closest
from kampkin.config import Endpoint
from kampkin.diagnostics import Span
from kampkin.plan import TargetName
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed, reach


def unknown_owner(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """An owner that the file does not declare, though it declares owners."""
    known = typed.document.owners
    if known is not None and endpoint.owner is not None and endpoint.owner not in known:
        close = closest(endpoint.owner, known)
        hint = f"did you mean {close}?" if close else f"owners here: {', '.join(known) or 'none'}"
        message = f"{name} belongs to {endpoint.owner}, who is no owner of this file"
        yield Problem(typed.span(name, "owner"), message, hint)


def notifies_nobody(typed: Typed) -> Iterator[Problem]:
    """A `notify` without a channel."""
    for name, owner in (typed.document.owners or {}).items():
        notify = owner.notify
        if notify and not (notify.slack or notify.webhook or notify.email):
            hint = "give it slack, webhook or email, or remove notify"
            yield Problem(
                place(typed, name, "notify"), f"the owner {name} is told of nothing: notify has no channel", hint
            )


def no_events_to_tell(typed: Typed) -> Iterator[Problem]:
    """An owner of an endpoint whose store, on a target, keeps no events."""
    for target, settings in typed.targets.items():
        if tells(typed, target):
            continue
        for name, owner in (typed.document.owners or {}).items():
            if owner.notify and has_any_on(typed, name, target):
                message = (
                    f"the owner {name} hears of nothing from {target}: its store, {settings.store}, keeps no events"
                )
                yield Problem(place(typed, name, "notify"), message, "set the target's store to one that nodes share")


def email_not_on_workers_dev(typed: Typed) -> Iterator[Problem]:
    """Email needs a sender, which a Worker without a host of its own does not have."""
    cloudflare = typed.targets.get("cloudflare")
    if cloudflare is None or cloudflare.host or not tells(typed, "cloudflare"):
        return
    for name, owner in (typed.document.owners or {}).items():
        if owner.notify and owner.notify.email and has_any_on(typed, name, "cloudflare"):
            on_aws = tells(typed, "aws") and has_any_on(typed, name, "aws")
            elsewhere = "from AWS only" if on_aws else "from nowhere"
            yield Problem(
                place(typed, name, "notify", "email"),
                f"{owner.notify.email} is sent {elsewhere}: without a host Cloudflare has no address to send from",
                "give targets.cloudflare a host, or use slack or webhook",
            )


def tells(typed: Typed, target: TargetName) -> bool:
    """Whether the target has a store that keeps events to tell of."""
    return target in typed.targets and typed.targets[target].store in (None, *KEEPS_EVENTS)


def has_any_on(typed: Typed, owner: str, target: TargetName) -> bool:
    """Whether an endpoint of the owner's is on the target."""
    return any(target in typed.targets_of(one) for one, endpoint in typed.endpoints.items() if endpoint.owner == owner)


def place(typed: Typed, owner: str, *path: str | int) -> Span:
    """Where an owner's value stands; the nearest there is."""
    found = reach(typed.root, ("owners", owner, *path))
    return found.span if found else typed.place("owners", owner)


RULES = (
    Rule(
        "unknown-owner",
        "error",
        "With an `owners` section a mistyped owner would leave an endpoint to nobody.",
        of_each(unknown_owner),
        "docs/language.md#the-file",
    ),
    Rule(
        "notifies-nobody",
        "error",
        "A `notify` without a channel reaches nobody.",
        notifies_nobody,
        "docs/notifications.md",
    ),
    Rule(
        "no-events-to-tell",
        "warning",
        "The stores `kv` and `memory` keep no events to tell of.",
        no_events_to_tell,
        "docs/state.md#the-stores",
    ),
    Rule(
        "email-not-on-workers-dev",
        "warning",
        "Cloudflare sends email from an address at the target's own host only.",
        email_not_on_workers_dev,
        "docs/notifications.md#email",
    ),
)
