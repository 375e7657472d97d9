"""Each change has a digest of its own, whatever else changes."""

from __future__ import annotations

from pathlib import Path

from kampkin.review.digests import change_digests
from tests.review.plans import plan

FILE = """\
version: 1
project: acme
targets: {cloudflare: {host: edge.acme.dev}}
owners: {shop: {notify: {email: oncall@acme.dev}}}
endpoints:
  cart: https://cart.acme.dev
  search: {origin: https://search.acme.dev, owner: shop}
"""
CART = FILE.replace("cart: https://cart.acme.dev", "cart: {origin: https://cart.acme.dev, timeout: 2s}")
SEARCH = FILE.replace("owner: shop}", "owner: shop, timeout: 3s}")
BOTH = CART.replace("owner: shop}", "owner: shop, timeout: 3s}")


def test_a_changed_endpoint_is_one_change(tmp_path: Path) -> None:
    """It is told from the digest before to the one after, and nothing else is."""
    old, new = plan(tmp_path, FILE), plan(tmp_path, CART)
    (change,) = change_digests(None, old, new)
    assert (change.subject, change.endpoint, change.environment) == ("endpoints.cart", "cart", None)
    assert (change.before, change.after) == (old.endpoints[0].digest, new.endpoints[0].digest)


def test_two_changes_do_not_depend_on_each_other(tmp_path: Path) -> None:
    """A change has one digest, merged alone or on top of another."""
    base, cart, search, both = (plan(tmp_path, text) for text in (FILE, CART, SEARCH, BOTH))
    reviewed = {*change_digests("prod", base, cart), *change_digests("prod", base, search)}
    assert set(change_digests("prod", base, both)) == reviewed
    assert set(change_digests("prod", cart, both)) < reviewed


def test_the_environment_is_part_of_it(tmp_path: Path) -> None:
    """What was reviewed for staging was not for production."""
    old, new = plan(tmp_path, FILE), plan(tmp_path, CART)
    (staging,), (prod,) = change_digests("staging", old, new), change_digests("prod", old, new)
    assert (staging.before, staging.after) == (prod.before, prod.after)
    assert staging.digest != prod.digest


def test_no_plan_before_is_all_of_it_and_the_way_back_is_another(tmp_path: Path) -> None:
    """Each part is added, or removed; the two have different digests."""
    new = plan(tmp_path, FILE)
    added, removed = change_digests(None, None, new), change_digests(None, new, None)
    subjects = ["endpoints.cart", "endpoints.search", "owners.shop", "project", "safety", "targets.cloudflare"]
    assert [change.subject for change in added] == [change.subject for change in removed] == subjects
    assert {change.before for change in added} == {change.after for change in removed} == {None}
    assert not {change.digest for change in added} & {change.digest for change in removed}
    assert change_digests(None, new, new) == change_digests(None, None, None) == ()


def test_a_part_that_is_no_endpoint_is_told_by_its_path(tmp_path: Path) -> None:
    """A host, an owner's address, the furthest override, the project."""
    old = plan(tmp_path, FILE)
    for change, subject in {
        ("edge.acme.dev", "edge.acme.org"): "targets.cloudflare",
        ("oncall@acme.dev", "dana@acme.dev"): "owners.shop",
        ("project: acme", "project: acme\nsafety: {max_override: 1h}"): "safety",
        ("project: acme", "project: other"): "project",
    }.items():
        (found,) = change_digests(None, old, plan(tmp_path, FILE.replace(*change)))
        assert (found.subject, found.endpoint) == (subject, None)
