"""What the stack of Cloudflare can be told. Importing this does not load Pulumi."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, SecretStr

from kampkin.plan import Plan
from kampkin.targets.settings import Problem, Settings, lacking, useless


class CloudflareSettings(Settings):
    """What the stack of Cloudflare can be told."""

    account_id: str = Field(
        description="Which Cloudflare account this is: 32 digits, on its Workers overview page.",
        pattern=r"^[0-9a-f]{32}$",
        examples=["0123456789abcdef0123456789abcdef"],
    )
    zone_id: str | None = Field(
        None,
        description="The zone of the target's host: 32 digits, on the zone's overview page.",
        pattern=r"^[0-9a-f]{32}$",
        examples=["fedcba9876543210fedcba9876543210"],
    )
    workers_subdomain: str | None = Field(
        None,
        description="The account's name on workers.dev, without what follows it, where the target has no host.",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        examples=["your-subdomain"],
    )
    route: bool = Field(
        False,
        description="Whether a route leads to the target's host, where a DNS record of yours leads to Cloudflare. Without it "
        "the host is a custom domain: Cloudflare makes its DNS record and its certificate.",
        examples=["true"],
    )
    dns_record: bool = Field(
        False,
        description="Whether the stack makes that record of a route too: proxied, with no origin behind it.",
        examples=["true"],
    )
    admin_token: SecretStr | None = Field(
        None,
        description="Opens the edge Worker's admin API, for `kampkin status` and its like; without it there is no such API.",
        examples=["$(openssl rand -hex 32)"],
    )
    logs: bool = Field(True, description="Whether Cloudflare keeps what the Workers log.", examples=["false"])
    log_sampling: float | None = Field(
        None,
        description="The share of requests whose log lines are kept, from 0 to 1; without it all.",
        ge=0,
        le=1,
        examples=["0.1"],
    )

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """A host needs its zone, none the account's name; only a record can be operated; a route is a host's, and a DNS record
        with no origin is one's that has none."""
        target = plan.targets["cloudflare"]
        if target.host and not self.zone_id:
            yield lacking(type(self), "zoneId", f"is not set: {target.host} is in a zone")
        if not target.host and not self.workers_subdomain:
            yield lacking(
                type(self), "workersSubdomain", "is not set: without a host the Worker answers on workers.dev"
            )
        if self.admin_token and target.store != "durable-object":
            yield useless("adminToken", f"with the store {target.store} there is nothing to override")
        if self.route and not target.host:
            yield useless("route", "without a host there is nothing that a route could lead to")
        if self.dns_record and target.in_front_of:
            yield useless("dnsRecord", f"{target.host} is in front of an origin, and that record would lead to none")
        elif self.dns_record and not self.route:
            yield useless("dnsRecord", "is a route's: a custom domain comes with its record")
        if self.log_sampling is not None and not self.logs:
            yield useless("logSampling", "with logs: false nothing is kept")
