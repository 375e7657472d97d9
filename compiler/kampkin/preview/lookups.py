"""What an account answers that a preview makes up: one in which nothing is deployed yet, and all that is looked up is as the
settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "<AWS account>"


@dataclass(frozen=True)
class Account:
    """Who is asked."""

    host: str | None
    """The target's; a zone that is looked up is its."""
    number: str | None
    """Of the account on AWS, where the settings name it."""

    def answer(self, token: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A look-up's answer: where nothing is known of it what was asked for, and a reference for its id."""
        said = ", ".join(str(value) for value in asked.values() if isinstance(value, str))
        what = f"{token.rpartition(':')[2]}({said})"
        known: Mapping[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": self.number or ACCOUNT,
                "arn": f"arn:aws:iam::{self.number or ACCOUNT}:<caller>",
            },
            "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
            # Nobody's: a former host may be in another zone than the target's, and only an account knows which that is.
            "aws:route53/getZone:getZone": {"name": "", "privateZone": False},
            "cloudflare:index/getWorkersScripts:getWorkersScripts": {"results": []},
            "cloudflare:index/getWorkersCustomDomains:getWorkersCustomDomains": {"results": []},
            "cloudflare:index/getZone:getZone": {"name": self.host, "status": "active"},
        }
        return {"id": f"${{{what}.id}}", "arn": f"${{{what}.arn}}", **asked, **known.get(token, {})}
