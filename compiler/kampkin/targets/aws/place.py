"""What everything that is declared here has in common: whose it is, and how it is named, tagged and parented."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from kampkin.names import Names, names_for
from kampkin.plan import Plan
from kampkin.targets.aws.settings import AwsSettings


@dataclass(frozen=True)
class Host:
    """A name by which callers reach the distribution."""

    name: str
    zone: str | None
    """The id of its zone at Route 53; None where its DNS is somewhere else."""
    zone_setting: str
    """What names the zone."""

    @property
    def label(self) -> str:
        """The host in a resource's name: without the dots, at which a reference to an output is taken apart; no host has a line."""
        return self.name.replace(".", "_")


@dataclass(frozen=True)
class Place:
    """A component's own: `name` begins its resources' names in the stack, `child` are the options that make them its."""

    name: str
    plan: Plan
    settings: AwsSettings
    child: pulumi.ResourceOptions

    @property
    def names(self) -> Names:
        """What everything is called on AWS."""
        return names_for(self.plan)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The target's, and after it the former one where that is kept; none where CloudFront gives the name."""
        name, settings = self.plan.targets["aws"].host, self.settings
        if not name:
            return ()
        hosts: tuple[Host, ...] = (Host(name, settings.hosted_zone_id, "hostedZoneId"),)
        if settings.former_host:
            own = settings.former_hosted_zone_id
            zone = (own, "formerHostedZoneId") if own else (settings.hosted_zone_id, "hostedZoneId")
            hosts = (*hosts, Host(settings.former_host, *zone))
        return hosts

    @property
    def tags(self) -> dict[str, str]:
        """The user's own, and whose this is. The plan's digest is none of them: a change of one number would touch everything."""
        environment = {"kampkin:environment": self.plan.environment} if self.plan.environment else {}
        return {**self.settings.tags, "kampkin:project": self.plan.project, **environment}
