"""What the registry of rules promises: stable words for ids, and knowledge that says where it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kampkin.rules import EVERY, ClockRule, Rule
from kampkin.rules.answers import HIDDEN_BY_CLOUDFRONT
from kampkin.rules.fallbacks import SENT_TWICE
from kampkin.rules.routes import ADMIN_API
from kampkin.rules.statuses import NETWORK_STATUSES

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "compiler" / "kampkin" / "runtime"
WORDS = re.compile(r"[a-z]+(-[a-z]+)+")
SENTENCE = re.compile(r"[A-Z`0-9][^\n]*[^.\s]\.")
OFFICIAL = (
    "https://developers.cloudflare.com/",
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/",
    "https://www.rfc-editor.org/rfc/rfc",
    "https://yaml.org/spec/",
)
IDS = [
    "no-targets", "unknown-target", "route-taken", "routes-alike", "route-cut", "methods-do-not-split", "route-of-the-admin-api",
    "claimed-twice", "route-claimed", "claim-unguarded",
    "origin-loop", "in-front-of-without-host", "plain-http",
    "secret-on-aws", "secret-in-file", "host-pass-on-cloudflare",
    "unknown-owner", "notifies-nobody", "no-events-to-tell", "email-not-on-workers-dev",
    "no-trip-rule", "slow-rule-incomplete", "slow-after-timeout", "time-outs-uncounted", "window-too-short", "low-traffic",
    "opens-on-one", "out-of-reach",
    "network-status-listed", "server-errors-pass", "callers-mistakes", "retry-after-unheard",
    "cooldown-below-timeout", "no-jitter", "retry-after-cut", "ramp-beyond-cooldown", "ramp-of-nothing", "many-successes",
    "closes-while-failing", "short-probe",
    "stale-on-aws", "stale-without-host", "stale-of-nothing", "stale-too-young", "fallback-same-origin", "fallback-unreachable",
    "fallback-sent-once",
    "success-for-writes", "fallback-blames-caller", "redirect-to-itself", "fixed-retry-after", "cacheable-fallback",
    "header-hidden-on-aws", "cors-header-overruled",
    "cors-without-origins", "cors-plain-http",
    "lambda-timeout", "timeout-beyond-cloudflare", "idle-timeout-short", "idle-timeout-unheard",
    "large-bodies-without-aws", "large-bodies-statuses-only", "failure-handed-back", "hand-back-port",
    "kv-short-cooldown", "regions-without-table", "location-without-object",
    "monitor-keeps-fallback", "override-of-nothing",
    "cut-by-comment",
    "override-passed", "override-too-far",
]  # fmt: skip
"""A team's `silence` names them: none is ever renamed."""


def test_ids_stay_what_they_are() -> None:
    """No rule is lost, renamed or there twice."""
    assert [rule.id for rule in EVERY] == IDS


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)
def test_a_rule_says_why_and_by_whose_word(rule: Rule | ClockRule) -> None:
    """Its id is words, its why one sentence, and its source official, or a heading of a page of ours."""
    assert WORDS.fullmatch(rule.id)
    assert SENTENCE.fullmatch(rule.why)
    assert ". " not in rule.why
    if not rule.source.startswith(OFFICIAL):
        page, _, heading = rule.source.partition("#")
        assert page.startswith("docs/")
        assert not heading or heading in headings(ROOT / page)


def headings(page: Path) -> set[str]:
    """A page's headings as addresses have them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_rules_know_what_the_runtime_does() -> None:
    """Lists of names that a module of the runtime has too."""
    hop_by_hop = quoted("headers.mjs", "HOP_BY_HOP = [", "]")
    assert [*HIDDEN_BY_CLOUDFRONT] == [*hop_by_hop, *quoted("lambda.mjs", "...HOP_BY_HOP,", "].join")]
    assert {*quoted("fallbacks.mjs", "SENT_TWICE = [", "]")} == SENT_TWICE
    assert [f"{ADMIN_API.path}/"] == quoted("admin.mjs", "PREFIX = ", ";")


def test_the_rules_know_what_is_a_network_failure() -> None:
    """Each status that the breaker counts as one, listed or not, and no other."""
    source = between("outcome.mjs", "export function outcomeOf", "for (const")
    (first, last), alone = re.findall(r">= (\d+) && status <= (\d+)", source)[0], re.findall(r"=== (\d+)", source)
    assert {*range(int(first), int(last) + 1), *map(int, alone)} == NETWORK_STATUSES


def between(module: str, start: str, end: str) -> str:
    """A piece of a module of the runtime."""
    text = (RUNTIME / module).read_text()
    assert text.count(start) == 1
    return text.partition(start)[2].partition(end)[0]


def quoted(module: str, start: str, end: str) -> list[str]:
    """The texts in a piece of a module of the runtime."""
    return re.findall(r'"([^"]+)"', between(module, start, end))
