"""`kampkin diff`, as a reviewer runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kampkin.review.formats import markdown
from tests.repository import git

from .conftest import BEFORE, Changed, Kampkin, Report

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "diff.schema.json").read_text()))


def test_no_effect_says_so(changed: Changed, kampkin: Kampkin) -> None:
    """A comment, another spelling of the same."""
    folder = changed(("cooldown: 10s", "cooldown: 10000ms"), ("endpoints:", "# theirs\nendpoints:"))
    run = kampkin(folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("against HEAD (")
    assert run.stdout.endswith("): no effect: every plan is what it was\n")


def test_what_comes_goes_and_changes(changed: Changed, report: Report) -> None:
    """By endpoint and owner, with URLs, places and words."""
    told = report(
        changed(
            ("https://search.acme.dev, owner: search}", "https://search.acme.dev, owner: search, timeout: 2s}"),
            ("  legacy: {origin: https://old.acme.dev}\n", "  fresh: {origin: https://new.acme.dev, owner: shop}\n"),
        )
    )
    SCHEMA.validate(told)
    found = {one["name"]: one for one in told["endpoints"]}
    assert {name: one["kind"] for name, one in found.items()} == {
        "legacy": "removed",
        "search": "changed",
        "fresh": "added",
    }
    assert found["legacy"]["urls"] == [
        {"url": "https://<id>.cloudfront.net/legacy/*", "fate": "disappears", "by": None},
        {"url": "https://edge.acme.dev/legacy/*", "fate": "disappears", "by": None},
    ]
    assert {one["fate"] for one in found["fresh"]["urls"]} == {"comes"}
    assert {
        name: [(one["key"], one["value"], one["at"]["line"]) for one in found[name]["stated"]] for name in found
    } == {
        "fresh": [
            ("origin", "https://new.acme.dev", 10),
            ("breaker.cooldown.initial", "10s", 6),
            ("breaker.cooldown.factor", "1", 6),
            ("breaker.cooldown.max", "10s", 6),
        ],
        "legacy": [("origin", "https://old.acme.dev", 10)],
        "search": [],
    }
    assert (found["fresh"]["owner"], found["fresh"]["environments"]) == ("shop", ["staging", "prod"])
    [timeout, probe] = found["search"]["changes"]
    assert (timeout["key"], timeout["before"], timeout["after"], timeout["direction"]) == (
        "timeout",
        "5s",
        "2s",
        "tightens",
    )
    assert timeout["now"] == {"layer": "endpoint search", "file": "edge/kampkin.yaml", "line": 9}
    assert timeout["was"] == {"layer": "built-in", "file": None, "line": None}
    assert probe["key"] == "breaker.half_open.probe_timeout"


def test_a_default_is_told_by_its_effect(changed: Changed, kampkin: Kampkin) -> None:
    """Once, with the endpoints that have it from there; one that says something of its own is not among them."""
    before = BEFORE.replace("https://old.acme.dev}", "https://old.acme.dev, breaker: {cooldown: 10s}}")
    run = kampkin(
        changed(("defaults: {breaker: {cooldown: 10s}}", "defaults: {breaker: {cooldown: 20s}}"), before=before)
    )
    assert (
        "~ 2 endpoints by defaults in every environment: cart, search\n    breaker.cooldown.initial: 10s -> 20s  (edge/kampkin.yaml:6)\n"
        in run.stdout
    )
    assert "legacy" not in run.stdout


def test_the_environments_are_told_apart(changed: Changed, report: Report) -> None:
    """What is the same in all is said once; what is not, where it is."""
    told = report(
        changed(
            ("  staging: {}", "  staging: {endpoints: {cart: {timeout: 1s}}}"),
            ("https://search.acme.dev,", "https://search.acme.dev, methods: [GET],"),
        )
    )
    places = {one["name"]: one["environments"] for one in told["endpoints"]}
    assert places == {"cart": ["staging"], "search": ["staging", "prod"]}


def test_one_environment_can_be_asked_for(changed: Changed, report: Report) -> None:
    """Also one that is only now there: all of it is new."""
    folder = changed(("  prod: {}", "  prod: {}\n  canary: {}"))
    told = report(folder, "--env", "canary")
    assert {one["kind"] for one in told["endpoints"]} == {"added"}
    assert report(folder, "--env", "prod")["effect"] is False


def test_what_stands_beside_the_endpoints(changed: Changed, kampkin: Kampkin) -> None:
    """Hosts, stores, the project."""
    run = kampkin(changed(("host: edge.acme.dev", "host: edge2.acme.dev"), ("aws: {}", "aws: {store: memory}")))
    assert (
        "targets.cloudflare.host: edge.acme.dev -> edge2.acme.dev in every environment\n    callers come in at edge2.acme.dev, no longer"
        in run.stdout
    )
    assert "targets.aws.store: dynamodb -> memory in every environment" in run.stdout


def test_the_base_is_a_commit_a_branch_or_a_file(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """And never the work tree."""
    folder = changed(("cooldown: 10s", "cooldown: 20s"))
    git(tmp_path, "branch", "released")
    git(tmp_path, "commit", "--quiet", "-am", "after")
    assert "no effect" in kampkin(folder).stdout
    assert "10s -> 20s" in kampkin(folder, "--base", "released").stdout
    (tmp_path / "other.yaml").write_text(BEFORE.replace("cooldown: 10s", "cooldown: 5s"))
    assert "5s -> 20s" in kampkin(folder, "--base", "../other.yaml").stdout
    run = kampkin(folder, "--base", "nowhere")
    assert (run.returncode, run.stderr.splitlines()[0]) == (2, "kampkin: 'nowhere' is no commit of this repository")


def test_the_usual_base_is_where_the_branch_began(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """What went into the default branch since is nobody's change here."""
    folder = changed(("cooldown: 10s", "cooldown: 20s"))
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    git(tmp_path, "commit", "--quiet", "-am", "mine")
    assert "10s -> 20s" in kampkin(folder).stdout


