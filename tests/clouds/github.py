"""GitHub's REST API on this machine, in this process: pull requests, reviews, check runs, comments, issues, teams; in pages,
and with the faults that a test asks for.

Who writes is told by the token: an app's bot, as a workflow is, or a person.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from kampkin.local.ports import LOOPBACK

REPOSITORY = "acme/edge"
WORKFLOW, ANOTHER_APP = "of-the-workflow", "of-another-app"
"""Tokens."""

APPS = {WORKFLOW: "github-actions", ANOTHER_APP: "sneaky-app"}
NUMBERS = {"github-actions": 15368, "sneaky-app": 15369}
"""Of the apps."""

MOST_COMMITS = 250
"""Of a pull request: GitHub lists no more."""

PERMISSIONS = {"maintain": "write", "release-manager": "write", "triage": "read", "auditor": "read"}
"""What roles come to that are no permission themselves; two are an organisation's own."""

Json = dict[str, Any]


@dataclass
class LocalGitHub:
    """What one repository and its organisation hold."""

    url: str = ""
    per_page: int = 2
    """So that whoever reads one page only is found out."""
    pulls: dict[int, Json] = field(default_factory=dict)
    reviews: dict[int, list[Json]] = field(default_factory=dict)
    commits: dict[int, list[Json]] = field(default_factory=dict)
    """Of pull requests, since their bases."""
    runs: list[Json] = field(default_factory=list)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    issues: list[Json] = field(default_factory=list)
    teams: dict[str, dict[str, str]] = field(default_factory=dict)
    """By organisation/slug: each member's state."""
    roles: dict[str, str] = field(default_factory=dict)
    """Of persons in the repository; who has none here may write."""
    is_telling: bool = True
    """Whether the token may know them."""
    faults: list[tuple[int, Json]] = field(default_factory=list)
    """Statuses and headers that the next requests get."""
    fault_body: str | None = None
    """What they say, where it is no JSON."""
    branches: dict[str, str] = field(default_factory=dict)
    """The commits that they are at."""
    asked: list[str] = field(default_factory=list)

    def open_pull(self, number: int, author: str, head: str, base: str = "main") -> None:
        """A pull request, of one commit by its author."""
        self.commits[number] = []
        self.pulls[number] = {
            "number": number,
            "state": "open",
            "user": person(author),
            "head": {"sha": head},
            "base": {"ref": base},
            "merged_at": None,
            "merge_commit_sha": None,
        }
        self.push_commit(number, author, author)

    def push_commit(self, number: int, author: str | None, committer: str | None) -> None:
        """A commit more; None is one whom GitHub does not know."""
        known = {"author": author, "committer": committer}
        self.commits[number].append({role: login and person(login) for role, login in known.items()})
        self.pulls[number]["commits"] = len(self.commits[number])

    def merge_pull(self, number: int, commit: str) -> None:
        """It is merged."""
        merged = {"state": "closed", "merged_at": "2026-11-27T00:00:00Z", "merge_commit_sha": commit}
        self.pulls[number] |= merged

    def review(self, number: int, login: str, state: str, commit: str, kind: str = "User") -> None:
        """Somebody's review. How they stand to the repository is told as to a token that may not see private memberships."""
        self.reviews.setdefault(number, []).append(
            {
                "user": {"login": login, "type": kind},
                "state": state,
                "commit_id": commit,
                "author_association": "CONTRIBUTOR",
                "body": "@acme/platform approves",
            }
        )

    def __call__(self, environ: Json, start: Any) -> Any:
        request = Request(environ)
        return self.answer(request)(environ, start)

    def answer(self, request: Request) -> Response:
        """What one request comes to."""
        self.asked.append(f"{request.method} {request.path}")
        if self.faults:
            status, headers = self.faults.pop(0)
            if self.fault_body is not None:
                return Response(self.fault_body, status, headers, mimetype="text/html")
            return reply({"message": "not now"}, status, headers)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in APPS:
            return reply({"message": "Bad credentials"}, 401)
        body = json.loads(request.get_data() or b"{}")
        for method, pattern, act in self.routes():
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                found: Response = act(request, APPS[token], body, *match.groups())
                return found
        return reply({"message": "Not Found"}, 404)

    def routes(self) -> list[tuple[str, str, Any]]:
        """What there is, and what it does."""
        mine = f"/repos/{REPOSITORY}"
        return [
            ("GET", f"{mine}/branches/([^/]+)", self.show_branch),
            ("GET", f"{mine}/pulls", self.list_pulls),
            ("GET", f"{mine}/pulls/(\\d+)", self.show_pull),
            ("GET", f"{mine}/pulls/(\\d+)/reviews", self.list_reviews),
            ("GET", f"{mine}/pulls/(\\d+)/commits", self.list_commits),
            ("GET", f"{mine}/commits/(\\w+)/check-runs", self.list_runs),
            ("POST", f"{mine}/check-runs", self.add_run),
            ("GET", f"{mine}/collaborators/([\\w-]+)/permission", self.show_permission),
            ("GET", f"{mine}/issues", self.list_issues),
            ("POST", f"{mine}/issues", self.add_issue),
            ("PATCH", f"{mine}/issues/(\\d+)", self.change_issue),
            ("GET", f"{mine}/issues/(\\d+)/comments", self.list_comments),
            ("POST", f"{mine}/issues/(\\d+)/comments", self.add_comment),
            ("PATCH", f"{mine}/issues/comments/(\\d+)", self.change_comment),
            ("GET", r"/orgs/([\w-]+)/teams/([\w-]+)", self.show_team),
            ("GET", r"/orgs/([\w-]+)/teams/([\w-]+)/memberships/([\w-]+)", self.show_member),
        ]

    def page(self, request: Request, found: list[Any], key: str | None = None) -> Response:
        """One page of a list, with the way to the next."""
        number = int(request.args.get("page", 1))
        size = min(self.per_page, int(request.args.get("per_page", 30)))
        some = found[(number - 1) * size : number * size]
        headers = {}
        if number * size < len(found):
            rest = "&".join(f"{name}={value}" for name, value in request.args.items() if name != "page")
            headers["link"] = f'<{self.url}{request.path}?{rest}&page={number + 1}>; rel="next"'
        return reply({"total_count": len(found), key: some} if key else some, headers=headers)

    def list_pulls(self, request: Request, app: str, body: Json) -> Response:
        wanted = request.args
        found = [
            pull
            for pull in reversed(self.pulls.values())
            if pull["state"] == wanted.get("state", "open") and pull["base"]["ref"] == wanted.get("base", "main")
        ]
        return self.page(request, found)

    def show_pull(self, request: Request, app: str, body: Json, number: str) -> Response:
        pull = self.pulls.get(int(number))
        return reply(pull) if pull else reply({"message": "Not Found"}, 404)

    def show_branch(self, request: Request, app: str, body: Json, name: str) -> Response:
        commit = self.branches.get(name)
        return reply({"name": name, "commit": {"sha": commit}}) if commit else reply({"message": "Not Found"}, 404)

    def list_reviews(self, request: Request, app: str, body: Json, number: str) -> Response:
        return self.page(request, self.reviews.get(int(number), []))

    def list_commits(self, request: Request, app: str, body: Json, number: str) -> Response:
        return self.page(request, self.commits[int(number)][:MOST_COMMITS])

    def list_runs(self, request: Request, app: str, body: Json, sha: str) -> Response:
        name = request.args.get("check_name")
        found = [run for run in self.runs if run["head_sha"] == sha and name in (None, run["name"])]
        return self.page(request, found, "check_runs")

    def add_run(self, request: Request, app: str, body: Json) -> Response:
        if any(len(body["output"].get(part, "")) > 65_535 for part in ("summary", "text")):
            return reply({"message": "Invalid request: only 65535 characters are allowed"}, 422)
        self.runs.append({**body, "id": len(self.runs) + 1, "app": {"slug": app, "id": NUMBERS[app]}})
        return reply(self.runs[-1], 201)

    def list_issues(self, request: Request, app: str, body: Json) -> Response:
        state = request.args.get("state", "open")
        pulls: list[Json] = [{"number": number, "body": "", "pull_request": {}, "user": None} for number in self.pulls]
        return self.page(request, [*pulls, *(one for one in self.issues if state in ("all", one["state"]))])

    def add_issue(self, request: Request, app: str, body: Json) -> Response:
        number = 1000 + len(self.issues)
        self.issues.append(
            {**body, "number": number, "state": "open", "user": bot(app), "html_url": f"{self.url}/i/{number}"}
        )
        return reply(self.issues[-1], 201)

    def change_issue(self, request: Request, app: str, body: Json, number: str) -> Response:
        (issue,) = (one for one in self.issues if one["number"] == int(number))
        issue |= body
        return reply(issue)

    def list_comments(self, request: Request, app: str, body: Json, number: str) -> Response:
        return self.page(request, self.comments.get(int(number), []))

    def add_comment(self, request: Request, app: str, body: Json, number: str) -> Response:
        if len(body["body"]) > 65_536:
            return reply({"message": "Validation Failed: body is too long"}, 422)
        every = self.comments.setdefault(int(number), [])
        every.append(self.comment(bot(app), body["body"]))
        return reply(every[-1], 201)

    def comment(self, user: Json, body: str) -> Json:
        """A comment, as the API has it."""
        ident = 1 + sum(map(len, self.comments.values()))
        return {"id": ident, "user": user, "body": body, "html_url": f"{self.url}/c/{ident}"}

    def change_comment(self, request: Request, app: str, body: Json, ident: str) -> Response:
        (comment,) = (one for every in self.comments.values() for one in every if one["id"] == int(ident))
        if comment["user"] != bot(app):
            return reply({"message": "Resource not accessible by integration"}, 403)
        comment |= body
        return reply(comment)

    def show_permission(self, request: Request, app: str, body: Json, login: str) -> Response:
        if not self.is_telling:
            return reply({"message": "Must have push access to view collaborator permission."}, 403)
        role = self.roles.get(login, "write")
        return reply({"permission": PERMISSIONS.get(role, role), "role_name": role, "user": person(login)})

    def show_team(self, request: Request, app: str, body: Json, organisation: str, slug: str) -> Response:
        team = f"{organisation}/{slug}"
        return reply({"slug": slug}) if team in self.teams else reply({"message": "Not Found"}, 404)

    def show_member(self, request: Request, app: str, body: Json, organisation: str, slug: str, login: str) -> Response:
        state = self.teams[f"{organisation}/{slug}"].get(login)
        return reply({"state": state}) if state else reply({"message": "Not Found"}, 404)


def person(login: str) -> Json:
    """A user."""
    return {"login": login, "type": "User"}


def bot(app: str) -> Json:
    """An app's user."""
    return {"login": f"{app}[bot]", "type": "Bot"}


def reply(body: Any, status: int = 200, headers: Json | None = None) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(body), status=status, mimetype="application/json", headers=headers)


class Quiet(WSGIRequestHandler):
    """HTTP/1.1, and no line of log for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: Any, **more: Any) -> None:
        """Nothing."""


@contextmanager
def local_github() -> Iterator[LocalGitHub]:
    """A GitHub, for as long as it is needed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    github = LocalGitHub()
    server = make_server(LOOPBACK, 0, github, threaded=True, request_handler=Quiet)
    github.url = f"http://{LOOPBACK}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
