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

MAY_WRITE = {"admin", "write"}
"""The permissions whose word counts: in a public repository anybody may write a review. GitHub tells every role, a custom one
too, as the one of admin, write, read and none that it comes to."""

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

    dropped: tuple[tuple[str, str], ...] = ()
    """Who approved and does not count, each with the reason."""

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
    said = approving(github.pages(f"pulls/{number}/reviews"))
    dropped = {login: why for login, review in said.items() if (why := no_approval(review, author, head))}
    left = [login for login in said if login not in dropped]
    wrote = writers(github, number, int(pull["commits"])) if left else set()
    for login in left:
        if login.lower() in wrote:
            dropped[login] = f"has a commit in #{number}, and nobody approves work of their own"
        elif why := may_not_write(github, login):
            dropped[login] = why
    persons = [login for login in left if login not in dropped]
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
    approvals = tuple(sorted([*persons, *members], key=str.lower))
    return Approvals(author, head, approvals, unread, tuple(dropped.items()))


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


def approving(reviews: Iterable[Any]) -> dict[str, Any]:
    """The reviews of those whose last word is an approval, by their logins."""
    last: dict[str, Any] = {}
    for review in reviews:
        if review.get("user") and review.get("state") in DECISIVE:
            last[str(review["user"]["login"])] = review
    return {login: review for login, review in last.items() if review["state"] == "APPROVED"}


def no_approval(review: Any, author: str, head: str) -> str | None:
    """Why a review is no person's approval of this very head and of another's work; None where it is."""
    user = review["user"]
    if user.get("type") != "User":
        return "is no person"
    if user["login"].lower() == author.lower():
        return "is the author"
    if review.get("commit_id") != head:
        return f"approved {str(review.get('commit_id'))[:12]}, not the head {head[:12]}"
    return None


def may_not_write(github: GitHub, person: str) -> str | None:
    """Why the word of somebody does not count in the repository; None where they may write to it."""
    found = github.find(f"collaborators/{quote(person)}/permission")
    if found is None:
        return (
            "may do here what GitHub does not tell this token: it takes Metadata: read, as each job's own token has it"
        )
    if found.get("permission") in MAY_WRITE:
        return None
    return f"may not write to {github.repository}, as the role {found.get('role_name') or found.get('permission')}"


def is_readable(github: GitHub, team: str) -> bool:
    """Whether the token may know who is in a team."""
    organisation, _, slug = team.partition("/")
    return github.find(f"/orgs/{organisation}/teams/{slug}") is not None


def is_member(github: GitHub, team: str, person: str) -> bool:
    """Whether a person is in a team now."""
    organisation, _, slug = team.partition("/")
    found = github.find(f"/orgs/{organisation}/teams/{slug}/memberships/{person}")
    return found is not None and found.get("state") == "active"
