"""From a plan to the places that hold its breakers, with the credentials there are."""

from __future__ import annotations

import functools
import getpass
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kampkin.errors import Cannot
from kampkin.extras import hint_of
from kampkin.names import names_for
from kampkin.operate.edge import Edge, Place
from kampkin.plan import Plan, Policy, TargetName

EXTRA = hint_of("live")
NO_CREDENTIALS = "there are no AWS credentials", "set AWS_PROFILE, or whatever else the AWS SDKs read"
"""What is told, and what to do."""

UNVERIFIED = "unverified/"
"""Before the id of an access key: for the events of AWS, which IAM guards, and for nobody else's eyes."""

URL, TOKEN = "KAMPKIN_CLOUDFLARE_URL", "KAMPKIN_ADMIN_TOKEN"
AWS_URL = "KAMPKIN_AWS_URL"
RECORDS: Mapping[TargetName, str] = {"cloudflare": "durable-object", "aws": "dynamodb"}
"""The store of each target that keeps a record which can be operated."""


class NoRecord(Cannot):
    """A store that keeps nothing which could be operated."""


@dataclass
class Reach:
    """What can be operated, and what cannot and why."""

    edges: list[Edge] = field(default_factory=list)
    blind: dict[Place, Cannot] = field(default_factory=dict)
    identity: Callable[[], str] | None = None
    """Who this is, by somebody else's word than git's: AWS's, asked in the first of the regions. None without AWS."""


def reach(plan: Plan, targets: tuple[TargetName, ...], url: str | None, environ: Mapping[str, str]) -> Reach:
    """The places of these targets. `url` is the Worker's, where the plan has no host or another is meant."""
    found = Reach()
    for target in targets:
        if (store := plan.targets[target].store) != RECORDS[target]:
            found.blind[Place(target, "global")] = NoRecord(f"the store is {store}: there is no record to operate")
        elif target == "cloudflare":
            try:
                found.edges.append(worker(plan, url, environ))
            except Cannot as problem:
                found.blind[Place(target, "global")] = problem
        else:
            reach_tables(plan, found)
    return found


def reach_tables(plan: Plan, found: Reach) -> None:
    """The breakers' tables, one a region."""
    regions = plan.targets["aws"].regions
    try:
        session = sdk()
    except Cannot as problem:
        found.blind |= {Place("aws", region): problem for region in regions}
        return
    making = threading.Lock()
    for region in regions:
        who = functools.cache(functools.partial(caller, session, region, making))
        found.identity = found.identity or who
        try:
            found.edges.append(table(plan, session, region, who))
        except Cannot as problem:
            found.blind[Place("aws", region)] = problem


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
    require_header(TOKEN, token)
    return Worker(address, token, person(), policies(plan, "cloudflare"))


def require_header(name: str, token: str) -> None:
    """Raises `Cannot` for a token that no header carries; `name` is the variable it is from."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise Cannot(f"{name} holds what no header carries", "a token is printable ASCII without spaces")


def table(plan: Plan, session: Any, region: str, who: Callable[[], str]) -> Edge:
    """The breakers' table in a region. Raises `Cannot` for credentials, a region or an endpoint that are none."""
    from botocore.exceptions import BotoCoreError

    from kampkin.operate.aws import Region, Table

    try:
        client = session.client("dynamodb", region_name=region, config=patience(attempts=3))
    except (BotoCoreError, ValueError) as problem:
        raise Cannot(f"DynamoDB in {region} cannot be asked: {problem}") from None
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


def patience(attempts: int) -> Any:
    """How long to wait for AWS: an operator in an outage would rather know."""
    from botocore.config import Config

    return Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": attempts, "mode": "standard"})


def caller(session: Any, region: str, making: threading.Lock) -> str:
    """The ARN of whoever's credentials these are, asked in the region of the table; asking needs no permission.

    Where STS does not answer it is `UNVERIFIED` and the id of the access key: an outage must not keep a person from
    holding a breaker. `making` is held while a client is made, which boto3's sessions do for one thread at a time.
    """
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    try:
        with making:
            client = session.client("sts", region_name=region, config=patience(attempts=2))
        return str(client.get_caller_identity()["Arn"])
    except (exceptions.BotoCoreError, exceptions.ClientError, ResponseParserError, ValueError) as problem:
        if is_silence(problem):
            return f"{UNVERIFIED}{session.get_credentials().access_key}"
        raise Cannot(f"AWS does not say who this is: {problem}") from None


def is_silence(problem: Exception) -> bool:
    """Whether AWS did not answer, or somebody else, or only that it cannot now; anything else is an answer."""
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    if isinstance(problem, exceptions.ClientError):
        return problem.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    return isinstance(problem, exceptions.ConnectionError | exceptions.HTTPClientError | ResponseParserError)


def person() -> str:
    """Who is at this machine, as far as it knows; else what the API says where nobody is named."""
    try:
        return git_email() or getpass.getuser()
    except (KeyError, OSError, ImportError):  # no entry in passwd, or no passwd
        return "unnamed"


def git_email() -> str | None:
    """The e-mail address that git has for the person at this machine."""
    command = ["git", "config", "user.email"]
    try:
        run = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() or None
