"""Stand-ins for the compiled bundle: these tests are about what runs it, not about the breaker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kampkin.bundle import Bundle
from kampkin.plan import Origin, Route, Target, seal_endpoint, seal_plan

STANDIN = Path(__file__).parent / "standin"


@pytest.fixture(scope="session")
def standin() -> Callable[..., Bundle]:
    """A bundle that says what reached it; `targets` it is for, `version` it answers in `x-code`."""

    def standin(*targets: str, version: str = "first") -> Bundle:
        endpoint = seal_endpoint(
            name="cart",
            targets=("aws", "cloudflare"),
            route=Route(path="/cart", prefix=True),
            origin=Origin(scheme="https", host="cart.example.com", port=443, path=""),
        )
        plan = seal_plan(
            project="standin",
            targets={
                "aws": Target(store="dynamodb", regions=("us-east-1",)),
                "cloudflare": Target(store="durable-object"),
            },
            endpoints=(endpoint,),
        )
        worker = state = aws = {}
        if "cloudflare" in targets:
            worker, state = {"main.mjs": code("main.mjs", version)}, {"state.mjs": code("state.mjs", version)}
        if "aws" in targets:
            aws = {"main.mjs": code("function.mjs", version)}
        return Bundle(plan, worker, state, aws)

    return standin


def code(name: str, version: str) -> bytes:
    """A stand-in's module, with its version filled in."""
    return (STANDIN / name).read_text().replace("VERSION", version).encode()
