"""What a look for drift comes to: differences, what could not be seen, and who may have done it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from kampkin.errors import Cannot
from kampkin.plan import TargetName
from kampkin.preview.declared import Resource

Plane = Literal["stack", "engine", "live", "edges"]
"""The file against the stack's outputs; Pulumi's state against the clouds; what the stacks would declare against the clouds; the
file against what edges answer."""

Cause = Literal["console", "pipeline", "roll-out", "platform", "runtime", "unknown"]
"""A person at a console or an API; another pipeline; a roll-out that still runs; what the platform fills in by itself; what
breakers and operators do at run time; nobody could be asked."""

HARMLESS: frozenset[Cause] = frozenset({"roll-out", "platform", "runtime"})


@dataclass(frozen=True)
class By:
    """Who did it, as far as it is known."""

    cause: Cause
    who: str | None = None
    """As the cloud names them."""
    at_ms: int | None = None
    """Since 1970."""
    where: str | None = None
    """The source that says so: `CloudTrail`, `Workers deployments`, …; or what is missing to ask it."""


@dataclass(frozen=True)
class Drift:
    """One thing that is other than it should be."""

    plane: Plane
    target: TargetName
    resource: str
    """As a person finds it: `Worker kampkin-acme-prod`, `distribution E123`."""
    setting: str
    """Path of the input; empty for the whole resource."""
    desired: Any
    """None: it should not be there."""
    live: Any
    """None: it is not there."""
    name: str | None = None
    """The resource's name in the stack."""
    endpoint: str | None = None
    """Whose it is, where it is one endpoint's."""
    reaches: str | None = None
    """The endpoint whose requests it leads or takes, where it is one alone: of a route, of a path of a distribution's."""
    key: str | None = None
    """The endpoint's setting in the language."""
    written: str | None = None
    """Its live value as `kampkin set` takes it; None where no command can say it."""
    by: By = By("unknown")

    @property
    def is_harmless(self) -> bool:
        """Whether it is told, and is no drift."""
        return self.by.cause in HARMLESS


@dataclass(frozen=True)
class Blind:
    """What could not be seen."""

    plane: Plane
    target: TargetName | None
    what: str
    why: str
    needs: str | None = None
    """The permission, setting or extra that would show it."""


@dataclass(frozen=True)
class Report:
    """All of it, for one environment."""

    environment: str | None
    plan: str
    """The digest of the file's plan."""
    drifts: Sequence[Drift] = ()
    blind: Sequence[Blind] = ()
    seen: Sequence[tuple[Plane, TargetName]] = ()
    """What was looked at whole."""
    unasked: Sequence[tuple[Plane, TargetName]] = ()
    """What was not looked at since nobody asked for it."""
    calls: Mapping[str, int] = field(default_factory=dict)
    """How often each cloud was asked."""
    back: Sequence[str] = ()
    """The commands that restore what the file says, where they were asked for."""

    @property
    def code(self) -> int:
        """0 none, 1 drift, 2 could not tell all: partly blind is never clean."""
        if any(not one.is_harmless for one in self.drifts):
            return 1
        return 2 if self.blind else 0

    @property
    def is_gone(self) -> bool:
        """Whether all that is other in the clouds is not there at all, as where nothing was deployed."""
        found = [one for one in self.drifts if one.plane == "live" and one.name]
        return bool(found) and all(one.live is None and not one.setting for one in found)


class Unseen(Cannot):
    """A cloud does not tell; `needs` names what would make it."""

    def __init__(self, message: str, needs: str | None = None) -> None:
        super().__init__(message, needs)
        self.needs = needs


class Live(Protocol):
    """One cloud as it is now. Every call may raise `Unseen`; what one cannot tell hides nothing of the others.

    What is read has the shape of the resource's inputs as Pulumi's provider has them, raw: contents and all. The comparison
    makes both sides alike.
    """

    target: TargetName

    @property
    def calls(self) -> int:
        """How often it was asked."""

    def read(self, resource: Resource) -> Mapping[str, Any] | None:
        """The inputs that the resource has now, found by its names; None where there is no such thing."""

    def title(self, resource: Resource) -> str:
        """As a person finds it."""

    def reaches(self, resource: Resource, live: Any) -> str | None:
        """The endpoint whose requests come by it, or by what is live in one of its settings, where it is one alone."""

    def extras(self, resources: Sequence[Resource]) -> Iterable[Drift | Blind]:
        """What is there and belongs to nobody: another route to the Worker, another alias; and what of that could not be seen."""

    def plan(self) -> Mapping[str, Any] | None:
        """The plan that the deployed code holds, as `plan.mjs` has it; None where there is none."""

    def is_plan_alone(self, resource: Resource) -> bool:
        """Whether the code of a resource, which holds another plan, is as declared but for that plan."""

    def settled(self) -> bool:
        """Whether no roll-out runs."""

    def is_rolled_out(self, resource: Resource) -> bool:
        """Whether it comes to the edges bit by bit. Anything else is changed at once, whatever rolls out meanwhile."""

    def by(self, drift: Drift, resource: Resource) -> By:
        """Who did it."""
