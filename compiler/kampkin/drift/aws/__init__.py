"""AWS as it is now, by boto3: the plane `live` of `kampkin drift`. boto3 is loaded when it is asked for."""

from kampkin.drift.aws.live import AwsLive, connect

__all__ = ["AwsLive", "connect"]
