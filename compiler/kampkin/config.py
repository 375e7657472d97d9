"""The language: what a team may write in `kampkin.yaml`, as types.

These models are the one source of the language's shape: the editor's JSON Schema is generated from them, the file
is read by them, and the layers of defaults are made of them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kampkin import values
from kampkin.plan import Happening, Occasion, TargetName
from kampkin.values import (
    Amount,
    AnswerHeaders,
    Approver,
    Body,
    Boolean,
    Count,
    Duration,
    Email,
    FilePath,
    GitHub,
    Host,
    Json,
    Location,
    Method,
    Mode,
    Moment,
    Name,
    OriginUrl,
    OverrideTime,
    PageHeader,
    PageOrigin,
    PassHost,
    Pattern,
    PreflightAge,
    Probes,
    Ratio,
    RequestHeaders,
    RoutePattern,
    RuleId,
    Secret,
    Share,
    StaleAge,
    Status,
    Statuses,
    Timeout,
    Version,
    Window,
    Word,
)

LARGEST_ANSWER = 64 * 1024

BUILT_IN = """\
timeout: 5s
breaker:
  window: 30s
  trip: {failure_ratio: 50%, minimum_requests: 20, consecutive_failures: 5}
  cooldown: {initial: 10s, factor: 2, max: 5m, jitter: 20%, obey_retry_after: false}
  half_open: {admit: 10%, max_probes: 3, successes: 3, failures: 1}
  failure_statuses: [500, 502-504]
  monitor: false
  watch_body: false
large_bodies: false
"""
"""What holds where nothing is written, in the language itself."""

BUILT_IN_NAME = "\0built-in"
"""The file that the places of built-in values name: one that there cannot be."""

STORES: dict[TargetName, tuple[str, ...]] = {
    "cloudflare": ("durable-object", "kv", "memory"),
    "aws": ("dynamodb", "memory"),
}
"""Where nodes may share state; the first is the default."""

HAPPENINGS: tuple[Happening, ...] = ("open", "close", "flapping", "forced")
OCCASIONS: tuple[Occasion, ...] = ("open", "failure")

When = Annotated[str, *values.kind(values.choice(OCCASIONS), {"enum": list(OCCASIONS)})]
OfWhat = Annotated[str, *values.kind(values.choice(HAPPENINGS), {"enum": list(HAPPENINGS)})]
Region = Annotated[str, *values.kind(values.region, {"type": "string"})]

FALLBACKS = {
    "status": ("status", "headers", "body", "json", "file"),
    "origin": ("origin", "timeout"),
    "stale": ("stale",),
}
"""The kinds of a fallback: the key that tells each, and all that are its own."""


class Section(BaseModel):
    """A map whose keys the language fixes; beside them only `x-…`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def without_extensions(cls, value: Any) -> Any:
        """What `x-…` keys hold is for others to read."""
        if isinstance(value, dict) and any(key[:2] == "x-" for key in value):
            return {key: inner for key, inner in value.items() if key[:2] != "x-"}
        return value


class Trip(Section):
    """When to open: any one of the rules that is set."""

    network_failures: Count | None = Field(default=None, description="time-outs and unreachable, in the window")
    service_failures: Count | None = Field(default=None, description="answers with a failure status, in the window")
    failure_ratio: Ratio | None = Field(default=None, description="share of calls that failed, in the window")
    minimum_requests: Count | None = Field(default=None, description="calls before the ratio says anything")
    consecutive_failures: Count | None = Field(default=None, description="failures since the last success")
    slow_ratio: Ratio | None = Field(default=None, description="share of calls that ran for slow_after, in the window")
    slow_after: Duration | None = Field(default=None, description="a call that has run so long is slow, pending or not")


