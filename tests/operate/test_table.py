"""The DynamoDB items, changed by a person, on moto."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kampkin.errors import Cannot
from kampkin.local.dynamodb import LocalDynamoDB
from kampkin.local.ports import free_ports
from kampkin.operate.aws import Region, Silent, Table, first_cooldown, written
from kampkin.operate.edge import Hold, Status
from kampkin.plan import Policy

NOW = 1_800_000_000_000
REGION = "eu-west-1"
HOLD = Hold("forced-open", 60_000, "dana", "CHG-1182")
POLICY = Policy(cooldown_ms=10_000, cooldown_max_ms=20_000)
COUNTER = itertools.count()


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client for a table of its own."""
    (port,) = free_ports(1)
    with LocalDynamoDB(port, ["breakers"], REGION) as dynamodb:
        dynamodb.ready()
        yield dynamodb.client()


@pytest.fixture
def breaker() -> str:
    """A breaker that no other test has."""
    return f"cart-{next(COUNTER)}"


def table(client: Any, now: int = NOW, coin: int = 4_999, name: str = "breakers") -> Table:
    """The table at a time, with a coin."""
    return Table(client, name, REGION, lambda: "arn:aws:iam::1:user/dana", lambda: now, lambda: coin)


def key(breaker: str) -> dict[str, Any]:
    """Of the record."""
    return written({"pk": f"b#{breaker}#{REGION}", "sk": "state"})


def write(client: Any, breaker: str, **attributes: Any) -> None:
    """Puts a record there."""
    client.put_item(TableName="breakers", Item=key(breaker) | written(attributes))


class Racing:
    """A client that is overtaken: `first` happens just before each of the first `times` transactions."""

    def __init__(self, client: Any, first: Callable[[], None], times: int = 1) -> None:
        self.client = client
        self.first = first
        self.left = times
        self.tried = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def transact_write_items(self, **what: Any) -> Any:
        """As the client, a moment too late."""
        self.tried += 1
        if self.left:
            self.left -= 1
            self.first()
        return self.client.transact_write_items(**what)


def test_a_breaker_that_nobody_has_moved_is_closed(client: Any, breaker: str) -> None:
    """There is no item of it."""
    status = table(client).status(breaker, 30_000)
    assert (status.state, status.epoch, status.since_ms, status.override) == ("closed", 0, None, None)


def test_a_hold_stands_in_the_record_and_in_an_event(client: Any, breaker: str) -> None:
    """With who answers for it and why, who it was by AWS's word, and until when."""
    table(client).hold(breaker, HOLD)
    override = table(client, NOW + 20_000).status(breaker, 30_000).override
    assert override is not None
    assert (override.mode, override.left_ms, override.owner, override.reason) == (
        "forced-open",
        40_000,
        "dana",
        "CHG-1182",
    )
    (event,) = table(client).events(breaker, None, 10).events
    assert event == {
        "id": f"aws/{REGION}/{breaker}/o-{NOW}",
        "breaker": breaker,
        "edge": "aws",
        "region": REGION,
        "epoch": 0,
        "at": NOW,
        "node": "arn:aws:iam::1:user/dana",
        "override": {"mode": "forced-open", "until": NOW + 60_000, "owner": "dana", "reason": "CHG-1182"},
    }
    assert table(client, NOW + 60_000).status(breaker, 30_000).override is None


def test_a_hold_outlives_the_records_last_count(client: Any, breaker: str) -> None:
    """DynamoDB must not delete the item before the hold has ended in half-open."""
    table(client).hold(breaker, Hold("forced-open", 30 * 86_400_000, "dana", "long"))
    item = client.get_item(TableName="breakers", Key=key(breaker))["Item"]
    assert int(item["ttl"]["N"]) >= (NOW + 30 * 86_400_000) // 1000 + 86_400


def test_a_release_ends_it_now(client: Any, breaker: str) -> None:
    """The end is a transition that the next node brings about, so the override stays, over."""
    table(client).hold(breaker, HOLD)
    table(client, NOW + 5_000).release(breaker)
    item = client.get_item(TableName="breakers", Key=key(breaker))["Item"]
    assert item["ov"]["M"]["until"]["N"] == str(NOW + 5_000)
    assert table(client, NOW + 5_000).status(breaker, 30_000).override is None
    released, held = table(client).events(breaker, None, 10).events
    assert (released["override"], held["override"]["mode"]) == (None, "forced-open")


def test_a_release_without_a_hold_writes_nothing(client: Any, breaker: str) -> None:
    """Neither a record nor an event."""
    table(client).release(breaker)
    assert "Item" not in client.get_item(TableName="breakers", Key=key(breaker))
    table(client).hold(breaker, HOLD)
    table(client, NOW + 60_000).release(breaker)
    assert len(table(client).events(breaker, None, 10).events) == 1


