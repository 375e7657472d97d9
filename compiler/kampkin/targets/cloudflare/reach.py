"""How callers reach the edge Worker: a custom domain, routes of a host, or its own name on workers.dev."""

from __future__ import annotations

import pulumi
import pulumi_cloudflare as cloudflare

from kampkin.plan import Plan
from kampkin.targets.cloudflare.settings import CloudflareSettings

OWN_PATH = "/.kampkin/v1/"
"""Below it is what the edge Worker answers itself: who it is, and the admin API."""

NOWHERE = "100::"
"""The address of a record that Cloudflare proxies and no origin stands behind: IPv6's discard prefix."""

AUTOMATIC = 1
"""A record's TTL that Cloudflare chooses, as it does for all that it proxies."""


def lead(
    name: str,
    plan: Plan,
    settings: CloudflareSettings,
    worker: cloudflare.WorkersScript,
    child: pulumi.ResourceOptions,
) -> None:
    """Declares what leads callers to the Worker. On workers.dev it is where it has no host alone: whoever went around the
    host would go around what stands before it."""
    host, zone_id = plan.targets["cloudflare"].host, settings.zone_id
    cloudflare.WorkersScriptSubdomain(
        f"{name}-subdomain",
        account_id=settings.account_id,
        script_name=worker.script_name,
        enabled=host is None,
        previews_enabled=False,
        opts=child,
    )
    if host is None:
        return
    assert zone_id, "wanting() has asked for it"
    if not is_routed(plan, settings):
        cloudflare.WorkersCustomDomain(
            f"{name}-domain",
            account_id=settings.account_id,
            zone_id=zone_id,
            hostname=host,
            service=worker.script_name,
            # The new host answers before the old one is let go of.
            opts=child.merge(pulumi.ResourceOptions(delete_before_replace=False)),
        )
    if settings.dns_record:
        cloudflare.DnsRecord(
            f"{name}-record",
            zone_id=zone_id,
            name=host,
            type="AAAA",
            content=NOWHERE,
            proxied=True,
            ttl=AUTOMATIC,
            opts=child,
        )
    for route, pattern in patterns_of(plan, settings).items():
        cloudflare.WorkersRoute(
            f"{name}-route{route}", zone_id=zone_id, pattern=pattern, script=worker.script_name, opts=child
        )


def is_routed(plan: Plan, settings: CloudflareSettings) -> bool:
    """Whether routes lead to the host. A custom domain has no origin behind it, so what stands in front of one is routed."""
    target = plan.targets["cloudflare"]
    return target.host is not None and (settings.route or target.in_front_of)


def patterns_of(plan: Plan, settings: CloudflareSettings) -> dict[str, str]:
    """The patterns by which requests come to the Worker, by what tells each from the others in the stack: all of the host's, or
    where it is in front of one the paths of the endpoints and the Worker's own.

    A pattern is held against the query too and can name none, so each ends in a star. What it then takes beyond its
    endpoint, as `/cart*` does with `/cartoon`, the Worker passes on. Of several that fit, Cloudflare takes the most specific.
    """
    target = plan.targets["cloudflare"]
    if not is_routed(plan, settings):
        return {}
    if not target.in_front_of:
        return {"": f"{target.host}/*"}
    paths = {endpoint.route.path for endpoint in plan.endpoints if "cloudflare" in endpoint.targets}
    return {path: f"{target.host}{path}*" for path in sorted(paths | {OWN_PATH})}
