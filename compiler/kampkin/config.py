"""The language: what a team may write in `kampkin.yaml`, as types.

These models are the one source of the language's shape: the editor's JSON Schema is generated from them, the file
is read by them, and the layers of defaults are made of them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kampkin import grammar, values
from kampkin.plan import Happening, Occasion, TargetName
from kampkin.regions import REGIONS
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

CLOUDFLARE_STORES = {
    "durable-object": "all nodes count, open, probe and close together",
    "kv": "each node counts for itself and tells the others that it has opened or closed, within a minute",
    "memory": "each node for itself",
}
AWS_STORES = {
    "dynamodb": "all nodes count, open, probe and close together",
    "memory": "each node for itself",
}
STORES: dict[TargetName, tuple[str, ...]] = {"cloudflare": tuple(CLOUDFLARE_STORES), "aws": tuple(AWS_STORES)}
"""Where nodes may share state; the first is the default."""

THE_SERVICE = "The service: scheme, host, if need be port and path. No user, query, fragment or IP address."

HAPPENED: dict[Happening, str] = {
    "open": "a breaker has opened",
    "close": "it has closed again",
    "flapping": "it opens and closes again and again",
    "forced": "a person holds it, or has let go of it",
}
OCCURRED: dict[Occasion, str] = {"open": "the breaker has rejected the call", "failure": "the call has failed"}
HAPPENINGS = tuple(HAPPENED)
OCCASIONS = tuple(OCCURRED)

When = Annotated[str, *values.one_of(OCCURRED)]
OfWhat = Annotated[str, *values.one_of(HAPPENED)]
Region = Annotated[str, *values.kind(values.region, grammar.words(REGIONS, "AWS region"))]
Target = Annotated[str, *values.kind(values.name, grammar.words(tuple(STORES)))]

FALLBACKS = {
    "status": ("status", "headers", "body", "json", "file"),
    "origin": ("origin", "timeout"),
    "stale": ("stale",),
}
"""The kinds of a fallback: the key that tells each, and all that are its own."""

BODIES = ("body", "json", "file")


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

    network_failures: Count | None = Field(
        default=None,
        title="Network failures",
        description="Calls in the window that timed out or reached nobody.",
        examples=[5],
        json_schema_extra={"unset": "off"},
    )
    service_failures: Count | None = Field(
        default=None,
        title="Service failures",
        description="Answers in the window with one of `failure_statuses`.",
        examples=[10],
        json_schema_extra={"unset": "off"},
    )
    failure_ratio: Ratio | None = Field(
        default=None,
        title="Failure ratio",
        description="Share of the calls in the window that failed.",
        examples=["50%"],
    )
    minimum_requests: Count | None = Field(
        default=None,
        title="Minimum requests",
        description="Calls in the window before a ratio says anything.",
        examples=[20],
    )
    consecutive_failures: Count | None = Field(
        default=None,
        title="Consecutive failures",
        description="Failures since the last success.",
        examples=[5],
    )
    slow_ratio: Ratio | None = Field(
        default=None,
        title="Slow ratio",
        description="Share of the calls in the window that ran for `slow_after`, pending or not. The two come together.",
        examples=["80%"],
        json_schema_extra={"unset": "off"},
    )
    slow_after: Duration | None = Field(
        default=None,
        title="Slow after",
        description="A call that has run so long is slow. Shorter than `timeout`; it comes together with `slow_ratio`.",
        examples=["4s"],
        json_schema_extra={"unset": "off"},
    )


class Cooldown(Section):
    """How long to stay open."""

    initial: values.Cooldown | None = Field(
        default=None,
        title="Initial cooldown",
        description="How long the breaker stays open after it has tripped.",
        examples=["10s", "1m"],
    )
    factor: Count | None = Field(
        default=None,
        title="Cooldown factor",
        description="Each failed half-open makes the cooldown this many times longer.",
        examples=[2],
    )
    max: values.Cooldown | None = Field(
        default=None,
        title="Longest cooldown",
        description="The cooldown grows no longer than this, jitter aside. At least `initial`.",
        examples=["5m"],
    )
    jitter: Share | None = Field(
        default=None,
        title="Jitter",
        description="How far the cooldown is spread to either side, so that breakers do not probe in step.",
        examples=["20%"],
    )
    obey_retry_after: Boolean | None = Field(
        default=None,
        title="Obey Retry-After",
        description="Stay open for as long as the origin's `Retry-After` asks, up to `max`.",
        examples=[True],
    )

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

    admit: Share | None = Field(
        default=None,
        title="Admitted share",
        description="Share of the requests that may probe. One a second always may.",
        examples=["10%"],
    )
    max_probes: Probes | None = Field(
        default=None,
        title="Probes at once",
        description="Probes under way at once, over all nodes.",
        examples=[3],
    )
    successes: Count | None = Field(
        default=None,
        title="Good probes",
        description="Good probes that close the breaker.",
        examples=[3],
    )
    failures: Count | None = Field(
        default=None,
        title="Bad probes",
        description="Bad probes that open it again.",
        examples=[1],
    )
    probe_timeout: Timeout | None = Field(
        default=None,
        title="Probe timeout",
        description="A probe that takes longer has failed. No longer than `timeout`.",
        examples=["3s"],
        json_schema_extra={"unset": "the timeout"},
    )
    ramp: Duration | None = Field(
        default=None,
        title="Ramp",
        description="Once healed, let through a share that grows from `admit` to all over so long, and only then close.",
        examples=["30s"],
        json_schema_extra={"unset": "off"},
    )


class Breaker(Section):
    """A circuit breaker's settings."""

    window: Window | None = Field(
        default=None,
        title="Window",
        description="How far back calls are counted.",
        examples=["30s", "5m"],
    )
    trip: Trip | None = Field(
        default=None,
        title="Trip rules",
        description="When the breaker opens: any one of the rules that is set.",
        examples=[{"network_failures": 5, "service_failures": 10}],
        json_schema_extra={"unset": "as its keys say"},
    )
    cooldown: Cooldown | None = Field(
        default=None,
        title="Cooldown",
        description="How long it stays open.",
        examples=["15s", {"initial": "10s", "factor": 2, "max": "5m"}],
        json_schema_extra={"unset": "as its keys say"},
    )
    half_open: HalfOpen | None = Field(
        default=None,
        title="Half-open",
        description="How it finds out that the service has healed.",
        examples=[{"max_probes": 1, "ramp": "30s"}],
        json_schema_extra={"unset": "as its keys say"},
    )
    failure_statuses: Annotated[tuple[Statuses, ...], values.some("remove it")] | None = Field(
        default=None,
        title="Failure statuses",
        description="Answers that are failures of the service. 52x and 530 stay failures of the network.",
        examples=[["5xx"]],
    )
    monitor: Boolean | None = Field(
        default=None,
        title="Monitor only",
        description="Count, trip and report, but reject nothing.",
        examples=[True],
    )
    watch_body: Boolean | None = Field(
        default=None,
        title="Watch bodies",
        description="On Workers too a call is judged at its body's end, which costs time there. On Lambda@Edge it always is.",
        examples=[True],
    )


