"""The command `kampkin`. Each command is a few lines; what it needs is imported when it runs."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kampkin import __version__
from kampkin.closest import closest
from kampkin.errors import Cannot
from kampkin.examples import epilog

if TYPE_CHECKING:
    from kampkin.config import Document
    from kampkin.plan import TargetName

FINE, FOUND, COULD_NOT, INTERRUPTED, READER_LEFT = 0, 1, 2, 130, 141
"""Exit codes, the same for every command: docs/language.md."""

FORMATS = ("human", "json", "github", "sarif")
FAULTS = ("hang", "500", "refuse", "slow", "heal")
LAST_PORT = 65_535
MOST_EVENTS = 100
ENDPOINTS = """_kampkin_endpoints() {
  compgen -W "$(kampkin list 2>/dev/null | cut -d' ' -f1 | sort -u)" -- "$1"
}"""
"""What bash runs for the names of endpoints: `list` has a line for each URL."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    survive()
    top = parser()
    if not (sys.argv[1:] if argv is None else argv):
        top.print_help()
        return FINE
    args = top.parse_args(argv)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except Cannot as problem:
        print(f"kampkin: {problem.message}", file=sys.stderr)
        if problem.hint:
            print(f"  hint: {problem.hint}", file=sys.stderr)
        return COULD_NOT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: `kampkin … | head`
        return READER_LEFT


def survive() -> None:
    """Lets standard output and error write a character that their encoding lacks as `\\u2026`, which JSON reads too."""

    def escaped(problem: UnicodeError) -> tuple[str, int]:
        assert isinstance(problem, UnicodeEncodeError)
        return json.dumps(problem.object[problem.start : problem.end])[1:-1], problem.end

    codecs.register_error("kampkin", escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="kampkin")


def check(args: argparse.Namespace) -> int:
    """All problems of a file, in one run."""
    import time

    from kampkin.load import load
    from kampkin.report import say, show

    loaded = load(args.file, now_ms=int(time.time() * 1000) if args.at is None else moment_of(args.at))
    if args.format in ("human", "text"):
        if loaded.typed and not loaded.diagnostics:
            say(f"no problems in {args.file}: {extent(loaded.typed.document)}", sys.stdout)
        else:
            show(loaded.diagnostics, loaded.texts, sys.stdout)
    else:
        from kampkin.formats import render

        say(render(args.format, loaded.diagnostics, loaded.texts, Path.cwd()), sys.stdout)
    if not loaded.readable:
        return COULD_NOT
    return FINE if loaded.plan else FOUND


def extent(document: Document) -> str:
    """What there was to look at: `3 endpoints, 2 environments (staging, prod)`."""
    endpoints, names = len(document.endpoints), tuple(document.environments or ())
    said = f"{endpoints} endpoint{'' if endpoints == 1 else 's'}"
    return f"{said}, {len(names)} environment{'' if len(names) == 1 else 's'} ({', '.join(names)})" if names else said


def moment_of(text: str) -> int:
    """A time with a zone, in ms since 1970."""
    from pydantic_core import PydanticCustomError

    from kampkin.values import moment

    try:
        return moment(text)
    except PydanticCustomError as problem:
        raise Cannot(problem.message(), "such as --at 2026-12-01T06:00:00Z") from None


def rules(args: argparse.Namespace) -> int:
    """Every id that a finding can have, or all about one."""
    from kampkin.report import say
    from kampkin.rulebook import show

    say(show(args.id, args.format), sys.stdout)
    return FINE


def compile_(args: argparse.Namespace) -> int:
    """Plan, bundles and manifest into a folder."""
    from kampkin.output import write
    from kampkin.report import plan_or_code

    plan = plan_or_code(args.file, args.env)
    if isinstance(plan, int):
        return plan
    written = write(plan, args.out)
    print(f"{len(written)} files in {args.out}, plan {plan.digest}")
    return FINE


def explain(args: argparse.Namespace) -> int:
    """One endpoint: its URLs, settings and promises."""
    from kampkin.explain.command import run

    return run(args.file, args.env, args.endpoint, args.rate, args.json)


def diff(args: argparse.Namespace) -> int:
    """What a change of the file means."""
    from kampkin.review.command import run

    return run(args)


