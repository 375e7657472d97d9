"""The command `kampkin diff`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from kampkin.errors import Cannot
from kampkin.formats import as_text
from kampkin.report import say, show
from kampkin.review.budget import Approvals
from kampkin.review.formats import FORMATS, markdown
from kampkin.review.formats.json import broken as broken_as_json
from kampkin.review.formats.words import approval
from kampkin.review.looks import Asked, looks
from kampkin.review.review import review
from kampkin.review.sides import Side, base, here

FINE, FOUND, NEEDS_APPROVAL = 0, 1, 3


def run(args: argparse.Namespace) -> int:
    """Shows what a change means; the exit code."""
    if args.out:
        write(args.out, "")  # as `>` does: nothing of an earlier run is left where this one fails
    approvals = approvals_in(args.approved_by) if args.approved_by else None
    after = here(args.file, args.env)
    if after.broken:
        return broken(after, args.format, args.env, args.out)
    with base(args.file, args.base, args.env, certain=args.enforce) as before:
        if args.env is not None and args.env not in after.loaded and args.env not in before.loaded:
            raise Cannot(f"there is no environment {args.env!r} on either side", "kampkin diff without --env has all")
        found = review(before, after, approvals, args.env)
        found = replace(found, sections=tuple(looks(found, before, after, asked(args))))
    if args.out:
        write(args.out, FORMATS[args.format](found))
    say(FORMATS["human" if args.out else args.format](found).rstrip("\n"), sys.stdout)
    if args.enforce and found.budget.is_open:
        print(
            "\n".join(["kampkin: this change needs an approval", *(f"  {line}" for line in approval(found))]),
            file=sys.stderr,
        )
        return NEEDS_APPROVAL
    return FINE


def asked(args: argparse.Namespace) -> Asked:
    """What the options say to look at."""
    return Asked(
        not args.no_behaviour, args.runtime_base, not args.no_promises, args.resources, tuple(args.pulumi_preview)
    )


def broken(side: Side, form: str, environment: str | None, out: Path | None) -> int:
    """A file with errors has no plan to compare; what is wrong with it is said instead."""
    found = side.broken
    assert found is not None
    text = as_text(found.diagnostics, found.texts)
    told = {"markdown": markdown.broken(text, environment), "json": broken_as_json(found.diagnostics), "human": text}
    if out:
        write(out, told[form])
    elif form != "human":
        say(told[form].rstrip("\n"), sys.stdout)
        return FOUND
    show(found.diagnostics, found.texts, sys.stderr)
    return FOUND


def write(path: Path, text: str) -> None:
    """Into a file. Raises `Cannot` where that is not possible."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise Cannot(f"could not write {path}: {problem.strerror}", "--out FILE, in a folder that is there") from None


def approvals_in(path: Path) -> Approvals:
    """What `kampkin approval read` wrote. Raises `Cannot` where it is not that."""
    try:
        told = json.loads(path.read_text())
        if told["version"] != 1:
            raise ValueError
        return Approvals(str(told["author"]), tuple(map(str, told["approvals"])))
    except (OSError, ValueError, LookupError, TypeError):
        raise Cannot(f"{path} holds no approvals", "kampkin approval read writes it from the forge's API") from None
