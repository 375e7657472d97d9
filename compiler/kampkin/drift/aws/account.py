"""One plan's part of an account: what its things are called, and what several readers ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kampkin.drift.aws.calls import Calls, Gone
from kampkin.drift.aws.code import modules_at
from kampkin.drift.model import Unseen
from kampkin.names import Names, names_for
from kampkin.plan import Plan
from kampkin.regions import HOME


class Account:
    """A plan, and AWS."""

    def __init__(self, plan: Plan, calls: Calls) -> None:
        self.plan = plan
        self.calls = calls
        self.downloads = 0
        self._code: dict[tuple[str, str, str], dict[str, bytes]] = {}

    @property
    def names(self) -> Names:
        """What everything is called."""
        return names_for(self.plan)

    def number(self) -> str:
        """Whose the credentials are; to be asked needs no permission."""
        return str(self.calls.ask("sts", HOME, "get_caller_identity")["Account"])

    def arn(self, service: str, region: str, what: str) -> str:
        """The ARN of something of the account's."""
        return f"arn:aws:{service}:{region}:{self.number()}:{what}"

    def distribution(self) -> Mapping[str, Any] | None:
        """The distribution with all of its configuration; None where there is none. It has no name: its comment says whose it is, and
        where no comment does, the function that it calls."""
        comment = f"Kampkin: {self.names.base}"
        everything = self.calls.all("cloudfront", HOME, "list_distributions", "DistributionList.Items")
        found = [one["Id"] for one in everything if one.get("Comment") == comment]
        found = found or [one["Id"] for one in everything if self.is_called_by(one)]
        if len(found) > 1:
            raise Unseen(
                f'{len(found)} distributions have the comment "{comment}", or the function: {", ".join(sorted(found))}',
                "one distribution of that comment",
            )
        if not found:
            return None
        try:
            whole: Mapping[str, Any] = self.calls.ask("cloudfront", HOME, "get_distribution", Id=found[0])[
                "Distribution"
            ]
        except Gone:
            return None
        return whole

    def is_called_by(self, distribution: Mapping[str, Any]) -> bool:
        """Whether a distribution calls the plan's function; the account's own, as none calls another's."""
        called = [str(one["LambdaFunctionARN"]) for one in associations(distribution.get("DefaultCacheBehavior", {}))]
        return any(f":function:{self.names.function}:" in arn for arn in called)

    def code(self, region: str, name: str, version: str) -> dict[str, bytes]:
        """The files of a function's version, downloaded once. Raises `Gone` and `Unseen`."""
        key = region, name, version
        if key not in self._code:
            answer = self.calls.ask("lambda", region, "get_function", FunctionName=name, Qualifier=version)
            self.downloads += 1
            self._code[key] = modules_at(answer["Code"]["Location"])
        return self._code[key]

    def called(self, event: str = "origin-request") -> str | None:
        """The ARN of the function's version that viewers' requests run, None where they run none."""
        distribution = self.distribution()
        for one in associations(distribution["DistributionConfig"]["DefaultCacheBehavior"]) if distribution else ():
            if one["EventType"] == event:
                return str(one["LambdaFunctionARN"])
        return None


def associations(behaviour: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The functions of a behaviour."""
    return listed(behaviour.get("LambdaFunctionAssociations"))


def listed(part: Mapping[str, Any] | None) -> list[Any]:
    """A list as CloudFront writes one, which leaves out what is empty."""
    return list((part or {}).get("Items") or [])


def statements_of(policy: str | None) -> list[Mapping[str, Any]]:
    """The statements of a policy's text, which writes a single one without a list."""
    found = json.loads(policy)["Statement"] if policy else []
    return [found] if isinstance(found, Mapping) else list(found)


def tags_of(pairs: Any) -> dict[str, str]:
    """Tags, as a map or as pairs."""
    if isinstance(pairs, Mapping):
        return dict(pairs)
    return {one["Key"]: one["Value"] for one in pairs or ()}
