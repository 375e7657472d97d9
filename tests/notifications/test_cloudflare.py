"""Notifications on Cloudflare, on the real workerd: from the Durable Object's rows by its alarm to a receiver."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from kampkin.audience import secret_variable
from kampkin.bundle import bundle
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges, LogLine
from kampkin.local.origin import LocalOrigins
from kampkin.local.redirect import redirect
from kampkin.plan import Owner, Plan

from .conftest import EVERY, HERE, blip, compiled, event, plan, secret, verified
from .receiver import OK, Receiver, Reply

HOST = "edge.acme.dev"
OWNERS = [
    Owner(name="shop", webhook="SHOP_HOOK", when=EVERY),
    Owner(name="deaf", webhook="DEAF_HOOK", slack="DEAF_SLACK", when=EVERY),
    Owner(name="flappy", webhook="FLAPPY_HOOK", when=EVERY),
    Owner(name="singly", webhook="SINGLY_HOOK", when=("open", "close")),
    Owner(name="mail", email="oncall@acme.dev", when=EVERY),
    Owner(name="keyless", webhook="KEYLESS_HOOK", when=EVERY),
    Owner(name="atomic", webhook="ATOMIC_HOOK", when=EVERY),
    Owner(name="patient", webhook="PATIENT_HOOK", when=EVERY),
]


def reply(path: str, times: int) -> Reply:
    """`/shop` fails twice and then takes everything, `/deaf` takes nothing, `/patient` wants to be left alone first."""
    if path == "/shop" and times < 2:
        return (503, {})
    if path == "/patient" and times == 0:
        return (429, {"retry-after": "3600"})
    return (500, {}) if path == "/deaf" else OK


class Stage:
    """The edge, its origins, a receiver, and what was logged."""

    def __init__(self, stack: ExitStack) -> None:
        self.lines: list[str] = []
        self.receiver = stack.enter_context(Receiver(reply))
        self.origins = stack.enter_context(LocalOrigins({owner.name: None for owner in OWNERS}))
        self.edges = stack.enter_context(
            LocalEdges(self.deployment(plan(*OWNERS, host=HOST)), nodes=1, on_log=self.log)
        )

    def deployment(self, made: Plan) -> Deployment:
        """The plan's bundle with the entry of these tests and the secrets of its owners."""
        origins = {owner.name: self.origins.url(owner.name) for owner in OWNERS}
        workers = dict(deployment_of(bundle(redirect(made, origins))).workers or {})
        entry = (HERE / "entry.state.mjs").read_text()
        bindings = {
            secret_variable(f"{owner.name.upper()}_HOOK"): secret(f"{self.receiver.url}/{owner.name}")
            for owner in OWNERS
            if owner.name != "keyless"
        }
        bindings[secret_variable("DEAF_SLACK")] = f"{self.receiver.url}/slack"
        email = {"send_email": [{"name": "EMAIL", "allowed_sender_addresses": [f"kampkin@{HOST}"]}]}
        modules = {**workers["state"]["modules"], "entry.mjs": entry}
        bound = {"bindings": bindings, "email": email}
        workers["state"] = {**workers["state"], "main": "entry.mjs", "modules": modules, "bound": bound}
        return Deployment(workers, None)

    def log(self, line: LogLine) -> None:
        """Keeps a line that workerd wrote."""
        self.lines.append(line.text)

    def call(self, breaker: str, method: str, *args: Any) -> Any:
        """Calls the breaker's Durable Object."""
        return self.edges.call(breaker, method, *args)

    def told(self, owner: str) -> list[dict[str, Any]]:
        """What the owner's receiver took, each message once, by the epoch it tells of: an attempt that fails lets others by."""
        bodies = [verified(sent) for sent in self.receiver.taken(f"/{owner}")]
        once = {body["data"]["id"]: body for body in bodies}
        return sorted(once.values(), key=lambda body: body["data"]["events"][-1]["epoch"])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One edge for all; every test has an owner and a breaker of its own."""
    with ExitStack() as stack:
        yield Stage(stack)


def test_an_outage_is_told_once_though_the_receiver_fails_twice(
    stage: Stage, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """A breaker opens and closes by itself; the receiver has each of its transitions once, signed."""
    url = stage.edges.edges["cloudflare"].url

    def events() -> list[Any]:
        ask(url, "/shop")
        found: list[Any] = stage.call("shop", "events", {})["events"]
        return found[::-1]

    stage.origins.fault("shop", "500")
    until(lambda: [one["to"] for one in events()][:1] == ["open"])
    stage.origins.fault("shop", "heal")
    until(lambda: [one["to"] for one in events()][-1:] == ["closed"])
    until(lambda: [body["type"] for body in stage.told("shop")] == ["breaker.open", "breaker.close"])
    happened = stage.call("shop", "events", {})["events"][::-1]
    told = [one["id"] for body in stage.told("shop") for one in body["data"]["events"]]
    assert told == [one["id"] for one in happened]
    assert [sent.status for sent in stage.receiver.at("/shop")][:2] == [503, 503]
    opened = stage.told("shop")[0]["data"]
    assert opened["numbers"]["streak"] == 3
    assert opened["commands"][0] == "kampkin status shop --env prod"
    assert stage.call("shop", "left") == 0
    assert stage.call("shop", "deadLetters") == []


def test_a_receiver_that_takes_nothing_ends_as_a_dead_letter(stage: Stage, until: Callable[..., Any]) -> None:
    """After the last try the row stays, is shown and is logged once; the owner's other channel got its message."""
    happened = blip(1, 0, "deaf")[0]
    stage.call("deaf", "happen", [happened])
    (letter,) = until(lambda: stage.call("deaf", "deadLetters"))
    assert (letter["event"]["id"], letter["channel"], letter["tries"]) == (happened["id"], "webhook", 4)
    assert letter["error"] == "500"
    assert len(stage.receiver.at("/deaf")) == 4
    assert len(stage.receiver.at("/slack")) == 1
    assert "deaf (prod, cloudflare) is open" in json.loads(stage.receiver.at("/slack")[0].body)["text"]
    until(lambda: any('"dead-letter"' in line for line in stage.lines))
    (line,) = [json.loads(line) for line in stage.lines if '"dead-letter"' in line and '"deaf"' in line]
    assert line["event"] == happened["id"]
    assert (line["owner"], line["channel"], line["tries"], line["error"]) == ("deaf", "webhook", 4, "500")


