"""What was reviewed is what goes up.

A pull request's changes, each by its digests before and after, are kept in check runs at its head, of the app that the
workflow is: docs/gitops.md says who could forge one. What goes up is taken where a way of reviewed changes leads from what is live to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kampkin.approval.github import APP, GitHub
from kampkin.errors import Cannot
from kampkin.plan import Plan, parts_of
from kampkin.review.digests import ChangeDigest, change, change_digests

NAME = "kampkin reviewed"
VERSION = 1
MOST_CHARACTERS = 60_000
"""Of a check run's text; GitHub takes 65,535."""

MOST_PULLS = 300
"""The merged pull requests that are looked through, the newest first."""

FENCE = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDPOINT = "endpoints."
SHOWN = 50
"""Changes that are listed for a person."""

Plans = Mapping[str | None, Plan]


@dataclass(frozen=True)
class Reviewed:
    """The changes that were shown at once."""

    name: str
    """As a person knows it: a pull request as `#7`, or a file."""
    changes: tuple[ChangeDigest, ...]
    ignored: tuple[str, ...] = ()
    """The apps whose check runs of that name do not count."""


@dataclass(frozen=True)
class Step:
    """What goes from one state to another at once: an endpoint or another part of the plan."""

    subject: str
    before: str | None
    """None where nothing of it is live."""
    after: str | None
    known: bool = True
    """Whether what is live is known; where it is not, any reviewed change that ends there will do."""


def changes_of(before: Plans, after: Plans) -> tuple[ChangeDigest, ...]:
    """What a pull request changes, in each environment."""
    environments = sorted(before.keys() | after.keys(), key=lambda name: name or "")
    return tuple(one for name in environments for one in change_digests(name, before.get(name), after.get(name)))


def record(github: GitHub, number: int, base: str, head: str, changes: Sequence[ChangeDigest]) -> int:
    """Writes the check runs; how many."""
    written = 0
    for text in texts(number, base, head, changes):
        written += 1
        title = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
        output = {"title": title, "summary": summary(changes), "text": text}
        body = {"name": NAME, "head_sha": head, "status": "completed", "conclusion": "success", "output": output}
        github.send("POST", "check-runs", {**body, "external_id": str(number)})
    return written


def texts(number: int, base: str, head: str, changes: Sequence[ChangeDigest]) -> Iterator[str]:
    """The set as JSON, in as many texts as it takes; one at least, as no change is an answer too."""
    rest = [one.to_json() for one in changes]
    while True:
        taken, size = 0, 500
        while taken < len(rest) and (size := size + len(json.dumps(rest[taken])) + 4) < MOST_CHARACTERS:
            taken += 1
        document = {"version": VERSION, "pull": number, "base": base, "head": head, "changes": rest[:taken]}
        yield f"```json\n{json.dumps(document)}\n```\n"
        rest = rest[taken:]
        if not rest:
            return


