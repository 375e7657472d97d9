"""A bucket for Pulumi's state: every version is kept, nobody else reads it, and nothing goes there without TLS."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from kampkin.targets.bootstrap.settings import BootstrapSettings


class StateBucket(pulumi.ComponentResource):
    """The bucket; `url` is what `pulumi login` takes."""

    def __init__(self, name: str, settings: BootstrapSettings, opts: pulumi.ResourceOptions) -> None:
        super().__init__("kampkin:bootstrap:State", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(
            name,
            bucket=settings.state_bucket,
            region=settings.region,
            opts=child.merge(pulumi.ResourceOptions(protect=settings.protect)),
        )
        aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=self.bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="AES256"
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=by_default
                )
            ],
            opts=child,
        )
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-closed",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-tls",
            bucket=self.bucket.bucket,
            policy=self.bucket.arn.apply(lambda arn: json.dumps(tls_only(arn))),
            opts=child.merge(pulumi.ResourceOptions(depends_on=[closed])),  # S3 takes one change of these at a time
        )
        self.url = pulumi.Output.concat("s3://", self.bucket.bucket, "?region=", settings.region)
        self.register_outputs({"url": self.url})


def tls_only(arn: str) -> dict[str, Any]:
    """Refuses whoever comes without TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
