"""The whole of it: deploy, wait, outage, vectors, and take everything away again, whatever happened before."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kampkin.conformance.vectors import Vector
from kampkin.errors import Cannot
from kampkin.names import names_for
from kampkin.operate.connect import TOKEN, URL, reach
from kampkin.operate.edge import Status
from kampkin.plan import Plan, TargetName
from tests.live import outage, vectors
from tests.live.repository import STACK, Failed, Repository

ORIGIN = "origin"
Say = Callable[[str], None]
Reach = Callable[[Repository, Plan], AbstractContextManager[Mapping[TargetName, str]]]
"""Each edge's base URL, once it answers with the plan, for as long as it is needed."""


@dataclass(frozen=True)
class Asked:
    """What is to be played, and where."""

    targets: Sequence[TargetName]
    settings: Mapping[TargetName, Mapping[str, str]]
    """Of the stacks: whose accounts these are."""
    project: str
    origin: str | None
    """The failing service; None: one is made on AWS."""
    vectors: Sequence[Vector]


@dataclass
class Row:
    """A line of what was seen."""

    where: str
    what: str
    said: str
    fine: bool = True


@dataclass
class Report:
    """Everything that was seen, and what is still there."""

    rows: list[Row] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether all of it was as it should be."""
        return all(row.fine for row in self.rows)


class Live:
    """One run. `reached` gives the URLs of what was deployed."""

    def __init__(self, asked: Asked, repository: Repository, reached: Reach, say: Say = print) -> None:
        self.asked = asked
        self.repository = repository
        self.reached = reached
        self.say = say
        self.report = Report()
        self.made: list[str] = []
        """The folders whose stacks have to go again, in the order of their making."""

    def run(self) -> Report:
        """All of it. What fails is in the report; what was made is taken away in any case."""
        plan = None
        try:
            self.repository.prepare()
            origin = self.asked.origin or self.make_origin()
            plan = self.repository.write(self.asked.project, self.asked.targets, origin, self.asked.vectors)
            self.deploy()
            with self.reached(self.repository, plan) as bases:
                for target in self.asked.targets:
                    self.play(target, bases[target], plan)
        except (Failed, Cannot) as problem:
            self.report.rows.append(Row("all", "the run", str(problem), fine=False))
        finally:
            self.take_away(plan)
        return self.report

    def make_origin(self) -> str:
        """The service that fails on cue, on AWS; its URL."""
        self.say("making the service that fails on cue")
        self.up(ORIGIN, {"name": f"kampkin-{self.asked.project}"})
        return str(self.repository.output(ORIGIN, "url")).rstrip("/")

    def deploy(self) -> None:
        """Both stacks, each a second time: it changes nothing."""
        token = secrets.token_hex(32)
        self.repository.environment[TOKEN] = token
        for target in self.asked.targets:
            self.say(f"deploying to {target}")
            place = f"stacks/{target}"
            self.up(place, self.asked.settings[target], {"adminToken": token} if target == "cloudflare" else {})
            self.repository.pulumi(place, "up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", STACK)
            self.report.rows.append(Row(target, "pulumi up, twice", "the second changed nothing"))

    def up(self, folder: str, settings: Mapping[str, str], hidden: Mapping[str, str] | None = None) -> None:
        """Makes the folder's stack with its settings, and all that it declares. What is `hidden` stands in no command."""
        self.repository.pulumi(folder, "stack", "init", STACK)
        self.made.append(folder)
        for key, value in settings.items():
            self.repository.pulumi(folder, "config", "set", key, value, "--stack", STACK)
        for key, value in (hidden or {}).items():
            self.repository.pulumi(folder, "config", "set", "--secret", key, "--stack", STACK, told=value)
        self.repository.pulumi(folder, "up", "--yes", "--skip-preview", "--stack", STACK)

    def play(self, target: TargetName, base: str, plan: Plan) -> None:
        """The outage and the vectors on one edge."""
        self.say(f"an outage at {target}, {base}")
        environment = self.repository.environment | ({URL: base} if target == "cloudflare" else {})
        self.repository.environment = environment
        seen = outage.play(base, partial(self.events, target))
        said = seen.problem or (
            f"{' → '.join(seen.states)}; {seen.failed} callers met it, {seen.rejected} were answered in "
            f"{seen.rejection_ms:.0f} ms"
        )
        self.report.rows.append(Row(target, "the outage", said, seen.problem is None))
        self.say(f"{len(self.asked.vectors)} vectors at {target}")
        results = vectors.play_all(self.asked.vectors, base, self.record(target, plan, base))
        problems = [one.problem for one in results if one.problem]
        late, again = sum(one.late for one in results), sum(one.again for one in results)
        counted = f"{len(results) - len(problems)} of {len(results)} as they say"
        counted += f" ({again} at the second try)" if again else ""
        counted += f", {late} rejections late" if late else ""
        self.report.rows.append(Row(target, "vectors", "; ".join([counted, *problems]), not problems))

    def events(self, target: TargetName) -> list[Mapping[str, Any]]:
        """The breaker's transitions, oldest first."""
        said = self.repository.kampkin("events", outage.ENDPOINT, "--target", target, "--limit", "100", "--json")
        return [one for one in reversed(json.loads(said)["events"]) if "to" in one]

    def record(self, target: TargetName, plan: Plan, base: str) -> vectors.Read:
        """Reads a breaker's record by name."""
        found = reach(plan, (target,), base if target == "cloudflare" else None, self.repository.environment)
        if not found.edges:
            raise next(iter(found.blind.values()))
        [edge] = found.edges

        def read(name: str) -> Status:
            status = edge.status([name])[name]
            if isinstance(status, Cannot):
                raise status
            return status

        return read

    def take_away(self, plan: Plan | None) -> None:
        """Destroys every stack, the last one first; what cannot go is said with the command for it."""
        for folder in reversed(self.made):
            self.say(f"taking away {folder}")
            try:
                self.repository.pulumi(folder, "state", "unprotect", "--all", "--yes", "--stack", STACK)
                self.repository.pulumi(folder, "destroy", "--yes", "--skip-preview", "--stack", STACK)
                self.repository.pulumi(folder, "stack", "rm", "--yes", STACK)
            except Failed as problem:
                again = f"cd {self.repository.folder / folder} && pulumi destroy --stack {STACK}"
                self.report.left.append(f"the stack of {folder} is not gone: {last_line(str(problem))}\n  run: {again}")
        if plan and "stacks/aws" in self.made:
            name = names_for(plan).function
            self.report.left.append(
                f"the function {name} stays until CloudFront has let go of its copies, some hours; it costs nothing\n"
                f"  run: aws lambda delete-function --function-name {name} --region us-east-1"
            )
        if not any("is not gone" in one for one in self.report.left):
            shutil.rmtree(self.repository.folder, ignore_errors=True)


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def table(report: Report, skipped: Iterable[tuple[str, int]], on: str) -> str:
    """What goes into the README's "verified where", and what does not run there and why."""
    rows = ["| where | what | seen | |", "|---|---|---|---|"]
    for row in report.rows:
        said = " ".join(row.said.split()).replace("|", "\\|")
        rows.append(f"| {row.where} | {row.what} | {said} | {'yes' if row.fine else '**no**'} |")
    reasons = [f"* {count}: {reason}" for reason, count in skipped]
    return "\n".join([f"Signed off on {on}:", "", *rows, "", "Vectors that cannot run there, and why:", "", *reasons])
