"""The plan: what `kampkin.yaml` means, with every default in and nothing left to decide.

It is the compiler's intermediate representation and the contract between Python and JavaScript
(`schemas/plan.schema.json`): integers only (milliseconds, basis points), sorted, canonical JSON, and
a sha256 digest per endpoint and for the whole. One plan per environment. The same file gives the same
bytes on any machine, any day.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

PLAN_VERSION: Literal[2] = 2

TargetName = Literal["aws", "cloudflare"]
Happening = Literal["open", "close", "flapping", "forced"]
Occasion = Literal["open", "failure"]
"""When a fallback may answer: the breaker has rejected the call, or the call has failed."""
Milliseconds = Annotated[int, Field(ge=0)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]

MINUTE_MS = 60_000
MAX_WINDOW_MS = 50 * MINUTE_MS
MAX_COOLDOWN_MS = 24 * 60 * MINUTE_MS
MAX_OVERRIDE_MS = 30 * 24 * 60 * MINUTE_MS
"""As long as DynamoDB keeps a record without traffic: an override must not be forgotten before its end."""
MAX_TIMEOUT_MS = 24 * 60 * MINUTE_MS
"""Far beyond any sense, and within what a timer of JavaScript can count."""
MOST_PROBES = 10
MAX_STALE_MS = 30 * 24 * 60 * MINUTE_MS
MAX_CORS_AGE_S = 24 * 60 * 60
"""As long as any browser keeps one."""

When = Annotated[tuple[Occasion, ...], Field(min_length=1)]
"""`open` before `failure`."""


class Part(BaseModel):
    """A frozen piece of the plan; snake_case in Python, camelCase in JSON."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    def to_json(self) -> dict[str, Any]:
        """The part as JSON values, named as JavaScript reads them."""
        return self.model_dump(mode="json", by_alias=True)


class Override(Part):
    """What the file decides about a breaker, before all that it would say by itself, until a time."""

    mode: Literal["forced-open", "forced-closed", "monitor"]
    until: Milliseconds
    """Since 1970."""
    owner: str
    reason: str


class Policy(Part):
    """When a breaker trips, how long it stays open and how it probes; the field defaults are Kampkin's.

    For the rules of `trip`, 0 means the rule is not armed. Numbers and their sources: docs/breaker.md.
    """

    window_ms: Annotated[int, Field(ge=1_000, le=MAX_WINDOW_MS)] = 30_000
    network_failures: Annotated[int, Field(ge=0)] = 0
    service_failures: Annotated[int, Field(ge=0)] = 0
    consecutive_failures: Annotated[int, Field(ge=0)] = 5
    failure_ratio_bp: BasisPoints = 5_000
    minimum_requests: Annotated[int, Field(ge=1)] = 20
    """For both ratios."""
    slow_ratio_bp: BasisPoints = 0
    slow_after_ms: Milliseconds = 0
    cooldown_ms: Annotated[int, Field(ge=1, le=MAX_COOLDOWN_MS)] = 10_000
    cooldown_factor: Annotated[int, Field(ge=1)] = 2
    cooldown_max_ms: Annotated[int, Field(ge=1, le=MAX_COOLDOWN_MS)] = 5 * MINUTE_MS
    cooldown_jitter_bp: BasisPoints = 2_000
    obey_retry_after: bool = False
    admit_bp: BasisPoints = 1_000
    max_probes: Annotated[int, Field(ge=1, le=MOST_PROBES)] = 3
    successes: Annotated[int, Field(ge=1)] = 3
    failures: Annotated[int, Field(ge=1)] = 1
    probe_timeout_ms: Annotated[int, Field(ge=1)] = 5_000
    ramp_ms: Milliseconds = 0
    """0: closes at once."""
    monitor: bool = False
    override: Override | None = None
    failure_statuses: tuple[tuple[int, int], ...] = ((500, 500), (502, 504))
    """Inclusive ranges, sorted, not touching; each within 400 to 599."""


class Route(Part):
    """Where callers reach the endpoint. A prefix of `/a` matches `/a`, `/a/` and all below, by whole segments."""

    path: Annotated[str, Field(pattern=r"^/")]
    """Without the trailing `/*`; `/` for the whole host."""
    prefix: bool


class Origin(Part):
    """The service behind the breaker."""

    scheme: Literal["http", "https"]
    host: str
    port: Annotated[int, Field(ge=1, le=65_535)]
    path: str
    """Prepended to what follows the route; without a trailing slash, empty for the root."""

    @property
    def url(self) -> str:
        """The origin as a URL, the port left out where it is the scheme's own."""
        default = {"http": 80, "https": 443}[self.scheme]
        port = "" if self.port == default else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


class Answer(Part):
    """A fallback that is written out: a static answer."""

    kind: Literal["answer"] = "answer"
    when: When = ("open",)
    status: Annotated[int, Field(ge=200, le=599)]
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, sorted; the content type is here too."""
    body: str = ""
    encoding: Literal["utf8", "base64"] = "utf8"
    """How `body` stands for bytes; base64 where they are no text."""


class Alternate(Part):
    """A fallback that asks another origin the same thing."""

    kind: Literal["origin"] = "origin"
    when: When = ("open",)
    origin: Origin
    timeout_ms: Annotated[int, Field(ge=1, le=MAX_TIMEOUT_MS)]


class Stale(Part):
    """A fallback that gives an earlier answer of the origin's own again."""

    kind: Literal["stale"] = "stale"
    when: When = ("open",)
    max_age_ms: Annotated[int, Field(ge=1, le=MAX_STALE_MS)]


