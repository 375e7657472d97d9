"""What becomes of protected URLs, and who answers there from then on."""

from __future__ import annotations

from pathlib import Path

import pytest

from kampkin.load import load
from kampkin.plan import Plan
from kampkin.review.changes import compare

FILE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}}
endpoints:
  cart: {origin: https://cart.acme.dev, route: /shop/cart/*}
  exact: {origin: https://exact.acme.dev, route: /exact}
"""
CART = "cart: {origin: https://cart.acme.dev, route: /shop/cart/*}"


def plan(tmp_path: Path, text: str) -> Plan:
    """The plan of a text."""
    path = tmp_path / "kampkin.yaml"
    path.write_text(text)
    found = load(path).plan
    assert found
    return found


def fates(tmp_path: Path, *edits: tuple[str, str]) -> dict[str, dict[str, set[str]]]:
    """By endpoint: URLs that come, that are gone, and `URL by ENDPOINT` for those taken."""
    text = FILE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    found: dict[str, dict[str, set[str]]] = {}
    for one in compare(plan(tmp_path, FILE), plan(tmp_path, text)).endpoints:
        taken = {f"{url} by {name}" for url, name in one.urls.taken}
        come = {f"{url} from {name}" if name else url for url, name in one.urls.come}
        told = {"come": come, "gone": {*one.urls.gone}, "taken": taken}
        found[one.name] = {key: value for key, value in told.items() if value}
    return found


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([("/shop/cart/*", "/basket/*")], {"cart": {"come": {"https://edge.acme.dev/basket/*"}, "gone": {"https://edge.acme.dev/shop/cart/*"}}}),
        ([("/shop/cart/*", "/shop/*")], {"cart": {"come": {"https://edge.acme.dev/shop/*"}}}),
        ([("/shop/cart/*", "/*")], {"cart": {"come": {"https://edge.acme.dev/*"}}}),
        ([("/shop/cart/*", "/shop/cart")], {"cart": {"gone": {"https://edge.acme.dev/shop/cart/*"}}}),
        ([("/shop/cart/*", "/shop/car/*")], {"cart": {"come": {"https://edge.acme.dev/shop/car/*"}, "gone": {"https://edge.acme.dev/shop/cart/*"}}}),
        ([("/exact", "/exact/*")], {"exact": {"come": {"https://edge.acme.dev/exact/*"}}}),
        ([(CART, CART.replace("cart:", "basket:", 1))], {"cart": {"taken": {"https://edge.acme.dev/shop/cart/* by basket"}}, "basket": {"come": {"https://edge.acme.dev/shop/cart/* from cart"}}}),
        ([(CART, "rest: {origin: https://rest.acme.dev, route: /*}")], {"cart": {"taken": {"https://edge.acme.dev/shop/cart/* by rest"}}, "rest": {"come": {"https://edge.acme.dev/*"}}}),
        ([(CART, f"{CART}\n  pay: {{origin: https://pay.acme.dev, route: /shop/cart/pay}}")], {"cart": {"taken": {"https://edge.acme.dev/shop/cart/pay by pay"}}, "pay": {"come": {"https://edge.acme.dev/shop/cart/pay from cart"}}}),
        ([("route: /exact", "route: /shop/cart/exact")], {"cart": {"taken": {"https://edge.acme.dev/shop/cart/exact by exact"}}, "exact": {"come": {"https://edge.acme.dev/shop/cart/exact from cart"}, "gone": {"https://edge.acme.dev/exact"}}}),
        ([("edge.acme.dev", "other.acme.dev")], {name: {"come": {f"https://other.acme.dev{path}"}, "gone": {f"https://edge.acme.dev{path}"}} for name, path in (("cart", "/shop/cart/*"), ("exact", "/exact"))}),
        ([("{cloudflare: {host: edge.acme.dev}}", "{cloudflare: {host: edge.acme.dev}, aws: {host: aws.acme.dev}}")], {name: {"come": {f"https://aws.acme.dev{path}"}} for name, path in (("cart", "/shop/cart/*"), ("exact", "/exact"))}),
        ([("project: acme", "project: other")], {}),
    ],
    ids=["moved", "wider", "whole host", "narrower", "a part of a segment", "exact to all below", "renamed", "caught by another", "a part to one that is new", "a part to one that moves", "host", "a cloud more", "project, with a host"],
)  # fmt: skip
def test_a_url_disappears_only_where_nobody_answers(
    tmp_path: Path, edits: list[tuple[str, str]], expected: dict[str, dict[str, set[str]]]
) -> None:
    """The endpoint itself, or another on the same host, may."""
    assert fates(tmp_path, *edits) == expected


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("cloudflare", "https://kampkin-acme.<account>.workers.dev/shop/cart/*"),
        ("aws", "https://<id>.cloudfront.net/shop/cart/*"),
    ],
)
def test_a_project_names_the_platforms_own_hosts(tmp_path: Path, target: str, url: str) -> None:
    """There a new project is a new URL, whether its name is to be seen in it or only the account knows it."""
    text = FILE.replace("{cloudflare: {host: edge.acme.dev}}", f"[{target}]")
    before, after = plan(tmp_path, text), plan(tmp_path, text.replace("project: acme", "project: other"))
    assert {one.name: one.urls.gone for one in compare(before, after).endpoints}["cart"] == (url,)
    assert not compare(before, before)


@pytest.mark.parametrize(
    ("setting", "laxer"), [("", ()), (", breaker: {monitor: true}", ("pay",)), (", timeout: 1s", ())]
)
def test_who_takes_a_part_may_protect_it_less(tmp_path: Path, setting: str, laxer: tuple[str, ...]) -> None:
    """What its callers had and what they have are held against each other, as of an endpoint that stays."""
    taker = f"{CART}\n  pay: {{origin: https://pay.acme.dev, route: /shop/cart/pay{setting}}}"
    cart, _ = compare(plan(tmp_path, FILE), plan(tmp_path, FILE.replace(CART, taker))).endpoints
    assert (cart.name, cart.kind, cart.laxer, cart.loosens) == ("cart", "changed", laxer, bool(laxer))
