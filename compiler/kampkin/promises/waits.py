"""How long a caller waits at most: for the origin's answer or one in its stead, and for a rejection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from kampkin.plan import Alternate, Answer, Endpoint, Occasion, Stale, Target, TargetName
from kampkin.promises.words import CLOUDS, Part, as_sum, span, total

Who = Literal["answered", "rejected", "handed back"]

STORE_WAIT_MS = 300
"""runtime/node.mjs: a cold node's first request, and a would-be probe; on AWS also what is told after a failure."""
AFTER_OTHERS_MS = 50
"""runtime/middleware.mjs: what is told after anything else, on AWS, where nothing runs after the answer."""
CLOUDFRONT_CONNECTS_MS = 10_000
"""targets/aws/distribution.py: once, and no longer than this."""
CLOUDFRONT_READS_S = (4, 60)
"""runtime/hand-back.mjs: the shortest and the longest that CloudFront waits for an answer, or its next packet."""
SENT_TWICE = {"GET", "HEAD", "OPTIONS"}
"""runtime/fallbacks.mjs: the methods that do no harm when they are asked again."""


@dataclass(frozen=True)
class Wait:
    """The longest that a caller waits for an answer's first byte, from when the request has been sent. Not of WebSockets and
    event streams."""

    target: TargetName
    who: Who
    """answered: let through, whatever comes of it. rejected: by the breaker. handed back: a call that CloudFront makes."""
    parts: tuple[Part, ...]
    note: str
    """Which callers, or what else they may wait for; empty where there is nothing to say."""
    proof: tuple[str, ...]

    @property
    def ms(self) -> int:
        """All of it."""
        return total(self.parts)

    @property
    def text(self) -> str:
        """In words."""
        caller = {
            "answered": "a caller who is let through waits",
            "rejected": "a rejected caller waits",
            "handed back": "a caller whose call CloudFront makes waits",
        }[self.who]
        said = as_sum(self.parts)
        longest = f"at most {span(self.ms)}: {said}" if said else "for nothing"
        return f"On {CLOUDS[self.target]} {caller} {longest}{f'; {self.note}' if self.note else ''}."


def waits(endpoint: Endpoint, name: TargetName, target: Target) -> Iterator[Wait]:
    """The waits on one target."""
    store = Store(name, target.store)
    others = asked_in_stead(endpoint, "failure")
    called_ms = max(endpoint.timeout_ms, endpoint.policy.probe_timeout_ms)
    only_probes = name == "aws" and endpoint.large_bodies
    if only_probes:
        called_ms = endpoint.policy.probe_timeout_ms
    origin = Part("for the origin", called_ms)
    answered = (*store.asked, origin, *store.told(STORE_WAIT_MS), *others)
    notes = (["the function itself calls for probes alone"] if only_probes else []) + copies(endpoint, "failure")
    yield Wait(name, "answered", answered, ", ".join(notes), PROOF)
    rejected = (*store.asked, *asked_in_stead(endpoint, "open"), *store.told(AFTER_OTHERS_MS))
    warm = total(rejected) - total(store.asked)
    notes = [f"at a warm node while the cooldown lasts {f'at most {span(warm)}' if warm else 'nobody waits'}"]
    notes += ["while it monitors, only where a person holds it open"] if endpoint.policy.monitor else []
    yield Wait(name, "rejected", rejected, ", ".join(notes + copies(endpoint, "open")), PROOF)
    if name == "aws":
        yield handed_back(endpoint, store, answered)


@dataclass(frozen=True)
class Store:
    """What callers wait for it."""

    target: TargetName
    kind: str

    @property
    def asked(self) -> tuple[Part, ...]:
        """Before a verdict."""
        if self.kind == "memory":
            return ()
        return (Part("for the store at a cold node", STORE_WAIT_MS), Part("for a probe's lease", STORE_WAIT_MS))

    def told(self, ms: int) -> tuple[Part, ...]:
        """After the outcome, for so long: only where nothing runs after the answer."""
        return (Part("to tell the store", ms),) if self.target == "aws" and self.kind != "memory" else ()


def asked_in_stead(endpoint: Endpoint, occasion: Occasion) -> tuple[Part, ...]:
    """The other origins that may be asked, one after the other, until an answer that is written out."""
    repeated = endpoint.methods is None or bool(SENT_TWICE.intersection(endpoint.methods))
    found = tuple(
        Part(f"for {one.origin.url}", one.timeout_ms)
        for one in reached(endpoint, occasion)
        if isinstance(one, Alternate)
    )
    return found if repeated else found[: 1 if occasion == "open" else 0]


def copies(endpoint: Endpoint, occasion: Occasion) -> list[str]:
    """What is said of stale copies, where one may be looked for."""
    stale = any(isinstance(one, Stale) for one in reached(endpoint, occasion))
    return ["a look into Cloudflare's cache for a stale copy comes on top"] if stale else []


def reached(endpoint: Endpoint, occasion: Occasion) -> Sequence[Answer | Alternate | Stale]:
    """The fallbacks for the occasion, up to the first that always answers."""
    found: list[Answer | Alternate | Stale] = []
    for one in endpoint.fallback:
        if occasion in one.when:
            found.append(one)
            if isinstance(one, Answer):
                break
    return found


def handed_back(endpoint: Endpoint, store: Store, answered: Sequence[Part]) -> Wait:
    """At once, and then its answer passes through the function; or after the function has tried it, for answers that are too
    large."""
    shortest, longest = CLOUDFRONT_READS_S
    reads_ms = min(longest, max(shortest, -(-endpoint.timeout_ms // 1_000))) * 1_000
    cloudfront = (Part("for CloudFront to connect", CLOUDFRONT_CONNECTS_MS), Part("for CloudFront to hear", reads_ms))
    heard = (Part("for the store at the answer", STORE_WAIT_MS if store.asked else 0), *store.told(STORE_WAIT_MS))
    at_once = (*store.asked, *store.told(AFTER_OTHERS_MS), *cloudfront, *heard)
    which = (
        "these are all calls but probes"
        if endpoint.large_bodies
        else "these are requests of more than 1 MB, answers too large for a function, and event streams"
    )
    return Wait("aws", "handed back", max(at_once, (*answered, *cloudfront), key=total), which, PROOF_HANDED_BACK)


PROOF = ("test_no_caller_waits_longer", "test_the_waits_are_the_runtimes")
PROOF_HANDED_BACK = ("test_the_waits_are_the_runtimes",)