class Cooldown(Section):
    """How long to stay open."""

    initial: values.Cooldown | None = Field(default=None, description="after the breaker has tripped")
    factor: Count | None = Field(default=None, description="each failed half-open makes it this many times longer")
    max: values.Cooldown | None = Field(default=None, description="no longer than this")
    jitter: Share | None = Field(default=None, description="spread to either side")
    obey_retry_after: Boolean | None = Field(default=None, description="stay open as long as the origin's Retry-After")

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """`max` is at least `initial`."""
        if self.initial is not None and self.max is not None and self.max < self.initial:
            hint = "raise max, or write cooldown: and one duration for a fixed one"
            message = "the cooldown's max is below its initial"
            raise values.problem("max-below-initial", message, hint, "initial", "max")
        return self


class HalfOpen(Section):
    """How the breaker finds out that the service has healed."""

    admit: Share | None = Field(default=None, description="share of requests that may probe; one a second always may")
    max_probes: Probes | None = Field(default=None, description="probes under way at once, everywhere")
    successes: Count | None = Field(default=None, description="good probes that close it")
    failures: Count | None = Field(default=None, description="bad probes that open it again")
    probe_timeout: Timeout | None = Field(default=None, description="default: the endpoint's timeout")
    ramp: Duration | None = Field(default=None, description="healed, let ever more requests through for so long")


class Breaker(Section):
    """A circuit breaker's settings."""

    window: Window | None = Field(default=None, description="how far back calls are counted, 1s to 50m")
    trip: Trip | None = None
    cooldown: Cooldown | None = None
    half_open: HalfOpen | None = None
    failure_statuses: Annotated[tuple[Statuses, ...], values.some("remove it")] | None = Field(
        default=None, description="answers that are failures"
    )
    monitor: Boolean | None = Field(default=None, description="count and report, never reject")
    watch_body: Boolean | None = Field(default=None, description="on Workers too, judge a call at its body's end")


def dump(value: Any) -> str:
    """JSON of a team's own as an answer's body: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Fallback(Section):
    """What callers get in place of the origin's answer: one of three kinds, told apart by their keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [lead]} for lead in FALLBACKS],
            "dependentRequired": {key: [lead] for lead, keys in FALLBACKS.items() for key in keys if key != lead},
        }
    )
    status: Status | None = Field(default=None, description="an answer that is written out")
    headers: AnswerHeaders | None = None
    body: Body | None = None
    json_: Json = Field(default=None, alias="json", description="any JSON value")
    file: FilePath | None = Field(default=None, description="relative to this file, in the repository")
    origin: OriginUrl | None = Field(default=None, description="another service: scheme, host, path")
    timeout: Timeout | None = Field(default=None, description="of that origin; default: the endpoint's timeout")
    stale: StaleAge | None = Field(default=None, description="an earlier answer, no older than this")
    when: Annotated[tuple[When, ...], values.some("remove it for [open]")] | None = Field(
        default=None, description="the breaker has rejected, the call has failed, or either; default: [open]"
    )

    @property
    def written(self) -> tuple[str, ...]:
        """The keys that stand in the file, in the order of the language."""
        return tuple(key for key in FALLBACK_KEYS if FALLBACK_KEYS[key] in self.model_fields_set)

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        """When it may answer; while the breaker is open unless it says otherwise."""
        return tuple(one for one in OCCASIONS if one in (self.when or ("open",)))

    @model_validator(mode="after")
    def of_one_kind(self) -> Self:
        """The keys are one kind's, the one that tells it among them."""
        written = self.written
        leads = [lead for lead in FALLBACKS if lead in written]
        if len(leads) > 1:
            message = f"{leads[0]} and {leads[1]} are different fallbacks"
            raise values.problem("mixed-fallback", message, "make them two entries of a list", leads[1])
        for lead, keys in FALLBACKS.items():
            stray = None if lead in leads else next((key for key in keys if key in written), None)
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
        written = self.written
        bodies = [key for key in ("body", "json", "file") if key in written]
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
    def once(self) -> Self:
        """`when` says each occasion once."""
        if self.when and len(set(self.when)) < len(self.when):
            twice = next(one for one in self.when if self.when.count(one) > 1)
            raise values.problem("listed-twice", f"when names {twice} twice", "once is enough", "when")
        return self


FALLBACK_KEYS = {field.alias or name: name for name, field in Fallback.model_fields.items()}
"""As they are written, and as the model has them."""