def test_a_file_that_is_new_is_all_added(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """There is nothing before it, and nothing to disappear."""
    folder = changed()
    git(tmp_path, "mv", "edge/kampkin.yaml", "edge/other.yaml")
    git(tmp_path, "commit", "--quiet", "-m", "moved")
    (folder / "kampkin.yaml").write_text(BEFORE)
    run = kampkin(folder, "--base", "HEAD")
    assert "3 endpoints: 3 added" in run.stdout


def test_files_of_teams_are_those_of_the_commit(changed: Changed, kampkin: Kampkin, tmp_path: Path) -> None:
    """An included file, and the file of a fallback, as they were."""
    before = BEFORE.replace("endpoints:\n", "include: [teams/*.yaml]\nendpoints:\n", 1)
    folder = changed(before=before)
    (folder / "teams").mkdir()
    team = folder / "teams" / "pay.yaml"
    team.write_text("endpoints:\n  pay: {origin: https://pay.acme.dev, fallback: {status: 503, file: resting.txt}}\n")
    (folder / "teams" / "resting.txt").write_text("resting")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "pay")
    assert "no effect" in kampkin(folder).stdout
    (folder / "teams" / "resting.txt").write_text("still resting")
    run = kampkin(folder)
    assert "~ pay changed" in run.stdout
    assert "still resting" not in run.stdout
    assert "body of 13 bytes" in run.stdout
    team.unlink()
    git(tmp_path, "rm", "--quiet", "--cached", "edge/teams/pay.yaml")
    (folder / "kampkin.yaml").write_text(BEFORE)
    assert "- pay removed in every environment" in kampkin(folder).stdout


@pytest.mark.parametrize("form", ["human", "markdown", "json"])
def test_a_broken_file_shows_its_findings(changed: Changed, kampkin: Kampkin, form: str) -> None:
    """In the place of changes, with the place."""
    run = kampkin(changed(("https://cart.acme.dev", "cart.acme.dev")), "--format", form)
    assert run.returncode == 1
    said = run.stderr if form == "human" else run.stdout
    assert "bad-origin" in said
    assert "Traceback" not in run.stderr
    assert (form == "markdown") == said.startswith("<!-- kampkin:diff all -->")
    if form == "json":
        SCHEMA.validate(json.loads(said))


