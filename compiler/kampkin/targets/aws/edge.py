"""Everything that a plan needs on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from kampkin.audience import secret_variable
from kampkin.bundle import Bundle
from kampkin.plan import Plan
from kampkin.targets.aws.account import check_account
from kampkin.targets.aws.distribution import declare_distribution
from kampkin.targets.aws.domain import certificate_arn, check_zones, declare_records, records_to_set
from kampkin.targets.aws.function import EDGE_REGION, archive_hash, declare_function, declare_role
from kampkin.targets.aws.logs import AwsLogs
from kampkin.targets.aws.notifier import AwsNotifier
from kampkin.targets.aws.place import Place
from kampkin.targets.aws.settings import AwsSettings
from kampkin.targets.aws.tables import declare_tables
from kampkin.urls import protected_urls


@dataclass(frozen=True)
class Archives:
    """Where the functions' zips are, relative to the stack's folder."""

    edge: str
    notifier: str | None
    """None where nobody wants to hear of anything."""


class AwsEdge(pulumi.ComponentResource):
    """Everything the plan needs on AWS. `secrets` is what owners are told by: each secret's value by its name.

    Raises `pulumi.RunError` before anything is made where the account or the host's zone is not the one that is meant.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        bundle: Bundle,
        settings: AwsSettings,
        secrets: Mapping[str, str],
        archives: Archives,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("kampkin:aws:Edge", name, None, opts)
        provider = aws.Provider(f"{name}-us-east-1", region=EDGE_REGION, opts=pulumi.ResourceOptions(parent=self))
        place = Place(name, plan, settings, pulumi.ResourceOptions(parent=self, provider=provider))
        lookup = pulumi.InvokeOptions(parent=self, provider=provider)
        check_account(settings.account, lookup)
        check_zones(place, lookup)
        self.tables = declare_tables(place, with_stream=archives.notifier is not None)
        self.role, self.policy = declare_role(place, self.tables)
        logs = AwsLogs(place)
        self.function = declare_function(place, bundle, archives.edge, self.role, [self.policy, *logs.groups])
        self.distribution = declare_distribution(place, self.function, certificate_arn(place), lookup)
        declare_records(place, self.distribution)
        self.records = records_to_set(place, self.distribution)
        host = pulumi.Output.from_input(plan.targets["aws"].host or self.distribution.domain_name)
        self.urls = host.apply(lambda name: protected_urls(plan, "aws", name))
        self.dead_letters: dict[str, pulumi.Output[str]] = {}
        if archives.notifier:
            variables = {secret_variable(key): pulumi.Output.secret(value) for key, value in secrets.items()}
            streams = {region: table.stream_arn for region, table in self.tables.items()}
            code_hash = archive_hash(bundle.notifier_archive)
            notifier = AwsNotifier(place, streams, archives.notifier, code_hash, variables)
            self.dead_letters = notifier.dead_letters
        self.register_outputs({"urls": self.urls, "plan": plan.digest})
