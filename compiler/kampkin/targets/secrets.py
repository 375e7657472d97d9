"""The secrets that a plan needs in its stack: what owners are told by, and what origins are sent in headers."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from kampkin.audience import audience_of, secrets_of
from kampkin.plan import Plan, TargetName
from kampkin.targets.settings import Problem

KEY = "whsec_"
SECRET_WORDS = {"slack": "an https:// URL", "webhook": "https://receiver/path#whsec_<base64 key>"}
"""What the value of a channel's secret looks like."""


def secrets_needed(plan: Plan, target: TargetName) -> tuple[dict[str, str], tuple[str, ...]]:
    """The secrets that owners are told by, each with its channel, and those that origins are sent in headers."""
    headers = plan.header_secrets if target == "cloudflare" else ()
    return secrets_of(audience_of(plan, target)), headers


def secret_problems(owners: Mapping[str, str], headers: Iterable[str], values: Mapping[str, str]) -> Iterator[Problem]:
    """The secrets that are missing, or are nothing that could be used."""
    for name, channel in owners.items():
        if not values.get(name):
            yield Problem(
                name, f"is not set: owners are told by it, and it is {SECRET_WORDS[channel]}", secret_command(name)
            )
        elif not is_secret_of(channel, values[name]):
            yield Problem(name, f"is not {SECRET_WORDS[channel]}", secret_command(name))
    for name in headers:
        if not values.get(name):
            yield Problem(name, "is not set: origins are sent it in a header", secret_command(name))
        elif not is_header_value(values[name]):
            yield Problem(name, "is not printable ASCII on one line, as a header's value is", secret_command(name))


def secret_command(name: str) -> str:
    """The command that sets it."""
    return f"pulumi config set --secret {name} VALUE"


def is_header_value(text: str) -> bool:
    """Whether a header may say it."""
    return text.isascii() and text.isprintable() and text == text.strip()


def is_secret_of(channel: str, value: str) -> bool:
    """Whether a channel can be reached by it: an https URL and, for a webhook, a key in base64 as its fragment."""
    try:
        url = urlsplit(value)
        key = base64.b64decode(url.fragment.removeprefix(KEY), validate=True)
        reachable = url.scheme == "https" and url.hostname is not None and url.port != 0 and value.isprintable()
    except ValueError:  # binascii's is one
        return False
    if channel == "slack":
        return reachable and not url.fragment
    return reachable and url.fragment.startswith(KEY) and len(key) > 0