def test_a_release_lets_go_of_no_other_persons_hold(client: Any, breaker: str) -> None:
    """One that was set meanwhile is seen, and is then what is released."""
    table(client).hold(breaker, HOLD)
    racing = Racing(client, lambda: table(client, NOW + 1).hold(breaker, Hold("monitor", 9_000, "eli", "other")))
    table(racing, NOW + 2).release(breaker)
    assert racing.tried == 2
    released, other, _ = table(client).events(breaker, None, 10).events
    assert (released["override"], other["override"]["owner"]) == (None, "eli")
    assert table(client, NOW + 2).status(breaker, 30_000).override is None


@pytest.mark.parametrize(
    ("state", "level", "retry_in_ms"), [("open", 0, 10_000), ("half-open", 3, 0), ("closed", 0, 0)]
)
def test_a_flip_is_a_transition(client: Any, breaker: str, state: Any, level: int, retry_in_ms: int) -> None:
    """A new epoch with an empty sample and no leases; open for a first cooldown, half-open on the level it had."""
    write(client, breaker, v=1, e=4, st="open", at=NOW - 9_000, ra=NOW + 9_000, lv=3, p0=5, k4=7, o4w5000_1=9)
    table(client, coin=9_999).flip(breaker, state, POLICY.model_copy(update={"cooldown_jitter_bp": 0}))
    status = table(client).status(breaker, 30_000)
    assert (status.state, status.epoch, status.why, status.level) == (state, 5, "manual", level)
    assert (status.since_ms, status.retry_in_ms, status.streak) == (0, retry_in_ms, 0)
    assert "p0" not in client.get_item(TableName="breakers", Key=key(breaker))["Item"]
    (event,) = table(client).events(breaker, None, 10).events
    assert (event["from"], event["to"], event["reason"], event["numbers"]) == ("open", state, "manual", {"level": 3})
    assert event["retryAt"] == (NOW + retry_in_ms if state == "open" else 0)
    assert event["id"] == f"aws/{REGION}/{breaker}/5-{NOW}"


def test_a_flip_keeps_a_hold(client: Any, breaker: str) -> None:
    """As in the Durable Object: the hold's end is another matter."""
    table(client).hold(breaker, HOLD)
    table(client, NOW + 1).flip(breaker, "closed", POLICY)
    override = table(client, NOW + 1).status(breaker, 30_000).override
    assert override is not None
    assert override.owner == "dana"


def test_a_flip_takes_a_hold_that_is_over_along(client: Any, breaker: str) -> None:
    """Its end, which nobody has heard of, would undo the flip; one that another person sets meanwhile stays."""
    table(client).hold(breaker, HOLD)
    table(client, NOW + 60_000).flip(breaker, "open", POLICY)
    assert "ov" not in client.get_item(TableName="breakers", Key=key(breaker))["Item"]
    table(client, NOW + 60_000).hold(breaker, HOLD)
    racing = Racing(client, lambda: table(client, NOW + 120_000).hold(breaker, Hold("monitor", 9_000, "eli", "other")))
    table(racing, NOW + 120_000).flip(breaker, "closed", POLICY)
    override = table(client, NOW + 120_000).status(breaker, 30_000).override
    assert racing.tried == 2
    assert override is not None
    assert override.owner == "eli"


@pytest.mark.parametrize(("coin", "cooldown"), [(0, 8_000), (4_999, 9_999), (5_000, 10_000), (9_999, 12_000)])
def test_the_first_cooldown_is_the_runtimes(coin: int, cooldown: int) -> None:
    """As in runtime/cooldown.mjs, rounded down below the middle too."""
    assert first_cooldown(POLICY, coin) == cooldown


def test_a_flip_races_a_transition(client: Any, breaker: str) -> None:
    """The function was quicker: the flip comes after, from the state that it finds then, and no event is lost."""
    write(client, breaker, v=1, e=1, st="open", at=NOW, ra=NOW, lv=2)
    racing = Racing(client, lambda: table(client, NOW + 1).flip(breaker, "half-open", POLICY))
    table(racing, NOW + 2).flip(breaker, "closed", POLICY)
    assert racing.tried == 2
    last, first = table(client).events(breaker, None, 10).events
    assert (first["from"], first["to"], first["epoch"]) == ("open", "half-open", 2)
    assert (last["from"], last["to"], last["epoch"]) == ("half-open", "closed", 3)


def test_a_record_that_never_stands_still_is_given_up(client: Any, breaker: str) -> None:
    """After a bounded number of attempts."""
    epochs = itertools.count(1)
    racing = Racing(client, lambda: write(client, breaker, v=1, e=next(epochs), st="closed", at=NOW), times=1_000)
    with pytest.raises(Cannot, match="moved 8 times"):
        table(racing).hold(breaker, HOLD)
    assert racing.tried == 8
    assert table(client).events(breaker, None, 10).events == []


