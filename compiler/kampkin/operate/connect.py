"""From a plan to the places that hold its breakers, with the credentials there are."""

from __future__ import annotations

import functools
import getpass
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kampkin.errors import Cannot
from kampkin.names import names_for
from kampkin.operate.edge import Edge, Place
from kampkin.plan import Plan, Policy, TargetName

EXTRA = "pip install 'kampkin[live]'"
URL, TOKEN = "KAMPKIN_CLOUDFLARE_URL", "KAMPKIN_ADMIN_TOKEN"
HOME_REGION = "us-east-1"


@dataclass
class Reach:
    """What can be operated, and what cannot and why."""

    edges: list[Edge] = field(default_factory=list)
    blind: dict[Place, Cannot] = field(default_factory=dict)
    identity: Callable[[], str] | None = None
    """Who AWS says this is; None without AWS."""


def reach(plan: Plan, targets: tuple[TargetName, ...], url: str | None, environ: Mapping[str, str]) -> Reach:
    """The places of these targets. `url` is the Worker's, where the plan has no host or another is meant."""
    found = Reach()
    if "cloudflare" in targets:
        place = Place("cloudflare", "global")
        try:
            found.edges.append(worker(plan, url, environ))
        except Cannot as problem:
            found.blind[place] = problem
    if "aws" in targets and plan.targets["aws"].store != "dynamodb":
        store = plan.targets["aws"].store
        found.blind[Place("aws", "global")] = Cannot(f"the store is {store}: there is no record to operate")
    elif "aws" in targets:
        regions = plan.targets["aws"].regions
        try:
            session = sdk()
        except Cannot as problem:
            found.blind |= {Place("aws", region): problem for region in regions}
            return found
        found.identity = functools.cache(lambda: caller(session))
        found.edges += [table(plan, session, region, found.identity) for region in regions]
    return found


def worker(plan: Plan, url: str | None, environ: Mapping[str, str]) -> Edge:
    """The deployed edge Worker."""
    try:
        from kampkin.operate.cloudflare import Worker
    except ImportError:
        raise Cannot("operating needs the extra 'live', which is not installed", EXTRA) from None
    host = plan.targets["cloudflare"].host
    address = url or (f"https://{host}" if host else environ.get(URL))
    if not address:
        raise Cannot("the plan has no host on cloudflare", f"--url, or set {URL}: the stack's output urls has it")
    token = environ.get(TOKEN)
    if not token:
        raise Cannot(f"{TOKEN} is not set", "it holds the stack's adminToken")
    return Worker(address, token, git_email() or getpass.getuser(), policies(plan, "cloudflare"))


def table(plan: Plan, session: Any, region: str, who: Callable[[], str]) -> Edge:
    """The breakers' table in a region."""
    from kampkin.operate.aws import Region, Table

    client = session.client("dynamodb", region_name=region, config=patience())
    return Region(Table(client, names_for(plan).table, region, who), policies(plan, "aws"))


def policies(plan: Plan, target: TargetName) -> dict[str, Policy]:
    """Of the endpoints on a target, by name."""
    return {endpoint.name: endpoint.policy for endpoint in plan.endpoints if target in endpoint.targets}


def sdk() -> Any:
    """A session of boto3's, with the credentials that it finds as it always does."""
    try:
        import boto3
    except ImportError:
        raise Cannot("operating on AWS needs the extra 'live', which is not installed", EXTRA) from None
    from botocore.exceptions import BotoCoreError

    try:
        return boto3.Session()
    except BotoCoreError as problem:  # such as a profile that does not exist
        raise Cannot(str(problem)) from None


def patience() -> Any:
    """How long to wait for AWS: an operator in an outage would rather know."""
    from botocore.config import Config

    return Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})


def caller(session: Any) -> str:
    """The ARN of whoever's credentials these are; asking needs no permission."""
    from botocore.exceptions import BotoCoreError, ClientError

    region = session.region_name or HOME_REGION
    try:
        return str(session.client("sts", region_name=region, config=patience()).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError) as problem:
        raise Cannot(f"AWS does not say who this is: {problem}") from None


def git_email() -> str | None:
    """The e-mail address that git has for the person at this machine."""
    try:
        run = subprocess.run(["git", "config", "user.email"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() or None