def edit(args: argparse.Namespace) -> int:
    """Looks at the endpoints of a file, or changes them, by the named command of `kampkin.edit`."""
    from kampkin.edit import command

    run = {"add": command.add, "set": command.set_, "remove": command.remove, "list": command.list_}
    return run[args.change](args)


def codeowners(args: argparse.Namespace) -> int:
    """Who reviews which file, on standard output."""
    from kampkin.codeowners import codeowners
    from kampkin.load import load
    from kampkin.report import found_or_code

    loaded = load(args.file, args.env)
    if loaded.plan is None:
        return found_or_code(loaded)
    print(codeowners(loaded, args.file), end="")
    return FINE


def init(args: argparse.Namespace) -> int:
    """The files of a GitOps repository."""
    from kampkin.init.command import run

    return run(args)


def dev(args: argparse.Namespace) -> int:
    """Both edges on this machine, from the file, until Ctrl-C."""
    from kampkin.local.dev import run

    ports: dict[TargetName, int] = {"cloudflare": args.port_cloudflare, "aws": args.port_aws}
    return run(args.file, args.env, pairs(args.origin), pairs(args.fault), ports, args.nodes)


def demo(args: argparse.Namespace) -> int:
    """An outage, met three ways; on the dashboard too where that is asked for."""
    from kampkin.local.demo import run

    if args.dashboard:
        from kampkin.dashboard.command import companion

        return run(args.json, args.svg, companion())
    return run(args.json, args.svg)


def dashboard(args: argparse.Namespace) -> int:
    """Every breaker on a page, until Ctrl-C."""
    from kampkin.dashboard.command import run

    return run(args)


def conformance(args: argparse.Namespace) -> int:
    """The specification's vectors, on every runtime."""
    from kampkin.conformance.command import run

    return run(args.bundle, args.runtime, args.transcript)


def cost(args: argparse.Namespace) -> int:
    """A month's bill, from measured counts."""
    from kampkin.cost.command import run

    return run(args, pairs(args.share))


def preview(args: argparse.Namespace) -> int:
    """What the stacks would declare, without an engine."""
    from kampkin.preview.command import run

    return run(args.file, args.env, args.target, args.format, args.values)


def drift(args: argparse.Namespace) -> int:
    """What runs at the edge and is not what the file says."""
    from kampkin.drift.command import run

    return run(args, {"outputs": pairs(args.outputs), "refresh": pairs(args.refresh), "url": pairs(args.url)})


def why(args: argparse.Namespace) -> int:
    """What a failed update's log means."""
    from kampkin.preview.why import run

    return run(args.log, args.json)


def operate(args: argparse.Namespace) -> int:
    """Looks at what is deployed, or changes it, by the named command of `kampkin.operate`."""
    from kampkin.operate import command

    run = {
        "hold": command.hold,
        "release": command.release,
        "flip": command.flip,
        "status": command.status,
        "watch": command.watch,
        "events": command.events,
    }
    return run[args.operation](args)


def logs(args: argparse.Namespace) -> int:
    """What the edges have written."""
    from kampkin.logs.command import run

    return run(args)


def wait(args: argparse.Namespace) -> int:
    """Until each edge runs what the file says."""
    from kampkin.wait.command import run

    return run(args, pairs(args.url), pairs(args.outputs))


def completion(args: argparse.Namespace) -> int:
    """What a shell reads at its start."""
    import shtab

    top = parser()
    [commands] = (action.choices for action in top._actions if isinstance(action, argparse._SubParsersAction))
    for action in (action for command in commands.values() for action in command._actions):
        if action.metavar == "ENDPOINT":
            action.complete = {"bash": "_kampkin_endpoints", "preamble": {"bash": ENDPOINTS}}
    print(shtab.complete(top, args.shell))
    return FINE


def approval(args: argparse.Namespace) -> int:
    """What a workflow must know before it trusts a pull request, by the named command of `kampkin.approval`."""
    from kampkin.approval import command

    run = {
        "data-only": command.data_only,
        "merge": command.merge_,
        "read": command.read,
        "record": command.record,
        "accept": command.accept,
        "comment": command.comment,
        "issue": command.issue,
    }
    return run[args.approval](args)


