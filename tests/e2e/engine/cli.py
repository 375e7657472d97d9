"""The Pulumi CLI that the tests run: the one on PATH, else one built here from the Go modules that go.mod pins."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from kampkin.cache import cache
from kampkin.errors import Cannot

MODULE = Path(__file__).parent
"""Where go.mod and go.sum are."""

COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
VERSION_VARIABLE = f"{SDK}/go/common/version.Version"
"""What `pulumi version` prints; the linker sets it, as Pulumi's own Makefile does."""

HOST = "pulumi-language-python"
HOST_SCRIPT = f"{HOST}-exec"
"""Runs a Python program under the engine; its source lies in the SDK's Go module."""

OLDEST = (3, 227)
"""The first CLI with an exit code of its own, 7, for unexpected changes."""


@dataclass(frozen=True)
class Engine:
    """A CLI to run."""

    pulumi: Path
    version: str
    script: Path | None
    """What runs a Python program, for our language host; None where the CLI came with a host of its own."""


def find() -> Engine | None:
    """The CLI on PATH, where it is young enough and whole, or the one built before; None without either."""
    installed = shutil.which("pulumi")
    if installed and shutil.which(HOST) and numbers(version := version_of(Path(installed))) >= OLDEST:
        return Engine(Path(installed), version, None)
    built = folder() / "pulumi"
    return Engine(built, version_of(built), folder() / HOST_SCRIPT) if built.exists() else None


def find_or_build() -> Engine:
    """The CLI, built first where it has to be: minutes, once for each content of go.mod. Raises `Cannot` without Go, or
    where the build fails, with what Go said."""
    engine = find()
    if engine is None:
        folder().mkdir(parents=True, exist_ok=True)
        with (folder() / "lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            if not (folder() / "pulumi").exists():
                build(folder())
        engine = find()
    assert engine, "it was just built"
    return engine


def build(target: Path) -> None:
    """Compiles the CLI into the folder, with a line of progress for every tenth of its packages."""
    if not shutil.which("go"):
        raise Cannot("neither pulumi nor go is on PATH", "install one of them, then run: make pulumi")
    version = go("list", "-m", "-f", "{{.Version}}", SDK)
    print(f"building pulumi {version} from its Go modules (once, some minutes)", flush=True)
    total = len(go("list", "-deps", COMMAND).splitlines())
    draft = target / "pulumi.draft"
    flags = f"-s -w -X {VERSION_VARIABLE}={version}"
    command = ["go", "build", "-v", "-trimpath", f"-ldflags={flags}", "-o", str(draft), COMMAND]
    run = subprocess.Popen(command, cwd=MODULE, stderr=subprocess.PIPE, text=True)
    assert run.stderr
    said: list[str] = []
    for line in run.stderr:
        said.append(line)
        if len(said) % (total // 10) == 0:
            print(f"  {len(said)} of {total} packages", flush=True)
    if run.wait() != 0:
        raise Cannot(f"go could not build pulumi {version}:\n{''.join(said[-20:])}", "then run again: make pulumi")
    sources = Path(go("list", "-m", "-f", "{{.Dir}}", SDK))
    shutil.copyfile(sources / "python" / "cmd" / HOST_SCRIPT, target / HOST_SCRIPT)
    draft.rename(target / "pulumi")


def go(*arguments: str) -> str:
    """What go answers about our module. Raises `Cannot` with what it complains of."""
    run = subprocess.run(["go", *arguments], cwd=MODULE, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise Cannot(f"go {arguments[0]} failed: {run.stderr.strip()}", "go must reach its module proxy")
    return run.stdout.strip()


def folder() -> Path:
    """Where a build is kept: in the cache, by what is pinned."""
    pins = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    return cache() / f"pulumi-{hashlib.sha256(pins).hexdigest()[:12]}"


def version_of(pulumi: Path) -> str:
    """What `pulumi version` prints."""
    return subprocess.run([pulumi, "version"], capture_output=True, text=True, check=False).stdout.strip()


def numbers(version: str) -> tuple[int, int]:
    """Major and minor of a version."""
    found = re.match(r"v(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def main() -> int:
    """Says which CLI the tests run, after building it where need be."""
    try:
        engine = find_or_build()
    except Cannot as problem:
        print(f"error: {problem.message}\n  hint: {problem.hint}", file=sys.stderr)
        return 2
    print(f"pulumi {engine.version}: {engine.pulumi}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
