"""What docs/ says is what the code does, as far as a program can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from kampkin.load import load
from kampkin.lower import CONTENT_TYPES, joined
from kampkin.plan import Answer, Cors, Endpoint, Policy
from kampkin.rulebook import show
from kampkin.values import count, duration, share, statuses

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "compiler" / "kampkin"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

WHOLE_FILE = re.compile(r"^```yaml kampkin\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED_FILES = re.compile(r"\b(?:file|include): \[?([^],} \n]+)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")

POLICY = Policy()
DEFAULTS: dict[str, tuple[Any, Any]] = {
    "timeout": (duration, Endpoint.model_fields["timeout_ms"].default),
    "breaker.window": (duration, POLICY.window_ms),
    "breaker.trip.consecutive_failures": (count, POLICY.consecutive_failures),
    "breaker.trip.failure_ratio": (share, POLICY.failure_ratio_bp),
    "breaker.trip.minimum_requests": (count, POLICY.minimum_requests),
    "breaker.cooldown.initial": (duration, POLICY.cooldown_ms),
    "breaker.cooldown.factor": (count, POLICY.cooldown_factor),
    "breaker.cooldown.max": (duration, POLICY.cooldown_max_ms),
    "breaker.cooldown.jitter": (share, POLICY.cooldown_jitter_bp),
    "breaker.half_open.admit": (share, POLICY.admit_bp),
    "breaker.half_open.max_probes": (count, POLICY.max_probes),
    "breaker.half_open.successes": (count, POLICY.successes),
    "breaker.half_open.failures": (count, POLICY.failures),
    "cors.max_age": (duration, Cors.model_fields["max_age_s"].default * 1000),
}
OFF = {
    "network_failures": POLICY.network_failures,
    "service_failures": POLICY.service_failures,
    "slow_ratio": POLICY.slow_ratio_bp,
    "slow_after": POLICY.slow_after_ms,
}
SWITCHES = {
    "breaker.monitor": POLICY.monitor,
    "breaker.cooldown.obey_retry_after": POLICY.obey_retry_after,
    "breaker.watch_body": Endpoint.model_fields["watch_body"].default,
    "large_bodies": Endpoint.model_fields["large_bodies"].default,
    "cors.credentials": Cors.model_fields["credentials"].default,
}


def examples() -> list[Any]:
    """Every block of every page that is marked as a whole file."""
    found = [(page, match) for page in [*PAGES, ROOT / "README.md"] for match in WHOLE_FILE.finditer(page.read_text())]
    return [pytest.param(match[1], id=f"{page.name}-{number}") for number, (page, match) in enumerate(found)]


@pytest.mark.parametrize("text", examples())
def test_every_example_is_sound(text: str, tmp_path: Path) -> None:
    """A whole file in the documentation loads without a finding, in each of its environments, beside the files it names."""
    path = tmp_path / "kampkin.yaml"
    for name in NAMED_FILES.findall(text):
        named = tmp_path / name.replace("*", "shop")
        named.parent.mkdir(exist_ok=True)
        named.write_text("x-team: shop\n")
    path.write_text(text)
    loaded = load(path)
    assert loaded.diagnostics == ()
    assert loaded.plan


def test_the_defaults_are_the_plans() -> None:
    """Each default that language.md gives is the one a plan gets."""
    table = keys_table()
    for key, (parse, value) in DEFAULTS.items():
        assert parse(table[key]["default"]) == value, key
    for key, value in OFF.items():
        assert (table[f"breaker.trip.{key}"]["default"], value) == ("off", 0)
    for key, on in SWITCHES.items():
        assert table[key]["default"] == str(on).lower()
    assert (table["breaker.half_open.ramp"]["default"], POLICY.ramp_ms) == ("off", 0)
    assert (table["idle_timeout"]["default"], Endpoint.model_fields["idle_timeout_ms"].default) == ("off", 0)
    assert table["fallback.when"]["default"].split(", ") == list(Answer.model_fields["when"].default)
    listed = joined(tuple(statuses(one.strip()) for one in table["breaker.failure_statuses"]["default"].split(",")))
    assert listed == POLICY.failure_statuses


def test_the_types_of_files_are_named() -> None:
    """language.md lists every suffix whose type is known, and no other."""
    (listed,) = re.findall(r"Its type is known by (.*?), and is\n", (DOCS / "language.md").read_text(), re.DOTALL)
    assert re.findall(r"`(\.\w+)`", listed) == sorted(CONTENT_TYPES)


def test_what_is_required_says_so() -> None:
    """A key that says it is required is one that a file must have."""
    required = {"origin", "cors.origins", *(f"override.{key}" for key in ("state", "until", "owner", "reason"))}
    assert {key for key, row in keys_table().items() if row["default"] == "required"} == required


def test_the_page_of_findings_is_fresh() -> None:
    """rules.md is what the registry says."""
    assert (DOCS / "rules.md").read_text() == show(None, "markdown") + "\n", "out of date: run `make docs`"


@pytest.mark.parametrize("folder", [".", "runtime"])
def test_architecture_names_every_module(folder: str) -> None:
    """architecture.md has a line for each module of the compiler and of the runtime."""
    page = (DOCS / "architecture.md").read_text()
    for path in sorted([*(PACKAGE / folder).glob("*.py"), *(PACKAGE / folder).rglob("*.mjs")]):
        name = path.relative_to(PACKAGE / folder).as_posix()
        if not name.startswith("__") and not name.startswith(
            ("conformance/", "cost/", "dashboard/", "local/", "runtime/")
        ):
            assert f"`{name}`" in page, name


def test_every_link_leads_somewhere() -> None:
    """A relative link names a file of the repository."""
    for page in PAGES:
        for target in LINK.findall(page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_make_targets_exist() -> None:
    """What CONTRIBUTING.md says to make can be made."""
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z]+)`", (ROOT / "CONTRIBUTING.md").read_text()):
        assert f"\n{target}:" in makefile, target


def table_of(page: Path, heading: str) -> list[dict[str, str]]:
    """The rows of all tables below a heading, up to the next of its level."""
    level = heading.partition(" ")[0]
    section = page.read_text().partition(f"\n{heading}\n")[2].partition(f"\n{level} ")[0]
    rows: list[dict[str, str]] = []
    head: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            head = []
        elif not head:
            head = cells
        elif not line.startswith("|---"):
            rows.append(dict(zip(head, cells, strict=True)))
    return rows


def keys_table() -> dict[str, dict[str, str]]:
    """language.md's table of an endpoint's keys, by key; what is written is without its backticks."""
    rows = table_of(DOCS / "language.md", "### An endpoint")
    assert rows
    return {row["key"].strip("`"): row | {"default": row["default"].strip("`[]")} for row in rows}