def test_a_base_that_was_broken_holds_nothing_up_but_needs_a_look(changed: Changed, kampkin: Kampkin) -> None:
    """What mends it must not be in its way."""
    folder = changed(
        ("cart.acme.dev", "https://cart.acme.dev"), before=BEFORE.replace("https://cart.acme.dev", "cart.acme.dev")
    )
    assert kampkin(folder).returncode == 0
    run = kampkin(folder, "--enforce")
    assert run.returncode == 3
    assert "base: the file before is broken" in run.stderr


def test_the_first_environments_take_the_place_of_the_file_as_it_stands(
    changed: Changed, kampkin: Kampkin, report: Report
) -> None:
    """What was deployed without any is gone, which a budget counts."""
    only = BEFORE.partition("environments:")[0]
    folder = changed(before=only, after=BEFORE)
    kinds = {(one["kind"], *one["environments"]) for one in report(folder)["endpoints"]}
    assert kinds == {("removed", None), ("added", "staging", "prod")}
    run = kampkin(folder, "--enforce")
    assert run.returncode == 3
    assert "safety.max_removed: 3 removed, 0 allowed" in run.stderr
    assert "3 endpoints: 3 removed in the file as it stands, 3 added in staging, prod" in run.stdout


def test_a_head_says_where_it_is_not_everywhere(changed: Changed, kampkin: Kampkin) -> None:
    """What goes in one environment stays in others."""
    folder = changed(("  prod: {}", "  prod: {endpoints: {legacy: null}}"), ("  search: {", "  find: {"))
    assert "3 endpoints: 1 removed, 1 removed in prod, 1 added\n" in kampkin(folder).stdout


def test_what_is_written_into_a_file_is_told_whole_beside_it(
    changed: Changed, kampkin: Kampkin, tmp_path: Path
) -> None:
    """A comment is cut where it is too long; the log of the job that writes it is not."""
    folder = changed(("cooldown: 10s", "cooldown: 20s"))
    out = tmp_path / "comment.md"
    run = kampkin(folder, "--format", "markdown", "--out", str(out))
    assert (run.stdout, run.stderr) == (kampkin(folder).stdout, "")
    assert out.read_text() == kampkin(folder, "--format", "markdown").stdout
    assert kampkin(folder, "--base", "nowhere", "--out", str(out)).returncode == 2
    assert out.read_text() == ""
    (folder / "kampkin.yaml").write_text("version: 1\n")
    broken = kampkin(folder, "--format", "markdown", "--out", str(out))
    assert (broken.returncode, broken.stdout, broken.stderr) == (1, "", kampkin(folder).stderr)
    assert out.read_text() == kampkin(folder, "--format", "markdown").stdout
    assert kampkin(folder, "--out", str(tmp_path / "no" / "where")).stderr.startswith("kampkin: could not write ")


def test_a_thousand_endpoints_fit_into_a_comment(changed: Changed, kampkin: Kampkin) -> None:
    """What matters is at its head; what does not fit is counted."""
    many = "".join(f"  e{at}: {{origin: https://e{at}.acme.dev, timeout: {{}}s}}\n" for at in range(1_000))
    before = BEFORE.replace("  legacy:", many.replace("{}", "3") + "  legacy:")
    after = BEFORE.replace("  legacy: {origin: https://old.acme.dev}\n", many.replace("{}", "4"))
    run = kampkin(changed(before=before, after=after), "--format", "markdown", "--env", "prod")
    assert len(run.stdout) < 60_000
    assert "1001 endpoints: 1 removed, 1000 changed; 1000 loosened" in run.stdout
    assert "`https://edge.acme.dev/legacy/*`" in run.stdout
    assert re.search(r"^\d+ more changes$", run.stdout, re.MULTILINE)
    assert run.stdout.endswith(
        "Not all of it has room here. `kampkin diff --env prod` shows all, and so does the job's log where `--out` wrote this.\n"
    )


