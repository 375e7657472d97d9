"""The program: what is declared, and what the stack tells of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pulumi

from kampkin.plan import PARTS, Plan, parts_of
from kampkin.targets.aws.edge import Archives, AwsEdge
from kampkin.targets.aws.settings import AwsSettings
from kampkin.targets.stack import read_stack

FOLDER = Path(".kampkin")
"""Where the functions' zips are written, in the stack's folder."""


def declare() -> None:
    """Declares the stack. Raises `pulumi.RunError` before anything is declared where it cannot be as it is asked for."""
    stack = read_stack("aws", AwsSettings)
    name, notifier = pulumi.get_stack(), stack.bundle.notifier_archive
    archives = Archives(
        write_archive(stack.bundle.archive, FOLDER, name),
        write_archive(notifier, FOLDER, f"{name}-notifier") if notifier else None,
    )
    edge = AwsEdge("kampkin", stack.plan, stack.bundle, stack.settings, stack.secrets, archives)
    pulumi.export("urls", edge.urls)
    pulumi.export("plan", stack.plan.digest)
    pulumi.export("environment", stack.plan.environment)
    pulumi.export("endpoints", endpoint_digests(stack.plan))
    pulumi.export("parts", {part: digest for part, digest in parts_of(stack.plan).items() if part in PARTS})
    pulumi.export("modules", {path: hashlib.sha256(code).hexdigest() for path, code in stack.bundle.aws.items()})
    if edge.records:
        pulumi.export("records", edge.records)
    if edge.dead_letters:
        pulumi.export("deadLetters", edge.dead_letters)


def endpoint_digests(plan: Plan) -> dict[str, str]:
    """The digest of each endpoint that is on AWS, by name."""
    return {endpoint.name: endpoint.digest for endpoint in plan.endpoints if "aws" in endpoint.targets}


def write_archive(archive: bytes, folder: Path, name: str) -> str:
    """Writes a function's zip where the engine reads it: the very bytes that were compiled. The path, relative, so
    that the state is the same on every machine. Raises `pulumi.RunError` where it cannot be written."""
    path = folder / f"{name}.zip"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive)
    except OSError as problem:
        raise pulumi.RunError(f"could not write the function's zip, {path}: {problem.strerror}") from None
    return path.as_posix()