def none_of(*keys: str) -> dict[str, Any]:
    """JSON Schema of a map without the keys."""
    return {"properties": dict.fromkeys(keys, False)}


def with_status(status: int) -> dict[str, Any]:
    """JSON Schema of a map with the status; as bounds, since of a `const` an editor makes a proposal."""
    return {"properties": {"status": {"minimum": status, "maximum": status}}, "required": ["status"]}


def dump(value: Any) -> str:
    """JSON of a team's own as an answer's body: compact, in the order of the file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Fallback(Section):
    """What callers get in place of the origin's answer: one of three kinds, told apart by their keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["origin"]},
            "else": {"if": {"required": ["stale"]}, "else": {"required": ["status"]}},
            "dependentRequired": {key: [lead] for lead, keys in FALLBACKS.items() for key in keys if key != lead},
            "dependentSchemas": {
                "status": none_of("origin", "timeout", "stale"),
                "origin": none_of("stale"),
                **{key: none_of(*(other for other in BODIES if other != key)) for key in BODIES},
            },
            "allOf": [
                {"if": with_status(204), "then": none_of("json", "file")},
                {"if": with_status(304), "then": none_of("json", "file")},
                {"if": with_status(302), "then": {"required": ["headers"]}},
            ],
        }
    )
    status: Status | None = Field(
        default=None,
        title="Status",
        description="Makes it an answer, written out here. Of 300 to 399 only 304, and 302 with a `Location`.",
        examples=[503],
    )
    headers: AnswerHeaders | None = Field(
        default=None,
        title="Headers",
        description="Headers of the answer, without those that are Kampkin's: Cache-Control, Proxy-Status, Content-Length, Transfer-Encoding, Connection.",
        examples=[{"x-source": "fallback"}],
    )
    body: Body | None = Field(
        default=None,
        title="Body",
        description="The answer's text, up to 64 KiB: `text/plain` unless a header says otherwise. Not with 204 or 304.",
        examples=["the cart is resting"],
        json_schema_extra={"unset": "empty"},
    )
    json_: Json = Field(
        default=None,
        alias="json",
        title="JSON",
        description="The answer as JSON, in place of `body`: `application/json` unless a header says otherwise.",
        examples=[{"error": "the cart is resting"}],
    )
    file: FilePath | None = Field(
        default=None,
        title="File",
        description="A file with the answer, in place of `body`: up to 64 KiB, in the repository, relative to the file that names it. Its type is its suffix's unless a header says otherwise.",
        examples=["fallbacks/cart.html"],
    )
    origin: OriginUrl | None = Field(
        default=None,
        title="Other origin",
        description="Makes it another service: scheme, host, if need be port and path.",
        examples=["https://cart-2.acme.dev"],
    )
    timeout: Timeout | None = Field(
        default=None,
        title="Timeout of the other origin",
        description="How long that origin may take. On `aws` all that one call may ask takes at most 29s together.",
        examples=["1s"],
        json_schema_extra={"unset": "the endpoint's timeout"},
    )
    stale: StaleAge | None = Field(
        default=None,
        title="Stale copy",
        description="Makes it an earlier answer, no older than this. On the target `cloudflare` alone, with a `host`, for GET and HEAD.",
        examples=["1h"],
    )
    when: Annotated[tuple[When, ...], values.some("remove it for [open]")] | None = Field(
        default=None,
        title="When",
        description="For which calls it may answer.",
        examples=[["open", "failure"]],
        json_schema_extra={"default": ["open"]},
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
        bodies = [key for key in BODIES if key in written]
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


FALLBACK_KEYS = {field.alias or name: name for name, field in Fallback.model_fields.items()}
"""As they are written, and as the model has them."""

NEEDED = {
    "status": "a fallback says with which status it answers: status: 503",
    "origin": "timeout is another origin's: name it: origin: https://…",
}
"""What a fallback is told that lacks the key which tells its kind."""


class Cors(Section):
    """Which pages of other origins may call the endpoint from a browser. The edge decides, in the origin's place."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"origins": {"contains": {"const": "*"}}}, "required": ["origins"]},
            "then": {
                "properties": {
                    "origins": {"maxItems": 1, "doNotSuggest": True},
                    "credentials": {"not": {"const": True}, "doNotSuggest": True},
                }
            },
        }
    )
    origins: Annotated[tuple[PageOrigin, ...], values.some("write cors: null to declare nothing")] | None = Field(
        default=None,
        title="Pages' origins",
        description="Whose pages may call: scheme, host, if need be port; `*` alone is any. Here or in `defaults`.",
        examples=[["https://shop.acme.dev"], ["*"]],
        json_schema_extra={"unset": "required"},
    )
    headers: Annotated[tuple[PageHeader, ...], values.some("remove it for all that a page asks for")] | None = Field(
        default=None,
        title="Request headers",
        description="Request headers that a page may send.",
        examples=[["content-type", "x-cart"]],
        json_schema_extra={"unset": "those that the page asks for"},
    )
    credentials: Boolean | None = Field(
        default=None,
        title="Credentials",
        description="Cookies may come along. Not with `*`.",
        examples=[True],
        json_schema_extra={"default": False},
    )
    max_age: PreflightAge | None = Field(
        default=None,
        title="Preflight age",
        description="How long a browser keeps what a preflight said.",
        examples=["1h"],
        json_schema_extra={"default": "10m"},
    )

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
        default=None,
        title="Headers of the request",
        description="What the endpoint's own origin gets in place of what the caller sent; a value may be `secret:NAME` on `cloudflare`. Null takes one of a lower layer away.",
        examples=[{"x-from": "edge"}],
    )


class OverrideChange(Section):
    """What an environment may change in an override."""

    state: Mode | None = Field(
        default=None, title="State", description="What the breaker is held at.", examples=["forced-open"]
    )
    until: Moment | None = Field(
        default=None,
        title="Until",
        description="When it ends: forced-open in half-open, forced-closed in closed.",
        examples=["2026-12-01T06:00:00Z"],
    )
    owner: Word | None = Field(default=None, title="Decided by", description="Who answers for it.", examples=["dana"])
    reason: Word | None = Field(default=None, title="Reason", description="Why.", examples=["CHG-1182 move"])


class Override(OverrideChange):
    """What a person decides about a breaker, until when and why."""

    state: Mode = Field(title="State", description="What the breaker is held at.", examples=["forced-open"])
    until: Moment = Field(
        title="Until",
        description="When it ends: forced-open in half-open, forced-closed in closed.",
        examples=["2026-12-01T06:00:00Z"],
    )
    owner: Word = Field(title="Decided by", description="Who answers for it.", examples=["dana"])
    reason: Word = Field(title="Reason", description="Why.", examples=["CHG-1182 move"])


class Settings(Section):
    """What `defaults` may hold and every endpoint too."""

    timeout: Timeout | None = Field(
        default=None,
        title="Timeout",
        description="A call that takes longer is a failure, and its caller gets 504. At most 29s on `aws`.",
        examples=["3s"],
    )
    idle_timeout: Timeout | None = Field(
        default=None,
        title="Idle timeout",
        description="The longest silence between two chunks of an answer's body, never of an event stream or a WebSocket. On Workers it makes every body be watched, as `watch_body` does.",
        examples=["10s"],
        json_schema_extra={"unset": "off"},
    )
    methods: Annotated[tuple[Method, ...], values.some("remove it for all")] | None = Field(
        default=None,
        title="Methods",
        description="Methods that callers may use. Others get 405 and reach no origin.",
        examples=[["GET", "POST", "DELETE"]],
        json_schema_extra={"unset": "all"},
    )
    targets: Annotated[tuple[Target, ...], values.some("remove it for all")] | None = Field(
        default=None,
        title="Targets",
        description="Where it is deployed, out of the file's targets.",
        examples=[["cloudflare"]],
        json_schema_extra={"unset": "all of the file's"},
    )
    breaker: Breaker | None = Field(
        default=None,
        title="Breaker",
        description="When the circuit breaker opens, for how long, how it finds out that the service has healed.",
        examples=[{"window": "10s", "cooldown": "15s"}],
        json_schema_extra={"unset": "as its keys say", "see": "breaker.md"},
    )
    cors: Cors | None = Field(
        default=None,
        title="CORS",
        description="Pages of other origins may call it from a browser, and read rejections too. The edge decides, in the origin's place.",
        examples=[{"origins": ["https://shop.acme.dev"]}],
        json_schema_extra={"unset": "the origin's business", "see": "http.md#cross-origin-reading"},
    )
    headers: Headers | None = Field(
        default=None,
        title="Headers",
        description="What the edge tells the endpoint's own origin in the caller's place.",
        examples=[{"request": {"x-from": "edge"}}],
        json_schema_extra={"see": "http.md#the-request-as-the-service-gets-it"},
    )
    fallback: Annotated[tuple[Fallback, ...], values.some("write null for 503 with Retry-After")] | None = Field(
        default=None,
        title="Fallback",
        description="What callers get in the service's stead: of several the first that can answer.",
        examples=[{"status": 503, "json": {"error": "the cart is resting"}}],
        json_schema_extra={"unset": "503 problem+json with Retry-After", "see": "#fallbacks"},
    )


class EndpointChange(Settings):
    """What an environment may change in an endpoint."""

    profile: Name | None = Field(
        default=None,
        title="Profile",
        description="The settings out of `profiles` that it stands on, above `defaults`.",
        examples=["third-party"],
        json_schema_extra={"see": "#files-of-teams-and-profiles"},
    )
    origin: OriginUrl | None = Field(
        default=None,
        title="Origin",
        description=THE_SERVICE,
        examples=["https://cart.acme.dev/v2"],
    )
    route: RoutePattern | None = Field(
        default=None,
        title="Route",
        description="Where callers reach it: `/cart/*` with all below, `/cart` for that path alone.",
        examples=["/cart/*"],
        json_schema_extra={"unset": "`/<name>/*`", "see": "#routes-and-the-protected-url"},
    )
    owner: Name | None = Field(
        default=None,
        title="Owner",
        description="Whose it is. With an `owners` section, one of its names.",
        examples=["shop"],
    )
    large_bodies: Boolean | None = Field(
        default=None,
        title="Large bodies",
        description="On `aws` every call is handed to CloudFront: bodies of any size, failures by status only, time-outs of 4s and more.",
        examples=[True],
    )
    override: OverrideChange | None = Field(
        default=None,
        title="Override",
        description="What a person has decided, before all that the breaker says, until a time.",
        examples=[{"state": "monitor", "until": "2026-12-01T06:00:00Z", "owner": "dana", "reason": "CHG-1182 move"}],
    )
    host: PassHost | None = Field(
        default=None,
        title="Host",
        description="`pass` sends the caller's Host on; the origin's own otherwise. On `aws` alone, but behind `in_front_of`.",
        examples=["pass"],
        json_schema_extra={"unset": "the origin's own", "see": "http.md#the-request-as-the-service-gets-it"},
    )
    silence: dict[RuleId, Word] | None = Field(
        default=None,
        title="Silence",
        description="Warnings that do not matter here, each with the reason.",
        examples=[{"plain-http": "the tunnel encrypts"}],
        json_schema_extra={"see": "rules.md"},
    )

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

    origin: OriginUrl = Field(
        title="Origin",
        description=THE_SERVICE,
        examples=["https://cart.acme.dev/v2"],
    )
    override: Override | None = Field(
        default=None,
        title="Override",
        description="What a person has decided, before all that the breaker says, until a time.",
        examples=[{"state": "monitor", "until": "2026-12-01T06:00:00Z", "owner": "dana", "reason": "CHG-1182 move"}],
    )


class Notify(Section):
    """Where an owner hears of what happens to its breakers, and of what."""

    slack: Secret | None = Field(
        default=None,
        title="Slack",
        description="The secret that holds the URL of an incoming webhook, Slack's or compatible.",
        examples=["secret:SHOP_SLACK"],
    )
    webhook: Secret | None = Field(
        default=None,
        title="Webhook",
        description="The secret that holds `https://receiver/path#whsec_<base64 key>`, a signed webhook.",
        examples=["secret:SHOP_WEBHOOK"],
    )
    email: Email | None = Field(
        default=None,
        title="Email",
        description="An address, written to from Cloudflare with a host, and from AWS.",
        examples=["oncall@acme.dev"],
    )
    when: Annotated[tuple[OfWhat, ...], values.some("remove it for all")] | None = Field(
        default=None,
        title="When",
        description="What the owner hears of.",
        examples=[["open", "flapping"]],
        json_schema_extra={"unset": "all"},
    )


class Owner(Section):
    """Whose an endpoint is."""

    github: GitHub | None = Field(
        default=None,
        title="GitHub",
        description="Who reviews what is theirs: `kampkin codeowners` writes it for GitHub.",
        examples=["@acme/shop"],
    )
    routes: Annotated[tuple[RoutePattern, ...], values.some("remove it to claim none")] | None = Field(
        default=None,
        title="Routes",
        description="What is theirs: no other owner's endpoint stands there.",
        examples=[["/cart/*"]],
        json_schema_extra={"see": "#claims"},
    )
    notify: Notify | None = Field(
        default=None,
        title="Notify",
        description="Where the owner hears of its breakers, and of what.",
        examples=[{"slack": "secret:SHOP_SLACK", "when": ["open", "close"]}],
        json_schema_extra={"see": "notifications.md"},
    )


class CloudflareTarget(Section):
    """Cloudflare Workers."""

    host: Host | None = Field(
        default=None,
        title="Host",
        description="Where callers come in.",
        examples=["edge.acme.dev"],
        json_schema_extra={"unset": "the Worker's workers.dev name"},
    )
    store: Annotated[str, *values.one_of(CLOUDFLARE_STORES)] | None = Field(
        default=None,
        title="Store",
        description="Where nodes share state.",
        examples=["kv"],
        json_schema_extra={"default": STORES["cloudflare"][0], "see": "#stores-and-regions"},
    )
    analytics: Boolean | None = Field(
        default=None,
        title="Analytics",
        description="Write each minute's metrics to an Analytics Engine dataset.",
        examples=[True],
        json_schema_extra={"default": False},
    )
    in_front_of: Boolean | None = Field(
        default=None,
        title="In front of",
        description="The host has an origin of its own, which gets what no endpoint takes: no caller changes a URL. It needs `host`.",
        examples=[True],
        json_schema_extra={"default": False, "see": "#in-front-of-a-host-that-there-is"},
    )
    location: Location | None = Field(
        default=None,
        title="Location",
        description="Where breakers' Durable Objects are to be made; a hint.",
        examples=["weur"],
        json_schema_extra={"unset": "near the first request", "see": "state.md"},
    )


class AwsTarget(Section):
    """Lambda@Edge behind CloudFront."""

    host: Host | None = Field(
        default=None,
        title="Host",
        description="Where callers come in.",
        examples=["edge-aws.acme.dev"],
        json_schema_extra={"unset": "the distribution's cloudfront.net name"},
    )
    store: Annotated[str, *values.one_of(AWS_STORES)] | None = Field(
        default=None,
        title="Store",
        description="Where nodes share state.",
        examples=["memory"],
        json_schema_extra={"default": STORES["aws"][0], "see": "#stores-and-regions"},
    )
    regions: Annotated[tuple[Region, ...], values.some("remove it for us-east-1")] | None = Field(
        default=None,
        title="Regions",
        description="Where the tables are, one in each, the home first. Not with the store `memory`.",
        examples=[["us-east-1", "eu-west-1"]],
        json_schema_extra={"default": ["us-east-1"], "see": "#stores-and-regions"},
    )


class Targets(Section):
    """The clouds, each giving every endpoint one protected URL. Left out: both."""

    cloudflare: CloudflareTarget | None = Field(
        default=None,
        title="Cloudflare",
        description="Compile for Cloudflare Workers.",
        examples=[{"host": "edge.acme.dev"}],
    )
    aws: AwsTarget | None = Field(
        default=None,
        title="AWS",
        description="Compile for Lambda@Edge behind CloudFront.",
        examples=[{"regions": ["eu-west-1"]}],
    )


class Safety(Section):
    """How far a person, or a change, may go."""

    max_removed: Amount | None = Field(
        default=None,
        title="Most removed",
        description="Endpoints that one change may remove, or take a protected URL from, without an approval.",
        examples=[0],
        json_schema_extra={"see": "review.md"},
    )
    max_loosened: Amount | None = Field(
        default=None,
        title="Most loosened",
        description="Breakers that one change may loosen without an approval.",
        examples=[3],
        json_schema_extra={"see": "review.md"},
    )
    max_changed: Share | None = Field(
        default=None,
        title="Most changed",
        description="Share of the endpoints that one change may change or remove without an approval.",
        examples=["30%"],
        json_schema_extra={"see": "review.md"},
    )
    approvers: Annotated[tuple[Approver, ...], values.some("remove it")] | None = Field(
        default=None,
        title="Approvers",
        description="Who may approve a change that goes beyond; `kampkin codeowners` makes them the reviewers of the document "
        "and of what deploys.",
        examples=[["@acme/platform"]],
    )
    max_override: OverrideTime | None = Field(
        default=None,
        title="Furthest override",
        description="The furthest end of an override at run time.",
        examples=["4h"],
        json_schema_extra={"default": "30d", "see": "operate.md"},
    )


class Environment(Section):
    """What one environment changes; merged over the whole file, null removes."""

    targets: Targets | None = Field(
        default=None,
        title="Targets",
        description="Changes of `targets`; null removes one.",
        examples=[{"cloudflare": {"host": "edge.staging.acme.dev"}}],
    )
    owners: dict[Name, Owner | None] | None = Field(
        default=None,
        title="Owners",
        description="Changes of `owners`.",
        examples=[{"shop": {"notify": {"slack": "secret:STAGING_SLACK"}}}],
    )
    defaults: Settings | None = Field(
        default=None,
        title="Defaults",
        description="Changes of the root file's `defaults`.",
        examples=[{"breaker": {"monitor": True}}],
    )
    profiles: dict[Name, Settings | None] | None = Field(
        default=None,
        title="Profiles",
        description="Changes of `profiles`.",
        examples=[{"third-party": {"timeout": "5s"}}],
    )
    safety: Safety | None = Field(
        default=None,
        title="Safety",
        description="Changes of `safety`.",
        examples=[{"max_override": "1d"}],
    )
    endpoints: dict[Name, EndpointChange | None] | None = Field(
        default=None,
        title="Endpoints",
        description="Changes of endpoints by name, included ones too. It adds none; null removes one.",
        examples=[{"cart": {"timeout": "2s"}}],
    )


class Included(Section):
    """A file of a team, included by a `kampkin.yaml`."""

    defaults: Settings | None = Field(
        default=None,
        title="Defaults",
        description="Settings for the endpoints of this file alone.",
        examples=[{"timeout": "3s"}],
    )
    profiles: dict[Name, Settings] | None = Field(
        default=None,
        title="Profiles",
        description="Settings that endpoints of this file stand on by `profile`, on top of `defaults`.",
        examples=[{"third-party": {"timeout": "10s"}}],
    )
    endpoints: dict[Name, Endpoint] | None = Field(
        default=None,
        title="Endpoints",
        description="The endpoints of this file by name: each is a map, or the URL of its origin.",
        examples=[{"cart": "https://cart.acme.dev"}],
    )


class Document(Section):
    """A `kampkin.yaml`."""

    model_config = ConfigDict(
        json_schema_extra={
            "required": ["version"],
            "if": {"required": ["include"]},
            "else": {
                "required": ["endpoints"],
                "properties": {"endpoints": {"minProperties": 1, "doNotSuggest": True}},
            },
        }
    )
    version: Version = Field(
        title="Version",
        description="The version of the language.",
        examples=[1],
    )
    project: Name | None = Field(
        default=None,
        title="Project",
        description="Names everything deployed.",
        examples=["acme"],
        json_schema_extra={"unset": "the folder's name"},
    )
    include: Annotated[tuple[Pattern, ...], values.some("remove it")] | None = Field(
        default=None,
        title="Include",
        description="Files of teams, with their endpoints, profiles and defaults: patterns, relative to this file.",
        examples=[["teams/*.yaml"]],
        json_schema_extra={"see": "#files-of-teams-and-profiles"},
    )
    targets: Targets | None = Field(
        default=None,
        title="Targets",
        description="The clouds to compile for. Each gives every endpoint one protected URL.",
        examples=[["cloudflare"], {"cloudflare": {"host": "edge.acme.dev"}, "aws": {}}],
        json_schema_extra={"unset": "both"},
    )
    owners: dict[Name, Owner] | None = Field(
        default=None,
        title="Owners",
        description="Who the endpoints' owners are, by name. With it, an owner that it lacks is an error.",
        examples=[{"shop": {"notify": {"slack": "secret:SHOP_SLACK"}}}],
        json_schema_extra={"unset": "any owner's name is accepted"},
    )
    defaults: Settings | None = Field(
        default=None,
        title="Defaults",
        description="Settings for every endpoint.",
        examples=[{"timeout": "3s"}],
    )
    profiles: dict[Name, Settings] | None = Field(
        default=None,
        title="Profiles",
        description="Settings by name that endpoints stand on by `profile`, on top of `defaults`.",
        examples=[{"third-party": {"timeout": "10s"}}],
        json_schema_extra={"see": "#files-of-teams-and-profiles"},
    )
    safety: Safety | None = Field(
        default=None,
        title="Safety",
        description="How far a person, or a change, may go.",
        examples=[{"max_override": "4h"}],
    )
    endpoints: dict[Name, Endpoint] = Field(
        title="Endpoints",
        description="The endpoints by name, at least one: each is a map, or the URL of its origin. The name is its identity: state, logs, default route.",
        examples=[{"cart": "https://cart.acme.dev"}],
    )
    environments: dict[Name, Environment] | None = Field(
        default=None,
        title="Environments",
        description="Changes by name, each merged over the whole file; null removes. Chosen by `--env NAME`.",
        examples=[{"staging": {"defaults": {"breaker": {"monitor": True}}}}],
        json_schema_extra={"see": "#merging"},
    )
