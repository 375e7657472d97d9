"""The language: what a team may write in `kampkin.yaml`, as types.

These models are the one source of the language's shape: the editor's JSON Schema is generated from them, the file
is read by them, and the layers of defaults are made of them. A setting that is part of the language but that this
version does not honour yet is in a model's `later`, and refused by name.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kampkin import values
from kampkin.plan import (
    MAX_COOLDOWN_MS,
    MAX_CORS_AGE_S,
    MAX_OVERRIDE_MS,
    MAX_STALE_MS,
    MAX_TIMEOUT_MS,
    MAX_WINDOW_MS,
    Happening,
    Occasion,
    TargetName,
)
from kampkin.values import (
    Boolean,
    Count,
    Duration,
    Email,
    FilePath,
    HeaderName,
    HeaderValue,
    Host,
    Method,
    Mode,
    Moment,
    Name,
    OriginUrl,
    PageHeader,
    PageOrigin,
    RoutePattern,
    Secret,
    Share,
    Status,
    Statuses,
    Version,
    Word,
)

MOST_PROBES = 10
LARGEST_ANSWER = 64 * 1024

BUILT_IN = """\
timeout: 5s
breaker:
  window: 30s
  trip: {failure_ratio: 50%, minimum_requests: 20, consecutive_failures: 5}
  cooldown: {initial: 10s, factor: 2, max: 5m, jitter: 20%}
  half_open: {admit: 10%, max_probes: 3, successes: 3, failures: 1}
"""
"""What holds where nothing is written, in the language itself."""

STORES: dict[TargetName, tuple[str, ...]] = {
    "cloudflare": ("durable-object", "kv", "memory"),
    "aws": ("dynamodb", "memory"),
}
"""Where nodes may share state; the first is the default."""

HAPPENINGS: tuple[Happening, ...] = ("open", "close", "flapping", "forced")
OCCASIONS: tuple[Occasion, ...] = ("open", "failure")

FALLBACKS = {
    "status": ("status", "headers", "body", "json", "file"),
    "origin": ("origin", "timeout"),
    "stale": ("stale",),
}
"""The kinds of a fallback: the key that tells each, and all that are its own."""


class Section(BaseModel):
    """A map whose keys the language fixes; beside them only `x-…`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    later: ClassVar[frozenset[str]] = frozenset()


class Trip(Section):
    """When to open: any one of the rules that is set."""

    network_failures: Count | None = Field(default=None, description="time-outs and unreachable, in the window")
    service_failures: Count | None = Field(default=None, description="answers with a failure status, in the window")
    failure_ratio: Share | None = Field(default=None, description="share of calls that failed, in the window")
    minimum_requests: Count | None = Field(default=None, description="calls before the ratio says anything")
    consecutive_failures: Count | None = Field(default=None, description="failures since the last success")
    slow_ratio: Share | None = Field(default=None, description="share of calls that ran for slow_after, in the window")
    slow_after: Duration | None = Field(default=None, description="a call that has run so long is slow, pending or not")

    @model_validator(mode="after")
    def above_zero(self) -> Self:
        """A ratio of 0 % would trip on the first success."""
        for key, share, what in (
            ("failure_ratio", self.failure_ratio, "failure"),
            ("slow_ratio", self.slow_ratio, "slow"),
        ):
            if share == 0:
                message = f"a {what} ratio of 0% trips without a {'failure' if what == 'failure' else 'slow call'}"
                raise values.problem("out-of-range", message, "null turns the rule off", key)
        return self


class Cooldown(Section):
    """How long to stay open."""

    initial: Duration | None = Field(default=None, description="after the breaker has tripped")
    factor: Count | None = Field(default=None, description="each failed half-open makes it this many times longer")
    max: Duration | None = Field(default=None, description="no longer than this")
    jitter: Share | None = Field(default=None, description="spread to either side")
    obey_retry_after: Boolean | None = Field(default=None, description="stay open as long as the origin's Retry-After")

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """`max` is at least `initial`, and neither is longer than a day."""
        for key, ms in (("initial", self.initial), ("max", self.max)):
            if ms is not None and ms > MAX_COOLDOWN_MS:
                raise values.problem("out-of-range", f"{key} is at most 24h", None, key)
        if self.initial is not None and self.max is not None and self.max < self.initial:
            hint = "raise max, or write cooldown: and one duration for a fixed one"
            raise values.problem("max-below-initial", "the cooldown's max is below its initial", hint, "initial")
        return self