def summary(changes: Sequence[ChangeDigest]) -> str:
    """For a person."""
    if not changes:
        return "Nothing that is deployed changes."
    rows = [
        f"| {one.environment or '-'} | {one.subject} | {short(one.before)} | {short(one.after)} |" for one in changes
    ]
    more = [f"\n… and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return "\n".join(["| environment | what | before | after |", "|---|---|---|---|", *rows[:SHOWN], *more])


def read(github: GitHub, pull: Mapping[str, Any], app: str = APP) -> Reviewed:
    """What the check runs at a pull request's head say, those of the app alone."""
    number, head = int(pull["number"]), str(pull["head"]["sha"])
    runs = [
        run
        for run in github.pages(f"commits/{head}/check-runs", "check_runs", check_name=NAME, filter="all")
        if run["name"] == NAME
    ]
    ours = [run for run in runs if is_by(run, app)]
    others = {str((run.get("app") or {}).get("slug")) for run in runs if not is_by(run, app)}
    found = {one for run in ours for one in parsed(run, number, head)}
    return Reviewed(f"#{number}", tuple(sorted(found, key=lambda one: one.digest)), tuple(sorted(others)))


def is_by(run: Mapping[str, Any], app: str) -> bool:
    """Whether an app has made a check run; it is named by its slug or its number."""
    made = run.get("app") or {}
    return app in (made.get("slug"), str(made.get("id")))


def parsed(run: Mapping[str, Any], number: int, head: str) -> Iterator[ChangeDigest]:
    """The changes in a check run's text, each held against its own digest; nothing of one that is about another head."""
    match = FENCE.search(str((run.get("output") or {}).get("text") or ""))
    try:
        document = json.loads(match[1]) if match else {}
        if (document.get("version"), document.get("pull"), document.get("head")) != (VERSION, number, head):
            return
        for said in document["changes"]:
            one = change(said["environment"], said["subject"], said["before"], said["after"])
            if one.digest == said["digest"]:
                yield one
    except (ValueError, LookupError, TypeError, AttributeError):
        return


def handed_in(said: Any, name: str) -> tuple[ChangeDigest, ...]:
    """The reviewed set of what `kampkin diff --format json` prints, each change held against its own digest.

    Raises `Cannot` where it holds none: a set that was tampered with is no smaller set.
    """
    try:
        if said["version"] != VERSION:
            raise ValueError
        found = tuple(
            change(one["environment"], one["subject"], one["before"], one["after"]) for one in said["reviewed"]
        )
        if [one.digest for one in found] != [one["digest"] for one in said["reviewed"]]:
            raise ValueError
    except (ValueError, LookupError, TypeError):
        raise Cannot(f"{name} holds no reviewed set", "kampkin diff --format json writes one") from None
    return tuple(sorted(found, key=lambda one: (one.environment or "", one.subject)))


def merged_pulls(github: GitHub, branch: str) -> Iterator[Any]:
    """The pull requests that were merged into a branch, the newest first."""
    looked = 0
    for pull in github.pages("pulls", state="closed", base=branch, sort="updated", direction="desc"):
        if pull.get("merged_at"):
            looked += 1
            yield pull
        if looked == MOST_PULLS:
            return


def steps(live: Mapping[str, Any], plan: Plan, target: str | None, parts: Mapping[str, str] | None) -> list[Step]:
    """What differs between what a stack says is live and the plan.

    `parts` are the digests of what is live beside endpoints: nothing on a first deployment, None where it is not known.
    """
    deployed: Mapping[str, str] = live.get("endpoints") or {}
    declared = {one.name: one for one in plan.endpoints}
    found = []
    for name in sorted(deployed.keys() | declared.keys()):
        before, endpoint = deployed.get(name), declared.get(name)
        after = endpoint.digest if endpoint else None
        here = endpoint is None or target is None or target in endpoint.targets
        if before != after and (here or before is not None):
            found.append(Step(ENDPOINT + name, before, after, known=before is not None or not live))
    wanted = {key: digest for key, digest in parts_of(plan).items() if not key.startswith(ENDPOINT)}
    for key, digest in wanted.items():
        if parts is None or parts.get(key) != digest:
            found.append(Step(key, None if parts is None else parts.get(key), digest, known=parts is not None))
    return found


@dataclass
class Ways:
    """The reviewed changes of an environment, as the ways that they open; more are added as they are found."""

    environment: str | None
    after: dict[str, dict[str | None, set[str | None]]] = field(default_factory=dict)
    """By subject and what was before: what came after."""

    def add(self, changes: Iterable[ChangeDigest]) -> None:
        """Opens the ways of a pull request."""
        for one in changes:
            if one.environment == self.environment:
                self.after.setdefault(one.subject, {}).setdefault(one.before, set()).add(one.after)

    def lead(self, step: Step) -> bool:
        """Whether reviewed changes, one behind the other, make the step."""
        ways = self.after.get(step.subject, {})
        if not step.known:
            return any(step.after in afters for afters in ways.values())
        reached, waiting = {step.before}, [step.before]
        while waiting:
            for after in ways.get(waiting.pop(), ()):
                if after == step.after:
                    return True
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        return False


@dataclass(frozen=True)
class Judged:
    """Whether all steps were reviewed."""

    steps: tuple[Step, ...]
    missing: tuple[Step, ...]
    looked: tuple[str, ...]
    """The sets that were read."""
    by: Mapping[str, tuple[str, ...]]
    """Of what is missing: the sets that have some change of it."""
    ignored: Mapping[str, tuple[str, ...]]


def judge(wanted: Sequence[Step], environment: str | None, sets: Iterable[Reviewed]) -> Judged:
    """Reads sets until they lead everywhere, or there are no more."""
    ways, missing = Ways(environment), list(wanted)
    looked: list[str] = []
    touched: dict[str, list[str]] = {}
    ignored: dict[str, tuple[str, ...]] = {}
    every = iter(sets)
    while missing and (found := next(every, None)):
        looked.append(found.name)
        if found.ignored:
            ignored[found.name] = found.ignored
        for subject in {one.subject for one in found.changes if one.environment == environment}:
            touched.setdefault(subject, []).append(found.name)
        ways.add(found.changes)
        missing = [step for step in missing if not ways.lead(step)]
    by = {step.subject: tuple(touched.get(step.subject, ())) for step in missing}
    return Judged(tuple(wanted), tuple(missing), tuple(looked), by, ignored)


def told(judged: Judged, where: str, is_first: bool = False) -> str:
    """What came of it, for a person; `is_first` where nothing is live yet."""
    if not judged.steps:
        return f"{where}: what is merged is live already"
    changes = f"{len(judged.steps)} change{'' if len(judged.steps) == 1 else 's'}"
    if not judged.missing:
        return f"{where}: {changes}, all reviewed"
    lines = [
        f"{where}: refused, as {len(judged.missing)} of {changes} {'was' if len(judged.missing) == 1 else 'were'} in no reviewed set:"
    ]
    for step in judged.missing:
        lines.append(
            f"  {step.subject}: {short(step.before) if step.known else '?'} → {short(step.after)}; {because(judged, step)}"
        )
    for name, apps in sorted(judged.ignored.items()):
        lines.append(f"  {name} has a check run of that name by {', '.join(apps)}, which does not count")
    lines += [
        "what to do:",
        "  revert what is not reviewed, and open it again as a pull request: its check records what it shows;",
        "  or run kampkin-up by hand with `unreviewed`, which the reviewers of the GitHub environment must approve",
    ]
    if is_first:
        lines.append("  or, as nothing is live yet: kampkin approval accept --first takes it as it stands")
    return "\n".join(lines)


def because(judged: Judged, step: Step) -> str:
    """Why a step is none that was reviewed."""
    if names := judged.by[step.subject]:
        shown = ", ".join(names[:5])
        return f"{shown} showed other changes of it: what came together at the merge nobody has seen"
    if not judged.looked:
        return "no merged pull request has a reviewed set"
    return f"none of {len(judged.looked)} reviewed sets has a change of it"


def short(digest: str | None) -> str:
    """A digest as a person reads it."""
    return "none" if digest is None else digest.removeprefix("sha256:")[:12]
