"""Where a running `kampkin dev` can be reached, for the commands that are given `--dev`: a file for each kampkin.yaml in the
cache folder, for its owner's eyes alone, there as long as it runs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from kampkin.cache import cache
from kampkin.errors import Cannot
from kampkin.operate.connect import AWS_URL, TOKEN, URL

HINT = "start `kampkin dev` with the same file, in another terminal"


class NotRunning(Cannot):
    """No `kampkin dev` runs from the file."""


@contextmanager
def reachable(
    file: Path, env: str | None, worker: str | None, token: str, aws: str | None, function: str | None
) -> Iterator[None]:
    """Lets the commands find the edges that run from this file, as one of its environments has it, as long as the context
    lasts. `worker`, `aws` (DynamoDB) and `function` are addresses; None where there is no such edge. A folder that cannot
    be written is no reason not to run."""
    place = place_of(file)
    told = {"pid": os.getpid(), "env": env, "environment": environment_of(worker, token, aws, function)}
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
            json.dump(told, written)
    try:
        yield
    finally:
        if runner(file) == os.getpid():
            with suppress(OSError):
                place.unlink()


def runner(file: Path) -> int | None:
    """The process that the commands reach, None where nothing runs. Of several from one file it is the last that started."""
    try:
        pid = int(json.loads(place_of(file).read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return pid


def environment_of(worker: str | None, token: str, aws: str | None, function: str | None) -> dict[str, str]:
    """What a shell would have set to operate the local edges as if they were deployed."""
    told: dict[str, str] = {}
    if worker:
        told |= {URL: worker, TOKEN: token}
    if function:
        told |= {AWS_URL: function}
    if aws:
        told |= {
            "AWS_ENDPOINT_URL": aws,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    return told | {"no_proxy": "127.0.0.1"} if told else told


def found(file: Path, env: str | None) -> Mapping[str, str]:
    """The variables to operate what runs from this file. Raises `NotRunning` where nothing does, and `Cannot` where it runs as
    another of the file's environments has it."""
    try:
        told = json.loads(place_of(file).read_text())
        os.kill(told["pid"], 0)
        variables: dict[str, str] = told["environment"]
        runs: str | None = told.get("env", env)  # a release before this one did not say
    except (OSError, ValueError, LookupError, TypeError):
        raise NotRunning(f"no `kampkin dev` runs from {file}", HINT) from None
    if runs == env:
        return variables
    if runs is None:
        raise Cannot("the running `kampkin dev` has no environment", "leave out --env")
    raise Cannot(f"the running `kampkin dev` has environment {runs}", f"--env {runs}")


def log_of(file: Path) -> Path:
    """What the edges that run from this file have written, a JSON object a line: `at` (ms), `target`, `entry`."""
    return place_of(file).with_suffix(".log")


def place_of(file: Path) -> Path:
    """The file's own place."""
    name = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
    return cache() / "dev" / f"{name}.json"
