"""What the stack of AWS can be told, and what of it does not fit the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from kampkin.plan import Alternate, Endpoint, Plan
from kampkin.regions import EDGE_CACHES, REGIONS
from kampkin.targets.settings import HOSTNAME, Problem, Settings, Tags, lacking, useless

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""How long CloudWatch can be told to keep logs."""

OWN_TAG = "kampkin:"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
FIREWALL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


def kept(days: int) -> int:
    """The days, where CloudWatch takes them."""
    if days not in LOG_DAYS:
        raise PydanticCustomError("log_days", "logs are kept for {days} days", {"days": ", ".join(map(str, LOG_DAYS))})
    return days


def placed(region: str) -> str:
    """The region, where it is one."""
    if region not in REGIONS:
        raise PydanticCustomError("region", "this is no region of AWS that Kampkin knows")
    return region


Region = Annotated[str, AfterValidator(placed)]
KeyArn = Annotated[str, Field(pattern=r"^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[\w-]+$")]


class AwsSettings(Settings):
    """What the stack of AWS can be told."""

    account: str | None = Field(
        None,
        description="Whose this is: 12 digits. Credentials of another account are then refused before anything is made.",
        pattern=r"^\d{12}$",
        examples=["123456789012"],
    )
    certificate_arn: str | None = Field(
        None,
        description="The ACM certificate for the target's host, in us-east-1 since CloudFront takes no other.",
        pattern=r"^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+$",
        examples=[CERTIFICATE],
    )
    hosted_zone_id: str | None = Field(
        None,
        description="The Route 53 zone of the target's host: its records are made there, and without `certificateArn` its "
        "certificate too.",
        pattern=r"^[0-9A-Z]{2,32}$",
        examples=["Z0123456789ABCDEFGHIJ"],
    )
    former_host: str | None = Field(
        None,
        description="The host before this one, kept beside it while callers move: an alias, its records and a name in the "
        "certificate, until the setting is taken away.",
        pattern=HOSTNAME,
        examples=["edge.acme.dev"],
    )
    former_hosted_zone_id: str | None = Field(
        None,
        description="The Route 53 zone of `formerHost`, where it is not `hostedZoneId`'s.",
        pattern=r"^[0-9A-Z]{2,32}$",
        examples=["Z9876543210ABCDEFGHIJ"],
    )
    log_days: Annotated[int, AfterValidator(kept)] = Field(
        30, description="How many days the functions' logs are kept.", examples=["90"]
    )
    log_regions: tuple[Region, ...] = Field(
        EDGE_CACHES,
        description="Where the edge's logs are kept: a log group in each. What runs elsewhere leaves no log.",
        examples=["'logRegions[0]' eu-central-1"],
    )
    point_in_time_recovery: bool = Field(
        False,
        description="Whether the tables can be put back to any second of the last 35 days. It costs by size, and a breaker "
        "learns its state anew sooner.",
        examples=["true"],
    )
    table_keys: dict[Region, KeyArn] = Field(
        default_factory=dict,
        description="The KMS key of each region's table, by region. A table without one has AWS's own encryption.",
        examples=[f"tableKeys.us-east-1 {KEY}"],
    )
    tags: Tags = Field(
        default_factory=dict,
        description="Your own tags, on everything that takes tags, beside `kampkin:project` and `kampkin:environment`.",
        examples=["tags.team checkout"],
    )
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] | None = Field(
        None, description="Which of CloudFront's places answer; without it all.", examples=["PriceClass_100"]
    )
    web_acl_arn: str | None = Field(
        None,
        description="A web ACL of AWS WAF in front of the distribution: of the scope CLOUDFRONT, which is in us-east-1.",
        pattern=r"^arn:aws:wafv2:us-east-1:\d{12}:global/webacl/[\w-]+/[0-9a-f-]+$",
        examples=[FIREWALL],
    )

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """A host needs a certificate or a zone to make one in; and nothing may be told of what this plan does not have."""
        target = plan.targets["aws"]
        tables = target.regions if target.store == "dynamodb" else ()
        yield from self.about_host(target.host)
        yield from self.about_former_host(plan)
        yield from self.about_keys(tables)
        if self.point_in_time_recovery and not tables:
            yield useless("pointInTimeRecovery", f"with the store {target.store} there is no table")
        if len(set(self.log_regions)) < len(self.log_regions):
            yield lacking(type(self), "logRegions", "names a region twice")
        yield from self.about_tags()
        yield from self.about_account()

    def about_host(self, host: str | None) -> Iterator[Problem]:
        """What a host needs, and what without one nothing does."""
        if host and not (self.certificate_arn or self.hosted_zone_id):
            message = (
                f"is not set: {host} needs a certificate; where its DNS is at Route 53, hostedZoneId is enough instead"
            )
            yield lacking(type(self), "certificateArn", message)
        if not host:
            for key, given in (("certificateArn", self.certificate_arn), ("hostedZoneId", self.hosted_zone_id)):
                if given:
                    yield useless(key, "is set, and targets.aws in kampkin.yaml has no host")

    def about_former_host(self, plan: Plan) -> Iterator[Problem]:
        """It stands beside a host, and is another; and no endpoint calls it, which would be the edge calling itself."""
        host, former = plan.targets["aws"].host, self.former_host
        if former and not host:
            yield useless("formerHost", "is set, and targets.aws in kampkin.yaml has no host that could come after it")
        if former and former == host:
            yield useless("formerHost", "is the host that targets.aws in kampkin.yaml has now")
        if self.former_hosted_zone_id and not former:
            yield useless("formerHostedZoneId", "is set, and formerHost is not")
        calling = [one.name for one in plan.endpoints if former and former in origins_of(one)]
        if calling:
            yield useless(
                "formerHost", f"is the edge's own host while it is kept, and {', '.join(calling)} would call it"
            )

    def about_keys(self, tables: tuple[str, ...]) -> Iterator[Problem]:
        """Each key is of a table's region, and in it."""
        for region, arn in self.table_keys.items():
            key = f"tableKeys.{region}"
            if region not in tables:
                has = f"the tables are in {', '.join(tables)}" if tables else "there is no table"
                yield Problem(key, f"is a key for no table: {has}", f"pulumi config rm --path {key}")
            elif part(arn, 3) != region:
                ours = KEY.replace("us-east-1", region)
                yield Problem(
                    key,
                    f"is a key in {part(arn, 3)}: a table's is in its region",
                    f"pulumi config set --path {key} {ours}",
                )

    def about_tags(self) -> Iterator[Problem]:
        """What AWS takes, and not what is Kampkin's own."""
        for name, value in self.tags.items():
            command = f"pulumi config rm --path 'tags[\"{name}\"]'"
            if name.startswith(("aws:", OWN_TAG)):
                yield Problem(f"tags.{name}", f"tags that begin with aws: or {OWN_TAG} are not yours to set", command)
            elif not re.fullmatch(r"[\w\s.:/=+@-]{1,128}", name) or not re.fullmatch(r"[\w\s.:/=+@-]{0,256}", value):
                yield Problem(
                    f"tags.{name}",
                    "a tag has letters, digits, spaces and . : / = + - @ _ only, at most 128 in its name and 256 in its value",
                    command,
                )

    def about_account(self) -> Iterator[Problem]:
        """CloudFront takes a certificate and a web ACL of its own account only."""
        for key, arn in (("certificateArn", self.certificate_arn), ("webAclArn", self.web_acl_arn)):
            if self.account and arn and part(arn, 4) != self.account:
                yield lacking(
                    type(self), key, f"is of the account {part(arn, 4)}, and this stack's is {self.account} (account)"
                )


def origins_of(endpoint: Endpoint) -> set[str]:
    """The hosts that it calls."""
    fallbacks = (one.origin for one in endpoint.fallback if isinstance(one, Alternate))
    return {one.host for one in (endpoint.origin, *fallbacks)}


def part(arn: str, at: int) -> str:
    """A part of an ARN: 3 is its region, 4 its account."""
    return arn.split(":")[at]
