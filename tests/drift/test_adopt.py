"""What is live, written into the file: together and in the language, or the command that would."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from kampkin.bundle import slim
from kampkin.cli import main
from kampkin.drift.adopt import adopt
from kampkin.drift.model import Drift
from kampkin.drift.plans import compared
from kampkin.load import load
from kampkin.plan import Plan, TargetName

from .test_look import FILE, loaded

INITIAL = "breaker.cooldown.initial"

ONE = """\
version: 1
project: acme
targets: {{cloudflare: {{host: edge.acme.dev}}}}
endpoints:
  cart:
    origin: https://cart.acme.dev
    {setting}
"""
OVERRIDE = "override: {{state: forced-open, until: {until}, owner: dana, reason: {reason}}}"
SETTINGS = {
    "a time": ("timeout: 3s", "timeout: 1500ms"),
    "a cooldown that never grows": ("breaker: {cooldown: 10s}", "breaker: {cooldown: 20s}"),
    "a cooldown that grows": (
        "breaker: {cooldown: {initial: 10s, factor: 1, max: 10s}}",
        "breaker: {cooldown: {initial: 20s, factor: 1, max: 20s}}",
    ),
    "a rule of two keys": (
        "breaker: {trip: {slow_ratio: 80%, slow_after: 2s}}",
        "breaker: {trip: {slow_ratio: 90%, slow_after: 3s}}",
    ),
    "a rule": (
        "breaker: {trip: {consecutive_failures: 4}}",
        "breaker: {trip: {consecutive_failures: null, failure_ratio: 33.5%}}",
    ),
    "statuses": ("breaker: {failure_statuses: [500]}", "breaker: {failure_statuses: [429, 500-504]}"),
    "methods": ("methods: [GET]", "methods: [GET, POST]"),
    "another origin": ("timeout: 3s", "timeout: 3s\n    route: /c/*"),
    "pages": (
        'cors: {origins: ["https://a.dev"]}',
        'cors: {origins: ["*"], headers: [x-a], max_age: 5m}',
    ),
    "headers": ('headers: {request: {x-a: "1"}}', 'headers: {request: {x-a: "2", x-b: "c: d", x-c: secret:C}}'),
    "an override": (
        OVERRIDE.format(until="2027-12-01T06:00:00Z", reason="CHG"),
        OVERRIDE.format(until="2028-01-01T06:00:00Z", reason='"null"'),
    ),
    "an answer": (
        "fallback: {status: 503, json: {a: 1}}",
        'fallback: {status: 200, json: {b: "1", "null": [true, 2]}}',
    ),
    "an answer that is text": (
        "fallback: {status: 503, json: {a: 1}}",
        'fallback: {status: 200, body: "{\\"a\\": 1}\\n", headers: {content-type: application/json, x-a: "1"}}',
    ),
    "several fallbacks": (
        "fallback: {stale: 1h}",
        'fallback: [{stale: 2h, when: [open, failure]}, {origin: "https://f.acme.dev", timeout: 1s}, {status: 503, body: "true"}]',
    ),
}


def plan_of(file: Path, setting: str) -> Plan:
    """The file with the setting, as a plan."""
    file.write_text(ONE.format(setting=setting))
    plan = load(file).plan
    assert plan is not None
    return plan


@pytest.mark.parametrize("what", SETTINGS)
@pytest.mark.parametrize("gone", [False, True])
def test_what_is_adopted_is_what_runs(tmp_path: Path, what: str, gone: bool) -> None:
    """Whatever the setting is, and where it is gone: nothing is left that is other, and nothing that neither side had."""
    file = tmp_path / "kampkin.yaml"
    own, other = SETTINGS[what]
    there = plan_of(file, "" if gone else other)
    plan = plan_of(file, own)
    for line in adopt([*compared(slim(there), plan, "cloudflare")], load(file), file, None):
        run_where_told(line)
    assert loaded_plan(file).digest == there.digest


def run_where_told(line: str) -> None:
    """The command that a line ends with, if it has one."""
    _, told, command = line.partition("to do so: kampkin ")
    assert not told or main(shlex.split(command)) == 0


def loaded_plan(file: Path) -> Plan:
    """The file's plan."""
    plan = load(file).plan
    assert plan is not None
    return plan


