"""What stands on PATH for `pulumi`, which needs a cloud, and for the commands of `kampkin` that do; all others are the real ones.

Each call is written down. A stack that went up says of what is live what the real stacks say.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

FOLDER = Path(os.environ["STANDIN_FOLDER"])
SAYS = os.environ.get("STANDIN_SAYS", "")
"""What both say beside all else, as the author of a pull request could have them say."""

AT_AN_EDGE = ("wait", "drift", "hold", "release", "flip", "status")


def note(*words: str) -> None:
    """Writes a call down."""
    with (FOLDER / "calls").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(words) + "\n")


def kampkin(arguments: list[str]) -> int:
    """The real command, or for one that needs an edge whether it would understand."""
    from kampkin.cli import main, parser

    print(SAYS, end="", file=sys.stderr)
    if arguments[0] not in AT_AN_EDGE:
        return main(arguments)
    print(SAYS, end="")
    note("kampkin", *arguments, os.environ.get("GIT_CONFIG_VALUE_0", ""))
    commands = next(action.choices for action in parser()._actions if action.choices)
    if arguments[0] in commands:
        parser().parse_args(arguments)
    if arguments[0] == "drift":
        print("the cart was edited by hand")
        return int(os.environ.get("STANDIN_DRIFT", "0"))
    print(f"{arguments[0]}: fine")
    return 0


def pulumi(arguments: list[str]) -> int:
    """An engine whose updates all succeed."""
    note("pulumi", *arguments)
    print(SAYS, end="", file=sys.stdout if arguments[0] == "up" else sys.stderr)
    folder = Path(arguments[arguments.index("--cwd") + 1])
    target = folder.name
    stack = arguments[arguments.index("--stack") + 1] if "--stack" in arguments else ""
    state = FOLDER / f"live-{target}-{stack}.json"
    assert (folder / "__main__.py").exists(), "run beside the stacks"
    if arguments[:2] == ["stack", "output"]:
        print(state.read_text() if state.exists() else "{}")
    elif arguments[0] == "up":
        if os.environ.get("STANDIN_UP") == "fails":
            print("error: no valid credential sources found")
            return 255
        state.write_text(json.dumps(outputs(folder / "../../kampkin.yaml", stack, target)))
    elif arguments[0] == "preview":
        (config,) = (one.removeprefix("file=") for one in arguments if one.startswith("file="))
        assert Path(config).exists()
        urn = f"urn:pulumi:{stack}::kampkin-{target}::cloudflare:index/workersScript:WorkersScript::kampkin-worker"
        step = {"op": "update", "urn": urn, "diffReasons": ["content"], "detailedDiff": {"content": {"kind": "update"}}}
        print(json.dumps({"steps": [step], "changeSummary": {"update": 1}}))
    return 0


def outputs(path: Path, environment: str, target: str) -> dict[str, object]:
    """What a stack says of what is live."""
    from kampkin.load import load
    from kampkin.plan import PARTS, parts_of

    plan = load(path, environment).plan
    assert plan
    parts = {part: digest for part, digest in parts_of(plan).items() if part in PARTS}
    endpoints = {one.name: one.digest for one in plan.endpoints if target in one.targets}
    return {"plan": plan.digest, "endpoints": endpoints, "parts": parts}


if __name__ == "__main__":
    sys.exit({"kampkin": kampkin, "pulumi": pulumi}[sys.argv[1]](sys.argv[2:]))