@pytest.mark.parametrize("record", [{"v": 2, "st": "open"}, {"v": 1, "st": "asleep"}])
def test_a_later_releases_record_is_refused(client: Any, breaker: str, record: dict[str, Any]) -> None:
    """It is read, and never moved."""
    write(client, breaker, e=4, at=NOW, **record)
    before = client.get_item(TableName="breakers", Key=key(breaker))["Item"]
    with pytest.raises(Cannot, match="a later release"):
        table(client).hold(breaker, HOLD)
    with pytest.raises(Cannot, match="a later release"):
        table(client).release(breaker)
    with pytest.raises(Cannot, match="a later release"):
        table(client).flip(breaker, "closed", POLICY)
    assert client.get_item(TableName="breakers", Key=key(breaker))["Item"] == before
    assert table(client).status(breaker, 30_000).state == record["st"]


def test_a_later_release_that_comes_in_between_is_refused(client: Any, breaker: str) -> None:
    """The condition is on the version too: the epoch alone would not have told."""
    write(client, breaker, v=1, e=4, st="open", at=NOW)
    racing = Racing(client, lambda: write(client, breaker, v=2, e=4, st="open", at=NOW))
    with pytest.raises(Cannot, match="a later release"):
        table(racing).flip(breaker, "closed", POLICY)
    assert racing.tried == 1


def test_two_people_in_one_millisecond(client: Any, breaker: str) -> None:
    """Each has an event: the second waits for another millisecond."""
    clock = itertools.chain([NOW, NOW], itertools.count(NOW + 1))
    one = Table(client, "breakers", REGION, lambda: "dana", lambda: next(clock))
    one.hold(breaker, HOLD)
    one.hold(breaker, HOLD)
    assert [event["at"] for event in table(client).events(breaker, None, 10).events] == [NOW + 1, NOW]


def test_events_go_on_where_a_page_ended(client: Any, breaker: str) -> None:
    """Newest first, each once; those past their week are not shown though DynamoDB has not deleted them yet."""
    for at in range(-2, 7):
        ages = 8 * 86_400_000 if at < 0 else 0
        table(client, NOW + at - ages).flip(breaker, "open", POLICY)
    whole = table(client).events(breaker, None, 100)
    assert [event["epoch"] for event in whole.events] == [9, 8, 7, 6, 5, 4, 3]
    assert whole.next is None
    paged: list[Any] = []
    cursor = None
    while True:
        page = table(client).events(breaker, cursor, 3)
        paged += page.events
        assert len(page.events) <= 3
        cursor = page.next
        if cursor is None:
            break
    assert paged == whole.events


def test_the_window_is_counted_as_the_runtime_counts_it(client: Any, breaker: str) -> None:
    """The oldest bucket whole, one ahead of the clock too; no other epoch's and no other width's."""
    current, width = NOW // 5_000, 5_000
    buckets = {
        f"o2w{width}_{current}": 1,
        f"f2w{width}_{current - 9}": 2,
        f"s2w{width}_{current - 10}": 4,
        f"l2w{width}_{current + 1}": 8,
        f"g2w{width}_{current}": 16,
        f"o1w{width}_{current}": 100,
        f"o2w1000_{NOW // 1000}": 100,
        f"o2w{width}_{current - 11}": 100,
    }
    write(client, breaker, v=1, e=2, st="closed", at=NOW, k2=3, ls=NOW - 5, **buckets)
    status = table(client).status(breaker, 50_000)
    assert status.counts == {"ok": 1, "network": 2, "service": 4, "slow": 8, "aged": 16}
    assert (status.streak, status.heard) == (3, {REGION: NOW - 5})


def test_metrics_are_minutes(client: Any, breaker: str) -> None:
    """Counts and latency of each minute in the range, oldest first."""
    for minute in (9, 10, 11, 12):
        name = {"pk": f"m#{breaker}#{REGION}", "sk": f"{minute:010}"}
        client.put_item(TableName="breakers", Item=written({**name, "requests": minute, "l20": 3, "l4": 1, "ttl": 5}))
    assert table(client).metrics(breaker, 10, 11) == [
        {"minute": 10, "counts": {"requests": 10}, "latency": [[4, 1], [20, 3]]},
        {"minute": 11, "counts": {"requests": 11}, "latency": [[4, 1], [20, 3]]},
    ]


def test_a_table_that_is_not_there_is_told(client: Any, breaker: str) -> None:
    """In one line, with what to look at."""
    with pytest.raises(Cannot, match="ResourceNotFoundException") as caught:
        table(client, name="other").hold(breaker, HOLD)
    assert "deployed" in (caught.value.hint or "")


def test_a_region_that_does_not_answer_is_asked_no_more() -> None:
    """What is under way comes back; the rest is told at once: 500 breakers are not 500 time-outs."""
    asked = []

    class Gone:
        region = "us-east-1"

        def status(self, breaker: str, window_ms: int) -> Status:
            asked.append(breaker)
            raise Silent("DynamoDB in us-east-1: nobody answers")

    names = [f"e{at}" for at in range(500)]
    found = Region(Gone(), dict.fromkeys(names, Policy())).status(names)  # type: ignore[arg-type]
    assert {str(one) for one in found.values()} == {"DynamoDB in us-east-1: nobody answers"}
    assert len(found) == 500
    assert len(asked) <= 16