def test_a_flapping_breaker_is_told_of_once_a_minute(stage: Stage, until: Callable[..., Any]) -> None:
    """From the third opening on an event is held; when its minute is over, one message has all of it, each by its id."""
    happened = [one for index in range(5) for one in blip(1 + 3 * index, 5_000 * index, "flappy")]
    stage.call("flappy", "happen", happened)
    until(lambda: len(stage.told("flappy")) == 4)
    assert stage.call("flappy", "waits") == [90_000] * 6
    stage.call("flappy", "pass")
    assert [body["type"] for body in stage.told("flappy")] == [
        "breaker.open",
        "breaker.close",
        "breaker.open",
        "breaker.close",
        "breaker.flapping",
    ]
    assert [one["id"] for one in stage.told("flappy")[-1]["data"]["events"]] == [one["id"] for one in happened]
    assert stage.call("flappy", "left") == 0


def test_an_owner_who_does_not_want_flapping_hears_of_each(stage: Stage, until: Callable[..., Any]) -> None:
    """Every opening and closing singly, at once; a person's word not at all."""
    happened = [one for index in range(4) for one in blip(1 + 3 * index, 5_000 * index, "singly")]
    forced = event(12, 30_000, "singly", override=None)
    stage.call("singly", "happen", [*happened, forced])
    until(lambda: len(stage.told("singly")) == 8)
    assert stage.call("singly", "left") == 0
    assert {body["data"]["kind"] for body in stage.told("singly")} == {"open", "close"}


def test_email_is_sent_from_the_targets_host(stage: Stage, until: Callable[..., Any]) -> None:
    """The binding takes the message: it refuses any other sender."""
    stage.call("mail", "happen", [blip(1, 0, "mail")[0]])
    until(lambda: stage.call("mail", "left") == 0)
    assert stage.call("mail", "deadLetters") == []


def test_a_secret_that_is_not_set_is_a_dead_letter_that_says_so(stage: Stage, until: Callable[..., Any]) -> None:
    """No exception, and no other owner is kept waiting."""
    stage.call("keyless", "happen", [blip(1, 0, "keyless")[0]])
    (letter,) = until(lambda: stage.call("keyless", "deadLetters"))
    assert letter["error"] == "the secret of the webhook channel is not set"


def test_what_was_not_written_is_not_told(stage: Stage, until: Callable[..., Any]) -> None:
    """Event and row are one transaction: where it fails, neither is there."""
    assert stage.call("atomic", "failAfter", blip(1, 0, "atomic")[0]) == "nothing happened"
    assert stage.call("atomic", "left") == 0
    stage.call("atomic", "happen", [blip(5, 60_000, "atomic")[0]])
    until(lambda: stage.told("atomic"))
    assert [one["epoch"] for body in stage.told("atomic") for one in body["data"]["events"]] == [5]


def test_the_breaker_moves_though_nobody_can_be_told(stage: Stage, until: Callable[..., Any]) -> None:
    """What goes wrong in the outbox is a line in the log: the transition is written all the same."""
    happened = blip(50, 600_000, "atomic")[0]
    stage.call("atomic", "happenBlind", [happened])
    assert stage.call("atomic", "events", {"limit": 1})["events"][0]["id"] == happened["id"]
    (line,) = until(lambda: [json.loads(line) for line in stage.lines if '"where":"outbox"' in line])
    assert (line["kampkin"], line["event"], line["error"]) == ("fault", happened["id"], "Error: no history")


def test_a_receivers_retry_after_is_honoured_as_long_as_it_is_worth_it(stage: Stage, until: Callable[..., Any]) -> None:
    """An hour is longer than these tests' give-up time: the letter is dead after one try and says why."""
    stage.call("patient", "happen", [blip(1, 0, "patient")[0]])
    (letter,) = until(lambda: stage.call("patient", "deadLetters"))
    assert (letter["tries"], letter["error"]) == (1, "429")


def test_rows_outlive_the_process(stage: Stage, until: Callable[..., Any]) -> None:
    """workerd is killed while an event is held: its alarm and its row are there again."""
    happened = [one for index in range(3) for one in blip(100 + 3 * index, 120_000 + 5_000 * index, "flappy")]
    stage.call("flappy", "happen", happened)
    until(lambda: stage.call("flappy", "left") > 0)
    before = stage.call("flappy", "left")
    stage.edges.kill("cloudflare")
    assert stage.call("flappy", "left") == before
    stage.call("flappy", "pass")
    assert stage.told("flappy")[-1]["data"]["events"][-1]["id"] == happened[-1]["id"]


def test_an_object_without_owners_keeps_no_outbox(local_edges: Callable[..., LocalEdges]) -> None:
    """Where nobody wants to hear of anything there is no table, no alarm and nothing to read."""
    made = compiled(Owner(name="quiet", when=EVERY))
    edges = local_edges(made, nodes=1)
    edges.call("quiet", "override", {"mode": "monitor", "forMs": 1000, "owner": "d", "reason": "r"}, "d", "quiet")
    assert len(edges.call("quiet", "events", {})["events"]) == 1
    assert edges.call("quiet", "deadLetters") == []