FallbackEntry = Annotated[Answer | Alternate | Stale, Field(discriminator="kind")]


class Cors(Part):
    """Which pages' scripts may read the answers, the edge's own too; the edge decides in the origin's place."""

    origins: Annotated[tuple[str, ...], Field(min_length=1)]
    """Sorted, in lower case; `*` alone is any."""
    headers: tuple[str, ...] | None = None
    """Request headers, in lower case, sorted; None: whatever the page asks for."""
    credentials: bool = False
    max_age_s: Annotated[int, Field(ge=1, le=MAX_CORS_AGE_S)] = 600
    """How long a browser keeps the answer to a preflight."""


class Endpoint(Part):
    """One protected endpoint and its breaker."""

    name: str
    owner: str | None = None
    targets: tuple[TargetName, ...]
    route: Route
    origin: Origin
    methods: tuple[str, ...] | None = None
    """Upper case, sorted; None is all."""
    timeout_ms: Annotated[int, Field(ge=1, le=MAX_TIMEOUT_MS)] = 5_000
    policy: Policy = Policy()
    idle_timeout_ms: Annotated[int, Field(ge=0, le=MAX_TIMEOUT_MS)] = 0
    """The longest silence between two chunks of a body; 0: any."""
    watch_body: bool = False
    """Whether the outcome is known at the body's end on Workers too."""
    large_bodies: bool = False
    """Whether every call on AWS is handed back to CloudFront."""
    cors: Cors | None = None
    """None: the origin's business."""
    request_headers: tuple[tuple[str, str], ...] = ()
    """What the endpoint's own origin gets in place of the caller's; names in lower case, sorted."""
    secret_headers: tuple[tuple[str, str], ...] = ()
    """The same, with the name of a secret in place of a value."""
    pass_host: bool = False
    """Whether the endpoint's own origin gets the caller's Host in place of its own."""
    fallback: tuple[FallbackEntry, ...] = ()
    """The first that can answer does; where none can, 503 problem+json with Retry-After."""
    digest: Digest


class Target(Part):
    """One cloud the plan is compiled for."""

    host: str | None = None
    """The hostname callers use; None: the platform's own."""
    in_front_of: bool = False
    """Cloudflare only: whether the host has an origin of its own, which gets what no endpoint takes."""
    store: str
    analytics: bool = False
    """Cloudflare only: whether each minute's metrics go to an Analytics Engine dataset."""
    location: str | None = None
    """Cloudflare only: where a breaker's Durable Object is to be made; None: near the first request."""
    regions: tuple[str, ...] = ()
    """AWS only: where the tables are, one in each; the first is the home. None without a table."""


class Safety(Part):
    """How far a person may go."""

    max_override_ms: Annotated[int, Field(ge=1, le=MAX_OVERRIDE_MS)] = MAX_OVERRIDE_MS
    """From now to the end of an override."""


class Owner(Part):
    """Who hears of what happens to their breakers. Of a secret only the name is here."""

    name: str
    slack: str | None = None
    webhook: str | None = None
    email: str | None = None
    when: tuple[Happening, ...]
    """In the order of the language."""


class Plan(Part):
    """Everything the edge needs to know, for one environment."""

    version: Literal[2] = PLAN_VERSION
    project: str
    environment: str | None = None
    targets: dict[TargetName, Target]
    safety: Safety = Safety()
    endpoints: tuple[Endpoint, ...]
    """Sorted by name."""
    owners: tuple[Owner, ...] = ()
    """Those who want to hear of something, sorted by name."""
    digest: Digest

    @property
    def header_secrets(self) -> tuple[str, ...]:
        """The secrets that the edge Worker sends to origins, sorted. No other edge has any."""
        found = (one for one in self.endpoints if "cloudflare" in one.targets)
        return tuple(sorted({secret for endpoint in found for _, secret in endpoint.secret_headers}))

    def canonical(self) -> bytes:
        """The plan as canonical JSON, with a final newline: what `plan.json` holds and what is hashed."""
        return canonical_json(self.to_json()) + b"\n"


Sealed = TypeVar("Sealed", Endpoint, Plan)


PARTS = ("targets", "safety", "owners", "project")
"""What a plan has beside its endpoints."""


def parts_of(plan: Plan) -> dict[str, str]:
    """A digest of each endpoint, behind `endpoints.`, and of each of PARTS: what tells two plans apart, part by part."""
    values = plan.to_json()
    endpoints = {f"endpoints.{endpoint.name}": endpoint.digest for endpoint in plan.endpoints}
    return endpoints | {part: digest_of(values[part]) for part in PARTS}


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and plain UTF-8: one spelling for one value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest_of(value: Any) -> str:
    """`sha256:` and the hash of the value's canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()


def seal_endpoint(**fields: Any) -> Endpoint:
    """An endpoint with its digest, from its other fields."""
    return _seal(Endpoint, fields)


def seal_plan(**fields: Any) -> Plan:
    """A plan with its digest, from its other fields; endpoints are sorted by name."""
    fields["endpoints"] = tuple(sorted(fields["endpoints"], key=lambda endpoint: endpoint.name))
    return _seal(Plan, fields)


def _seal(kind: type[Sealed], fields: dict[str, Any]) -> Sealed:
    draft = kind(**fields, digest="sha256:" + "0" * 64)
    body = {key: value for key, value in draft.to_json().items() if key != "digest"}
    return kind(**fields, digest=digest_of(body))
