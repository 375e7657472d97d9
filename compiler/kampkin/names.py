"""The names of everything that is deployed, derived from the plan's project and environment alone.

So operating and drift need cloud credentials only, and the edge bundle, the stack and the local edges
agree without asking one another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kampkin.plan import Plan

LONGEST_BASE = 48
"""Characters; leaves room for suffixes under 63 (Worker names) and 64 (IAM roles, Lambda functions)."""

LONGEST_MARK = 32

PART_NAMES = ("state", "notify")
"""What parts are called behind the base that are of one kind with an edge: an environment of that name would be one of them."""

STATE_CLASS = "BreakerState"
STATE_BINDING = "STATE"
KV_BINDING = "DECISIONS"
ANALYTICS_BINDING = "METRICS"
ADMIN_BINDING = "KAMPKIN_ADMIN"
EMAIL_BINDING = "EMAIL"

STORE_BINDINGS = {"durable-object": STATE_BINDING, "kv": KV_BINDING}
"""What the edge Worker's store is bound as; `memory` is bound to nothing."""


@dataclass(frozen=True)
class Names:
    """Physical names for one plan."""

    base: str

    @property
    def worker(self) -> str:
        """The edge Worker."""
        return self.base

    @property
    def state_worker(self) -> str:
        """The Worker that holds the Durable Object class."""
        return f"{self.base}-state"

    @property
    def namespace(self) -> str:
        """The title of the KV namespace of the breakers' decisions."""
        return self.base

    @property
    def dataset(self) -> str:
        """The Analytics Engine dataset of the breakers' minutes: a table's name in its SQL."""
        return self.base.replace("-", "_")

    @property
    def function(self) -> str:
        """The Lambda@Edge function."""
        return self.base

    @property
    def role(self) -> str:
        """The role the function runs as."""
        return f"{self.base}-edge"

    @property
    def table(self) -> str:
        """The DynamoDB table of the breakers' records, in each of its regions."""
        return self.base

    @property
    def notifier(self) -> str:
        """The function that tells owners, in each of the table's regions, and the role it runs as."""
        return f"{self.base}-notify"

    @property
    def queue(self) -> str:
        """What is still to be told."""
        return f"{self.base}-notify"

    @property
    def dead_letters(self) -> str:
        """What nobody took."""
        return f"{self.base}-notify-dead"

    @property
    def deployer(self) -> str:
        """The role that CI deploys as."""
        return f"{self.base}-deploy"

    @property
    def previewer(self) -> str:
        """The role that CI looks with at what a pull request would change; of a project, not of one environment."""
        return f"{self.base}-preview"

    @property
    def operator(self) -> str:
        """The policy of people who operate the breakers."""
        return f"{self.base}-operate"

    def topic(self, owner: str) -> str:
        """Where an owner's email goes through; no other name has an underscore."""
        return f"{self.base}_{owner}"


def names_for(plan: Plan) -> Names:
    """The names that belong to the plan; a long project keeps its start and gets eight characters of hash."""
    return Names(shortened("-".join(filter(None, ("kampkin", plan.project, plan.environment))), LONGEST_BASE))


def mark_of(plan: Plan) -> str:
    """Whose something is. Names do not tell: project and environment may both have the line that joins them there."""
    return shortened("_".join(filter(None, (plan.project, plan.environment))), LONGEST_MARK)


def shortened(name: str, most: int) -> str:
    """The name, where it is too long with eight characters of hash for its end."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9].rstrip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
