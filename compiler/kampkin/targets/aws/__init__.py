"""AWS: a Lambda@Edge function at a CloudFront distribution, and the breakers' DynamoDB tables, one in each of the plan's
regions. Importing this does not load Pulumi."""

from __future__ import annotations


def program() -> None:
    """The Pulumi program of stacks/aws."""
    from kampkin.targets.aws.declared import declare

    declare()
