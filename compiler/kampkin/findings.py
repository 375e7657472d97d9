"""Every id that a finding can have: what it means, how to mend it, an example. The texts stand in findings.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from kampkin.diagnostics import Severity
from kampkin.rules import EVERY
from kampkin.source import Loader


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What an id stands for."""

    id: str
    severity: Severity
    rule: bool
    """Whether a rule says it, of a file that is well-formed."""
    means: str
    """One sentence; so is `mend`."""
    mend: str
    source: str
    """Where the knowledge comes from; empty where it is the language itself."""
    wrong: str
    """A file that is told so, or a piece of one; a command behind a `$` where a file cannot show it."""
    right: str

    @property
    def may_be_silenced(self) -> bool:
        """A warning may, with a reason; an error never."""
        return self.rule and self.severity == "warning"


@cache
def every() -> tuple[Finding, ...]:
    """The rules in their order, then what is no rule's, by id."""
    texts = yaml.load((files("kampkin") / "findings.yaml").read_text("utf-8"), Loader=Loader)
    rules = (
        Finding(id=one.id, severity=one.severity, rule=True, means=one.why, source=one.source, **texts["rules"][one.id])
        for one in EVERY
    )
    others = (
        Finding(id=name, rule=False, source="", **{"severity": "error", **text})
        for name, text in sorted(texts["findings"].items())
    )
    return (*rules, *others)
