"""Mutants of the breaker: every comparison, connective, reset and step of its modules changed, one at a time, and the
vectors played on it in Node. A mutant that no vector notices is a survivor.

    python -m tests.conformance.mutants            all of them
    python -m tests.conformance.mutants trip.mjs   those of one module

Survivors that no vector can catch are listed in `survivors.yaml`, each with the reason; any other fails the run.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from kampkin.conformance.core import Core
from kampkin.conformance.run import Shipped, policies_of
from kampkin.conformance.vectors import read_vectors
from kampkin.errors import Cannot

MODULES = ("breaker.mjs", "cooldown.mjs", "merge.mjs", "overrides.mjs", "trip.mjs", "window.mjs")
CHANGES = (
    (r" >= ", " > "),
    (r" > ", " >= "),
    (r" <= ", " < "),
    (r" < ", " <= "),
    (r" === ", " !== "),
    (r" !== ", " === "),
    (r" && ", " || "),
    (r" \|\| ", " && "),
    (r"Math\.min\(", "Math.max("),
    (r"Math\.max\(", "Math.min("),
    (r" \+ 1\b", ""),
    (r" \+= 1\b", " += 0"),
    (r"^( +)[\w.]+(?: = [\w.]+)* = (?:0|null|\[\]);$", r"\1;"),
    (r"^( +)(?:empty\(b\)|b\.leases\.fill\(0\));$", r"\1;"),
)
PATIENCE_S = 10.0
"""A mutant that takes longer for one vector never ends."""

VECTORS = list(zip(read_vectors(), policies_of(read_vectors()), strict=True))

SURVIVORS = Path(__file__).with_name("survivors.yaml")
"""Those that no vector can catch, by the reason for it."""


@dataclass(frozen=True)
class Mutant:
    """One change in one line."""

    module: str
    line: int
    before: str
    after: str
    code: str
    nth: int
    """Which of the same changes of the same text in the module it is, from 1."""

    def __str__(self) -> str:
        which = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.module}{which}: {self.before.strip()}  ⇒  {self.after.strip()}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    seen: Counter[tuple[str, str]] = Counter()
    lines = files("kampkin").joinpath("runtime", module).read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\s*(?:\*|/\*|//|import|export \{)", line):
            continue
        code, comment, rest = line.partition(" // ")
        for pattern, change in CHANGES:
            for found in re.finditer(pattern, code):
                changed = code[: found.start()] + found.expand(change) + code[found.end() :] + comment + rest
                mutated = "\n".join([*lines[:number], changed, *lines[number + 1 :]]) + "\n"
                seen[line, changed] += 1
                yield Mutant(module, number + 1, line, changed, mutated, seen[line, changed])


def survives(mutant: Mutant) -> bool:
    """Whether every vector goes as it says on the mutant. One that breaks the run, or hangs it, does not survive."""
    shipped = {part: {mutant.module: mutant.code.encode()} for part in ("worker", "state")}
    try:
        return not any(core_problems(shipped))
    except Cannot:
        return False


def core_problems(shipped: Shipped) -> Iterator[list[str]]:
    """What is not as the vectors say, vector by vector, with these modules in the place of this release's."""
    with Core(shipped, PATIENCE_S) as core:
        for vector, policies in VECTORS:
            yield core.play(vector, *policies).problems


def main(arguments: list[str]) -> int:
    """0 when every survivor is accounted for."""
    if any(core_problems({})):
        print("the vectors do not go as they say on the breaker as it is: nothing was tried")
        return 2
    tried = [mutant for name in arguments or MODULES for mutant in mutants(name)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        survivors = [mutant for mutant, survived in zip(tried, pool.map(survives, tried), strict=True) if survived]
    known = {str(text) for texts in yaml.safe_load(SURVIVORS.read_text()).values() for text in texts}
    unknown = [mutant for mutant in survivors if str(mutant) not in known]
    idle = sorted(known - {str(mutant) for mutant in survivors}) if not arguments else []
    print(
        f"{len(tried)} mutants, {len(tried) - len(survivors)} caught, {len(survivors) - len(unknown)} survive for a reason"
    )
    for mutant in unknown:
        print(f"survives: {mutant.module}:{mutant.line}: {mutant}")
    for text in idle:
        print(f"listed, and no survivor: {text}")
    return 1 if unknown or idle else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