NEEDED = {
    "status": "a fallback says with which status it answers: status: 503",
    "origin": "timeout is another origin's: name it: origin: https://…",
}
"""What a fallback is told that lacks the key which tells its kind."""


class Cors(Section):
    """Which pages of other origins may call the endpoint from a browser. The edge decides, in the origin's place."""

    origins: Annotated[tuple[PageOrigin, ...], values.some("write cors: null to declare nothing")] | None = Field(
        default=None, description='scheme, host, port; "*" alone: any'
    )
    headers: Annotated[tuple[PageHeader, ...], values.some("remove it for all that a page asks for")] | None = Field(
        default=None, description="default: those that the page asks for"
    )
    credentials: Boolean | None = Field(default=None, description="whether cookies may come along; not with *")
    max_age: PreflightAge | None = Field(default=None, description="how long a browser keeps a preflight; default 10m")

    @model_validator(mode="after")
    def sound(self) -> Self:
        """`*` stands alone and without credentials."""
        if "*" in (self.origins or ()):
            if len(self.origins or ()) > 1:
                message = "* is any origin already: it stands alone"
                raise values.problem("bad-page-origin", message, "name origins, or write * alone", "origins")
            if self.credentials:
                message = "with * no browser sends credentials: any page at all could read the answers"
                raise values.problem("bad-page-origin", message, "name the origins", "credentials")
        return self


class Headers(Section):
    """Headers that the edge sets."""

    request: RequestHeaders | None = Field(
        default=None, description="what the endpoint's own origin gets in place of the caller's; or secret:NAME"
    )


class OverrideChange(Section):
    """What an environment may change in an override."""

    state: Mode | None = None
    until: Moment | None = Field(default=None, description="with a zone: 2026-12-01T06:00:00Z")
    owner: Word | None = None
    reason: Word | None = None


class Override(OverrideChange):
    """What a person decides about a breaker, until when and why."""

    state: Mode
    until: Moment = Field(description="with a zone: 2026-12-01T06:00:00Z")
    owner: Word
    reason: Word


class Settings(Section):
    """What `defaults` may hold and every endpoint too."""

    timeout: Timeout | None = Field(default=None, description="until the answer's headers")
    idle_timeout: Timeout | None = Field(default=None, description="between two chunks of a body; default: none")
    methods: Annotated[tuple[Method, ...], values.some("remove it for all")] | None = Field(
        default=None, description="default: all"
    )
    targets: Annotated[tuple[Name, ...], values.some("remove it for all")] | None = Field(
        default=None, description="default: all of the file's"
    )
    breaker: Breaker | None = None
    cors: Cors | None = Field(default=None, description="default: the origin's business")
    headers: Headers | None = None
    fallback: Annotated[tuple[Fallback, ...], values.some("write null for 503 with Retry-After")] | None = Field(
        default=None, description="the first that can answer does; default: 503 problem+json with Retry-After"
    )


class EndpointChange(Settings):
    """What an environment may change in an endpoint."""

    profile: Name | None = Field(default=None, description="a set of settings out of profiles")
    origin: OriginUrl | None = Field(default=None, description="the service: scheme, host, path")
    host: PassHost | None = Field(default=None, description="pass: the origin gets the caller's Host; default: its own")
    route: RoutePattern | None = Field(default=None, description="default: /<name>/*")
    owner: Name | None = None
    large_bodies: Boolean | None = Field(default=None, description="on aws, CloudFront itself carries every call")
    override: OverrideChange | None = Field(
        default=None, description="forced-open, forced-closed or monitor, for a time"
    )
    silence: dict[RuleId, Word] | None = Field(default=None, description="warnings that do not matter here, and why")

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
    override: Override | None = Field(default=None, description="forced-open, forced-closed or monitor, for a time")


class Notify(Section):
    """Where an owner hears of what happens to its breakers, and of what."""

    slack: Secret | None = Field(default=None, description="secret:NAME: the URL of an incoming webhook")
    webhook: Secret | None = Field(default=None, description="secret:NAME: https://receiver/path#whsec_<base64 key>")
    email: Email | None = None
    when: Annotated[tuple[OfWhat, ...], values.some("remove it for all")] | None = Field(
        default=None, description="default: all of them"
    )