class HalfOpen(Section):
    """How the breaker finds out that the service has healed."""

    admit: Share | None = Field(default=None, description="share of requests that may probe; one a second always may")
    max_probes: Count | None = Field(default=None, description="probes under way at once, everywhere")
    successes: Count | None = Field(default=None, description="good probes that close it")
    failures: Count | None = Field(default=None, description="bad probes that open it again")
    probe_timeout: Duration | None = Field(default=None, description="default: the endpoint's timeout")
    ramp: Duration | None = Field(default=None, description="healed, let ever more requests through for so long")

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """At most ten probes at once."""
        if self.max_probes is not None and self.max_probes > MOST_PROBES:
            raise values.problem("out-of-range", f"max_probes is 1 to {MOST_PROBES}", None, "max_probes")
        return self


class Breaker(Section):
    """A circuit breaker's settings."""

    window: Duration | None = Field(default=None, description="how far back calls are counted, 1s to 50m")
    trip: Trip | None = None
    cooldown: Cooldown | None = None
    half_open: HalfOpen | None = None
    failure_statuses: tuple[Statuses, ...] | None = Field(default=None, description="answers that are failures")
    monitor: Boolean | None = Field(default=None, description="count and report, never reject")
    watch_body: Boolean | None = Field(default=None, description="on Workers too, judge a call at its body's end")

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """The window is 1s to 50m."""
        if self.failure_statuses == ():
            raise values.problem("empty-list", "failure_statuses names none", "remove it", "failure_statuses")
        if self.window is not None and not 1_000 <= self.window <= MAX_WINDOW_MS:
            raise values.problem("out-of-range", "a window is 1s to 50m", None, "window")
        return self


def dump(value: Any) -> str:
    """JSON of a team's own as an answer's body: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Json:
    """Marks a value that is JSON of the team's own: read by YAML 1.2's core schema, never merged."""


class Fallback(Section):
    """What callers get in place of the origin's answer: one of three kinds, told apart by their keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [lead]} for lead in FALLBACKS],
            "dependentRequired": {key: [lead] for lead, keys in FALLBACKS.items() for key in keys if key != lead},
        }
    )
    status: Status | None = Field(default=None, description="an answer that is written out")
    headers: dict[HeaderName, HeaderValue] | None = None
    body: str | None = None
    json_: Annotated[Any, Json] = Field(default=None, alias="json", description="any JSON value")
    file: FilePath | None = Field(default=None, description="relative to this file, in the repository")
    origin: OriginUrl | None = Field(default=None, description="another service: scheme, host, path")
    timeout: Duration | None = Field(default=None, description="of that origin; default: the endpoint's timeout")
    stale: Duration | None = Field(default=None, description="an earlier answer, no older than this")
    when: tuple[Annotated[str, *values.kind(values.choice(OCCASIONS), {"enum": list(OCCASIONS)})], ...] | None = Field(
        default=None, description="the breaker has rejected, the call has failed, or either; default: [open]"
    )

    @property
    def written(self) -> tuple[str, ...]:
        """The keys that stand in the file, in the order of the language."""
        fields = type(self).model_fields.items()
        return tuple(field.alias or name for name, field in fields if name in self.model_fields_set)

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        """When it may answer; while the breaker is open unless it says otherwise."""
        return tuple(one for one in OCCASIONS if one in (self.when or ("open",)))

    @model_validator(mode="after")
    def of_one_kind(self) -> Self:
        """The keys are one kind's, the one that tells it among them, and each has a value."""
        for key in self.written:
            if key != "json" and getattr(self, key) is None:
                raise values.problem("null-value", f"{key} needs a value", "remove the line", key)
        leads = [lead for lead in FALLBACKS if lead in self.written]
        if len(leads) > 1:
            message = f"{leads[0]} and {leads[1]} are different fallbacks"
            raise values.problem("mixed-fallback", message, "make them two entries of a list", leads[1])
        for lead, keys in FALLBACKS.items():
            stray = next((key for key in keys if key in self.written and lead not in leads), None)
            if stray and leads:
                message = f"{stray} belongs to a fallback with {lead}, not with {leads[0]}"
                raise values.problem("mixed-fallback", message, "remove it, or make it another entry of a list", stray)
            if stray:
                raise values.problem("missing-key", f"{lead} is missing", NEEDED[lead])
        if not leads:
            message = "a fallback is an answer, another origin or a stale copy"
            raise values.problem("missing-key", message, "give it a status, an origin or stale")
        return self

    @model_validator(mode="after")
    def sound(self) -> Self:
        """At most one body, none where the status has none, and a redirect that says where to."""
        bodies = [key for key in ("body", "json", "file") if key in self.written]
        if len(bodies) > 1:
            message = f"a fallback has {' or '.join(bodies[:2])}, not both"
            raise values.problem("two-bodies", message, "keep one", bodies[0])
        if self.status in (204, 304) and (self.body or bodies not in ([], ["body"])):
            raise values.problem("body-not-allowed", f"an answer {self.status} has no body", "remove it", "status")
        if (
            self.status is not None
            and 300 <= self.status < 400
            and self.status != 304
            and (self.status != 302 or "location" not in (self.headers or {}))
        ):
            raise values.problem("bad-redirect", "a redirect is 302 with a Location header", None, "status")
        if len((dump(self.json_) if "json" in bodies else self.body or "").encode()) > LARGEST_ANSWER:
            raise values.problem("too-large", "a fallback's body is at most 64 KiB", None, bodies[0])
        return self

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """No time is out of all bounds, and `when` says when, once."""
        if self.timeout is not None and self.timeout > MAX_TIMEOUT_MS:
            raise values.problem("out-of-range", "a timeout is at most 24h", None, "timeout")
        if self.stale is not None and self.stale > MAX_STALE_MS:
            raise values.problem("out-of-range", "a stale copy is at most 30d old", None, "stale")
        if self.when == ():
            raise values.problem("empty-list", "when names nothing", "remove it for [open]", "when")
        if self.when and len(set(self.when)) < len(self.when):
            raise values.problem("listed-twice", f"when names {self.when[0]} twice", "once is enough", "when")
        return self


