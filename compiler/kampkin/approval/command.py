"""The commands `approval …`: what the workflows of a GitOps repository call.

Exit codes: 0 fine; 1 not data only, or a file with errors; 2 could not; 3 refused: not what was reviewed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kampkin.approval.data_only import reasons
from kampkin.approval.revisions import check_out, checked_out, history, merge, revision
from kampkin.errors import Cannot
from kampkin.extras import hint_of
from kampkin.formats.quote import visible
from kampkin.git import commit_of
from kampkin.load import load_every
from kampkin.plan import Plan, parts_of
from kampkin.report import plan_or_code

FINE, FOUND, REFUSED = 0, 1, 3
EXTRA = hint_of("live")


def data_only(args: argparse.Namespace) -> int:
    """Whether a pull request is Kampkin's YAML and nothing else."""
    found = reasons(args.file, args.base, args.head)
    if found:
        print("not data only: what runs it gets no credentials")
        for line in found:
            print(f"  - {visible(line)}")  # a path of the author's, which must not become the runner's command
        return FOUND
    print("data only: nothing but what kampkin.yaml is, includes and names changes")
    return FINE


def merge_(args: argparse.Namespace) -> int:
    """The merge of a pull request as a folder of data."""
    commit = merge(args.file, args.base, args.head)
    print(f"{check_out(args.file, commit, args.out).parent} is the merge, as data")
    return FINE


def read(args: argparse.Namespace) -> int:
    """Who approved, into a file."""
    from kampkin.approval.forge import approvals_of, tip_of_base

    forge = github(args)
    base = args.base or tip_of_base(forge, args.pr)
    with checked_out(args.file, commit_of(args.file, base)) as path:
        every = load_every(path).values() if path.exists() else ()
    safeties = [one.typed.document.safety for one in every if one.typed]
    approvers = tuple(dict.fromkeys(name for safety in safeties if safety for name in safety.approvers or ()))
    teams = github(args, "KAMPKIN_TEAMS_TOKEN") if os.environ.get("KAMPKIN_TEAMS_TOKEN") else None
    found = approvals_of(forge, args.pr, approvers, teams, args.head)
    try:
        args.out.write_text(json.dumps(found.to_json(), indent=2) + "\n")
    except OSError as problem:
        raise Cannot(f"cannot write {args.out}: {problem.strerror or problem}") from None
    print(f"#{args.pr} by {found.author} at {found.head[:12]}: approved by {', '.join(found.approvals) or 'nobody'}")
    for person, why in found.dropped:
        print(f"the approval of @{person} does not count: @{person} {why}", file=sys.stderr)
    for team in found.unread:
        print(f"who is in @{team} is not told to this token: nobody approves for it", file=sys.stderr)
        print("  hint: KAMPKIN_TEAMS_TOKEN is one that may read the organisation's members", file=sys.stderr)
    return FINE


def record(args: argparse.Namespace) -> int:
    """What a pull request shows, into check runs at its head."""
    from kampkin.approval.reviewed import changes_of, handed_in
    from kampkin.approval.reviewed import record as write

    if args.diff is None and not (args.base and args.head):
        raise Cannot(
            "there is nothing to record", "--diff FILE, of kampkin diff --format json, or --base REF --head REF"
        )
    forge = github(args)
    now = str(forge.get(f"pulls/{args.pr}")["head"]["sha"])
    head = commit_of(args.file, args.head) if args.head else now
    if now != head:
        raise Cannot(f"the head of #{args.pr} is {now[:12]}, not {head[:12]}: nothing was recorded", "its own run will")
    if args.diff is not None:
        said = json_of(args.diff)
        changes, base = handed_in(said, str(args.diff)), str(said.get("base"))
    else:
        base = commit_of(args.file, args.base)
        changes = changes_of(revision(args.file, base).plans, revision(args.file, merge(args.file, base, head)).plans)
    write(forge, args.pr, base, head, changes)
    print(f"#{args.pr} at {head[:12]}: {len(changes)} changes recorded as reviewed")
    return FINE


def accept(args: argparse.Namespace) -> int:
    """Whether what is merged is what was reviewed."""
    from kampkin.approval import reviewed

    plan = plan_or_code(args.file, args.env)
    if isinstance(plan, int):
        return plan
    where = " on ".join([args.env or "the file", *([args.target] if args.target else [])])
    if args.stacks is not None and (found := stack_differs(args)):
        print("\n".join([f"{where}: refused, as the stack takes up something else than what was reviewed:", *found]))
        return REFUSED
    live = outputs(args.live)
    wanted = reviewed.steps(live, plan, args.target, parts(args.file, plan, live) if live else {})
    if args.first and not live:
        print(f"{where}: nothing is live yet, and all of it goes up as it stands: --first")
        return FINE
    judged = reviewed.judge(wanted, args.env, sets(args))
    print(reviewed.told(judged, where, is_first=not live))
    return REFUSED if judged.missing else FINE


