"""The protected URLs that every command shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kampkin.load import load
from kampkin.plan import Plan, TargetName
from kampkin.urls import protected_urls

FILE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}, aws: {}}
endpoints:
  cart: {origin: https://cart.acme.dev, route: /v1/cart/*}
  exact: {origin: https://cart.acme.dev, route: /exact}
  rest: {origin: https://cart.acme.dev, route: /*}
  root: {origin: https://cart.acme.dev, route: /, targets: [aws]}
environments:
  prod: {targets: {cloudflare: null, aws: {host: aws.acme.dev}}}
  test: {targets: {cloudflare: {host: null}, aws: null}, endpoints: {root: null}}
"""


def plan(tmp_path: Path, environment: str | None) -> Plan:
    """The file's plan."""
    path = tmp_path / "kampkin.yaml"
    path.write_text(FILE)
    found = load(path, environment).plan
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("environment", "target", "host", "names"),
    [
        (None, "cloudflare", "edge.acme.dev", ["cart", "exact", "rest"]),
        (None, "aws", "<id>.cloudfront.net", ["cart", "exact", "rest", "root"]),
        ("prod", "aws", "aws.acme.dev", ["cart", "exact", "rest", "root"]),
        ("test", "cloudflare", "kampkin-acme-test.<account>.workers.dev", ["cart", "exact", "rest"]),
    ],
)
def test_each_endpoint_has_one_on_each_of_its_targets(
    tmp_path: Path, environment: str | None, target: TargetName, host: str, names: list[str]
) -> None:
    """It is the target's host, else the platform's with the Worker's real name, and the route as callers write it."""
    paths = {"cart": "/v1/cart", "exact": "/exact", "rest": "", "root": "/"}
    urls = protected_urls(plan(tmp_path, environment), target)
    assert urls == {name: f"https://{host}{paths[name]}" for name in names}


def test_a_stack_knows_its_host_better(tmp_path: Path) -> None:
    """A host that is handed in is the one that counts."""
    assert (
        protected_urls(plan(tmp_path, None), "aws", "d1.cloudfront.net")["exact"] == "https://d1.cloudfront.net/exact"
    )


def test_they_cost_no_pulumi() -> None:
    """The module is imported here, and Pulumi with it by nobody."""
    code = "import sys, kampkin.urls; sys.exit(any(name.startswith('pulumi') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
