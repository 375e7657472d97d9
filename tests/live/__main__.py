"""`make live`: on your own accounts, and only where KAMPKIN_LIVE says yes."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from kampkin.conformance.vectors import read_vectors
from kampkin.operate.connect import URL
from kampkin.plan import Plan, TargetName
from tests.live.outage import ENDPOINT
from tests.live.repository import Repository
from tests.live.run import Asked, Live, table
from tests.live.vectors import hindrance

TARGETS: tuple[TargetName, ...] = ("cloudflare", "aws")
NEEDED: Mapping[TargetName, Mapping[str, str]] = {
    "cloudflare": {
        "CLOUDFLARE_API_TOKEN": "a token with Workers Scripts: Edit",
        "CLOUDFLARE_ACCOUNT_ID": "the account",
        "CLOUDFLARE_WORKERS_SUBDOMAIN": "its name on workers.dev",
    },
    "aws": {},
}
"""What must be in the environment, and what it is."""

WILL = """\
make live would deploy to accounts of yours, as the project {project}:

{creates}
* the service that fails on cue: a Lambda function with a public URL, which answers a status and keeps nothing

It calls them for about two minutes, some thousand requests, and takes all of it away again, also where something fails; it says what
is left. Cloudflare's free plan is enough for it. On AWS it is some cents at the most: a thousand invocations and writes, and
the distribution costs nothing by itself. A distribution takes 5 to 15 minutes to come, and as long to go.

{missing}To do it:  KAMPKIN_LIVE=yes make live
"""
CREATES: Mapping[TargetName, str] = {
    "cloudflare": "* on Cloudflare two Workers, kampkin-{project} and kampkin-{project}-state, on workers.dev",
    "aws": "* on AWS a distribution, a Lambda@Edge function, a DynamoDB table, log groups and a role, called kampkin-{project}",
}


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Says what it would do; does it where it may. 0 where all was as it should be, 1 where not, 2 where it did not begin."""
    parser = argparse.ArgumentParser(prog="make live", description=__doc__)
    parser.add_argument("--target", action="append", choices=TARGETS, help="default: both")
    parser.add_argument("--origin", metavar="URL", help="a service of yours that runs tests/live/origin/handler.mjs")
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "kampkin" / "live", metavar="DIR")
    args = parser.parse_args(arguments)
    targets: tuple[TargetName, ...] = tuple(args.target or TARGETS)
    project = f"live-{secrets.token_hex(3)}"
    missing = lacking(targets, environ)
    pulumi = shutil.which("pulumi", path=environ.get("PATH"))
    if not pulumi:
        missing.append("Pulumi's CLI is not on PATH: https://www.pulumi.com/docs/install/")
    if environ.get("KAMPKIN_LIVE") != "yes" or missing or not pulumi:
        print(will(targets, project, missing))
        return 2
    chosen = [vector for vector in read_vectors() if hindrance(vector) is None]
    settings: dict[TargetName, Mapping[str, str]] = {
        "cloudflare": {
            "accountId": environ.get("CLOUDFLARE_ACCOUNT_ID", ""),
            "workersSubdomain": environ.get("CLOUDFLARE_WORKERS_SUBDOMAIN", ""),
        },
        "aws": {},
    }
    folder = args.folder / project
    state = folder / "state"
    state.mkdir(parents=True)
    environment = {
        **environ,
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    print(f"the repository and its state are in {folder} until all is gone")
    repository = Repository(folder, environment, pulumi)
    report = Live(Asked(targets, settings, project, args.origin, chosen), repository, deployed).run()
    print(table(report, skipped(), datetime.now(UTC).date().isoformat()))
    for one in report.left:
        print(f"\nleft: {one}")
    return 0 if report.fine else 1


def lacking(targets: Sequence[TargetName], environ: Mapping[str, str]) -> list[str]:
    """What is not in the environment and must be."""
    return [
        f"{name} is not set: {what}"
        for target in targets
        for name, what in NEEDED[target].items()
        if not environ.get(name)
    ]


def will(targets: Sequence[TargetName], project: str, missing: Sequence[str]) -> str:
    """What a run would make and cost, and what it still needs."""
    creates = "\n".join(CREATES[target].format(project=project) for target in targets)
    told = "".join(f"* {one}\n" for one in missing)
    return WILL.format(project=project, creates=creates, missing=f"It cannot begin yet:\n{told}\n" if missing else "")


@contextmanager
def deployed(repository: Repository, plan: Plan) -> Iterator[Mapping[TargetName, str]]:
    """Waits until each cloud answers with the plan; the bases of its URLs."""
    bases = {}
    for target in plan.targets:
        url = urlsplit(repository.output(f"stacks/{target}", "urls")[ENDPOINT])
        bases[target] = f"{url.scheme}://{url.netloc}"
    if "cloudflare" in bases:
        repository.environment[URL] = bases["cloudflare"]
    began = time.monotonic()
    print(repository.kampkin("wait"), end="")
    print(f"both answer with the plan after {time.monotonic() - began:.0f} s")
    yield bases


def skipped() -> list[tuple[str, int]]:
    """Why vectors do not run there, and how many each reason keeps out."""
    return Counter(reason for vector in read_vectors() if (reason := hindrance(vector))).most_common()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
