"""What is told of a cloud that is other than it should be: by resource, by endpoint, by whom; and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kampkin.bundle import slim
from kampkin.drift.back import revert
from kampkin.drift.look import look
from kampkin.drift.model import Blind, By, Drift, Plane, Report, Unseen
from kampkin.drift.show import as_json, human, markdown
from kampkin.load import Loaded, load
from kampkin.plan import Plan, TargetName
from kampkin.preview.declared import Resource
from kampkin.preview.shown import shown

FILE = """\
version: 1
project: acme
targets: [cloudflare]
defaults: {breaker: {cooldown: 10s}}
endpoints:
  cart: {origin: https://cart.acme.dev, timeout: 3s}  # theirs
  search: {origin: https://search.acme.dev}
"""
KIND = "cloudflare:index/workersScript:WorkersScript"


@dataclass
class Cloud:
    """A cloud that has what it is told to have."""

    there: dict[str, Mapping[str, Any] | None]
    holds: Mapping[str, Any] | None = None
    refuses: Mapping[str, Unseen] = field(default_factory=dict)
    more: Sequence[Drift] = ()
    rolling: bool = False
    alone: bool = True
    target: TargetName = "cloudflare"
    calls: int = 3

    def read(self, resource: Resource) -> Mapping[str, Any] | None:
        """As told."""
        if resource.name in self.refuses:
            raise self.refuses[resource.name]
        return self.there[resource.name]

    def title(self, resource: Resource) -> str:
        """By its name."""
        return f"Worker {resource.name}"

    def reaches(self, resource: Resource, live: Any) -> None:
        """Nothing of one endpoint alone."""

    def extras(self, resources: Sequence[Resource]) -> Sequence[Drift]:
        """As told."""
        return self.more

    def plan(self) -> Mapping[str, Any] | None:
        """As told."""
        return self.holds

    def settled(self) -> bool:
        """As told."""
        return not self.rolling

    def is_plan_alone(self, resource: Resource) -> bool:
        """As told."""
        return self.alone

    def is_rolled_out(self, resource: Resource) -> bool:
        """The Worker."""
        return resource.type == KIND

    def by(self, drift: Drift, resource: Resource) -> By:
        """Somebody."""
        if "by" in self.refuses:
            raise self.refuses["by"]
        return By("console", "dana@acme.dev", 1_795_000_000_000, "Workers deployments")


def loaded(folder: Path, text: str = FILE) -> tuple[Loaded, Plan, Path]:
    """The file as it is loaded, its plan and where it is."""
    file = folder / "kampkin.yaml"
    file.write_text(text)
    found = load(file)
    assert found.plan is not None
    return found, found.plan, file


def worker(plan_text: str, **more: Any) -> Mapping[str, Any]:
    """The inputs of a Worker."""
    return {"scriptName": "acme", "files": {"plan.mjs": {"contentBase64": plan_text}}, **more}


def declared(inputs: Mapping[str, Any], name: str = "worker") -> Resource:
    """As a preview has it."""
    return Resource(KIND, name, inputs=shown(dict(inputs)))


def told(cloud: Cloud, plan: Plan, *resources: Resource) -> tuple[list[Drift], list[Blind]]:
    """Differences and blind spots."""
    found = list(look(cloud, resources, plan))
    return [one for one in found if isinstance(one, Drift)], [one for one in found if isinstance(one, Blind)]


LONG = "x" * 5000
OTHER = "y" * 5000


def test_nothing_is_nothing(tmp_path: Path) -> None:
    """What the cloud adds is its own; components are in no cloud."""
    _, plan, _ = loaded(tmp_path)
    cloud = Cloud({"worker": worker(LONG, createdOn="2026")})
    assert told(cloud, plan, declared(worker(LONG)), Resource("kampkin:cloudflare:Edge", "kampkin")) == ([], [])


def test_a_difference_has_its_place_and_its_author(tmp_path: Path) -> None:
    """Where, what it is, what it should be, who and when."""
    _, plan, _ = loaded(tmp_path)
    cloud = Cloud({"worker": worker(LONG, compatibilityDate="2020-01-01")})
    [drift], blind = told(cloud, plan, declared(worker(LONG, compatibilityDate="2026-07-01")))
    assert blind == []
    assert (drift.resource, drift.setting, drift.desired, drift.live) == (
        "Worker worker", "compatibilityDate", "2026-07-01", "2020-01-01",
    )  # fmt: skip
    assert (drift.by.cause, drift.by.who) == ("console", "dana@acme.dev")
    assert not drift.is_harmless


def test_what_is_gone_is_told_whole(tmp_path: Path) -> None:
    """And not setting by setting."""
    _, plan, _ = loaded(tmp_path)
    [drift], _ = told(Cloud({"worker": None}), plan, declared(worker(LONG)))
    assert (drift.setting, drift.desired, drift.live) == ("", "WorkersScript", None)


def test_another_plan_is_told_by_endpoint_and_setting(tmp_path: Path) -> None:
    """In the words of the file, in the place of a digest of a module."""
    _, plan, _ = loaded(tmp_path)
    _, edited, _ = loaded(tmp_path, FILE.replace("timeout: 3s", "timeout: 9s").replace("  search:", "  find:"))
    cloud = Cloud({"worker": worker(OTHER)}, holds=slim(edited))
    drifts, blind = told(cloud, plan, declared(worker(LONG)))
    assert blind == []
    assert [(one.endpoint, one.key, one.desired, one.live) for one in drifts] == [
        ("cart", "timeout", "3s", "9s"),
        ("find", None, None, "find"),
        ("search", None, "search", None),
    ]
    assert {one.by.who for one in drifts} == {"dana@acme.dev"}


def test_what_is_beside_the_plan_is_told_too(tmp_path: Path) -> None:
    """An edited module, or another part of the plan, does not hide behind an endpoint."""
    _, plan, _ = loaded(tmp_path)
    _, edited, _ = loaded(tmp_path, FILE.replace("timeout: 3s", "timeout: 9s"))
    resource = declared(worker(LONG))
    for cloud in (
        Cloud({"worker": worker(OTHER)}, holds=slim(edited), alone=False),
        Cloud({"worker": worker(OTHER)}, holds={**slim(edited), "safety": {}}),
    ):
        drifts, _ = told(cloud, plan, resource)
        assert {one.endpoint for one in drifts} == {"cart", None}
        assert drifts[-1].setting == 'files["plan.mjs"].contentBase64'


def test_another_functions_code_is_no_plan(tmp_path: Path) -> None:
    """The notifier's is told whatever the plan is."""
    _, plan, _ = loaded(tmp_path)
    _, edited, _ = loaded(tmp_path, FILE.replace("timeout: 3s", "timeout: 9s"))
    notifier = Resource("aws:lambda/function:Function", "notifier", inputs={"codeSha256": "a"})
    cloud = Cloud({"worker": worker(OTHER), "notifier": {"codeSha256": "b"}}, holds=slim(edited))
    drifts, _ = told(cloud, plan, declared(worker(LONG)), notifier)
    assert [one.setting for one in drifts if not one.endpoint] == ["codeSha256"]


def test_an_answer_of_another_shape_is_a_blind_spot(tmp_path: Path) -> None:
    """No traceback, and nothing of the others is hidden."""
    _, plan, _ = loaded(tmp_path)
    cloud = Cloud({"other": worker(LONG)})
    drifts, [blind] = told(cloud, plan, declared(worker(LONG)), declared(worker(OTHER), "other"))
    assert blind.why == "the answer is none that this release reads: KeyError: 'worker'"
    assert len(drifts) == 1


def test_the_same_plan_in_other_bytes_stays_a_module(tmp_path: Path) -> None:
    """Somebody edited the code around it, or a space."""
    _, plan, _ = loaded(tmp_path)
    [drift], _ = told(Cloud({"worker": worker(OTHER)}, holds=slim(plan)), plan, declared(worker(LONG)))
    assert drift.setting == 'files["plan.mjs"].contentBase64'
    assert drift.endpoint is None


def test_a_plan_of_another_release_is_a_blind_spot(tmp_path: Path) -> None:
    """And the module is told all the same."""
    _, plan, _ = loaded(tmp_path)
    drifts, [blind] = told(Cloud({"worker": worker(OTHER)}, holds={"version": 9}), plan, declared(worker(LONG)))
    assert "not one that this release reads" in blind.why
    assert [one.setting for one in drifts] == ['files["plan.mjs"].contentBase64']


def test_what_cannot_be_seen_hides_nothing(tmp_path: Path) -> None:
    """One resource refused, another told; the code says so."""
    _, plan, _ = loaded(tmp_path)
    cloud = Cloud(
        {"other": worker(LONG, compatibilityDate="x")}, refuses={"worker": Unseen("403", "Workers Scripts: Read")}
    )
    drifts, [blind] = told(cloud, plan, declared(worker(LONG)), declared(worker(LONG, compatibilityDate="y"), "other"))
    assert (blind.what, blind.needs) == ("WorkersScript worker", "Workers Scripts: Read")
    assert len(drifts) == 1
    assert Report(None, "p", drifts, [blind]).code == 1
    assert Report(None, "p", [], [blind]).code == 2
    assert Report(None, "p").code == 0


def test_a_roll_out_is_no_drift_until_it_is_over(tmp_path: Path) -> None:
    """It is told, and does not alarm."""
    _, plan, _ = loaded(tmp_path)
    drifts, _ = told(Cloud({"worker": worker(OTHER)}, holds=slim(plan), rolling=True), plan, declared(worker(LONG)))
    assert [one.by.cause for one in drifts] == ["roll-out"]
    assert Report(None, "p", drifts).code == 0
    table = Resource("aws:dynamodb/table:Table", "table", inputs={"ttl": "on"})
    [drift], _ = told(Cloud({"table": {"ttl": "off"}}, rolling=True), plan, table)
    assert not drift.is_harmless


def test_without_the_permission_nobody_is_named(tmp_path: Path) -> None:
    """But what would name them."""
    _, plan, _ = loaded(tmp_path)
    cloud = Cloud({"worker": worker(LONG, a=1)}, refuses={"by": Unseen("denied", "cloudtrail:LookupEvents")})
    [drift], _ = told(cloud, plan, declared(worker(LONG, a=2)))
    assert (drift.by.cause, drift.by.where) == ("unknown", "needs cloudtrail:LookupEvents")


def test_what_belongs_to_nobody_is_told(tmp_path: Path) -> None:
    """Another route, an alias."""
    _, plan, _ = loaded(tmp_path)
    extra = Drift("live", "cloudflare", "route x/*", "", None, "x/*")
    assert told(Cloud({"worker": worker(LONG)}, more=[extra]), plan, declared(worker(LONG)))[0] == [extra]


@pytest.fixture
def report() -> Report:
    """Of everything there is."""
    by = By("console", "dana@acme.dev", 1_795_000_000_000, "CloudTrail")
    drifts = [
        Drift("live", "aws", "plan sha256:1", "timeout", "3s", "9s", endpoint="cart", key="timeout", by=by),
        Drift("live", "aws", "distribution E1", "aliases[]", None, "@everyone | `x`"),
        Drift("edges", "aws", "https://x", "plan", "a", "b", by=By("roll-out")),
    ]
    blind = [Blind("live", "cloudflare", "the cloud", "no token", "CLOUDFLARE_API_TOKEN")]
    seen: list[tuple[Plane, TargetName]] = [("live", "aws")]
    return Report("prod", "sha256:1", drifts, blind, seen, [("engine", "aws")], {"aws": 12})


def test_a_person_reads_it(report: Report) -> None:
    """What, where, by whom; what was not seen and what it needs."""
    assert human(report) == (
        "prod: 2 differences, 1 that will pass, 1 not seen\n"
        "\n"
        "what the stacks declare and the clouds\n"
        "  aws, endpoint cart timeout: 9s, should be 3s\n"
        "      by dana@acme.dev at 2026-11-18 11:06:40Z, console (CloudTrail)\n"
        "  aws, distribution E1 aliases[]: @everyone | `x`, should be not there\n"
        "  cloudflare, not seen: the cloud: no token\n"
        "      needs CLOUDFLARE_API_TOKEN\n"
        "\n"
        "the file and what edges answer\n"
        "  aws, https://x plan: b, should be a\n"
        "      roll-out\n"
        "\n"
        "looked at: aws (live); not asked for: aws (engine), by --engine; calls: 12 of aws\n"
    )


def test_an_issue_is_found_again_and_safe(report: Report) -> None:
    """By its first line; nobody is mentioned by what a cloud says."""
    said = markdown(report)
    assert said.startswith("<!-- kampkin:drift prod -->\n### kampkin drift: prod: 2 differences")
    assert "`` @everyone \\| `x` ``" in said
    assert as_json(report).startswith('{\n  "version": 1,')


def test_what_a_cloud_says_is_no_command_to_a_terminal() -> None:
    """Nor does it begin a line of its own, among the commands least of all."""
    evil = "acme.dev/*\n\x1b[2Jrm -rf ~ #\u202e"
    drifts = [
        Drift("live", "cloudflare", f"route {evil}", "script", None, evil, by=By("console", evil, 0, evil)),
        Drift("edges", "cloudflare", evil, "plan", "a", evil),
    ]
    blind = [Blind("edges", "cloudflare", evil, evil, evil)]
    report = Report("prod", "p", drifts, blind, back=[*revert(drifts, None, {"cloudflare": Path("stacks/cloudflare")})])
    for said in (human(report), markdown(report)):
        assert not {"\x1b", "\u202e"} & {*said}
    assert not any(line.startswith(("rm", "␛")) for line in human(report).splitlines())
    assert len(report.back) == 2


def test_a_credential_that_runs_is_told_by_its_digest(tmp_path: Path) -> None:
    """In every format; only `--adopt` knows its value."""
    text = FILE.replace("search: {origin", "search: {headers: {request: {x-api-key: hunter2}}, origin")
    _, there, _ = loaded(tmp_path, text)
    _, plan, _ = loaded(tmp_path)
    found, _ = told(Cloud({"worker": worker(OTHER)}, holds=slim(there)), plan, declared(worker(LONG)))
    [drift] = [one for one in found if one.key == "headers.request"]
    assert "hunter2" in str(drift.written)
    report = Report("prod", "d", found)
    for said in (human(report), markdown(report), as_json(report)):
        assert "sha256" in said
        assert "hunter2" not in said


def test_what_is_cut_of_an_issue_is_counted() -> None:
    """However many differences there are, what was not seen and the way back stay, and what is looked at."""
    drifts = [Drift("live", "aws", f"distribution {at}", "x" * 40, "a" * 110, "b" * 110) for at in range(400)]
    blind = [Blind("live", "cloudflare", "the cloud", "no token", "X")]
    said = markdown(Report("prod", "d", drifts, blind, back=["pulumi up --refresh"]))
    assert 50_000 < len(said) <= 60_000
    shown = said.count("| `aws` |")
    assert f"\n{400 - shown} more differences: kampkin drift prints all\n" in said
    for part in ("**Not seen**\n\n- `the cloud: no token`, needs `X`", "- `pulumi up --refresh`", "looked at: nothing"):
        assert part in said
    many = markdown(Report("prod", "d", [], blind * 2000))
    assert len(many) < 60_000
    assert "more blind spots: kampkin drift prints all" in many


def test_a_way_past_the_function_says_which() -> None:
    """Its path and where it goes, and not the JSON of all that a behaviour has."""
    behaviour = {"allowedMethods": ["GET"] * 50, "pathPattern": "/cart/*", "targetOriginId": "s3"}
    by_mine = behaviour | {"lambdaFunctionAssociations": [{"eventType": "origin-request", "lambdaArn": "arn:mine:1"}]}
    origin = {"originId": "s3", "domainName": "x.s3.amazonaws.com"}
    for live, told in (
        (behaviour, "path /cart/* goes to origin s3 without the function"),
        (by_mine, "path /cart/* goes to origin s3 by arn:mine:1"),
        (origin, "origin s3 at x.s3.amazonaws.com"),
    ):
        drift = Drift("live", "aws", "distribution E1", "orderedCacheBehaviors[]", None, live, reaches="cart")
        line = f"endpoint cart, distribution E1 orderedCacheBehaviors[]: {told}, should be not there\n"
        assert line in human(Report(None, "p", [drift]))


def test_a_digest_is_told_in_words() -> None:
    """What the last up has recorded of a part says only whether it is the same."""
    drifts = [
        Drift("stack", "aws", "stacks/aws", f"endpoints.{name}", desired, live, endpoint=name)
        for name, desired, live in (
            ("cart", "sha256:1", "sha256:2"),
            ("pay", "sha256:1", None),
            ("old", None, "sha256:2"),
        )
    ]
    said = human(Report(None, "p", drifts))
    assert "  aws, endpoint cart: changed since the last up\n" in said
    assert "  aws, endpoint pay: not in the last up\n" in said
    assert "  aws, endpoint old: gone since the last up\n" in said
    assert "sha256" not in said


def test_the_way_back_is_a_command(report: Report) -> None:
    """For each cloud, and how long it takes."""
    assert list(revert(report.drifts, "prod", {"aws": Path("stacks/aws")})) == [
        "pulumi up --refresh --stack prod --cwd stacks/aws   # takes minutes: CloudFront rolls out to every edge"
    ]


def test_the_way_back_knows_the_folder_and_what_is_in_no_stack() -> None:
    """An update leaves what Pulumi has not made."""
    drifts = [
        Drift("live", "cloudflare", "route acme.dev/*", "script", None, "kampkin-acme"),
        Drift("live", "aws", "role kampkin-acme-edge", "inlinePolicies[]", None, "mine", name="kampkin-role"),
        Drift("live", "aws", "role kampkin-acme-edge", "tags.team", "a", None, name="kampkin-role"),
    ]
    assert list(revert(drifts, None, {"aws": Path("our stacks/aws"), "cloudflare": Path("stacks/cloudflare")})) == [
        "pulumi up --refresh --cwd 'our stacks/aws'   # takes minutes: CloudFront rolls out to every edge",
        "# in no stack, to be taken away by hand: role kampkin-acme-edge inlinePolicies: mine",
        "# in no stack, to be taken away by hand: route acme.dev/* script: kampkin-acme",
    ]


def test_the_way_back_is_of_a_stack_that_is_known(tmp_path: Path) -> None:
    """The one whose settings were read; else nobody guesses."""
    drifts = [Drift("stack", "aws", "stacks/aws", "plan", "a", "b")]
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    [said] = revert(drifts, None, {"aws": tmp_path})
    assert said.startswith(f"pulumi up --refresh --stack dev --cwd {tmp_path} ")
    (tmp_path / "Pulumi.two.yaml").write_text("config: {}\n")
    [said] = revert(drifts, None, {"aws": tmp_path})
    assert said == "# which of the stacks dev, two is of the file as it stands is not known: needs one such stack"
