"""Comments and issues that are edited in place: one for each environment, known by the hidden marker on its first line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kampkin.approval.github import APP, GitHub
from kampkin.errors import Cannot

MOST_CHARACTERS = 65_536
"""Of a comment's body, and of an issue's."""

MOST_LOG = 20_000
MARKER = re.compile(r"<!-- kampkin:(diff|drift) ([\w-]*) -->")
UNPRIVILEGED = "> From a run of the pull request's own files, without credentials: read it as its author's word.\n"


def marker(kind: str, environment: str | None) -> str:
    """The first line, which nobody sees."""
    return f"<!-- kampkin:{kind} {environment or 'all'} -->"


def environment_in(text: str) -> str | None:
    """The environment that a text's first line names; None where it names none, or all."""
    found = MARKER.fullmatch(text.partition("\n")[0].strip())
    return found[2] if found and found[2] != "all" else None


def body_of(kind: str, environment: str | None, text: str, log: str, unprivileged: bool = False) -> str:
    """What is posted: the text behind its marker; where there is none, that it failed, with the end of the log."""
    first = marker(kind, environment)
    said = MARKER.sub("", text).strip()
    if not said:
        said = f"### kampkin {kind} could not tell{f' for {environment}' if environment else ''}\n\n{fenced(log)}"
    whole = "\n".join([first, *([UNPRIVILEGED] if unprivileged else []), said, ""])
    if len(whole) > MOST_CHARACTERS:
        cut = "\n\n… cut here: it is longer than GitHub takes\n"
        whole = whole[: MOST_CHARACTERS - len(cut)] + cut
    return whole


def fenced(log: str) -> str:
    """A log as a block that nothing in it can end."""
    text = log.strip()[-MOST_LOG:] or "it said nothing; the job's log may say more"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def comment(github: GitHub, number: int, head: str | None, body: str, app: str = APP) -> str:
    """Writes the app's one comment that the body's marker names; its address.

    `head` is what the pull request must still be at: who wrote the number is then no matter. Raises `Cannot` where it is not.
    """
    if head is not None and (now := github.get(f"pulls/{number}")["head"]["sha"]) != head:
        raise Cannot(
            f"the head of #{number} is {str(now)[:12]}, not {head[:12]}: nothing was posted", "its own run will"
        )
    ours = written(github.pages(f"issues/{number}/comments"), body, app)
    if ours is None:
        return str(github.send("POST", f"issues/{number}/comments", {"body": body})["html_url"])
    return str(github.send("PATCH", f"issues/comments/{ours['id']}", {"body": body})["html_url"])


def issue(github: GitHub, title: str, body: str, is_open: bool, app: str = APP) -> str | None:
    """Keeps the app's one issue that the body's marker names: edited and open, or closed; its address, None where there is none."""
    every = (one for one in github.pages("issues", state="all") if "pull_request" not in one)
    ours = written(every, body, app)
    if ours is None:
        return str(github.send("POST", "issues", {"title": title, "body": body})["html_url"]) if is_open else None
    state = "open" if is_open else "closed"
    if (ours["state"], ours["body"]) == (state, body) or (not is_open and ours["state"] == "closed"):
        return str(ours["html_url"])
    change = {"body": body, "state": state}
    return str(github.send("PATCH", f"issues/{ours['number']}", change)["html_url"])


def written(found: Iterable[Any], body: str, app: str) -> Any | None:
    """The one with the body's first line that this app's bot has written: persons and other apps can write the line too."""
    first = body.partition("\n")[0]
    for one in found:
        user = one.get("user") or {}
        is_ours = (user.get("type"), user.get("login")) == ("Bot", f"{app}[bot]")
        if is_ours and str(one.get("body") or "").replace("\r", "").partition("\n")[0] == first:
            return one
    return None
