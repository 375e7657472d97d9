"""What the platforms charge, as of `DATE`: US dollars, pay as you go, each with where it was read.

A price that no page of the provider's own could be found for is not `confirmed`: it is what several others say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DATE = "2026-11-24"
MILLION = 1_000_000

Part = Literal["edge", "store"]


@dataclass(frozen=True)
class Price:
    """What one thing costs beyond what is included."""

    what: str
    usd: float
    """For each `per` of it."""
    source: str
    part: Part = "edge"
    per: int = MILLION
    included: float = 0
    """A month, by Workers Paid or by AWS's free tier that does not end."""
    free_a_day: float | None = None
    """What Workers Free takes; beyond it requests fail."""
    confirmed: bool = True


WORKERS_PAID_USD = 5.0
"""A month. Workers Free is what is free."""

FREE_CPU_MS = 10
"""A request's, on Workers Free."""

OBJECT_GB = 0.128
"""What a Durable Object is billed for, whatever it uses."""

WORKERS = "developers.cloudflare.com/workers/platform/pricing"
OBJECTS = "developers.cloudflare.com/durable-objects/platform/pricing"
KV = "developers.cloudflare.com/kv/platform/pricing"
CLOUDFRONT = "aws.amazon.com/cloudfront/pricing"
LAMBDA = "aws.amazon.com/lambda/pricing"
DYNAMODB = "aws.amazon.com/dynamodb/pricing/on-demand"

PRICES: dict[str, Price] = {
    "worker_requests": Price("Worker requests", 0.30, WORKERS, included=10e6, free_a_day=100e3),
    "worker_cpu": Price("Worker CPU, ms", 0.02, WORKERS, included=30e6),
    "object_requests": Price("Durable Object requests", 0.15, OBJECTS, "store", included=1e6, free_a_day=100e3),
    "object_duration": Price("Durable Object duration, GB-s", 12.50, OBJECTS, "store", included=400e3, free_a_day=13e3),
    "rows_written": Price("Durable Object rows written", 1.00, OBJECTS, "store", included=50e6, free_a_day=100e3),
    "rows_read": Price("Durable Object rows read", 0.001, OBJECTS, "store", included=25e9, free_a_day=5e6),
    "kv_reads": Price("KV reads", 0.50, KV, "store", included=10e6, free_a_day=100e3),
    "kv_writes": Price("KV writes", 5.00, KV, "store", included=1e6, free_a_day=1e3),
    "kv_lists": Price("KV lists", 5.00, KV, "store", included=1e6, free_a_day=1e3),
    "cloudfront_requests": Price("CloudFront HTTPS requests", 1.00, CLOUDFRONT, included=10e6, confirmed=False),
    "cloudfront_out": Price("CloudFront to the internet, GB", 0.085, CLOUDFRONT, per=1, included=1000),
    "lambda_invocations": Price("Lambda@Edge invocations", 0.60, LAMBDA, confirmed=False),
    "lambda_duration": Price("Lambda@Edge duration, GB-s", 50.01, LAMBDA, confirmed=False),
    "dynamodb_writes": Price("DynamoDB write units", 0.625, DYNAMODB, "store", confirmed=False),
    "dynamodb_reads": Price("DynamoDB read units", 0.125, DYNAMODB, "store", confirmed=False),
}
