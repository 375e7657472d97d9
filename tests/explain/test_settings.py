"""`kampkin explain` says of every setting where it was written, whatever layer it comes from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = """\
version: 1
project: acme
include: [teams/*.yaml]
targets: {cloudflare: {host: edge.acme.dev}, aws: {}}
x-hooks: &patient {timeout: 9s}
defaults:
  timeout: 3s
  breaker: {window: 45s}
profiles:
  third-party:
    idle_timeout: 20s
    breaker: {cooldown: {obey_retry_after: true}}
endpoints:
  cart: {origin: "https://cart.acme.dev/v2", route: /basket/*, methods: [GET]}
  hook: {<<: *patient, origin: https://hook.acme.dev}
environments:
  prod: {defaults: {breaker: {monitor: true}}, endpoints: {search: {timeout: 1s}, cart: {methods: null}}}
"""
TEAM = """\
defaults: {breaker: {window: 60s, trip: {network_failures: 4}}}
profiles: {ours: {breaker: {half_open: {ramp: 30s}}}}
endpoints:
  search: {profile: third-party, origin: https://search.acme.dev}
  other: {profile: ours, origin: https://other.acme.dev, breaker: {trip: {failure_ratio: null}, cooldown: 10s}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A document with a team's file."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "kampkin.yaml").write_text(ROOT)
    (tmp_path / "teams" / "shop.yaml").write_text(TEAM)
    return tmp_path


def explain(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in the folder."""
    command = [sys.executable, "-m", "kampkin", "explain", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def settings(folder: Path, *args: str) -> dict[str, tuple[str, str, str | None]]:
    """By key: the value, the layer, and the place as file:line."""
    ran = explain(folder, *args, "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)["settings"]
    places = {one["key"]: one["place"] and f"{one['place']['file']}:{one['place']['line']}" for one in found}
    return {one["key"]: (one["value"], one["layer"], places[one["key"]]) for one in found}


def test_each_layer_is_named(folder: Path) -> None:
    """Built-in, the root's defaults, a file's own, a profile of either, the endpoint, and what an anchor brings."""
    search, other, hook = (settings(folder, name) for name in ("search", "other", "hook"))
    assert search["breaker.cooldown.initial"] == ("10s", "built-in", None)
    assert search["timeout"] == ("3s", "defaults", "kampkin.yaml:7")
    assert search["breaker.window"] == ("60s", "defaults", "teams/shop.yaml:1")
    assert search["breaker.cooldown.obey_retry_after"] == ("true", "profile third-party", "kampkin.yaml:12")
    assert search["idle_timeout"] == ("20s", "profile third-party", "kampkin.yaml:11")
    assert search["origin"] == ("https://search.acme.dev", "endpoint search", "teams/shop.yaml:4")
    assert other["breaker.half_open.ramp"] == ("30s", "profile ours", "teams/shop.yaml:2")
    assert other["breaker.cooldown.max"] == ("10s", "endpoint other", "teams/shop.yaml:5")
    assert "breaker.trip.failure_ratio" not in other
    assert hook["timeout"] == ("9s", "x-hooks", "kampkin.yaml:5")


def test_an_environment_is_a_layer(folder: Path) -> None:
    """What it changes is its, for included endpoints too; what it removes is gone."""
    search, cart = settings(folder, "search", "--env", "prod"), settings(folder, "cart", "--env", "prod")
    assert search["timeout"] == ("1s", "environment prod", "kampkin.yaml:17")
    assert cart["breaker.monitor"] == ("true", "environment prod", "kampkin.yaml:17")
    assert "methods" not in cart
    assert settings(folder, "cart")["methods"] == ("[GET]", "endpoint cart", "kampkin.yaml:14")


def test_people_see_urls_and_places(folder: Path) -> None:
    """The URL of each target, the platform's own where the file names no host, and a line for each setting."""
    said = explain(folder, "cart").stdout
    assert "cart, in front of https://cart.acme.dev/v2" in said
    assert "cloudflare  https://edge.acme.dev/basket\n" in said
    assert "aws         https://<id>.cloudfront.net/basket\n" in said
    (line,) = [line for line in said.splitlines() if line.split()[:1] == ["breaker.window"]]
    assert line.split()[1:] == ["45s", "kampkin.yaml:8", "defaults"]


def test_people_see_what_it_promises(folder: Path) -> None:
    """At the rate that is asked about, each promise with its proof; JSON says the same."""
    said = explain(folder, "other", "--rate", "0.5").stdout
    told = json.loads(explain(folder, "other", "--rate", "0.5", "--json").stdout)["promises"]
    assert "What this promises, at 0.5 requests a second" in said
    assert {one["kind"] for one in told["promises"]} == {"wait", "opening", "pressure", "healing"}
    for one in told["promises"]:
        assert f"  {one['text']}\n" in said
        assert f"    proof: {', '.join(one['proof'])}\n" in said
    assert told["assumption"] in said


@pytest.mark.parametrize("rate", ["0", "-1", "often", "1/0", "9999999"])
def test_a_rate_that_is_none_is_told(folder: Path, rate: str) -> None:
    """With 2, and no traceback."""
    ran = explain(folder, "cart", "--rate", rate)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("kampkin: ")


def test_an_unknown_endpoint_is_named(folder: Path) -> None:
    """With the one that it may be."""
    ran = explain(folder, "crat")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "kampkin: there is no endpoint 'crat' in kampkin.yaml\n  hint: did you mean cart?\n"


def test_a_broken_file_is_told_instead(folder: Path) -> None:
    """Its findings, and 1."""
    (folder / "teams" / "shop.yaml").write_text(TEAM.replace("60s", "60"))
    ran = explain(folder, "cart")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "teams/shop.yaml:1:30: error[no-unit]" in ran.stderr