def schema(args: argparse.Namespace) -> int:
    """A published contract, on standard output."""
    from kampkin.schema import DIALECT, SCHEMAS, render

    if args.which == "diff":
        from kampkin.review.formats import json as diffs

        print(render({"$schema": DIALECT} | diffs.schema()), end="")
    else:
        print(render(SCHEMAS[args.which]()), end="")
    return FINE


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`s as a map."""
    split = [text.partition("=") for text in texts]
    for name, equals, value in split:
        if not (name and equals and value):
            raise Cannot(f"{name + equals + value!r} is not NAME=VALUE")
    return {name: value for name, _, value in split}


def port(text: str) -> int:
    """A port, as digits."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PORT)) and int(text) <= LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: a port is 0 to {LAST_PORT}")


def limit(text: str) -> int:
    """How many, as digits."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_EVENTS)) and 1 <= int(text) <= MOST_EVENTS:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is none of 1 to {MOST_EVENTS}")


class Parser(argparse.ArgumentParser):
    """Says which command a misspelt one was meant to be; argparse would list all."""

    mixes = False
    """Whether options may stand between the endpoint and what follows it: argparse would take `cart` in
    `hold cart --for 10m open` for the state, as an endpoint need not be there."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if not self.mixes:
            return super().parse_known_args(args, namespace)
        self.mixes = False  # it comes back here, for options and for the rest
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.mixes = True

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        known = action.choices if isinstance(action, argparse._SubParsersAction) else ()
        meant = closest(value, known) if known and value not in known else None
        if meant:
            raise argparse.ArgumentError(None, f"there is no command {value!r}: did you mean {meant}?")
        super()._check_value(action, value)


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    top = Parser(
        prog="kampkin",
        description="Circuit breakers at the CDN edge, declared in kampkin.yaml.",
        epilog="exit codes: 0 fine, 1 found something, 2 could not do it, 3 needs an approval, 130 interrupted",
    )
    top.add_argument("--version", action="version", version=f"kampkin {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    def takes_file(added: argparse.ArgumentParser, environment: bool = True) -> None:
        added.add_argument(
            "file", nargs="?", type=Path, default=Path("kampkin.yaml"), metavar="FILE", help="default: kampkin.yaml"
        )
        if environment:
            added.add_argument(
                "--env", metavar="E", help="one of the file's environments; default: the file without any"
            )

    added = command("check", check, "report every problem of a file, in all its environments")
    takes_file(added, environment=False)
    added.add_argument(
        "--format",
        choices=(*FORMATS, "text"),
        default="human",
        metavar=f"{{{','.join(FORMATS)}}}",
        help="default: human; text is the same",
    )
    added.add_argument("--at", metavar="TIME", help="judge overrides as of then, as 2026-12-01T06:00:00Z; default: now")

    added = command("rules", rules, "list every rule and finding of check, or explain one")
    added.add_argument("id", nargs="?", metavar="ID", help="such as route-taken")
    added.add_argument("--format", choices=("human", "json", "markdown"), default="human")

    added = command("compile", compile_, "write plan, bundles and manifest into a folder")
    takes_file(added)
    added.add_argument("--out", type=Path, required=True, metavar="DIR")

    added = command("explain", explain, "show what holds for an endpoint, where it was written and what it promises")
    added.add_argument("endpoint", metavar="ENDPOINT")
    takes_file(added)
    added.add_argument("--rate", default="10", metavar="N", help="requests a second to reckon with; default: 10")
    added.add_argument("--json", action="store_true", help="print JSON")

    added = command("diff", diff, "show what a change means: in words, by endpoint, and whether it needs an approval")
    takes_file(added, environment=False)
    added.add_argument(
        "--base",
        metavar="REF|FILE",
        help="what was; default: where this branch left the remote's default one, else HEAD",
    )
    added.add_argument("--env", metavar="E", help="one environment; default: all")
    added.add_argument("--format", choices=("human", "markdown", "json"), default="human")
    added.add_argument(
        "--out", type=Path, metavar="FILE", help="write the format there, and for a person, uncut, on standard output"
    )
    added.add_argument("--enforce", action="store_true", help="end with 3 where safety asks for an approval it has not")
    added.add_argument("--no-behaviour", action="store_true", help="play no outages through old and new settings")
    added.add_argument("--no-promises", action="store_true", help="leave out promises, old and new")
    added.add_argument(
        "--runtime-base", type=Path, metavar="DIR", help="play them on the runtime of another release too: its bundle"
    )
    added.add_argument("--approved-by", type=Path, metavar="FILE", help="what kampkin approval read wrote")
    added.add_argument(
        "--resources", action="store_true", help="also what the stacks would declare; needs the extra deploy"
    )
    added.add_argument(
        "--pulumi-preview",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="also what pulumi preview --json, or pulumi refresh --preview-only --json, wrote for a stack",
    )

    editing(commands)

    added = command("codeowners", codeowners, "print CODEOWNERS for GitHub, from the owners of a file")
    takes_file(added)

    added = command("init", init, "write the files of a GitOps repository: file, stacks, workflows, hooks")
    added.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="default: this folder")
    added.add_argument("--project", metavar="NAME", help="names everything deployed; default: the folder's name")
    added.add_argument("--environments", metavar="A,B", help="in the order of deploying; default: staging,prod")
    added.add_argument("--targets", metavar="A,B", help="default: cloudflare,aws")
    added.add_argument("--action", metavar="REPOSITORY@REF", help="Kampkin's action on GitHub, or your copy of it")
    added.add_argument(
        "--branch", default="main", metavar="NAME", help="what is deployed once it is merged; default: main"
    )
    added.add_argument("--force", action="store_true", help="write over files that are there, and name them")

    added = command("dev", dev, "run both edges on this machine from a file")
    takes_file(added)
    added.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="call this URL in place of an endpoint's origin",
    )
    added.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME=MODE",
        help=f"begin with a fault in front of an origin: {', '.join(FAULTS)}",
    )
    added.add_argument("--port-cloudflare", type=port, default=8787, metavar="PORT", help="default: 8787")
    added.add_argument("--port-aws", type=port, default=8788, metavar="PORT", help="default: 8788")
    added.add_argument(
        "--nodes", type=int, default=2, metavar="N", help="nodes of each edge, sharing its store; default: 2"
    )

    added = command("demo", demo, "play an outage, met directly, through the Worker and through Lambda@Edge")
    added.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there")
    added.add_argument("--svg", type=Path, metavar="FILE", help="write a picture of the worst moment there")
    added.add_argument("--dashboard", action="store_true", help="also show it on the dashboard, until Ctrl-C")

    added = command("conformance", conformance, "play the specification's vectors on Node, workerd and the Lambda host")
    added.add_argument(
        "bundle", nargs="?", type=Path, metavar="BUNDLE", help="what kampkin compile wrote; default: this release"
    )
    added.add_argument("--runtime", action="append", choices=("node", "workerd", "lambda"), help="default: all three")
    added.add_argument("--transcript", type=Path, metavar="FILE", help="write what happened there, step by step")

    added = command("cost", cost, "estimate a month's bill on each cloud, from measured counts")
    takes_file(added)
    added.set_defaults(file=None)  # a folder without a file is asked about the default breaker
    added.add_argument("--requests", required=True, metavar="N", help="a month: 300k, 100M, 2.5B")
    added.add_argument(
        "--share", action="append", default=[], metavar="NAME=SHARE", help="an endpoint's of the requests"
    )
    added.add_argument("--rate-per-node", default="1", metavar="N", help="requests a second of one node; default: 1")
    added.add_argument("--latency", default="100ms", metavar="TIME", help="the origin's; default: 100ms")
    added.add_argument("--cpu-ms", metavar="MS", help="CPU of a request; default: as measured in docs/performance.md")
    added.add_argument("--response-size", metavar="SIZE", help="such as 20kB, to bill what is transferred")
    added.add_argument("--json", action="store_true", help="print JSON")

    added = command("preview", preview, "list what the stacks would declare, without an engine and without credentials")
    takes_file(added)
    added.add_argument("--target", choices=("cloudflare", "aws"), help="default: all of the file's")
    added.add_argument("--format", choices=("human", "json", "markdown"), default="human", help="default: human")
    added.add_argument("--values", type=Path, metavar="FILE", help="settings to lay over the stacks' own, by target")

    added = command(
        "drift", drift, "tell what runs at the edge and is not what the file says, by whom, and the way back"
    )
    takes_file(added)
    added.add_argument("--target", choices=("cloudflare", "aws"), help="default: all of the file's")
    added.add_argument("--format", choices=("human", "json", "markdown"), default="human", help="default: human")
    for option, about in (
        ("--outputs", "TARGET=FILE, what pulumi stack output --json wrote; default: pulumi is asked"),
        ("--refresh", "TARGET=FILE, what pulumi refresh --preview-only --json wrote; with --engine pulumi is asked"),
        ("--url", "TARGET=URL, an edge's address; default: the target's host"),
    ):
        value, _, rest = about.partition(", ")
        added.add_argument(option, action="append", default=[], metavar=value, help=rest)
    added.add_argument("--engine", action="store_true", help="also hold Pulumi's state against the clouds: minutes")
    added.add_argument(
        "--stacks", type=Path, metavar="DIR", help="the stacks' folders; default: stacks beside the file"
    )
    added.add_argument("--adopt", action="store_true", help="write live values of endpoints into the file")
    added.add_argument("--revert", action="store_true", help="print the commands that restore what the file says")

    added = command("why", why, "say what a failed update's log means, and what to do")
    added.add_argument(
        "log", nargs="?", default="-", metavar="LOG", help="what pulumi printed; default: standard input"
    )
    added.add_argument("--json", action="store_true", help="print JSON")

    added = command("wait", wait, "wait until each edge runs what the file says, and tell which one does not")
    takes_file(added)
    added.add_argument("--target", choices=("cloudflare", "aws"), help="default: all of the file's")
    added.add_argument("--timeout", default="15m", metavar="TIME", help="give up after it; default: 15m")
    added.add_argument(
        "--url", action="append", default=[], metavar="TARGET=URL", help="an edge's address; default: the target's host"
    )
    added.add_argument(
        "--outputs",
        action="append",
        default=[],
        metavar="TARGET=FILE",
        help="what pulumi stack output --json wrote, for an edge's address",
    )
    added.add_argument("--json", action="store_true", help="print JSON")

    operating(commands)
    approving(commands)

    added = command(
        "schema", schema, "print the JSON Schema of kampkin.yaml, of included files, of the plan or of diff's JSON"
    )
    added.add_argument("which", nargs="?", choices=("config", "include", "plan", "diff"), default="config")

    added = command("completion", completion, "print what completes commands and options in a shell")
    added.add_argument("shell", choices=("bash", "zsh", "tcsh", "fish"))

    for name, one in commands.choices.items():
        one.epilog = epilog(name)
        one.formatter_class = argparse.RawDescriptionHelpFormatter
    return top


def editing(commands: argparse._SubParsersAction[Parser]) -> None:
    """The commands for the endpoints of a file."""

    def command(name: str, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=edit, change=name)
        return added

    def takes_file(added: argparse.ArgumentParser, about: str = "default: kampkin.yaml") -> None:
        added.add_argument("--file", type=Path, default=Path("kampkin.yaml"), metavar="FILE", help=about)

    added = command("add", "put an endpoint into a file, behind the last one")
    added.add_argument("name", nargs="?", metavar="NAME")
    added.add_argument("url", nargs="?", metavar="URL", help="the service: scheme, host, path")
    added.add_argument("--owner", metavar="O", help="whose it is")
    added.add_argument("--route", metavar="R", help="where callers reach it; default: /NAME/*")
    added.add_argument("--profile", metavar="P", help="one of the file's profiles")
    takes_file(added, "kampkin.yaml, or the file of a team that it includes; default: kampkin.yaml")
    added.add_argument("--yes", action="store_true", help="make the file where there is none, without asking")

    added = command("set", "set keys of an endpoint; null turns one off, or back to its default")
    added.add_argument("name", metavar="ENDPOINT")
    added.add_argument("settings", nargs="+", metavar="KEY=VALUE", help="breaker.trip.consecutive_failures=7")
    takes_file(added)
    added.add_argument("--env", metavar="E", help="in what this environment changes, not in the endpoint itself")

    added = command("remove", "take an endpoint out of a file, and out of its environments")
    added.add_argument("name", metavar="ENDPOINT")
    takes_file(added)
    added.add_argument("--yes", action="store_true", help="do not ask")

    added = command("list", "show the endpoints, their protected URLs, and where they stand")
    takes_file(added)
    added.add_argument("--env", metavar="E", help="one of the file's environments; default: the file without any")
    added.add_argument("--json", action="store_true", help="print JSON")


def approving(commands: argparse._SubParsersAction[Parser]) -> None:
    """The commands for workflows, below `approval`."""
    about = "what a workflow asks before it trusts a pull request"
    group = commands.add_parser("approval", help=about, description=about).add_subparsers(
        required=True, metavar="COMMAND"
    )

    def command(name: str, about: str) -> argparse.ArgumentParser:
        added = group.add_parser(name, help=about, description=about)
        added.set_defaults(run=approval, approval=name)
        return added

    def takes_document(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--document",
            dest="file",
            type=Path,
            default=Path("kampkin.yaml"),
            metavar="FILE",
            help="default: kampkin.yaml",
        )

    def takes_refs(added: argparse.ArgumentParser) -> None:
        takes_document(added)
        for ref in ("base", "head"):
            added.add_argument(f"--{ref}", required=True, metavar="REF", help=f"the {ref} of the pull request")

    def takes_repository(added: argparse.ArgumentParser) -> None:
        added.add_argument("--repo", metavar="O/R", help="on GitHub; default: GITHUB_REPOSITORY")

    def takes_number(added: argparse.ArgumentParser) -> None:
        added.add_argument("--pr", type=int, required=True, metavar="N", help="the pull request")
        takes_repository(added)

    def takes_app(added: argparse.ArgumentParser, about: str) -> None:
        added.add_argument("--app", default="github-actions", metavar="SLUG", help=f"{about}; default: github-actions")

    def takes_text(added: argparse.ArgumentParser) -> None:
        added.add_argument(
            "--env", metavar="E", help="one of the file's environments; default: as a diff's first line says"
        )
        added.add_argument("--file", type=Path, required=True, metavar="FILE", help="what to write; empty: it failed")
        added.add_argument("--log", type=Path, metavar="FILE", help="what is shown where it failed")

    takes_refs(command("data-only", "say whether a pull request is Kampkin's YAML and nothing else"))

    added = command("merge", "put the merge of a pull request into a folder, as data")
    takes_refs(added)
    added.add_argument("--out", type=Path, required=True, metavar="DIR")

    added = command("read", "write who approved a pull request, as GitHub knows it")
    takes_document(added)
    takes_number(added)
    added.add_argument(
        "--base", metavar="REF", help="whose approvers they are; default: the branch merged into, as it is"
    )
    added.add_argument("--head", metavar="SHA", help="the commit that was reviewed: end with 2 once it is not the last")
    added.add_argument("--out", type=Path, required=True, metavar="FILE")

    added = command("record", "keep what a pull request changes, in check runs at its head")
    takes_document(added)
    takes_number(added)
    added.add_argument("--diff", type=Path, metavar="FILE", help="what kampkin diff --format json printed; else --base")
    added.add_argument("--base", metavar="REF", help="the base of the pull request, to compare its merge with")
    added.add_argument("--head", metavar="REF", help="record only while the pull request is there; needed with --base")

    added = command("accept", "say whether every change between live and merged was reviewed")
    takes_document(added)
    added.add_argument("--live", type=Path, required=True, metavar="FILE", help="by pulumi stack output --json")
    added.add_argument("--target", choices=("cloudflare", "aws"), help="the stack's; default: all endpoints are there")
    added.add_argument("--env", metavar="E", help="one of the file's environments")
    added.add_argument(
        "--stacks",
        type=Path,
        metavar="DIR",
        help="where the targets' stacks are: end with 3 where the one of --target and --env would take up another file or "
        "environment",
    )
    added.add_argument("--branch", default="main", metavar="NAME", help="what was merged into; default: main")
    added.add_argument(
        "--reviewed",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a reviewed set, as kampkin diff --format json printed it; GitHub is not asked then",
    )
    added.add_argument("--first", action="store_true", help="where nothing is live yet, take all of it as it stands")
    takes_repository(added)
    takes_app(added, "whose check runs count")

    added = command("comment", "write the one comment of an environment on a pull request")
    takes_number(added)
    takes_text(added)
    added.add_argument("--head", metavar="SHA", help="post only while the pull request is there")
    added.add_argument("--unprivileged", action="store_true", help="the text is of a run that anybody can write")
    takes_app(added, "whose comment it is")

    added = command("issue", "keep the one issue of an environment that drifts")
    takes_text(added)
    added.add_argument("--code", type=int, required=True, metavar="N", help="what kampkin drift ended with")
    takes_repository(added)
    takes_app(added, "whose issue it is")


def operating(commands: argparse._SubParsersAction[Parser]) -> None:
    """The commands for what is deployed."""

    def command(name: str, about: str) -> Parser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=operate, operation=name)
        return added

    def takes_place(added: argparse.ArgumentParser, as_json: bool = True) -> None:
        added.add_argument(
            "--file", type=Path, default=Path("kampkin.yaml"), metavar="FILE", help="default: kampkin.yaml"
        )
        added.add_argument("--env", metavar="E", help="one of the file's environments")
        added.add_argument("--target", choices=("cloudflare", "aws"), help="default: all of the endpoint's")
        added.add_argument("--url", metavar="URL", help="the Worker's; default: the host, or KAMPKIN_CLOUDFLARE_URL")
        added.add_argument("--dev", action="store_true", help="what runs here, by kampkin dev, from the same file")
        if as_json:
            added.add_argument("--json", action="store_true", help="print JSON")

    def takes_yes(added: argparse.ArgumentParser) -> None:
        added.add_argument("--yes", action="store_true", help="do not ask")

    added = command("hold", "set an override at run time: reject all, pass all, or only monitor, until it ends")
    added.mixes = True
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT")
    added.add_argument("--all", action="store_true", help="every breaker")
    added.add_argument("state", choices=("open", "closed", "monitor"))
    added.add_argument("--for", required=True, dest="for_", metavar="TIME", help="such as 10m")
    added.add_argument("--reason", required=True, metavar="TEXT")
    added.add_argument("--owner", metavar="TEXT", help="who answers for it; default: AWS's ARN, else git's user.email")
    takes_place(added)
    takes_yes(added)

    added = command("release", "let go of an override set at run time")
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT")
    added.add_argument("--all", action="store_true", help="every breaker")
    takes_place(added)
    takes_yes(added)

    added = command("flip", "move a breaker by hand: one transition, and normal life after it")
    added.add_argument("endpoint", metavar="ENDPOINT")
    added.add_argument("state", choices=("open", "half-open", "closed"))
    takes_place(added)
    takes_yes(added)

    added = command("status", "show what the breakers do, the worst first")
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="default: all")
    takes_place(added)

    added = command("watch", "show what the breakers do, live, until Ctrl-C")
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="default: all")
    added.add_argument("--every", default="2s", metavar="TIME", help="how often to look; default: 2s")
    takes_place(added)

    added = command("events", "show what happened to the breakers, newest first, or what happens from now on")
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="default: all")
    added.add_argument("--limit", type=limit, default=20, metavar="N", help="1 to 100; default: 20")
    added.add_argument("--before", metavar="CURSOR", help="go on where the last page of an endpoint ended")
    added.add_argument(
        "--follow", action="store_true", help="tell what happens from now on, oldest first, until Ctrl-C"
    )
    added.add_argument("--every", default="2s", metavar="TIME", help="how often to look; default: 2s")
    takes_place(added)

    added = commands.add_parser("dashboard", help="serve a page of every breaker, live, on this machine")
    added.description = (
        "serve a page of every breaker, live, on this machine; it shows and proposes, and changes nothing"
    )
    added.set_defaults(run=dashboard)
    added.add_argument(
        "--port", type=port, default=8790, metavar="PORT", help="0 takes one that is free; default: 8790"
    )
    added.add_argument(
        "--listen", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1, this machine alone"
    )
    added.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another host by which it may be asked for"
    )
    added.add_argument(
        "--every", default="2s", metavar="TIME", help="how often to look while a page is open; default: 2s"
    )
    added.add_argument("--open", action="store_true", help="open the page in a browser")
    takes_place(added, as_json=False)

    about = "show what the edges have written: failures, rejections, transitions"
    added = commands.add_parser("logs", help=about, description=about)
    added.set_defaults(run=logs)
    added.add_argument("endpoint", nargs="?", metavar="ENDPOINT", help="default: all")
    added.add_argument("--since", default="1h", metavar="TIME", help="how far back; default: 1h")
    added.add_argument("--region", action="append", metavar="R", help="of AWS; default: all where functions run")
    takes_place(added)
