"""Who has approved a pull request: from the forge's API alone, never from text that its author can write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from kampkin.approval.github import GitHub
from kampkin.errors import Cannot

DECISIVE = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
"""The reviews that say yes or no; a comment changes neither."""

OF_THE_REPOSITORY = {"OWNER", "MEMBER", "COLLABORATOR"}
"""Whose word counts, as GitHub says how they stand to it: in a public repository anybody may write a review."""

VERSION = 1


@dataclass(frozen=True)
class Approvals:
    """Who stands behind the head of a pull request."""

    author: str
    head: str
    approvals: tuple[str, ...]
    """Persons by their logins, and `@organisation/team` for each team that one of them is a member of; sorted."""

    unread: tuple[str, ...] = ()
    """The teams among the approvers whose members the token may not know: they approve nothing."""

    own: tuple[str, ...] = ()
    """Those who approved what they have a commit in: that is no approval of another's work, and none of these counts."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        said = {"version": VERSION, "author": self.author, "head": self.head}
        return {**said, "approvals": list(self.approvals), "unread_teams": list(self.unread)}


def tip_of_base(github: GitHub, number: int) -> str:
    """The commit that the branch is at which a pull request is to be merged into: now, not when it was opened."""
    branch = str(github.get(f"pulls/{number}")["base"]["ref"])
    return str(github.get(f"branches/{quote(branch)}")["commit"]["sha"])


def approvals_of(
    github: GitHub, number: int, approvers: Sequence[str], teams: GitHub | None = None, reviewed: str | None = None
) -> Approvals:
    """Of the head, which must still be the one that was `reviewed`; None takes the present one. Of `approvers` only the teams
    matter here: who of those that approved is in one is asked of `teams`, whose token may know it.

    Raises `Cannot` where the pull request has moved on.
    """
    pull = github.get(f"pulls/{number}")
    author, head = str(pull["user"]["login"]), str(pull["head"]["sha"])
    if reviewed is not None and head != reviewed:
        raise Cannot(
            f"the head of #{number} is {head[:12]}, not {reviewed[:12]}: whoever approved it now approved another change",
            "the run of the new head reads its approvals; --head is the whole commit",
        )
    said = approving(github.pages(f"pulls/{number}/reviews"), author, head)
    wrote = writers(github, number, int(pull["commits"])) if said else set()
    persons = [person for person in said if person.lower() not in wrote]
    own = tuple(person for person in said if person.lower() in wrote)
    again = str(github.get(f"pulls/{number}")["head"]["sha"])
    if again != head:
        raise Cannot(f"the head of #{number} moved while its reviews were read", "run the job again")
    named = [team.lstrip("@") for team in approvers if "/" in team] if persons else []
    unread = tuple(team for team in named if not is_readable(teams or github, team))
    members = [
        f"@{team}"
        for team in named
        if team not in unread and any(is_member(teams or github, team, person) for person in persons)
    ]
    return Approvals(author, head, tuple(sorted([*persons, *members], key=str.lower)), unread, own)


def writers(github: GitHub, number: int, count: int) -> set[str]:
    """Who has authored or committed any of a pull request's commits since its base, by their logins in lower case. A commit
    whose author GitHub does not know is nobody's.

    Raises `Cannot` where GitHub lists fewer than the `count` that there are.
    """
    found = list(github.pages(f"pulls/{number}/commits"))
    if len(found) < count:
        raise Cannot(
            f"#{number} has {count} commits, and GitHub lists {len(found)}: who wrote the others is not known",
            "squash them, or take them in as several pull requests",
        )
    persons = [commit.get(role) for commit in found for role in ("author", "committer")]
    return {str(person["login"]).lower() for person in persons if person and person.get("login")}


def approving(reviews: Iterable[Any], author: str, head: str) -> list[str]:
    """Those whose last word on it is an approval of this very head: persons of the repository, and not the author."""
    last: dict[str, Any] = {}
    for review in reviews:
        user = review.get("user")
        trusted = review.get("author_association") in OF_THE_REPOSITORY
        if trusted and user and user.get("type") == "User" and review.get("state") in DECISIVE:
            last[str(user["login"])] = review
    return [
        login
        for login, review in last.items()
        if review["state"] == "APPROVED" and review.get("commit_id") == head and login.lower() != author.lower()
    ]


def is_readable(github: GitHub, team: str) -> bool:
    """Whether the token may know who is in a team."""
    organisation, _, slug = team.partition("/")
    return github.find(f"/orgs/{organisation}/teams/{slug}") is not None


def is_member(github: GitHub, team: str, person: str) -> bool:
    """Whether a person is in a team now."""
    organisation, _, slug = team.partition("/")
    found = github.find(f"/orgs/{organisation}/teams/{slug}/memberships/{person}")
    return found is not None and found.get("state") == "active"