NEEDED = {
    "status": "a fallback says with which status it answers: status: 503",
    "origin": "timeout is another origin's: name it: origin: https://…",
}
"""What a fallback is told that lacks the key which tells its kind."""


class Cors(Section):
    """Which pages of other origins may call the endpoint from a browser. The edge decides, in the origin's place."""

    origins: tuple[PageOrigin, ...] | None = Field(default=None, description='scheme, host, port; "*" alone: any')
    headers: tuple[PageHeader, ...] | None = Field(default=None, description="default: those that the page asks for")
    credentials: Boolean | None = Field(default=None, description="whether cookies may come along; not with *")
    max_age: Duration | None = Field(default=None, description="how long a browser keeps a preflight; default 10m")

    @model_validator(mode="after")
    def sound(self) -> Self:
        """A list names something, `*` stands alone and without credentials, and `max_age` is whole seconds."""
        if self.origins == ():
            raise values.problem("empty-list", "origins names none", "write cors: null to declare nothing", "origins")
        if self.headers == ():
            raise values.problem(
                "empty-list", "headers names none", "remove it for all that a page asks for", "headers"
            )
        if "*" in (self.origins or ()):
            if len(self.origins or ()) > 1:
                message = "* is any origin already: it stands alone"
                raise values.problem("bad-page-origin", message, "name origins, or write * alone", "origins")
            if self.credentials:
                message = "with * no browser sends credentials: any page at all could read the answers"
                raise values.problem("bad-page-origin", message, "name the origins", "credentials")
        if self.max_age is not None and (self.max_age % 1000 or self.max_age > MAX_CORS_AGE_S * 1000):
            raise values.problem("out-of-range", "max_age is whole seconds, 1s to 24h", None, "max_age")
        return self


class Override(Section):
    """What a person decides about a breaker, until when and why."""

    state: Mode
    until: Moment = Field(description="with a zone: 2026-12-01T06:00:00Z")
    owner: Word
    reason: Word


class Settings(Section):
    """What `defaults` may hold and every endpoint too."""

    later = frozenset({"headers"})
    timeout: Duration | None = Field(default=None, description="until the answer's headers")
    idle_timeout: Duration | None = Field(default=None, description="between two chunks of a body; default: none")
    methods: tuple[Method, ...] | None = Field(default=None, description="default: all")
    targets: tuple[Name, ...] | None = Field(default=None, description="default: all of the file's")
    breaker: Breaker | None = None
    cors: Cors | None = Field(default=None, description="default: the origin's business")
    fallback: tuple[Fallback, ...] | None = Field(
        default=None, description="the first that can answer does; default: 503 problem+json with Retry-After"
    )

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """A list names something, and no call takes days."""
        for key, hint in (
            ("methods", "remove it for all"),
            ("targets", "remove it for all"),
            ("fallback", "write null for 503 with Retry-After"),
        ):
            if getattr(self, key) == ():
                raise values.problem("empty-list", f"{key} names none", hint, key)
        for key, ms in (("timeout", self.timeout), ("idle_timeout", self.idle_timeout)):
            if ms is not None and ms > MAX_TIMEOUT_MS:
                raise values.problem("out-of-range", f"{key} is at most 24h", None, key)
        return self


