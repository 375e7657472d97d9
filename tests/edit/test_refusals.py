"""What is not done: the file stays as it is, to the byte, and the message says where and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Kampkin

FILE = """\
version: 1
x-slow: &slow {timeout: 20s, breaker: {window: 40s}}
x-more: &more
  gone: https://gone.acme.dev
endpoints:
  <<: *more
  cart: &cart
    <<: *slow
    origin: &origin https://cart.acme.dev
    owner: &owner shop
    breaker: *nothing
  search: *cart
  maps: {origin: *origin, timeout: 3s}
  tiles: {<<: *slow, origin: https://tiles.acme.dev, fallback: [{stale: 1h}, {status: 200}]}
environments:
  prod: {endpoints: {maps: null}}
  staging: {}
""".replace("\n    breaker: *nothing", "")

REFUSED = [
    ("set search timeout=5s", "kampkin.yaml:11: search is *cart, which stands for what is at line 7", "write it out"),
    ("set maps origin=https://m.acme.dev", "kampkin.yaml:12: origin is *origin, which stands for", "write it out"),
    ("set cart timeout=5s", "kampkin.yaml:7: what is anchored there as &cart is used at line 11 too", "by hand"),
    ("set cart origin=https://c.acme.dev", "kampkin.yaml:9: what is anchored there as &origin is used", "line 12 first"),
    ("remove cart --yes", "kampkin.yaml:7: what is anchored there as &cart is used at line 11 too", "line 11 first"),
    ("set gone timeout=5s", "gone comes by <<, from kampkin.yaml:4:3", "others may use it too"),
    ("remove gone --yes", "gone comes by <<, from kampkin.yaml:4:3", "others may use it too"),
    ("set tiles timeout=null", "timeout of tiles comes by <<, from kampkin.yaml:2:25", "a value of its own"),
    ("set map timeout=5s", "there is no endpoint 'map'", "did you mean maps?"),
    ("remove quite-different --yes", "there is no endpoint 'quite-different'", "declared are: cart, search, maps, tiles, gone"),
    ("add maps https://m.acme.dev", "there is an endpoint maps already, at kampkin.yaml:12:3", "kampkin set maps KEY=VALUE"),
    ("set maps timeout=5s --env stagin", "there is no environment 'stagin' in kampkin.yaml", "did you mean staging?"),
    ("set maps timeout=5s --env x", "there is no environment 'x' in kampkin.yaml", "declared are: prod, staging"),
    ("set maps timeout=5s --env prod", "prod removes maps, at kampkin.yaml:15:28", "take that line out"),
    ("set maps timeuot=5s", "there is no key timeuot in an endpoint", "did you mean timeout?"),
    ("set maps breaker.trip.consecutive_failure=5", "there is no key consecutive_failure in breaker.trip", "did you mean breaker.trip.consecutive_failures?"),
    ("set maps max_probes=5", "there is no key max_probes in an endpoint", "did you mean breaker.half_open.max_probes?"),
    ("set maps breaker.qqq=5", "there is no key qqq in breaker", "known there: window, trip, cooldown"),
    ("set tiles fallback.0.stail=1h", "there is no key stail in fallback", "did you mean fallback.stale?"),
    ("set tiles fallback.status=404", "fallback is a list of 2", "say which one: fallback.0.status"),
    ("set tiles fallback.7.status=404", "there is no entry 7 to change", "set the whole list"),
    ("set tiles fallback.0=null", "an entry of a list is not taken out alone", "set the whole list"),
    ("set maps timeout.x=5s", "timeout is no map that x could be in", "set timeout itself"),
    ("set maps timeout", "'timeout' is not KEY=VALUE", "such as timeout=3s"),
    ("set maps =5s", "'=5s' is not KEY=VALUE", "such as timeout=3s"),
    ("set maps timeout=", "timeout has no value", "timeout=null"),
    ("set maps 'methods=[GET'", "methods: this is not YAML", "quotes of its own"),
    ("set maps 'methods=[GET], timeout: 1s'", "methods: this is not one value", "quotes of its own"),
    ("set maps 'cors={origins: [*x]}'", "cors: nothing is anchored as &x", "quotes of its own"),
    ("add", "NAME is missing", "kampkin add NAME URL"),
    ("add new", "URL is missing", "kampkin add NAME URL"),
    ("remove tiles", "nobody was asked", "--yes removes it"),
    ("set maps timeout=5s --file gone.yaml", "there is no such file", "did you mean kampkin.yaml?"),
    ("list --env x", "there is no environment 'x' in kampkin.yaml", "declared are: prod, staging"),
    ("add new https://new.acme.dev --file other.yaml", "there is no other.yaml", "include it in kampkin.yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "says", "hint"), REFUSED, ids=[line for line, *_ in REFUSED])
def test_what_cannot_be_done_is_not_done(kampkin: Kampkin, tmp_path: Path, line: str, says: str, hint: str) -> None:
    """It ends with 2 and says what is wrong, where, and what to do."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    ran = kampkin(line)
    assert ran.code == 2
    assert says in ran.err
    assert hint in ran.err
    assert file.read_text() == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["kampkin.yaml"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("set maps timeout=5", "kampkin.yaml:12:36: error[no-unit]: 5 what?\n  12 |   maps: {origin: *origin, timeout: 5}"),
        ("set maps route=/tiles/*", "error[route-taken]"),
        ("set tiles origin=null", "error[missing-key]: origin is missing"),
        ("add Shop shop.acme.dev", "kampkin.yaml:14:3: error[bad-name]: 'Shop' is no name"),
        ("add Shop shop.acme.dev", "  14 |   Shop: shop.acme.dev\n     |         ^^^^^^^^^^^^^\n  hint: write https://shop.acme.dev"),
        ("add new https://new.acme.dev --profile fast", "error[unknown-profile]: there is no profile fast"),
        ("set maps 'override={state: monitor, until: 2026-12-01T06:00:00Z, owner: dana}'", "error[missing-key]"),
    ],
)  # fmt: skip
def test_what_would_be_an_error_is_shown_and_not_written(
    kampkin: Kampkin, tmp_path: Path, line: str, says: str
) -> None:
    """It ends with 1, and the finding has the line as it would be."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    ran = kampkin(line)
    assert ran.code == 1
    assert says in ran.err
    assert "nothing was written" in ran.err
    assert file.read_text() == FILE


def test_the_last_endpoint_stays(kampkin: Kampkin, tmp_path: Path) -> None:
    """A file without an endpoint would be refused, and so is making one."""
    text = "version: 1\nendpoints: {cart: https://cart.acme.dev}\n"
    (tmp_path / "kampkin.yaml").write_text(text)
    ran = kampkin("remove cart --yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "kampkin: cart is the last endpoint: a file without one is refused\n"
        "  hint: put another in first: kampkin add NAME URL\n"
    )
    assert (tmp_path / "kampkin.yaml").read_text() == text


def test_old_errors_keep_nobody_from_mending_them(kampkin: Kampkin, tmp_path: Path) -> None:
    """Errors that are there already are no reason to refuse; each edit may make them fewer."""
    file = tmp_path / "kampkin.yaml"
    file.write_text("version: 1\nendpoints:\n  cart: {origin: cart.acme.dev, timeout: 3}\n  maps: https://m.acme.dev\n")
    ran = kampkin("set cart timeout=3s")
    assert (ran.code, ran.err) == (0, "")
    assert "timeout: 3s" in file.read_text()
    assert kampkin("add new https://new.acme.dev").out.splitlines()[1] == (
        "  unknown while the file has errors: kampkin check"
    )
    assert kampkin("list").code == 1
    assert kampkin("remove cart --yes").code == 0
    assert kampkin("check").out == "no problems in kampkin.yaml: 2 endpoints\n"


def test_a_new_warning_is_told_and_written(kampkin: Kampkin, tmp_path: Path) -> None:
    """Warnings do not stand in the way; those that were there are not told again."""
    file = tmp_path / "kampkin.yaml"
    file.write_text("version: 1\nendpoints: {cart: http://cart.acme.dev}\n")
    ran = kampkin("add maps http://maps.acme.dev")
    assert ran.code == 0
    assert ran.err.count("plain-http") == 1
    assert "kampkin.yaml:2:47" in ran.err
    assert "maps" in file.read_text()


@pytest.mark.parametrize("line", ["set cart timeout=5s", "add maps https://m.acme.dev", "remove cart --yes", "list"])
def test_what_is_no_yaml_is_not_edited(kampkin: Kampkin, tmp_path: Path, line: str) -> None:
    """A file that cannot be read is shown as `check` shows it."""
    file = tmp_path / "kampkin.yaml"
    file.write_text("version: 1\nendpoints: {cart: [\n")
    ran = kampkin(line)
    assert ran.code == (1 if line == "list" else 2)
    assert "kampkin.yaml:3:1: error[yaml-syntax]" in ran.err
    assert file.read_text() == "version: 1\nendpoints: {cart: [\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "endpoints:\n  cart:\n    origin: https://cart.acme.dev\n    fallback:\n      status: 503\n      body: |\n        x",
            "set cart timeout=5s",
            "kampkin.yaml:8: this cannot be changed here without changing more",
        ),
        (
            "endpoints: &all\n  cart: https://cart.acme.dev\nx-all: *all\n",
            "add maps https://maps.acme.dev",
            "kampkin.yaml:2: what is anchored there as &all is used at line 4 too",
        ),
        (
            "endpoints:\n  cart: {origin: https://cart.acme.dev}\n  cart: {origin: https://cart-2.acme.dev}\n  maps: https://m.acme.dev\n",
            "remove cart --yes",
            "cart stands twice in one map",
        ),
    ],
)
def test_what_would_change_more_is_refused(kampkin: Kampkin, tmp_path: Path, text: str, line: str, says: str) -> None:
    """What the edited text means is held against what it should: a block of text at the end of a file that has no last
    line end, an anchor around all endpoints, a name that stands twice."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(f"version: 1\n{text}")
    ran = kampkin(line)
    assert (ran.code, says in ran.err) == (2, True), ran.err
    assert file.read_text() == f"version: 1\n{text}"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (f"x-a{'.b' * 50_000}=1", "no endpoint has a key of 100003 characters and 50001 parts"),
        (f"fallback.{'9' * 5_000}.status=200", "no endpoint has a key of 5016 characters and 3 parts"),
        (f"timeout={'a' * 100_000}", "the value of timeout has 100000 characters; 65536 are the most"),
    ],
    ids=["deep", "long", "large"],
)
def test_what_nobody_types_is_refused_like_what_somebody_does(
    kampkin: Kampkin, tmp_path: Path, setting: str, says: str
) -> None:
    """A program may pass anything on; it ends no command with a traceback."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    ran = kampkin(f"set tiles {setting}")
    assert (ran.code, says in ran.err) == (2, True)
    assert file.read_text() == FILE
