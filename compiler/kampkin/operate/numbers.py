"""What a breaker's minutes come to: requests, what became of them, and how long calls took."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kampkin.operate.edge import Minute

LONGEST_MS = 300_000
CALLS = ("success", "answered", "service", "network", "timeout", "void")
FAILURES = ("service", "network", "timeout")
REJECTS = {
    "rejectsOpen": "open",
    "rejectsHalfOpen": "half-open",
    "rejectsRamp": "ramp",
    "rejectsForced": "forced",
    "rejectsClosed": "closed",
}


def bounds() -> tuple[int, ...]:
    """Where each bucket of latencies begins, ms, as in `runtime/metrics.mjs`: from 20 on each a tenth further."""
    found = [0]
    bound = 1
    while bound <= LONGEST_MS:
        found.append(bound)
        bound = max(bound + 1, bound * 11 // 10)
    return tuple(found)


BOUNDS = bounds()


@dataclass(frozen=True)
class Numbers:
    """Sums over some minutes; latencies are within 5 %, None without a call."""

    requests: int
    calls: int
    failures: int
    probes: int
    rejects: dict[str, int]
    """By what the breaker was; zeros are left out."""
    fallbacks: int
    would_reject: int
    """Passed, where the breaker only monitored."""
    store_calls: int
    p50_ms: int | None
    p90_ms: int | None
    p99_ms: int | None

    @property
    def rejected(self) -> int:
        """All rejections."""
        return sum(self.rejects.values())


def numbers(minutes: Iterable[Minute]) -> Numbers:
    """The sums."""
    counts: Counter[str] = Counter()
    latency: Counter[int] = Counter()
    for minute in minutes:
        counts.update(minute["counts"])
        for bucket, calls in minute["latency"]:
            latency[bucket] += calls
    buckets = sorted(latency.items())
    return Numbers(
        requests=counts["requests"],
        calls=sum(counts[name] for name in CALLS),
        failures=sum(counts[name] for name in FAILURES),
        probes=counts["probes"],
        rejects={word: counts[name] for name, word in REJECTS.items() if counts[name]},
        fallbacks=counts["fallbacks"],
        would_reject=counts["wouldReject"],
        store_calls=counts["storeCalls"],
        p50_ms=quantile(buckets, 50),
        p90_ms=quantile(buckets, 90),
        p99_ms=quantile(buckets, 99),
    )


def quantile(buckets: Sequence[tuple[int, int]], percent: int) -> int | None:
    """Below which latency so many of a hundred calls stayed, ms; the middle of its bucket. None without a call."""
    left = -(-sum(calls for _, calls in buckets) * percent // 100)
    for bucket, calls in buckets:
        left -= calls
        if left <= 0:
            return ms_of(bucket)
    return None


def ms_of(bucket: int) -> int:
    """The latency that a bucket is read as; one beyond the last is the last."""
    at = min(bucket, len(BOUNDS) - 1)
    following = BOUNDS[at + 1] if at + 1 < len(BOUNDS) else BOUNDS[at] + 1
    return (BOUNDS[at] + following - 1) // 2


def bucket_of(ms: int) -> int:
    """Which bucket a latency is in."""
    return bisect_right(BOUNDS, ms) - 1
