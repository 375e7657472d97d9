"""What the account has now, looked up before anything is declared; and what is wrong with it, in words that help."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from kampkin.names import mark_of, names_for
from kampkin.plan import Plan
from kampkin.targets.cloudflare.migrations import others_mark
from kampkin.targets.cloudflare.reach import is_routed
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.settings import Problem, set_command

TOKENS = ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_API_USER_SERVICE_KEY")
UNKNOWN_TOKEN = re.compile(r"invalid access token|invalid api token|invalid request headers", re.IGNORECASE)
NOT_ALLOWED = re.compile(r"authentication error|unauthorized", re.IGNORECASE)
UNREACHED = re.compile(r"connection refused|no such host|timeout|unreachable|connection reset", re.IGNORECASE)
NO_SUCH_ZONE = re.compile(r"invalid zone identifier|could not route to", re.IGNORECASE)


ROUTE_RECORD = {
    True: "which dnsRecord has made anew",
    False: "make a proxied record of your own or pulumi config set dnsRecord true",
}
"""Whence the record of a route comes, by whether the stack makes it."""


def scripts_of(account_id: str) -> Sequence[Any]:
    """The Workers that the account has. Raises `pulumi.RunError` where it does not tell."""
    try:
        return cloudflare.get_workers_scripts(account_id=account_id).results
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"nothing was touched: could not list the Workers of the account {account_id}\n"
            f"  Cloudflare: {problem}\n  hint: {hint(str(problem), account_id)}"
        ) from None


def hint(words: str, account_id: str) -> str:
    """What to do about a refusal."""
    if not has_token():
        return "there is no token. Set CLOUDFLARE_API_TOKEN to one that may edit this account's Workers scripts"
    if UNKNOWN_TOKEN.search(words):
        return "CLOUDFLARE_API_TOKEN is none that Cloudflare knows, or it has expired. Make another"
    if NOT_ALLOWED.search(words):
        return (
            f"CLOUDFLARE_API_TOKEN does not reach this account, or may not edit its Workers scripts. Is accountId, "
            f"{account_id}, the token's account? If not: {account_command()}"
        )
    if UNREACHED.search(words):
        return "Cloudflare could not be reached. Look at the network and its proxy, and run it again"
    return "CLOUDFLARE_API_TOKEN must hold a token that may edit this account's Workers scripts"


def has_token() -> bool:
    """Whether the provider was given anything to be known by."""
    config = pulumi.Config("cloudflare")
    return any(map(os.environ.get, TOKENS)) or any(map(config.get, ("apiToken", "apiKey", "apiUserServiceKey")))


def account_command() -> str:
    """What sets the account."""
    return set_command("accountId", CloudflareSettings.model_fields["account_id"])


def zone_problems(plan: Plan, settings: CloudflareSettings) -> Iterator[Problem]:
    """What is wrong with the zone: it is not there, is another account's, or does not have the host.

    Where the token may not read it that is a warning: whoever makes routes or domains there sees what is wrong then.
    """
    host = plan.targets["cloudflare"].host
    if host is None or settings.zone_id is None:
        return
    command = set_command("zoneId", CloudflareSettings.model_fields["zone_id"])
    try:
        zone = cloudflare.get_zone(zone_id=settings.zone_id)
    except Exception as problem:  # likewise
        if NO_SUCH_ZONE.search(str(problem)):
            yield Problem("zoneId", f"there is no such zone: {settings.zone_id}", command)
        else:
            pulumi.log.warn(f"did not look whether {host} is in the zone {settings.zone_id}: {problem}")
        return
    if zone.name and host != zone.name and not host.endswith(f".{zone.name}"):
        yield Problem("zoneId", f"{host} is not in this zone, which is {zone.name}", command)
    if zone.account and zone.account.id != settings.account_id:
        yield Problem(
            "accountId",
            f"the zone {zone.name} is in another account, {zone.account.id}: a Worker is reached from its own account's zones",
            account_command(),
        )
    if zone.status and zone.status != "active":
        pulumi.log.warn(f"{host} will not answer yet: its zone {zone.name} is {zone.status}, not active")


def lost_record(plan: Plan, settings: CloudflareSettings) -> Iterator[Problem]:
    """The host that is a custom domain of the edge Worker now, and would be led to by routes: with the domain goes the record that
    Cloudflare made of it, and no record of another's can stand beside that one before. Another Worker's domain is nobody's to
    lose: a route before it is how one stands in front of that Worker.

    Where the account does not tell that is a warning.
    """
    host, worker = plan.targets["cloudflare"].host, names_for(plan).worker
    if not is_routed(plan, settings):
        return
    try:
        domains = cloudflare.get_workers_custom_domains(account_id=settings.account_id, hostname=host).results
    except Exception as problem:  # likewise
        pulumi.log.warn(f"did not look whether {host} is a custom domain, whose DNS record would go with it: {problem}")
        return
    if any(one.hostname == host and one.service == worker for one in domains):
        in_front = plan.targets["cloudflare"].in_front_of
        key = "in_front_of" if in_front else "route"
        then = "make the record of its origin, proxied" if in_front else ROUTE_RECORD[settings.dns_record]
        yield Problem(
            key,
            f"{host} is a custom domain now, and leads to {worker}. In one update its DNS record would go with it, and {host} lead "
            f"nowhere. In two steps, with a gap between them: take the domain away, {then}, and then pulumi up. To leave it as it is, "
            + ("take in_front_of out of kampkin.yaml" if in_front else "pulumi config rm route"),
            "pulumi destroy --target '**WorkersCustomDomain::kampkin-domain' --yes",
        )


def forgotten(plan: Plan, settings: CloudflareSettings, scripts: Sequence[Any]) -> Iterator[Problem]:
    """The Worker with the breakers' state, where the file's store is another now and nobody has let go of it."""
    state_worker, store = names_for(plan).state_worker, plan.targets["cloudflare"].store
    if settings.protect and store != "durable-object" and is_there(state_worker, scripts):
        yield Problem(
            "protect",
            f"{state_worker} has the breakers' state and is protected, and with the store {store} it would be deleted: what is "
            "open and overridden would be forgotten. Go back to the store durable-object, or let go of it and run up again",
            "pulumi config set protect false && pulumi state unprotect --all --yes",
        )


def check_owner(plan: Plan, scripts: Sequence[Any]) -> None:
    """Raises `pulumi.RunError` where a Worker of the plan's names is another deployment's: an upload would take its place, with the
    state that it holds. Only a state Worker says whose it is, by its migration tag, and an edge Worker has none."""
    names, mark = names_for(plan), mark_of(plan)
    state_tag = tag_of(names.state_worker, scripts)
    if other := others_mark(state_tag, mark):
        taken, whose = names.state_worker, f"its mark is {other}, and this deployment's {mark}"
    elif (
        plan.targets["cloudflare"].store == "durable-object" and is_there(names.state_worker, scripts) and not state_tag
    ):
        taken, whose = names.state_worker, "it holds no breakers' state"
    elif tag_of(names.worker, scripts):
        taken, whose = names.worker, "it holds Durable Objects, as no edge Worker does"
    else:
        return
    raise pulumi.RunError(
        f"nothing was touched: the Worker {taken} is another deployment's: {whose}\n"
        "  hint: both come to the same names. Give this project or environment another name in kampkin.yaml; or if it is the other "
        "under a new name, destroy that first"
    )


def tag_of(name: str, scripts: Sequence[Any]) -> str | None:
    """The migration tag of the named Worker among the account's; None where it has none."""
    return next((script.migration_tag or None for script in scripts if script.id == name), None)


def is_there(name: str, scripts: Sequence[Any]) -> bool:
    """Whether the account has the named Worker."""
    return any(script.id == name for script in scripts)
