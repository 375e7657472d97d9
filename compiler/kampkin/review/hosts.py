"""What a change of the stacks does to the names by which callers reach the edges: in words, since no table of properties says that
a host answers nobody for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kampkin.preview.compare import ResourceChange

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
ROUTE = "cloudflare:index/workersRoute:WorkersRoute"


def notes(changes: Sequence[ResourceChange]) -> Iterator[str]:
    """A line for each host that stops answering, with what keeps it, of one stack's changes."""
    for one in changes:
        if one.type == DISTRIBUTION and not one.drift:
            yield from let_go(one)
    fates = {(one.type, one.fate) for one in changes if not one.drift}
    if {(DOMAIN, "deleted"), (ROUTE, "created")} <= fates:
        yield (
            "a custom domain becomes a route: its DNS record goes with it, and the host leads nowhere until there is another. "
            'One update refuses that; the two steps: docs/deploy.md, "Hosts"'
        )


def let_go(change: ResourceChange) -> Iterator[str]:
    """The hosts that a distribution had and has no more."""
    shown = [one for one in change.properties if one.path.partition("[")[0] == "aliases"]
    had = {host for one in shown for host in texts(one.before)}
    has = {host for one in shown for host in texts(one.after)}
    come = ", ".join(sorted(has - had))
    for host in sorted(had - has):
        if come:
            yield (
                f"{host} stops answering as soon as the distribution takes {come}, and {come} answers only once its record is "
                f"known: minutes in which neither does. To keep both: pulumi config set formerHost {host}"
            )
        else:
            yield f"{host} stops answering: callers that still use it are refused"


def texts(value: Any) -> list[str]:
    """A property that is one text or a list of them."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