def test_a_comment_cannot_be_written_into_from_the_file(changed: Changed, kampkin: Kampkin) -> None:
    """Nobody is mentioned, and nothing is markup, whatever a value holds."""
    evil = "</summary><img src=x> @everyone `code` | [link](http://x) ``` <!-- kampkin:diff prod -->"
    folder = changed(("https://old.acme.dev}", f'https://old.acme.dev, headers: {{request: {{x-note: "{evil}"}}}}}}'))
    run = kampkin(folder, "--format", "markdown", "--no-behaviour", "--no-promises")
    assert run.returncode == 0, run.stderr
    markup = re.sub(r"\\.", "", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", run.stdout))
    for piece in ("@everyone", "<img", "</summary>", "[link]"):
        assert piece not in markup
    assert markup.count("<!-- kampkin:diff") == 1


def test_behaviour_and_promises_are_shown_where_they_differ(changed: Changed, kampkin: Kampkin) -> None:
    """Played on the breaker that ships; left out when asked; nothing of them where no endpoint that stays has changed."""
    folder = changed(("defaults: {breaker: {cooldown: 10s}}", "defaults: {breaker: {cooldown: 40s}}"))
    run = kampkin(folder)
    assert "\nBehaviour\n    cart, legacy and search\n" in run.stdout
    assert "\nPromises\n" in run.stdout
    quiet = kampkin(folder, "--no-behaviour", "--no-promises").stdout
    assert "Behaviour" not in quiet
    assert "Promises" not in quiet


def test_only_what_stays_can_behave_otherwise(changed: Changed, kampkin: Kampkin) -> None:
    """What comes or goes has nothing to be compared with."""
    run = kampkin(changed(("  legacy: {origin: https://old.acme.dev}\n", "")))
    assert "Behaviour" not in run.stdout


def test_a_default_that_is_taken_away_was_the_defaults(changed: Changed, report: Report) -> None:
    """Not the built-in's that holds from then on."""
    told = report(changed(("defaults: {breaker: {cooldown: 10s}}\n", "")))
    assert {group["layer"] for group in told["groups"]} == {"defaults"}
    keys = {change["key"] for group in told["groups"] for change in group["changes"]}
    assert keys == {"breaker.cooldown.factor", "breaker.cooldown.max"}


def test_what_a_default_gives_in_one_environment_alone_is_told_there(changed: Changed, kampkin: Kampkin) -> None:
    """Where others have it from there too it is a group's, elsewhere the endpoint's own."""
    own = "{endpoints: {search: {timeout: 1s}, legacy: {timeout: 1s}}}"
    before = BEFORE.replace("defaults: {breaker: {cooldown: 10s}}", "defaults: {timeout: 3s}").replace(
        "  prod: {}", f"  prod: {own}"
    )
    said = kampkin(changed(("timeout: 3s", "timeout: 4s"), before=before)).stdout
    assert "~ 3 endpoints by defaults in staging: cart, legacy, search\n" in said
    assert "~ cart (shop) changed in every environment\n    timeout: 3s -> 4s" in said
    assert "search (search) changed" not in said


def test_a_timeout_of_probes_follows_the_timeout(changed: Changed, report: Report) -> None:
    """Where it is not written it has its place from there."""
    told = report(
        changed(("defaults: {breaker: {cooldown: 10s}}", "defaults: {timeout: 9s, breaker: {cooldown: 10s}}"))
    )
    [group] = told["groups"]
    assert {(one["key"], one["now"]["line"]) for one in group["changes"]} == {
        ("timeout", 6),
        ("breaker.half_open.probe_timeout", 6),
    }


def test_a_cloud_more_is_said_once(changed: Changed, kampkin: Kampkin) -> None:
    """And where each endpoint is reached there."""
    before = BEFORE.replace("{cloudflare: {host: edge.acme.dev}, aws: {}}", "{cloudflare: {host: edge.acme.dev}}")
    said = kampkin(changed(before=before, after=BEFORE)).stdout
    assert "targets.aws: none -> dynamodb, us-east-1 in every environment" in said
    assert "~ 3 endpoints by targets in every environment: cart, legacy, search" in said
    assert said.count("comes to aws") == 1
    assert "https://<id>.cloudfront.net/cart/* comes" in said


@pytest.mark.parametrize("edit", [("origin: https://cart", "origin: cart"), ("# x", "# x")], ids=["broken", "sound"])
@pytest.mark.parametrize("environment", ["prod", None])
def test_a_comment_has_one_mark_whatever_comes_of_the_file(
    changed: Changed, kampkin: Kampkin, edit: tuple[str, str], environment: str | None
) -> None:
    """It is found again and edited when the file is mended."""
    only_prod = BEFORE.replace("  staging: {}\n", "") + "# x\n"
    folder = changed(edit, before=only_prod)
    run = kampkin(folder, "--format", "markdown", *(["--env", environment] if environment else []))
    assert run.stdout.splitlines()[0] == f"<!-- kampkin:diff {environment or 'all'} -->"


def test_the_head_of_a_comment_is_short_however_much_goes(changed: Changed, kampkin: Kampkin) -> None:
    """A thousand names and URLs would leave no room for what they are about."""
    many = "".join(f"  endpoint-{at:04}: https://e{at}.acme.dev\n" for at in range(1_000))
    before = BEFORE.replace("  legacy:", f"{many}  legacy:")
    run = kampkin(changed(before=before, after=BEFORE), "--format", "markdown", "--env", "prod")
    head = run.stdout.partition("\n####")[0]
    assert len(head) < 5_000
    assert "safety.max_removed: 1000 removed, 0 allowed in prod: endpoint-0000, endpoint-0001" in head
    assert "and 980 more" in head
    assert "needs an approving review" in head


def test_a_comment_keeps_its_sections(changed: Changed, kampkin: Kampkin) -> None:
    """Promises are not cut for endpoints."""
    many = "".join(f"  e{at}: {{origin: https://e{at}.acme.dev, timeout: {{}}s}}\n" for at in range(1_000))
    before = BEFORE.replace("  legacy:", many.replace("{}", "3") + "  legacy:")
    after = BEFORE.replace("  legacy:", many.replace("{}", "4") + "  legacy:")
    run = kampkin(changed(before=before, after=after), "--format", "markdown", "--env", "prod", "--no-behaviour")
    assert len(run.stdout) < 60_000
    assert re.search(r"^\d+ more changes$", run.stdout, re.MULTILINE)
    assert "<details><summary>Promises" in run.stdout


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("plain", "`plain`"),
        ("a | b", r"`a \| b`"),
        (r"a\| b", "`a\\\u2060\\| b`"),
        ("``", "``` `` ```"),
        ("one\ntwo", "`one two`"),
        ("a\u202eb", "`a\ufffdb`"),
    ],
)
def test_code_holds_whatever_it_is_given(value: str, safe: str) -> None:
    """In a table a bar ends a cell, and what would come behind it were markup."""
    assert markdown.code(value) == safe