class Owner(Section):
    """Whose an endpoint is."""

    github: GitHub | None = Field(default=None, description="who reviews: @acme/shop, @dana or an address of email")
    routes: Annotated[tuple[RoutePattern, ...], values.some("remove it to claim none")] | None = Field(
        default=None, description="what is theirs: no other owner's endpoint stands there"
    )
    notify: Notify | None = None

    @model_validator(mode="after")
    def apart(self) -> Self:
        """A list names nothing twice."""
        if self.routes and len(set(self.routes)) < len(self.routes):
            raise values.problem("listed-twice", "routes names one route twice", "once is enough", "routes")
        return self


class CloudflareTarget(Section):
    """Cloudflare Workers."""

    host: Host | None = Field(default=None, description="default: the Worker's workers.dev name")
    in_front_of: Boolean | None = Field(
        default=None, description="the host has an origin of its own, which gets what no endpoint takes"
    )
    store: (
        Annotated[str, *values.kind(values.choice(STORES["cloudflare"]), {"enum": list(STORES["cloudflare"])})] | None
    ) = Field(default=None, description="where nodes share state; default durable-object")
    location: Location | None = Field(
        default=None, description="where breakers' Durable Objects are to be made; default: near the first request"
    )
    analytics: Boolean | None = Field(default=None, description="each minute's metrics to an Analytics Engine dataset")


class AwsTarget(Section):
    """Lambda@Edge behind CloudFront."""

    host: Host | None = Field(default=None, description="default: the distribution's cloudfront.net name")
    store: Annotated[str, *values.kind(values.choice(STORES["aws"]), {"enum": list(STORES["aws"])})] | None = Field(
        default=None, description="where nodes share state; default dynamodb"
    )
    regions: Annotated[tuple[Region, ...], values.some("remove it for us-east-1")] | None = Field(
        default=None, description="where the tables are, one in each, the home first; default us-east-1"
    )

    @model_validator(mode="after")
    def apart(self) -> Self:
        """A list names nothing twice."""
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

    max_removed: Amount | None = Field(default=None, description="endpoints that one change may remove")
    max_loosened: Amount | None = Field(default=None, description="breakers that one change may make less sensitive")
    max_changed: Share | None = Field(default=None, description="share of the endpoints that one change may touch")
    max_override: OverrideTime | None = Field(default=None, description="the furthest end of an override, 1ms to 30d")
    approvers: Annotated[tuple[Approver, ...], values.some("remove it")] | None = Field(
        default=None, description="who may approve a change that goes beyond"
    )


class Environment(Section):
    """What one environment changes; merged over the whole file, null removes."""

    targets: Targets | None = None
    owners: dict[Name, Owner | None] | None = None
    defaults: Settings | None = None
    profiles: dict[Name, Settings | None] | None = None
    safety: Safety | None = None
    endpoints: dict[Name, EndpointChange | None] | None = None


class Included(Section):
    """A file of a team, included by a `kampkin.yaml`."""

    defaults: Settings | None = Field(default=None, description="for the endpoints of this file alone")
    profiles: dict[Name, Settings] | None = Field(default=None, description="for the endpoints of this file alone")
    endpoints: dict[Name, Endpoint] | None = None


class Document(Section):
    """A `kampkin.yaml`."""

    version: Version
    project: Name | None = Field(default=None, description="names everything deployed; default: the folder's name")
    include: Annotated[tuple[Pattern, ...], values.some("remove it")] | None = Field(
        default=None, description="files of teams, with their endpoints, profiles and defaults; relative to this one"
    )
    targets: Targets | None = None
    owners: dict[Name, Owner] | None = Field(default=None, description="default: any owner's name is accepted")
    defaults: Settings | None = None
    profiles: dict[Name, Settings] | None = Field(default=None, description="settings that endpoints may stand on")
    safety: Safety | None = None
    endpoints: dict[Name, Endpoint]
    environments: dict[Name, Environment] | None = None
