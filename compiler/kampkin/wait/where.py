"""At which address an edge is asked: as said, else the plan's host, else as the stack or the environment says, else as the
cloud itself does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kampkin.errors import Cannot
from kampkin.operate import connect
from kampkin.operate.cloudflare import address
from kampkin.plan import Plan, TargetName

VARIABLES: Mapping[TargetName, str] = {"cloudflare": connect.URL, "aws": "KAMPKIN_AWS_URL"}


def url_of(
    plan: Plan,
    target: TargetName,
    said: Mapping[str, str],
    outputs: Mapping[str, str],
    environ: Mapping[str, str],
    cloud: Callable[[], str],
) -> str:
    """The edge's address. `said` and `outputs` (files) are by target; `cloud` asks the cloud, and raises `Cannot` where it
    does not tell. Raises `Cannot` where nobody does."""
    host = plan.targets[target].host
    if target in said:
        url = said[target]
    elif host:
        url = f"https://{host}"
    elif target in outputs:
        url = url_in(Path(outputs[target]))
    elif variable := environ.get(VARIABLES[target]):
        url = variable
    else:
        try:
            url = cloud()
        except Cannot as problem:
            hint = f"--url {target}=URL, or set {VARIABLES[target]}; or --outputs {target}=FILE, of pulumi stack output --json"
            asked = f"{problem.message}{f'; {problem.hint}' if problem.hint else ''}"
            raise Cannot(
                f"the plan has no host on {target}, and the cloud does not tell where it is: {asked}", hint
            ) from None
    address(url)
    return url.rstrip("/")


def url_in(file: Path) -> str:
    """The edge's address in a stack's outputs: that of any protected URL."""
    try:
        urls = json.loads(file.read_text())["urls"]
        parts = urlsplit(next(iter(urls.values())))
    except OSError as problem:
        raise Cannot(f"{file} cannot be read: {problem.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration):
        raise Cannot(
            f"{file} has no outputs of a stack", "pulumi stack output --json writes them; urls is one"
        ) from None
    return f"{parts.scheme}://{parts.netloc}"
