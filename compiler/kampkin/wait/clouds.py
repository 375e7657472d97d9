"""What the clouds say of a deployment, with the credentials there are: where it is, and how far CloudFront has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests

from kampkin.errors import Cannot
from kampkin.logs.command import ACCOUNT, BASE, TOKEN
from kampkin.logs.workers import BASE as CLOUDFLARE
from kampkin.names import names_for
from kampkin.operate.connect import NO_CREDENTIALS, patience, require_header, sdk
from kampkin.plan import Plan
from kampkin.regions import HOME
from kampkin.wait.standing import Front

TIMEOUT_S = (3.05, 10)
DENIED = ("AccessDenied", "AccessDeniedException")


def workers_dev(plan: Plan, environ: Mapping[str, str]) -> str:
    """The edge Worker's address on workers.dev. Raises `Cannot` where Cloudflare does not tell the account's name there."""
    account, token = environ.get(ACCOUNT), environ.get(TOKEN)
    if not account or not token:
        raise Cannot(f"{ACCOUNT if not account else TOKEN} is not set")
    require_header(TOKEN, token)
    url = f"{(environ.get(BASE) or CLOUDFLARE).rstrip('/')}/accounts/{account}/workers/subdomain"

    def known(request: requests.PreparedRequest) -> requests.PreparedRequest:
        """By the token, whatever a netrc has."""
        request.headers["authorization"] = f"Bearer {token}"
        return request

    try:
        answer = requests.get(url, auth=known, timeout=TIMEOUT_S)
        said = answer.json()
        if answer.ok:
            return f"https://{names_for(plan).worker}.{said['result']['subdomain']}.workers.dev"
        reasons = "; ".join(f"{one['code']} {one['message']}" for one in said["errors"])
    except requests.RequestException as problem:
        raise Cannot(f"Cloudflare's API did not answer: {type(problem).__name__}") from None
    except OSError as problem:  # a certificate's file that is not there
        raise Cannot(f"Cloudflare's API cannot be asked: {problem}") from None
    except (LookupError, TypeError):
        raise Cannot("Cloudflare's API does not tell the account's name on workers.dev") from None
    raise Cannot(f"Cloudflare's API answered {answer.status_code}: {reasons}", "the token needs Workers Scripts: Read")


def cloudfront() -> Any:
    """A client. Raises `Cannot` where there are no credentials."""
    from botocore.exceptions import BotoCoreError

    session = sdk()
    try:
        if session.get_credentials() is None:
            raise Cannot(*NO_CREDENTIALS)
        return session.client("cloudfront", region_name=HOME, config=patience(attempts=3))
    except (BotoCoreError, ValueError) as problem:
        raise Cannot(f"CloudFront cannot be asked: {problem}") from None


def front_of(plan: Plan, client: Any) -> Callable[[], Front]:
    """What tells how the plan's distribution is. That raises `Cannot` where CloudFront does not say, or has none."""
    comment, host = f"Kampkin: {names_for(plan).base}", plan.targets["aws"].host

    def front() -> Front:
        found = [one for one in distributions(client) if one["Comment"] == comment]
        if not found:
            raise Cannot(f"the account has no distribution with the comment {comment!r}", "is it another account's?")
        try:
            chosen = next((one for one in found if host and host in one["Aliases"].get("Items", ())), found[0])
            return Front(chosen["Status"], versions_of(chosen), chosen["DomainName"])
        except LookupError as problem:
            raise Cannot(f"CloudFront does not tell {problem} of the distribution") from None

    return front


def distributions(client: Any) -> Iterator[Mapping[str, Any]]:
    """All that the account has, page by page."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        for page in client.get_paginator("list_distributions").paginate():
            yield from page["DistributionList"].get("Items", ())
    except ClientError as problem:
        said = problem.response["Error"]
        hint = "it needs cloudfront:ListDistributions" if said["Code"] in DENIED else None
        raise Cannot(f"CloudFront: {said['Code']}", hint) from None
    except (BotoCoreError, ResponseParserError) as problem:
        raise Cannot(f"CloudFront: {problem}") from None


def versions_of(distribution: Mapping[str, Any]) -> tuple[str, ...]:
    """The versions of functions that its behaviours name."""
    behaviours = [distribution["DefaultCacheBehavior"], *distribution.get("CacheBehaviors", {}).get("Items", ())]
    named = {
        one["LambdaFunctionARN"].rpartition(":")[2]
        for behaviour in behaviours
        for one in behaviour.get("LambdaFunctionAssociations", {}).get("Items", ())
    }
    return tuple(sorted(named, key=lambda version: (len(version), version)))