@pytest.mark.parametrize("what", SETTINGS)
def test_the_command_that_would_adopt_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Where the file says nothing of a setting itself, pasted as it stands."""
    monkeypatch.chdir(tmp_path)
    file = Path("kampkin.yaml")
    there = plan_of(file, SETTINGS[what][1])
    plan = plan_of(file, "")
    before = file.read_text()
    [said] = adopt([*compared(slim(there), plan, "cloudflare")], load(file), file, None)
    assert file.read_text() == before
    run_where_told(said)
    assert loaded_plan(file).digest == there.digest


def test_a_short_form_stays_short(tmp_path: Path) -> None:
    """One duration stands for the three that the plan has."""
    file = tmp_path / "kampkin.yaml"
    there, plan = (plan_of(file, f"breaker: {{cooldown: {time}}}") for time in ("20s", "10s"))
    assert list(adopt([*compared(slim(there), plan, "cloudflare")], load(file), file, None)) == [
        f"cart: breaker.cooldown is 20s in {file}"
    ]
    assert file.read_text() == ONE.format(setting="breaker: {cooldown: 20s}")


def test_a_body_that_is_no_text_is_told(tmp_path: Path) -> None:
    """No command could write it."""
    file = tmp_path / "kampkin.yaml"
    (tmp_path / "a.png").write_bytes(b"\x89PNG\xff")
    there, plan = (plan_of(file, setting) for setting in ("fallback: {status: 200, file: a.png}", "timeout: 3s"))
    said = list(adopt([*compared(slim(there), plan, "cloudflare")], load(file), file, None))
    assert any("fallback is 200, headers" in line and "no command writes that" in line for line in said)


def test_what_cannot_be_written_hides_nothing_of_the_next(tmp_path: Path) -> None:
    """A value that is shared with another endpoint, and one that no file may have."""
    text = FILE.replace("timeout: 3s}  # theirs", "timeout: &t 3s}").replace("acme.dev}\n", "acme.dev, timeout: 2s}\n")
    more = (
        "  order: {origin: https://order.acme.dev, timeout: *t}\n  pay: {origin: https://pay.acme.dev, timeout: 2s}\n"
    )
    found, _, file = loaded(tmp_path, text + more)
    drifts = [
        Drift("live", "aws", "plan", "timeout", "3s", value, endpoint=name, key="timeout", written=value)
        for name, value in (("cart", "9s"), ("pay", "never"), ("search", "9s"))
    ]
    cart, pay, search = adopt(drifts, found, file, None)
    assert cart.startswith(f"cart: timeout not written: {file}:6: what is anchored there as &t is used at line 8 too")
    assert pay == "pay: timeout was not written"
    assert search == f"search: timeout is 9s in {file}"


def test_a_command_to_adopt_can_be_pasted(tmp_path: Path) -> None:
    """Whatever a cloud says."""
    found, _, file = loaded(tmp_path)
    drift = Drift(
        "live", "aws", "plan", "x", "a", "b; rm -rf ~", endpoint="search", key="health.path", written="b; rm -rf ~"
    )
    [said] = adopt([drift], found, file, None)
    assert said.endswith(f"kampkin set search 'health.path=b; rm -rf ~' --file {file}")


def test_what_is_adopted_is_one_value_of_what_runs(tmp_path: Path) -> None:
    """The same on both clouds is written once; where they differ nobody chooses; a digest says nothing of a setting."""
    found, _, file = loaded(tmp_path)

    def other(target: TargetName, value: str, endpoint: str = "cart", key: str = "timeout") -> Drift:
        return Drift("live", target, "plan", key, "3s", value, endpoint=endpoint, key=key, written=value)

    before = file.read_text()
    assert list(adopt([other("aws", "9s"), other("cloudflare", "8s")], found, file, None)) == [
        "cart: timeout is 8s and 9s, by the cloud: choose one with kampkin set, or deploy the file's"
    ]
    assert file.read_text() == before
    merged = [
        Drift("stack", "aws", "stacks/aws", f"endpoints.{name}", "a", "b", endpoint=name) for name in ("cart", "pay")
    ]
    assert list(adopt([*merged, other("aws", "9s"), other("cloudflare", "9s")], found, file, None)) == [
        f"cart: timeout is 9s in {file}",
        "pay: what of it is other is not known: the code that runs there was not seen",
    ]


def test_a_live_value_is_adopted_where_the_file_says_it_itself(tmp_path: Path) -> None:
    """In place, comments kept; else the command that would."""
    found, _, file = loaded(tmp_path)
    drifts = [
        Drift("live", "aws", "plan", "timeout", "3s", "9s", endpoint="cart", key="timeout", written="9s"),
        Drift("live", "aws", "plan", INITIAL, "10s", "20s", endpoint="search", key=INITIAL, written="20s"),
        Drift("live", "aws", "plan", "", None, "find", endpoint="find"),
    ]
    said = list(adopt(drifts, found, file, None))
    assert "  cart: {origin: https://cart.acme.dev, timeout: 9s}  # theirs\n" in file.read_text()
    assert said == [
        f"cart: timeout is 9s in {file}",
        "find: declare it, or let it go: that is no setting to adopt",
        f"search: {file} does not set {INITIAL} there itself; to do so: kampkin set search {INITIAL}=20s --file {file}",
    ]


def test_what_one_environment_runs_is_adopted_for_that_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the file says it for all, the others keep it; where the environment changes it, it is written there."""
    text = FILE + "environments:\n  staging: {}\n  prod:\n    endpoints:\n      search: {timeout: 4s}  # slower there\n"
    _, _, file = loaded(tmp_path, text)
    found = load(file, "prod")
    drifts = [
        Drift("live", "aws", "plan", "timeout", was, "9s", endpoint=name, key="timeout", written="9s")
        for name, was in (("cart", "3s"), ("search", "4s"))
    ]
    assert list(adopt(drifts, found, file, "prod")) == [
        f"cart: timeout is 9s in {file}, for prod",
        f"search: timeout is 9s in {file}, for prod",
    ]
    assert "search: {timeout: 9s}  # slower there\n" in file.read_text()

    def timeouts(environment: str) -> dict[str, int]:
        plan = load(file, environment).plan
        assert plan is not None
        return {one.name: one.timeout_ms for one in plan.endpoints}

    assert timeouts("staging") == {**timeouts("staging"), "cart": 3_000, "search": 5_000}
    assert timeouts("prod") == {**timeouts("prod"), "cart": 9_000, "search": 9_000}
    assert capsys.readouterr().out == ""
