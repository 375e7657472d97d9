"""A team's repository with its stacks, and `kampkin preview` in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

FILE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}, aws: {}}
owners:
  shop: {notify: {slack: secret:SHOP_SLACK, webhook: secret:SHOP_HOOK, when: [open, close]}}
endpoints:
  cart:
    origin: https://cart.acme.dev
    owner: shop
    breaker: {cooldown: 7s}
    targets: [cloudflare]
    headers: {request: {Authorization: secret:CART_TOKEN}}
  search: {origin: https://search.acme.dev, owner: shop, route: /find/*}
environments:
  prod: {}
  small: {targets: {cloudflare: {store: kv}, aws: {store: memory}}}
  wide: {targets: {aws: {regions: [us-east-1, eu-west-1, sa-east-1]}}}
"""

ZONE = "00000000000000000000000000001234"

STACKS = {
    "cloudflare/Pulumi.yaml": "name: acme-edge\n",
    "cloudflare/Pulumi.prod.yaml": f"""\
config:
  acme-edge:zoneId: {ZONE}
  acme-edge:adminToken: {{secure: v1:c2VhbGVkIGFkbWluIHRva2Vu:cafe}}
  acme-edge:CART_TOKEN: plain-cart-token
  acme-edge:SHOP_HOOK: {{secure: v1:c2VhbGVkIGhvb2s=:cafe}}
  cloudflare:apiToken: {{secure: v1:dG9rZW4=:cafe}}
""",
    "aws/Pulumi.yaml": "name: acme-aws\n",
    "aws/Pulumi.prod.yaml": "config:\n  acme-aws:environment: prod\n  acme-aws:SHOP_SLACK: https://hooks.acme.dev/plain-slack\n",
}

HIDDEN = (
    "plain-cart-token",
    "plain-slack",
    "c2VhbGVkIGFkbWluIHRva2Vu",
    "c2VhbGVkIGhvb2s",
    "secret.invalid",
    "dG9rZW4=",
)
"""What must stand in no output: secrets, sealed or not, and what stood for them."""


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed."""
        return json.loads(self.out)

    def resources(self, target: str) -> dict[str, Any]:
        """A target's resources by name, out of the JSON."""
        return {one["name"]: one for one in self.json["targets"][target]["resources"]}


Kampkin = Callable[..., Outcome]


def lay_out(folder: Path, text: str = FILE) -> None:
    """Writes the repository."""
    (folder / "kampkin.yaml").write_text(text)
    for name, content in STACKS.items():
        path = folder / "stacks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def run_in(folder: Path, *arguments: str, **environment: str) -> Outcome:
    """Runs `kampkin` in a folder."""
    return python_in(folder, "-m", "kampkin", *arguments, **environment)


def python_in(folder: Path, *arguments: str, **environment: str) -> Outcome:
    """Runs Python in a folder, with this checkout's package."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "compiler")} | environment
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def kampkin(tmp_path: Path) -> Kampkin:
    """Runs `kampkin` in the team's repository, `text` in place of its file."""

    def run(*arguments: str, text: str = FILE, **environment: str) -> Outcome:
        lay_out(tmp_path, text)
        return run_in(tmp_path, *arguments, **environment)

    return run


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The preview of prod as JSON, made once."""
    folder = tmp_path_factory.mktemp("prod")
    lay_out(folder)
    return run_in(folder, "preview", "--env", "prod", "--format", "json")