@pytest.mark.parametrize(
    "value", ["@acme/platform", "#12", "acme/edge#12", "GH-12", "https://evil.dev", "www.evil.dev", "~~x~~", "![x](y)"]
)
def test_text_makes_no_link(value: str) -> None:
    """Nor mentions anybody, nor refers to an issue."""
    said = markdown.text(f"by {value} now")
    assert value not in said
    assert said.replace("\\", "").replace("\u2060", "") == f"by {value} now"


@pytest.mark.parametrize("form", ["human", "markdown", "json"])
def test_a_credential_is_told_by_its_digest(changed: Changed, kampkin: Kampkin, form: str) -> None:
    """Of a header that says who calls, before and after; another header's value is shown, and so is a secret's name."""
    search = "  search: {origin: https://search.acme.dev, owner: search"
    sent = ", headers: {request: {Authorization: %s, x-api-key: sk_live_1, x-tier: gold}}"
    folder = changed((search, search + sent % "Bearer sk_live_2"))
    git(folder, "commit", "--quiet", "--all", "--message", "written out")
    file = folder / "kampkin.yaml"
    file.write_text(file.read_text().replace("Bearer sk_live_2", "Bearer sk_live_3"))
    run = kampkin(folder, "--format", form)
    assert run.returncode == 0
    assert "sk_live" not in run.stdout
    shown = run.stdout.replace("\\", "")
    assert shown.count("(not shown, sha256 ") >= 4
    assert '"x-tier": "gold"' in shown
    assert "the origin gets authorization set otherwise" in shown
