"""The commands `add`, `set`, `remove` and `list`.

What would make new errors is shown and not written (exit 1); where nobody can be asked, what needs an answer needs
`--yes` (exit 2).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from kampkin.edit import show
from kampkin.edit.changes import with_endpoint
from kampkin.edit.document import named_in, refuse_for_a_team, root_of
from kampkin.edit.draft import NEW, Draft
from kampkin.edit.endpoints import change, place_of, put, take_out
from kampkin.edit.meaning import key_of
from kampkin.edit.settings import setting_of, text_of
from kampkin.errors import Cannot
from kampkin.load import environments_of, load
from kampkin.plan import Plan
from kampkin.report import found_or_code
from kampkin.report import show as show_findings
from kampkin.source import Map, Text, like, parse

FINE, FOUND, COULD_NOT, DECLINED = 0, 1, 2, 130


def add(args: argparse.Namespace) -> int:
    """Puts an endpoint behind the last one; makes the file where there is none."""
    name = args.name or asked("the endpoint's name", "NAME")
    url = args.url or asked("the service's URL", "URL")
    value = endpoint_of(url, owner=args.owner, profile=args.profile, route=args.route)
    file: Path = args.file
    is_new = not file.exists()
    draft = Draft(file if is_new else root_of(file))
    if is_new:
        refuse_for_a_team(file)
        if not args.yes and not agreed(f"there is no {file} yet: make it?", f"there is no {file}", "--yes makes it"):
            return DECLINED
        draft.put(file, with_endpoint(parse(str(file), NEW.encode()), name, value))
    elif code := unreadable(draft):
        return code
    else:
        put(draft, named_in(draft.composition(), file) or draft.path, name, value)
    if code := refused(draft):
        return code
    draft.write()
    place = place_of(draft.composition(), name).span
    print(f"{place.file}:{place.line}: {name} added{', in a new file' if is_new else ''}")
    tell_urls([*show.url_lines(plans(draft), name)])
    print("next: kampkin check, and a pull request; kampkin dev tries it here")
    return FINE


def set_(args: argparse.Namespace) -> int:
    """Sets keys of an endpoint, or of what an environment changes in it."""
    settings = [setting_of(one) for one in args.settings]
    draft = Draft(root_of(args.file))
    if code := unreadable(draft):
        return code
    for setting in settings:
        change(draft, args.name, args.env, setting)
    changes = [*draft.changed()]
    if code := refused(draft):
        return code
    draft.write()
    for one in changes:
        print("\n".join(show.changed_lines(one.name, one.before or b"", one.after)))
    if not changes:
        print("nothing to change")
    return FINE


def remove(args: argparse.Namespace) -> int:
    """Takes an endpoint out, and what environments change in it."""
    draft = Draft(root_of(args.file))
    if code := unreadable(draft):
        return code
    place = place_of(draft.composition(), args.name).span
    gone = [*show.url_lines(plans(draft), args.name)]
    touched = take_out(draft, args.name)
    if code := refused(draft):
        return code
    print(f"{place.file}:{place.line}: with {args.name} these protected URLs disappear")
    tell_urls(gone)
    if touched:
        print(f"its changes in {', '.join(touched)} go too")
    sys.stdout.flush()
    if not args.yes and not agreed(f"remove {args.name}?", "nobody was asked", "--yes removes it"):
        return DECLINED
    draft.write()
    print(f"{args.name} removed")
    return FINE


def list_(args: argparse.Namespace) -> int:
    """The endpoints, with their protected URLs and where they stand."""
    path = root_of(args.file)
    loaded = load(path, args.env)
    if loaded.plan is None or loaded.typed is None:
        return found_or_code(loaded)
    composition = Draft(path).composition()
    urls, rows = show.urls_of(loaded.plan), []
    for endpoint in loaded.plan.endpoints:
        name, profile = endpoint.name, loaded.typed.endpoints[endpoint.name].profile
        place = place_of(composition, name).span
        rows.append(show.Row(name, urls[name], endpoint.origin.url, endpoint.owner, profile, place.file, place.line))
    if args.json:
        print(show.as_json(args.env, rows))
    elif sys.stdout.isatty():
        show.as_table(rows, Console())
    else:
        print(show.as_columns(rows))
    return FINE


def endpoint_of(url: str, **settings: str | None) -> Map | Text:
    """A new endpoint: its URL alone where nothing else is said."""
    value = text_of(url)
    said = {key: text_of(given) for key, given in settings.items() if given}
    if not said:
        return value
    return like(Map((key_of(key, value), one) for key, one in (said | {"origin": value}).items()), value)


def unreadable(draft: Draft) -> int:
    """2, and what keeps the document from being read has been shown; 0 where nothing does."""
    source = draft.read(draft.path)
    if source.root is not None:
        return FINE
    show_findings(source.findings, {source.file.name: source.file.text}, sys.stderr)
    return COULD_NOT


def refused(draft: Draft) -> int:
    """1 where the draft would have new errors, which have been shown; 0 where it may be written, warnings shown too."""
    after, news = draft.news()
    if news:
        show_findings(news, after.texts, sys.stderr)
    if any(finding.is_error for finding in news):
        print("kampkin: nothing was written; these are the lines as they would be", file=sys.stderr)
        return FOUND
    return FINE


def plans(draft: Draft) -> dict[str | None, Plan]:
    """What the files come to, without an environment and in each; none while they have errors."""
    names = [None, *environments_of(draft.composition().root)]
    return {name: plan for name in names if (plan := draft.load(name).plan)}


def tell_urls(lines: list[str]) -> None:
    """The protected URLs, if the file is sound enough to have any."""
    print("\n".join(lines) or "  unknown while the file has errors: kampkin check")


def asked(what: str, name: str) -> str:
    """What a person at a terminal answers. Raises `Cannot` where there is none."""
    if not is_terminal():
        raise Cannot(f"{name} is missing", "kampkin add NAME URL")
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise Cannot(f"{name} is missing", "kampkin add NAME URL")
    return answer


def agreed(question: str, otherwise: str, hint: str) -> bool:
    """Whether a person at a terminal says yes. Raises `Cannot` where there is none."""
    if not is_terminal():
        raise Cannot(otherwise, hint)
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    print("nothing was done", file=sys.stderr)
    return False


def is_terminal() -> bool:
    """Whether there is somebody to ask; the question stands on standard error, as output may be for a program."""
    return sys.stdin.isatty() and sys.stderr.isatty()