class EndpointChange(Settings):
    """What an environment may change in an endpoint."""

    later = Settings.later | {"host", "profile", "silence"}
    origin: OriginUrl | None = Field(default=None, description="the service: scheme, host, path")
    route: RoutePattern | None = Field(default=None, description="default: /<name>/*")
    owner: Name | None = None
    large_bodies: Boolean | None = Field(default=None, description="on aws, CloudFront itself carries every call")
    override: Override | None = Field(default=None, description="forced-open, forced-closed or monitor, for a time")

    @model_validator(mode="after")
    def probes_within(self) -> Self:
        """A probe waits no longer than a call."""
        probe = self.breaker and self.breaker.half_open and self.breaker.half_open.probe_timeout
        if probe and self.timeout and probe > self.timeout:
            raise values.problem(
                "out-of-range", "a probe's timeout is at most the endpoint's", None, "breaker.half_open.probe_timeout"
            )
        return self


class Endpoint(EndpointChange):
    """One protected endpoint. Its name is its identity: state, logs, default route."""

    origin: OriginUrl = Field(description="the service: scheme, host, path")


class Notify(Section):
    """Where an owner hears of what happens to its breakers, and of what."""

    slack: Secret | None = Field(default=None, description="secret:NAME: the URL of an incoming webhook")
    webhook: Secret | None = Field(default=None, description="secret:NAME: https://receiver/path#whsec_<base64 key>")
    email: Email | None = None
    when: tuple[Annotated[str, *values.kind(values.choice(HAPPENINGS), {"enum": list(HAPPENINGS)})], ...] | None = (
        Field(default=None, description="default: all of them")
    )

    @model_validator(mode="after")
    def says_when(self) -> Self:
        """A list names something."""
        if self.when == ():
            raise values.problem("empty-list", "when names nothing", "remove it for all", "when")
        return self


class Owner(Section):
    """Whose an endpoint is."""

    later = frozenset({"github", "routes"})
    notify: Notify | None = None


class CloudflareTarget(Section):
    """Cloudflare Workers."""

    later = frozenset({"in_front_of", "location"})
    host: Host | None = Field(default=None, description="default: the Worker's workers.dev name")
    store: (
        Annotated[str, *values.kind(values.choice(STORES["cloudflare"]), {"enum": list(STORES["cloudflare"])})] | None
    ) = Field(default=None, description="where nodes share state; default durable-object")
    analytics: Boolean | None = Field(default=None, description="each minute's metrics to an Analytics Engine dataset")


class AwsTarget(Section):
    """Lambda@Edge behind CloudFront."""

    host: Host | None = Field(default=None, description="default: the distribution's cloudfront.net name")
    store: Annotated[str, *values.kind(values.choice(STORES["aws"]), {"enum": list(STORES["aws"])})] | None = Field(
        default=None, description="where nodes share state; default dynamodb"
    )
    regions: tuple[Annotated[str, *values.kind(values.region, {"type": "string"})], ...] | None = Field(
        default=None, description="where the tables are, one in each, the home first; default us-east-1"
    )

    @model_validator(mode="after")
    def apart(self) -> Self:
        """A list names something, and nothing twice."""
        if self.regions == ():
            raise values.problem("empty-list", "regions names none", "remove it for us-east-1", "regions")
        if self.regions and (twice := next((one for one in self.regions if self.regions.count(one) > 1), None)):
            raise values.problem(
                "listed-twice", f"regions names {twice} twice", "there is one table in each", "regions"
            )
        return self


class Targets(Section):
    """The clouds, each giving every endpoint one protected URL. Left out: both."""

    cloudflare: CloudflareTarget | None = None
    aws: AwsTarget | None = None


class Safety(Section):
    """How far a person, or a change, may go."""

    later = frozenset({"max_removed", "max_loosened", "max_changed", "approvers"})
    max_override: Duration | None = Field(default=None, description="the furthest end of an override, 1ms to 30d")

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """At most 30 days."""
        if self.max_override is not None and self.max_override > MAX_OVERRIDE_MS:
            raise values.problem("out-of-range", "max_override is at most 30d", None, "max_override")
        return self


class Environment(Section):
    """What one environment changes; merged over the whole file, null removes."""

    targets: Targets | None = None
    owners: dict[Name, Owner | None] | None = None
    defaults: Settings | None = None
    endpoints: dict[Name, EndpointChange | None] | None = None


class Document(Section):
    """A `kampkin.yaml`."""

    later = frozenset({"include", "profiles"})
    version: Version
    project: Name | None = Field(default=None, description="names everything deployed; default: the folder's name")
    targets: Targets | None = None
    owners: dict[Name, Owner] | None = Field(default=None, description="default: any owner's name is accepted")
    defaults: Settings | None = None
    safety: Safety | None = None
    endpoints: dict[Name, Endpoint]
    environments: dict[Name, Environment] | None = None
