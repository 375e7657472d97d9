"""Where the edge function logs: a group in each region that it may run in."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from kampkin.targets.aws.function import EDGE_REGION
from kampkin.targets.aws.place import Place


class AwsLogs(pulumi.ComponentResource):
    """The log groups. They are there before the function is, and it may make none: what a first call would make keeps its
    logs for ever."""

    def __init__(self, place: Place) -> None:
        super().__init__("kampkin:aws:Logs", f"{place.name}-logs", None, place.child)
        self.groups = [
            aws.cloudwatch.LogGroup(
                f"{place.name}-logs-{region}",
                name=f"/aws/lambda/{EDGE_REGION}.{place.names.function}",
                region=region,
                retention_in_days=place.settings.log_days,
                tags=place.tags,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for region in place.settings.log_regions
        ]
        self.register_outputs({})
