"""AWS: a Lambda@Edge function at a CloudFront distribution, and the breakers' DynamoDB tables, one in each of the plan's
regions."""

from kampkin.targets.aws.program import program

__all__ = ["program"]
