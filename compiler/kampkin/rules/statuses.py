"""Rules about which answers are failures."""

from __future__ import annotations

from collections.abc import Iterator

from kampkin.config import Endpoint
from kampkin.rules.parts import breaker_of, cooldown_of
from kampkin.rules.rule import Problem, Rule, of_each
from kampkin.typed import Typed

NETWORK_STATUSES = frozenset((*range(520, 528), 530))
"""How Cloudflare reports an origin that it cannot reach, and what it hears from it in time: failures anyway."""
NOT_THE_CALLERS = frozenset((408, 425, 429))
"""Of the 4xx, those that may say more of the service than of the caller."""
TOO_MANY = 429


def listed(endpoint: Endpoint) -> Iterator[tuple[int, range]]:
    """The failure statuses as they are written."""
    for index, (first, last) in enumerate(breaker_of(endpoint).failure_statuses or ()):
        yield index, range(first, last + 1)


def network_status_listed(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """Statuses that stay what they are."""
    for index, statuses in listed(endpoint):
        if NETWORK_STATUSES.issuperset(statuses):
            yield Problem(
                typed.span(name, "breaker", "failure_statuses", index),
                f"to list {statuses[0]} changes nothing for {name}: it is a network failure already",
                "remove it",
            )


def server_errors_pass(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """A list takes the place of the one below it."""
    statuses = [status for _, each in listed(endpoint) for status in each]
    if statuses and not any(status >= 500 and status not in NETWORK_STATUSES for status in statuses):
        yield Problem(
            typed.span(name, "breaker", "failure_statuses"),
            f"a 500 or 503 of {name} is no failure: this list takes the place of the default, 500 and 502-504",
            "add 500 and 502-504, or 5xx",
        )


def callers_mistakes(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """One caller's mistakes close the service to all."""
    for index, statuses in listed(endpoint):
        mistake = next((status for status in statuses if status < 500 and status not in NOT_THE_CALLERS), None)
        if mistake:
            yield Problem(
                typed.span(name, "breaker", "failure_statuses", index),
                f"with {mistake} among its failure statuses callers who are wrong open the breaker of {name} for all",
                "of the 4xx list 408, 425 and 429 at most",
            )


def retry_after_unheard(typed: Typed, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    """The service says when it may be asked again, and nobody listens."""
    if cooldown_of(endpoint).obey_retry_after:
        return
    for index, statuses in listed(endpoint):
        if TOO_MANY in statuses:
            yield Problem(
                typed.span(name, "breaker", "failure_statuses", index),
                f"a 429 of {name} may say how long to wait, and its breaker does not listen",
                "set cooldown: {obey_retry_after: true}",
            )


RULES = (
    Rule(
        "network-status-listed",
        "warning",
        "Statuses 520 to 527 and 530 are Cloudflare's word for an origin out of reach, and failures whether listed or not.",
        of_each(network_status_listed),
        "docs/breaker.md#outcomes",
    ),
    Rule(
        "server-errors-pass",
        "warning",
        "`failure_statuses` takes the place of the default, so a list without 5xx makes answers such as 500 and 503 no failures.",
        of_each(server_errors_pass),
        "docs/language.md#merging",
    ),
    Rule(
        "callers-mistakes",
        "warning",
        "A 4xx says that the caller is wrong: counted as a failure, it lets one caller open the breaker for all.",
        of_each(callers_mistakes),
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.5",
    ),
    Rule(
        "retry-after-unheard",
        "warning",
        "An answer 429 may say in `Retry-After` how long to wait, which a cooldown obeys only if told so.",
        of_each(retry_after_unheard),
        "https://www.rfc-editor.org/rfc/rfc6585#section-4",
    ),
)
