"""The command `init`: writes what is not there yet, and tells what it left alone."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kampkin.codeowners import codeowners, unowned
from kampkin.errors import Cannot
from kampkin.init.repository import DEFAULT_ACTION, TARGETS, Answers, around, document
from kampkin.load import Loaded, environments_of, load, project_of
from kampkin.report import found_or_code

FINE = 0
DOCUMENT, OWNERS = "kampkin.yaml", ".github/CODEOWNERS"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
ACTION = re.compile(r"[\w.-]+/[\w./-]+@[\w./-]+")
BRANCH = re.compile(r"[A-Za-z0-9][\w./-]*")


def run(args: argparse.Namespace) -> int:
    """Makes a folder a GitOps repository, or what it lacks of one."""
    folder: Path = args.folder
    path = folder / DOCUMENT
    loaded = load(path) if path.exists() else None
    if loaded and loaded.plan is None:
        return found_or_code(loaded)
    answers = answers_of(args, loaded)
    wanted = {} if loaded else {DOCUMENT: document(answers)}
    write(folder, wanted | around(answers), args.force)
    if loaded:
        print(f"kept {path}")
    owners(folder, path, args.force)
    print(f"next: git add, commit, and docs/gitops.md for the settings on GitHub; the workflows call {answers.action}")
    return FINE


def answers_of(args: argparse.Namespace, loaded: Loaded | None) -> Answers:
    """As the options say, and as a `kampkin.yaml` says that is there already. Raises `Cannot` where they differ."""
    for value, shape, what in ((args.action, ACTION, "--action"), (args.branch, BRANCH, "--branch")):
        if value is not None and not shape.fullmatch(value):
            raise Cannot(f"{what} {value!r} is none", "such as --action acme/kampkin@v1, --branch main")
    said: dict[str, Any] = {
        "project": args.project,
        "environments": names(args.environments, "--environments"),
        "targets": names(args.targets, "--targets"),
    }
    if unknown := set(said["targets"] or ()) - set(TARGETS):
        raise Cannot(f"there is no target {sorted(unknown)[0]!r}", f"targets are: {', '.join(TARGETS)}")
    if args.project and not NAME.fullmatch(args.project):
        raise Cannot(f"--project {args.project!r} is no name", "lower case letters, digits and -, at most 63")
    if loaded is None:
        targets = said["targets"] or TARGETS
        project = args.project or project_of(args.folder / DOCUMENT)
        deployed = dict.fromkeys(said["environments"] or ("staging", "prod"), targets)
        return Answers(project, deployed, args.action or DEFAULT_ACTION, args.branch)
    found = Answers(*as_written(loaded, args.folder / DOCUMENT), args.action or DEFAULT_ACTION, args.branch)
    for key, value in said.items():
        written = getattr(found, key)
        if value and sorted(value) != sorted(written):
            text = written if isinstance(written, str) else ",".join(written)
            raise Cannot(f"--{key}: {DOCUMENT} is there already and has {text}", "change it there")
    return found


def as_written(loaded: Loaded, path: Path) -> tuple[str, dict[str, tuple[str, ...]]]:
    """The project of a file, and the targets of each of its environments. Raises `Cannot` where it has none."""
    assert loaded.plan, "asked of a sound file only"
    environments = environments_of(next(iter(loaded.documents.values())))
    if not environments:
        raise Cannot(f"{DOCUMENT} has no environments", "such as environments: {staging: {}, prod: {}}")
    plans = {name: load(path, name).plan for name in environments}
    return loaded.plan.project, {name: tuple(plan.targets) for name, plan in plans.items() if plan}


def names(said: str | None, option: str) -> tuple[str, ...] | None:
    """Names with commas between them, each once."""
    if said is None:
        return None
    found = tuple(name.strip() for name in said.split(","))
    if wrong := [name for name in found if not NAME.fullmatch(name)]:
        raise Cannot(f"{option}: {wrong[0]!r} is no name", "such as staging,prod")
    return tuple(dict.fromkeys(found))


def owners(folder: Path, path: Path, force: bool) -> None:
    """CODEOWNERS, where the file's owners have names on GitHub; and what deploys without anybody to review it, by the CODEOWNERS
    that is there now."""
    try:
        text = codeowners(load(path), path)
    except Cannot as problem:
        print(f"no {OWNERS}: {problem.message}; then: kampkin codeowners > {OWNERS}")
    else:
        write(folder, {OWNERS: text}, force)
    there = folder / OWNERS
    text = there.read_text(encoding="utf-8", errors="replace") if there.is_file() else ""
    if found := unowned(text, path):
        print(f"nobody must review {', '.join(found)}: whoever changes these changes what is deployed, and as what")
        print(
            f'  name safety: {{approvers: ["@acme/platform"]}} in {DOCUMENT}: kampkin codeowners prints their lines then'
        )


def write(folder: Path, wanted: Mapping[str, str], force: bool) -> None:
    """Writes the files that are not there; tells of those that are there and differ. Raises `Cannot` where it cannot."""
    for name, text in wanted.items():
        path = folder / name
        try:
            if not path.exists() and not path.is_symlink():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path}")
            elif path.is_symlink() or path.read_bytes() != text.encode():
                if force and not path.is_symlink():
                    path.write_text(text, encoding="utf-8")
                    print(f"wrote {path} over what was there")
                else:
                    print(f"kept {path}: it is there already, and other than init would write it")
        except OSError as problem:
            raise Cannot(f"cannot write {path}: {problem.strerror or problem}") from None