def stack_differs(args: argparse.Namespace) -> list[str]:
    """How the stack's settings differ from the file and the environment of the command, and what to do; nothing where not."""
    from kampkin.approval.stacks import differences

    if not (args.target and args.env):
        raise Cannot("--stacks says nothing without a stack", "--target cloudflare|aws and --env name it")
    found = [f"  {line}" for line in differences(args.stacks, args.target, args.file, args.env)]
    todo = [
        "what to do:",
        f"  have the stack's settings name {args.file} and {args.env}: pulumi config set file|environment, in a pull request;",
        "  or call record and accept with --document and --env as the stack has them",
    ]
    return [*found, *todo] if found else []


def sets(args: argparse.Namespace) -> Iterator[Any]:
    """The reviewed sets that are handed in, else of the pull requests that are in what is merged here, the newest first."""
    from kampkin.approval.reviewed import Reviewed, handed_in, merged_pulls
    from kampkin.approval.reviewed import read as read_set

    if args.reviewed:
        for path in args.reviewed:
            yield Reviewed(str(path), handed_in(json_of(path), str(path)))
        return
    forge, here = github(args), set(history(args.file))
    for pull in merged_pulls(forge, args.branch):
        if pull.get("merge_commit_sha") in here:
            yield read_set(forge, pull, args.app)


def outputs(path: Path) -> dict[str, Any]:
    """What a stack says is live; nothing where it has never been up."""
    try:
        said = json.loads(path.read_text() or "{}")
    except (OSError, ValueError) as problem:
        raise Cannot(f"{path} is not what pulumi stack output --json prints: {problem}") from None
    if not isinstance(said, dict):
        raise Cannot(f"{path} is not what pulumi stack output --json prints: no object")
    if said and not isinstance(said.get("endpoints"), dict):
        raise Cannot(f"{path} has no endpoints", "the stack is of an older release: take it up once by hand")
    return said


def parts(file: Path, plan: Plan, live: dict[str, Any]) -> dict[str, str] | None:
    """The digests of what is live beside endpoints: as the stack says, else those of the commit whose plan is live; None
    where no commit has it."""
    if isinstance(said := live.get("parts"), dict):
        return {str(key): str(value) for key, value in said.items()}
    if live.get("plan") == plan.digest:
        return dict(parts_of(plan))
    for commit in history(file, touching=True):
        try:
            once = revision(file, commit).plans.get(plan.environment)
        except Cannot:
            continue
        if once and once.digest == live.get("plan"):
            return dict(parts_of(once))
    return None


def comment(args: argparse.Namespace) -> int:
    """The one comment of an environment on a pull request."""
    from kampkin.approval import notes

    text = text_of(args.file)
    environment = args.env or (None if args.unprivileged else notes.environment_in(text))
    body = notes.body_of("diff", environment, text, text_of(args.log), args.unprivileged)
    print(notes.comment(github(args), args.pr, args.head, body, args.app))
    return FINE


def issue(args: argparse.Namespace) -> int:
    """The one issue of an environment that drifts."""
    from kampkin.approval import notes

    title = f"Drift in {args.env}" if args.env else "Drift"
    body = notes.body_of("drift", args.env, text_of(args.file), text_of(args.log))
    print(notes.issue(github(args), title, body, args.code != FINE, args.app) or "nothing to tell")
    return FINE


def json_of(path: Path) -> Any:
    """What is in a file of JSON."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise Cannot(f"{path} cannot be read: {problem}", "kampkin diff --format json writes it") from None


def text_of(path: Path | None) -> str:
    """What is in a file; nothing where there is none. What is no UTF-8 in it is marked."""
    if path is None or not path.is_file() or path.is_symlink():
        return ""
    return path.read_bytes()[: 1 << 20].decode(errors="replace")


def github(args: argparse.Namespace, token: str = "GITHUB_TOKEN") -> Any:
    """The forge, by the variables that a job has, or by name."""
    try:
        from kampkin.approval.github import github_of
    except ImportError:
        raise Cannot("asking GitHub needs the extra 'live', which is not installed", EXTRA) from None
    return github_of(os.environ, args.repo, token)
