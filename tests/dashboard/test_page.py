"""The page in a browser: what it shows, that it lives, and what it says when something is missing."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kampkin.errors import Cannot

from .conftest import PHONE, Open
from .scene import FILE, NOW, Memory, outage, scene, untouched

AWAY = Cannot("DynamoDB in us-east-1: nobody answers", "is the network there?")


def rows(page: Page) -> list[str]:
    """The endpoints, as they stand."""
    expect(page.locator("[data-row]").first).to_be_visible()
    return [str(row.get_attribute("data-row")) for row in page.locator("[data-row]").all()]


def row(page: Page, name: str) -> str:
    """All that is said of an endpoint."""
    return page.locator(f'[data-row="{name}"]').inner_text()


def test_the_board_shows_every_endpoint_the_worst_first(opened: Open) -> None:
    shown = opened()
    page = shown.goto()
    assert rows(page) == ["cart", "orders", "suggest", "images"]
    cart = row(page, "cart")
    for said in (
        "open",
        "3\u202fm 48\u202fs",
        "consecutive_failures (3 ok",
        "10th probe failed, next in 1",
        "shop",
        "560",
    ):
        assert said in cart, cart
    assert "CHG-1182 moving house" in row(page, "orders")
    assert "failing" in row(page, "suggest")
    expect(page).to_have_title("1 open, 1 held, 1 failing · acme prod")
    assert shown.wrong == []


def test_what_happens_is_seen_without_a_reload(opened: Open) -> None:
    shown = opened(scene(Path()))
    page = shown.goto()
    assert rows(page)[0] == "cart"
    assert "closed" in row(page, "images")
    page.evaluate("window.mine = 1")
    memory: Memory = shown.there.memories["cloudflare"]
    for to, why in (("open", "consecutive_failures"), ("half-open", "cooldown_over"), ("ramp", "probes_succeeded")):
        memory.move("images", to, why, NOW, {"network": 5})
        expect(page.locator('[data-row="images"] .word')).to_have_text(to)
        assert rows(page)[0] == "images"
    memory.move("images", "closed", "ramp_over", NOW)
    expect(page.locator('[data-row="images"] .word')).to_have_text("closed")
    assert page.evaluate("window.mine") == 1
    expect(page.locator("[aria-live=polite]").first).to_contain_text("images is closed")


def test_filters_narrow_and_stay_in_the_address(opened: Open) -> None:
    page = opened().goto()
    page.get_by_label("owner").select_option("shop")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert rows(page) == ["cart", "orders"]
    page.get_by_role("button", name=re.compile("held")).click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert "owner=shop" in page.url
    page.reload()
    assert rows(page) == ["orders"]
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_text("Nothing fits this filter")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").click()
    expect(page.locator("[data-row]")).to_have_count(4)
    page.get_by_role("searchbox").fill("images.acme.dev")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.goto(page.url.partition("?")[0] + "?owner=ghost")
    expect(page.get_by_label("owner")).to_have_value("ghost")
    assert page.get_by_role("searchbox").evaluate("(one) => one.clientWidth") > 120


def test_it_is_used_by_keys(opened: Open) -> None:
    page = opened().goto()
    rows(page)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator('[data-row="cart"] a')).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/endpoints/orders$"))
    page.keyboard.press("b")
    expect(page.locator('[data-row="orders"] a')).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Event log")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_dark_and_light_by_a_key_and_remembered(opened: Open) -> None:
    page = opened(color_scheme="light").goto()
    rows(page)

    def background() -> str:
        return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))

    light = background()
    page.keyboard.press("t")
    assert background() != light
    page.reload()
    rows(page)
    assert background() != light


def test_an_endpoints_page_tells_all_of_it(opened: Open) -> None:
    shown = opened()
    page = shown.goto("/endpoints/cart")
    expect(page.get_by_role("heading", name="cart")).to_be_visible()
    expect(page.get_by_text("not over")).to_be_visible()
    text = page.locator("main").inner_text()
    for said in (
        "aws us-east-1",
        "answered at once, origin calls saved",
        "breaker.cooldown.initial",
        "kampkin.yaml:14",
        "kampkin hold cart open --for 30m --reason 'why' --env prod",
        "a caller who is let through waits at most",
        "half-open",
    ):
        assert said.casefold() in text.casefold(), said
    page.get_by_role("button", name="14 days").click()
    expect(page.get_by_role("button", name="14 days")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("As a table").click()
    expect(page.locator("#history table").first).to_be_visible()
    assert shown.wrong == []


def test_commands_and_addresses_are_copied(opened: Open) -> None:
    page = opened().goto("/endpoints/cart")
    page.locator("#commands").get_by_role("button", name=re.compile("Copy")).first.click()
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert copied == "kampkin hold cart open --for 30m --reason 'why' --env prod"


def test_a_change_is_proposed_and_nothing_is_written(opened: Open) -> None:
    shown = opened()
    page = shown.goto("/endpoints/cart")
    page.get_by_role("button", name="Propose a change").click()
    page.get_by_label("breaker.trip.consecutive_failures", exact=True).fill("9")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_label("Patch", exact=True)).to_contain_text(
        "+      trip: {consecutive_failures: 9}", timeout=60_000
    )
    expect(page.get_by_label("What it means", exact=True)).to_contain_text("less sensitive")
    page.get_by_label("breaker.trip.consecutive_failures", exact=True).fill("many")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_text("This cannot be proposed.")).to_be_visible()
    expect(page.locator(".findings")).to_contain_text("kampkin.yaml:13")
    assert shown.there.file.read_text() == FILE
    assert shown.wrong == []


def test_a_setting_that_the_endpoint_has_not_yet_is_added(opened: Open) -> None:
    """With an example beside it; what is inherited is not offered to be taken out."""
    page = opened().goto("/endpoints/cart")
    page.get_by_role("button", name="Propose a change").click()
    expect(page.get_by_label("breaker.monitor", exact=True)).to_have_value("false")
    expect(page.get_by_role("button", name="Take out timeout")).to_have_count(1)
    expect(page.get_by_role("button", name="Take out breaker.window")).to_have_count(0)
    page.get_by_label("Add a setting").select_option("methods")
    expect(page.get_by_label("methods", exact=True)).to_have_attribute("placeholder", "[GET, POST, DELETE]")
    page.get_by_label("methods", exact=True).fill("[GET]")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_label("Patch", exact=True)).to_contain_text("+    methods: [GET]", timeout=60_000)


def test_the_log_tells_three_kinds_apart(opened: Open) -> None:
    shown = opened()
    page = shown.goto("/events")
    expect(page.locator(".log li").first).to_contain_text("probe_failed (1 bad)")
    page.get_by_role("button", name="by hand").click()
    expect(page.locator(".log li")).to_have_count(2)
    expect(page.locator(".log li").first).to_contain_text("FRA/dana@acme.dev")
    page.get_by_role("button", name="all").click()
    shown.there.memories["aws"].move("images", "open", "consecutive_failures", NOW, {"network": 5})
    expect(page.locator(".log li").first).to_contain_text("images")
    assert shown.wrong == []


def test_before_the_first_look_it_says_that_it_loads(opened: Open) -> None:
    shown = opened()
    shown.page.route("**/api/stream", lambda route: None)  # never answered
    page = shown.goto()
    expect(page.locator("[aria-busy=true]")).to_be_attached()


def test_an_endpoint_that_is_not_there_is_said(opened: Open) -> None:
    page = opened().goto("/endpoints/nobody")
    expect(page.get_by_role("heading", name="There is no endpoint nobody")).to_be_visible()


def test_a_server_that_is_gone_makes_the_page_stale(opened: Open) -> None:
    shown = opened()
    page = shown.goto()
    rows(page)
    shown.server.desk.feed.end()
    shown.server.should_exit = True
    expect(page.get_by_text("No word from the server")).to_be_visible()
    assert rows(page)[0] == "cart"


def test_a_place_that_is_away_is_said_with_what_to_do(opened: Open) -> None:
    shown = opened()
    page = shown.goto()
    rows(page)
    shown.there.memories["aws"].away = AWAY
    expect(page.get_by_text(AWAY.message).first).to_be_visible()
    expect(page.get_by_text("is the network there?").first).to_be_visible()
    assert "open" in row(page, "cart")
    shown.there.memories["aws"].away = None
    expect(page.get_by_text(AWAY.message)).to_have_count(0)


def test_where_no_place_answers_it_says_so_of_every_endpoint(opened: Open) -> None:
    shown = opened()
    for memory in shown.there.memories.values():
        memory.away = AWAY
    page = shown.goto()
    expect(page.locator('[data-row="cart"] .word')).to_have_text("unknown")
    assert AWAY.message in row(page, "images")
    assert "not seen" in row(page, "images")
    expect(page).to_have_title("4 unknown · acme prod")


def test_what_was_seen_before_its_places_went_away_is_told(opened: Open) -> None:
    """How it was then, and how long ago that is; numbers that nobody tells now are no zeros."""
    shown = opened()
    page = shown.goto()
    rows(page)
    for memory in shown.there.memories.values():
        memory.away = AWAY
    shown.there.clock[0] += 9_000
    expect(page.locator('[data-row="cart"] .word')).to_have_text("unknown")
    assert re.search(r"open (9|1\d)\u202fs ago", row(page, "cart"))
    page.locator('[data-row="cart"] a').click()
    expect(page.locator("#history")).to_contain_text("Not known: no place tells its minutes now.")
    expect(page.locator("#history .readout").first).to_contain_text("requests –")
    expect(page.locator("#history .lane-key")).to_contain_text("unknown")


def test_a_hold_has_its_own_time_and_is_drawn(opened: Open) -> None:
    """On a breaker that never moved, and never tripped."""
    there = scene(Path())
    there.memories["cloudflare"].hold_on("images", "forced-open", 600_000, NOW - 60_000, "CHG-1")
    page = opened(there).goto("/endpoints/images")
    expect(page.locator(".hero")).to_contain_text("since 14:22:15 UTC")
    expect(page.locator("#history .lane-key")).to_contain_text("held")
    expect(page.locator("#history .l-held")).to_have_count(2)  # of the one place, and of the key


def test_an_endpoint_that_never_tripped_is_told_so(opened: Open) -> None:
    page = opened(scene(Path())).goto("/endpoints/images")
    expect(page.locator("#incidents")).to_contain_text("Never tripped")
    expect(page.locator("#history")).to_contain_text("No minute has been told")


def test_a_file_with_errors_is_said_and_what_was_stays(opened: Open) -> None:
    shown = opened()
    page = shown.goto()
    rows(page)
    shown.there.file.write_text(FILE.replace("timeout: 1s", "timeout: soon"))
    expect(page.get_by_text("What is shown is how it was before.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("What is shown is how it was before.")).to_be_visible()
    assert rows(page)[0] == "cart"
    shown.there.file.write_text(FILE)
    expect(page.get_by_text("What is shown is how it was before.")).to_have_count(0)


def test_on_a_phone_what_to_do_by_hand_comes_before_the_settings(opened: Open) -> None:
    page = opened(viewport=PHONE).goto("/endpoints/cart")
    expect(page.locator("#settings")).to_be_visible()
    tops = [page.locator(f"#{name}").bounding_box() for name in ("incidents", "commands", "settings")]
    assert [one["y"] for one in tops if one] == sorted(one["y"] for one in tops if one)


def test_on_a_phone_nothing_nothing_lies_beside_the_screen(opened: Open) -> None:
    shown = opened(viewport=PHONE, has_touch=True)
    for path in ("/", "/endpoints/cart", "/events"):
        page = shown.goto(path)
        expect(page.locator("main")).to_contain_text("cart")
        page.wait_for_load_state("networkidle") if path == "/events" else None
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path


@pytest.mark.parametrize("width", [600, 960, 961, 1100, 1240, 1241, 1280, 1600])
def test_a_row_fits_its_table(opened: Open, width: int) -> None:
    page = opened(viewport={"width": width, "height": 700}).goto()
    rows(page)
    over = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.rows .row')].map((one) => one.scrollWidth - one.clientWidth))"
    )
    assert over <= 0


def test_of_many_endpoints_all_are_there_and_nothing_moves_but_what_changes(opened: Open) -> None:
    many = "".join(f"  e{at:03}: {{origin: https://e{at}.acme.dev}}\n" for at in range(500))
    text = f"version: 1\nproject: acme\ntargets: [aws, cloudflare]\nendpoints:\n{many}environments: {{prod: {{}}}}\n"
    shown = opened(scene(Path(), text))
    page = shown.goto()
    expect(page.locator("[data-row]")).to_have_count(500)
    expect(page.locator('[data-row="e499"] .spark')).to_be_attached(timeout=60_000)
    page.evaluate(
        """() => {
            window.touched = new Set();
            new MutationObserver((all) => all.forEach((one) => {
                const row = (one.target.nodeType === 1 ? one.target : one.target.parentElement)?.closest('[data-row]');
                if (row && !row.querySelector('time, [data-since]')) window.touched.add(row.dataset.row);
            })).observe(document.querySelector('.rows'), {subtree: true, childList: true, characterData: true, attributes: true});
        }"""
    )
    memory = shown.there.memories["aws"]
    memory.records["e250"] = replace(
        untouched("e250", memory.place), counts={"ok": 1, "network": 4, "service": 0, "slow": 0}
    )
    expect(page.locator("[data-row]").first).to_have_attribute("data-row", "e250")
    touched = set(page.evaluate("[...window.touched]"))
    assert touched <= {"e250"}, touched


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/", "/endpoints/cart", "/events"])
def test_nothing_keeps_anybody_out(opened: Open, axe: str, scheme: str, path: str) -> None:
    shown = opened(color_scheme=scheme, bypass_csp=True)
    page = shown.goto(path)
    expect(page.locator("main")).to_contain_text("probe")
    if path == "/endpoints/cart":
        expect(page.get_by_text("not over")).to_be_visible()
        page.get_by_role("button", name="Propose a change").click()
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [
        (one["id"], one["help"], [node["target"] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_place_that_takes_its_time_is_waited_for_by_nobody(opened: Open) -> None:
    """It is said, calmly, and the other place is shown."""
    there = outage(scene(Path()))
    answer = threading.Event()
    there.memories["aws"].waits = answer
    shown = opened(there, patience_s=0.05)
    page = shown.goto()
    expect(page.locator('[data-row="cart"] .word')).to_have_text("open")
    expect(page.get_by_text("no answer yet").first).to_be_visible()
    expect(page.get_by_text("No word from the server")).to_have_count(0)
    answer.set()
    expect(page.get_by_text("no answer yet")).to_have_count(0)


def test_an_open_breaker_is_drawn_open_whatever_a_person_has_said_elsewhere(opened: Open) -> None:
    there = scene(Path())
    there.memories["cloudflare"].move("cart", "open", "consecutive_failures", NOW - 5_000, {"network": 5})
    there.memories["aws"].hold_on("cart", "monitor", 60_000, NOW - 9_000, "CHG-1")
    page = opened(there).goto()
    expect(page.locator('[data-row="cart"] .word')).to_have_text("open")
    assert "monitor" in row(page, "cart")


def test_where_events_cannot_be_read_nobody_says_that_it_never_tripped(opened: Open) -> None:
    there = outage(scene(Path()))
    for memory in there.memories.values():
        memory.refuses = ("events",)
    page = opened(there).goto("/endpoints/cart")
    expect(page.locator("#incidents")).to_contain_text("AccessDeniedException")
    expect(page.locator("#incidents")).not_to_contain_text("Never tripped")
