"""The tables of docs/deploy.md, from what they tell of.

`python -m kampkin.targets.page docs/deploy.md` writes them into a page, each between its two marks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kampkin.names import Names
from kampkin.targets.aws.settings import AwsSettings
from kampkin.targets.bootstrap.settings import BootstrapSettings
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.permissions import OTHER_TOKENS, TOKEN, Grant, Level, Scope, grants
from kampkin.targets.settings import table

PLACEHOLDER = Scope("ACCOUNT", "PROJECT", "ENV", Names("kampkin-PROJECT-ENV"), ("HOST",), ("ZONE",))


def aws_table(level: Level) -> str:
    """A level's grants of its own, as a table of Markdown."""
    rows = ["| actions | on | why |", "|---|---|---|"]
    for grant in dict.fromkeys(one for one in grants(level) if one.level == level):
        where = "<br>".join(f"`{arn.removeprefix('arn:aws:')}`" for arn in grant.on(PLACEHOLDER))
        service = grant.actions[0].partition(":")[0]
        names = ", ".join(f"`{action.partition(':')[2]}`" for action in grant.actions)
        rows.append(f"| `{service}:` {names} | {where}{conditioned(grant)} | {grant.why} |")
    return "\n".join(rows)


def conditioned(grant: Grant) -> str:
    """What a grant's condition says, in a cell."""
    said = [
        f"`{key}` {'like' if 'Like' in operator else 'is'} {' or '.join(f'`{one}`' for one in values)}"
        for operator, keys in grant.only(PLACEHOLDER).items()
        for key, values in keys.items()
    ]
    return f"<br>where {', '.join(said)}" if said else ""


def cloudflare_table() -> str:
    """What a token may need, as a table of Markdown."""
    rows = ["| where | permission | why |", "|---|---|---|"]
    every = dict.fromkeys(scope for row in TOKEN.values() for scope in row)
    return "\n".join([*rows, *(f"| {one.kind} | {one.permission} | {one.why} |" for one in (*every, *OTHER_TOKENS))])


TABLES: Mapping[str, Callable[[], str]] = {
    "settings:bootstrap": lambda: table(BootstrapSettings),
    "settings:cloudflare": lambda: table(CloudflareSettings),
    "settings:aws": lambda: table(AwsSettings),
    "permissions:aws:read": lambda: aws_table("read"),
    "permissions:aws:operate": lambda: aws_table("operate"),
    "permissions:aws:deploy": lambda: aws_table("deploy"),
    "permissions:cloudflare": cloudflare_table,
}
"""What stands between the marks of a name."""


def with_tables(page: str, tables: Mapping[str, Callable[[], str]] = TABLES) -> str:
    """The page with each table between its marks, `<!-- NAME -->` and `<!-- /NAME -->`. Raises `ValueError` where it lacks one."""
    for name, make in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        head, _, rest = page.partition(begin)
        _, found, tail = rest.partition(end)
        if not found:
            raise ValueError(f"the page lacks {begin} or {end}")
        page = f"{head}{begin}\n{make()}\n{end}{tail}"
    return page


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text()))
