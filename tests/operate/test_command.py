"""The commands, as a shell runs them, against both real edges."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from kampkin.local.ports import free_ports
from kampkin.operate.cloudflare import Worker
from kampkin.operate.connect import person
from kampkin.operate.dev import reachable

from .conftest import TOKEN, Stage

FILE = """
version: 1
project: operate
targets: {cloudflare: {}, aws: {}}
safety: {max_override: 1h}
endpoints:
  cart: {origin: https://cart.example.com, breaker: {window: 1s}}
  rest: {origin: https://cart.example.com, route: /*}
  solo: {origin: https://cart.example.com, targets: [aws]}
"""
WHO = "dana@acme.dev"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@contextmanager
def answering(status: int, body: object) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Somebody else's server, and what it was asked: each request line with its headers. It says the same to everything."""
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append((self.requestline, dict(self.headers)))
            self.rfile.read(int(self.headers.get("content-length", 0)))
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = answer  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def running(stage: Callable[..., Stage]) -> Stage:
    """Both edges, one node each."""
    return stage(admin=TOKEN, nodes=1)


@pytest.fixture(scope="module")
def credentials(running: Stage) -> dict[str, str]:
    """The environment of a person whom IAM knows, and the arn as AWS_ARN."""
    import boto3

    url = running.edges.database()[0].meta.endpoint_url
    root = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1")
    iam = root.client("iam", endpoint_url=url)
    iam.create_user(UserName="dana")
    made = iam.create_access_key(UserName="dana")["AccessKey"]
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
        "AWS_ARN": iam.get_user(UserName="dana")["User"]["Arn"],
    }


@pytest.fixture
def environment(running: Stage, credentials: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """What the shell has set, in a folder with a file."""
    (tmp_path / "kampkin.yaml").write_text(FILE)
    (tmp_path / "gitconfig").write_text(f"[user]\nemail = {WHO}\n")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "GIT_", "KAMPKIN_"))}
    return inherited | {
        **credentials,
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "KAMPKIN_CLOUDFLARE_URL": running.edges.edges["cloudflare"].url,
        "KAMPKIN_ADMIN_TOKEN": TOKEN,
        "KAMPKIN_AWS_URL": running.edges.edges["aws"].url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def kampkin(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command; a variable of None is unset."""

    def kampkin(*args: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        env = {key: value for key, value in {**environment, **changes}.items() if value is not None}
        return subprocess.run(
            [sys.executable, "-m", "kampkin", *args],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return kampkin


def places(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The records that a command told as JSON, by target."""
    assert run.stdout, run.stderr
    return {one["place"]["target"]: one for one in json.loads(run.stdout)["breakers"]}


def test_a_hold_is_on_both_edges(
    kampkin: Run, running: Stage, ask: Callable[..., Any], until: Callable[..., Any]
) -> None:
    """Set, obeyed, seen, let go of, and told with who it was: git's word on Cloudflare, IAM's on AWS."""
    run = kampkin("hold", "cart", "open", "--for", "10m", "--reason", "CHG-1182", "--json")
    assert (run.returncode, run.stderr) == (0, "")
    for one in places(run).values():
        assert (one["breaker"], one["override"]["mode"]) == ("cart", "forced-open")
        assert one["override"]["owner"].endswith(":user/dana")
    for edge in running.edges.edges.values():
        until(lambda url=edge.url: ask(url, "/cart").status == 503)

    run = kampkin("status", "cart")
    assert run.returncode == 0
    cloudflare, aws = sorted(run.stdout.splitlines(), reverse=True)
    for line, place in ((cloudflare, "cloudflare"), (aws, "aws us-east-1")):
        assert line.startswith("cart")
        assert f"{place} " in line
        assert ":user/dana: CHG-1182" in line

    assert kampkin("release", "cart").returncode == 0
    for edge in running.edges.edges.values():
        until(lambda url=edge.url: ask(url, "/cart").status == 200)
    told = json.loads(kampkin("events", "cart", "--limit", "100", "--json").stdout)
    assert told["next"] is None
    said = [event for event in told["events"] if "override" in event]
    assert [event["override"] is None for event in said] == [True, True, False, False]
    arn = kampkin_arn(kampkin)
    assert {(event["edge"], event["node"]) for event in said} == {("aws", arn), ("cloudflare", f"local/{WHO}")}
    ended = [event for event in told["events"] if event.get("reason") == "override_ended"]
    assert {(event["edge"], event["to"]) for event in ended} == {("aws", "half-open"), ("cloudflare", "half-open")}


def test_who_holds_in_dev_is_gits_word(
    kampkin: Run, running: Stage, credentials: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The STS of this machine knows nobody."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    urls = {target: edge.url for target, edge in running.edges.edges.items()}
    file = tmp_path / "kampkin.yaml"
    with reachable(file, None, urls["cloudflare"], TOKEN, credentials["AWS_ENDPOINT_URL"], urls["aws"]):
        hold = ("hold", "cart", "monitor", "--for", "1m", "--reason", "x", "--dev", "--json")
        run = kampkin(*hold, XDG_CACHE_HOME=str(tmp_path))
    assert {target: one["override"]["owner"] for target, one in places(run).items()} == {"aws": WHO, "cloudflare": WHO}
    assert kampkin("release", "cart").returncode == 0


def kampkin_arn(kampkin: Run) -> str:
    """Who IAM says it is: an owner where git knows nobody."""
    run = kampkin(
        *("hold", "rest", "monitor", "--for", "1m", "--reason", "who", "--json"), GIT_CONFIG_GLOBAL=os.devnull
    )
    owner = places(run)["aws"]["override"]["owner"]
    assert owner == places(run)["cloudflare"]["override"]["owner"]
    assert owner.endswith(":user/dana")
    assert kampkin("release", "rest").returncode == 0
    return str(owner)


def test_a_flip_is_on_both_edges(kampkin: Run) -> None:
    """One transition each, and the target can be chosen."""
    before = places(kampkin("status", "rest", "--json"))
    after = places(kampkin("flip", "rest", "open", "--json"))
    for target, one in after.items():
        assert (one["state"], one["why"], one["epoch"]) == ("open", "manual", before[target]["epoch"] + 1)
    alone = places(kampkin("flip", "rest", "closed", "--target", "aws", "--json"))
    assert list(alone) == ["aws"]
    assert places(kampkin("status", "rest", "--json"))["cloudflare"]["state"] == "open"
    assert kampkin("flip", "rest", "closed").returncode == 0


def test_a_change_ends_when_each_edge_has_answered_with_it(kampkin: Run) -> None:
    """One answer of each edge carries it. Where an edge's address is not known that is said, and is no failure; where it is and
    no answer carries it, it is one."""
    run = kampkin("flip", "cart", "open")
    assert run.returncode == 0
    obeyed = [line for line in run.stdout.splitlines() if " obeys in " in line]
    assert [line.partition(",")[0] for line in obeyed] == ["aws", "cloudflare"]
    told = json.loads(kampkin("hold", "cart", "monitor", "--for", "1m", "--reason", "x", "--json").stdout)["obeyed"]
    assert [(one["target"], one["breaker"], one["obeys"]) for one in told] == [
        ("aws", "cart", True),
        ("cloudflare", "cart", True),
    ]
    assert kampkin("release", "cart").returncode == 0
    blind = kampkin("flip", "cart", "closed", KAMPKIN_AWS_URL=None)
    assert blind.returncode == 0
    assert "aws, cart: its address is not known here" in blind.stdout
    told = json.loads(kampkin("flip", "cart", "closed", "--json", KAMPKIN_AWS_URL=None).stdout)["obeyed"]
    assert [(one["target"], one["obeys"]) for one in told] == [("aws", None), ("cloudflare", True)]
    told = json.loads(kampkin("flip", "cart", "closed", "--json", KAMPKIN_AWS_URL=None).stdout)["obeyed"]
    assert [(one["target"], one["obeys"]) for one in told] == [("aws", None), ("cloudflare", True)]
    (port,) = free_ports(1)
    gone = kampkin("flip", "cart", "closed", KAMPKIN_AWS_URL=f"http://127.0.0.1:{port}")
    assert gone.returncode == 1
    assert "aws, cart: did not answer (ConnectionError): a node obeys from its next word to the store on" in gone.stdout


def test_a_release_of_nothing_says_so(kampkin: Run) -> None:
    """It waits for nobody: nothing was to be heard of."""
    assert kampkin("release", "cart").returncode == 0
    run = kampkin("release", "cart")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "nothing was held")
    assert "obeys" not in run.stdout
    assert json.loads(kampkin("release", "cart", "--json").stdout)["obeyed"] == []
    blind = kampkin("release", "cart", KAMPKIN_ADMIN_TOKEN=None)
    assert blind.returncode == 1
    assert "nothing was held" not in blind.stdout, "what Cloudflare holds was not seen"


def test_a_flip_under_a_hold_says_who_decides(kampkin: Run) -> None:
    """At each place where somebody does, and how that ends."""
    assert kampkin("hold", "cart", "open", "--for", "10m", "--reason", "CHG-1182", "--owner", "dana").returncode == 0
    flipped = kampkin("flip", "cart", "closed").stdout.splitlines()[-1]
    assert flipped.startswith("cart, aws us-east-1, cloudflare: forced-open until ")
    assert flipped.endswith("by dana: CHG-1182; until then that decides about requests: `kampkin release cart` first")
    assert "CHG-1182" not in kampkin("release", "cart").stdout
    assert "decides" not in kampkin("flip", "cart", "closed").stdout


def test_the_files_override_is_seen(kampkin: Run, tmp_path: Path) -> None:
    """As an override in force, where no person's is; a release does not end it, and says so."""
    until = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    said = f"override: {{state: forced-open, until: '{until}', owner: eli, reason: moving}}, breaker: {{window: 1s}}"
    (tmp_path / "kampkin.yaml").write_text(FILE.replace("breaker: {window: 1s}", said))
    for line in kampkin("status").stdout.splitlines()[:2]:
        assert line.startswith("cart ")
        assert "closed, forced-open" in line
        assert "by eli (in the file): moving" in line
    assert kampkin("hold", "cart", "monitor", "--for", "1m", "--reason", "mine", "--owner", "dana").returncode == 0
    assert {one["override"]["owner"] for one in places(kampkin("status", "cart", "--json")).values()} == {"dana"}
    released = kampkin("release", "cart")
    assert released.returncode == 0
    assert released.stdout.splitlines()[-1].endswith(
        "by eli (in the file): moving; until then that decides about requests: only the file ends it"
    )
    nothing, file = kampkin("release", "cart").stdout.splitlines()[-2:]
    assert (nothing, "(in the file)" in file) == ("nothing was held", True)


def test_another_plan_is_seen_on_both_edges(kampkin: Run, running: Stage) -> None:
    """AWS's is the edge's own word; where it does not answer that is said, and hides nothing."""
    digest = requests.get(f"{running.edges.edges['aws'].url}/.kampkin/v1/running", timeout=10).json()["plan"]
    run = kampkin("status", "cart", "--json")
    assert {target: one["plan"] for target, one in places(run).items()} == {"aws": digest, "cloudflare": digest}
    assert kampkin("status", "cart").stdout.count(f"runs another plan than the file's: {digest[:19]}") == 2
    (port,) = free_ports(1)
    gone = kampkin("status", "cart", KAMPKIN_AWS_URL=f"http://127.0.0.1:{port}")
    assert (gone.returncode, gone.stdout.count("\n")) == (0, 2)
    assert f"aws: http://127.0.0.1:{port} did not answer (ConnectionError): which plan runs there" in gone.stderr


def test_of_all_each_edge_is_asked(kampkin: Run) -> None:
    """Though the worst breaker is on one of them alone. That edge has not deployed it, which is a change that is not everywhere."""
    assert kampkin("flip", "solo", "open").returncode == 1
    told = json.loads(kampkin("hold", "--all", "monitor", "--for", "1m", "--reason", "x", "--json").stdout)
    assert told["breakers"][0]["breaker"] == "solo"
    assert {one["target"] for one in told["obeyed"]} == {"aws", "cloudflare"}
    kampkin("release", "--all")
    kampkin("flip", "solo", "closed")
    assert [one["state"] for one in places(kampkin("status", "solo", "--json")).values()] == ["closed"]


def test_what_happened_anywhere(kampkin: Run) -> None:
    """Without an endpoint the newest events of all, from every place; only one breaker's go on."""
    assert kampkin("flip", "cart", "open").returncode == 0
    kampkin("flip", "solo", "open")
    told = json.loads(kampkin("events", "--limit", "3", "--json").stdout)
    newest, *others = told["events"]
    assert (newest["breaker"], newest["to"]) == ("solo", "open")
    assert len(others) == 2
    assert {one["edge"] for one in others if one["breaker"] == "cart"} == {"aws", "cloudflare"}
    assert [one["at"] for one in told["events"]] == sorted((one["at"] for one in told["events"]), reverse=True)
    assert told["next"] is None
    assert "name the endpoint" in kampkin("events", "--before", "x").stderr
    assert "'0' is none of 1 to 100" in kampkin("events", "--limit", "0").stderr
    for name in ("cart", "solo"):
        kampkin("flip", name, "closed")


def test_a_breaker_that_nobody_answers_for_has_no_quiet_week(kampkin: Run) -> None:
    """That nothing happened is said only where every place answered."""
    (port,) = free_ports(1)
    gone = f"http://127.0.0.1:{port}"
    run = kampkin("events", "cart", "--target", "cloudflare", "--url", gone)
    assert (run.returncode, run.stdout) == (2, "")
    assert "cloudflare" in run.stderr


def test_numbers_outlive_a_persons_words(kampkin: Run) -> None:
    """However many there were since: the transition that the record speaks of is found behind them."""
    assert kampkin("flip", "cart", "open").returncode == 0
    before = places(kampkin("status", "cart", "--json"))
    for turn in range(6):
        assert kampkin("hold", "cart", "monitor", "--for", "1m", "--reason", f"look {turn}").returncode == 0
    after = places(kampkin("status", "cart", "--json"))
    assert {target: one["turn"] for target, one in after.items()} == {t: one["turn"] for t, one in before.items()}
    assert all(one["turn"] for one in after.values())
    assert kampkin("release", "cart").returncode == 0
    assert kampkin("flip", "cart", "closed").returncode == 0


def test_an_endpoint_that_is_not_there_is_named_by_its_like(kampkin: Run) -> None:
    """And not by all that there are."""
    assert "did you mean cart?" in kampkin("status", "crat").stderr


def test_all_holds_every_breaker(kampkin: Run) -> None:
    """The global bypass, on both edges, also of what only one of them has."""
    run = kampkin("hold", "--all", "monitor", "--for", "5m", "--reason", "bypass", "--owner", "eli", "--json")
    told = json.loads(run.stdout)["breakers"]
    assert run.returncode == 0
    assert sorted((one["breaker"], one["place"]["target"]) for one in told) == [
        ("cart", "aws"), ("cart", "cloudflare"), ("rest", "aws"), ("rest", "cloudflare"), ("solo", "aws"),
    ]  # fmt: skip
    assert {(one["override"]["mode"], one["override"]["owner"]) for one in told} == {("monitor", "eli")}
    assert kampkin("release", "--all").returncode == 0
    assert {one["override"] for one in json.loads(kampkin("status", "--json").stdout)["breakers"]} == {None}


def test_events_go_on_over_both_edges(kampkin: Run) -> None:
    """Pages in one order, each event once, the same as the whole."""
    for state in ("open", "closed", "half-open", "closed"):
        assert kampkin("flip", "cart", state).returncode == 0
    whole = json.loads(kampkin("events", "cart", "--limit", "100", "--json").stdout)["events"]
    paged: list[Any] = []
    cursor = None
    while True:
        page = json.loads(
            kampkin("events", "cart", "--limit", "5", *(("--before", cursor) if cursor else ()), "--json").stdout
        )
        paged += page["events"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [event["id"] for event in paged] == [event["id"] for event in whole]
    assert [event["at"] for event in whole] == sorted((event["at"] for event in whole), reverse=True)
    text = kampkin("events", "cart", "--limit", "5")
    assert text.stdout.count("\n") == 6
    assert "older: --before " in text.stdout


def test_one_blind_cloud_hides_nothing_of_the_other(kampkin: Run) -> None:
    """It is shown with what to do; looking is fine, a change that did not reach everywhere is not, and nothing is 2."""
    (port,) = free_ports(1)
    gone = f"http://127.0.0.1:{port}"
    run = kampkin("status", "cart", KAMPKIN_CLOUDFLARE_URL=gone)
    assert (run.returncode, "aws us-east-1" in run.stdout) == (0, True)
    assert run.stderr.startswith(f"cloudflare, cart: {gone} did not answer")
    changed = kampkin("flip", "cart", "closed", "--json", KAMPKIN_ADMIN_TOKEN="wrong")
    assert changed.returncode == 1
    (blind,) = json.loads(changed.stdout)["unanswered"]
    assert (blind["place"]["target"], "refuses the token" in blind["problem"]) == ("cloudflare", True)
    for command in (("status",), ("flip", "cart", "closed"), ("events", "cart"), ("release", "--all")):
        run = kampkin(*command, KAMPKIN_CLOUDFLARE_URL=gone, AWS_ENDPOINT_URL=gone)
        assert run.returncode == 2, command
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("hold", "card", "open", "--for", "1m", "--reason", "x"), "did you mean cart?"),
        (("hold", "open", "--for", "1m", "--reason", "x"), "--all"),
        (("hold", "cart", "open", "--all", "--for", "1m", "--reason", "x"), "not both"),
        (("hold", "cart", "open", "--for", "61m", "--reason", "x"), "at most 1h here"),
        (("hold", "cart", "open", "--for", "²m", "--reason", "x"), "no duration"),
        (("hold", "cart", "open", "--for", "9" * 5000 + "d", "--reason", "x"), "12 digits"),
        (("hold", "cart", "--for", "1m", "--reason", "x"), "invalid choice: 'cart'"),
        (("hold", "cart", "open", "--for", "60", "--reason", "x"), "ms s m h d"),
        (("hold", "cart", "open", "--for", "1m", "--reason", " "), "reason"),
        (("hold", "cart", "open", "--for", "1m", "--reason", "x", "--owner", "a\nb"), "owner"),
        (("hold", "cart", "open", "--for", "1m"), "--reason"),
        (("hold", "cart", "open", "--reason", "x"), "--for"),
        (("hold", "cart", "ajar", "--for", "1m", "--reason", "x"), "invalid choice"),
        (("release",), "--all"),
        (("flip", "cart", "ramp"), "invalid choice"),
        (("flip", "solo", "open", "--target", "cloudflare"), "it is on aws"),
        (("status", "--env", "prod"), "no environment"),
        (("status", "--file", "other.yaml"), "no such file"),
        (("events", "cart", "--before", "x"), "no cursor"),
        (("events", "cart", "--before", "WzFd"), "no cursor"),
        (("events", "cart", "--limit", "0"), "'0' is none of 1 to 100"),
        (("status", "--target", "cloudflare", "--url", "http://edge.acme.dev"), "not encrypted"),
        (("status", "--target", "cloudflare", "--url", "edge.acme.dev"), "no address"),
        (("status", "--target", "cloudflare", "--url", "http://[::1"), "no address"),
        (("status", "--target", "cloudflare", "--url", "https://edge.acme.dev:99999"), "no address"),
        (("status", "--target", "cloudflare", "--url", f"https://{'a' * 70}.dev"), "cannot be asked"),
    ],
)
def test_what_is_asked_wrongly_is_told(kampkin: Run, args: tuple[str, ...], said: str) -> None:
    """One line and exit 2, and nothing is changed."""
    run = kampkin(*args)
    assert run.returncode == 2, run.stdout
    assert said in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("missing", "said"),
    [("KAMPKIN_CLOUDFLARE_URL", "--url, or set KAMPKIN_CLOUDFLARE_URL"), ("KAMPKIN_ADMIN_TOKEN", "is not set")],
)
def test_what_is_missing_is_named(kampkin: Run, missing: str, said: str) -> None:
    """With what would give it."""
    run = kampkin("status", "--target", "cloudflare", **{missing: None})
    assert (run.returncode, said in run.stderr) == (2, True)


def test_without_credentials_aws_says_so(kampkin: Run) -> None:
    """The other cloud is operated all the same."""
    run = kampkin("status", "cart", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert (run.returncode, run.stdout.count("\n")) == (0, 1)
    assert "no AWS credentials" in run.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": None}, "Partial credentials"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "foo"}, "Invalid endpoint: foo"),
    ],
)
def test_what_aws_is_set_wrongly_hides_nothing_of_cloudflare(
    kampkin: Run, changes: dict[str, str | None], said: str
) -> None:
    """Such as half of the credentials, or an endpoint that is no URL."""
    run = kampkin("status", "cart", **changes)
    assert (run.returncode, run.stdout.count("\n")) == (0, 1), run.stderr
    assert run.stderr.startswith("aws us-east-1: ")
    assert said in run.stderr


def test_an_sts_that_is_none_changes_nothing_on_aws(kampkin: Run) -> None:
    """That is a mistake, and no outage: it is told, and Cloudflare is operated."""
    run = kampkin("flip", "rest", "closed", "--json", AWS_ENDPOINT_URL_STS="foo")
    assert (run.returncode, list(places(run))) == (1, ["cloudflare"])
    assert "AWS does not say who this is" in run.stdout


def test_while_sts_is_out_a_breaker_can_be_moved(kampkin: Run, credentials: dict[str, str]) -> None:
    """It is asked in the table's own region, and the event names the key where it does not answer. Nobody else reads the key:
    git says who answers for a hold."""
    (port,) = free_ports(1)
    with answering(503, {}) as (url, asked):
        for sts in (url, f"http://127.0.0.1:{port}"):
            run = kampkin("flip", "rest", "closed", "--target", "aws", AWS_ENDPOINT_URL_STS=sts, AWS_REGION="eu-west-1")
            assert run.returncode == 0, run.stderr
            event, *_ = json.loads(kampkin("events", "rest", "--target", "aws", "--json").stdout)["events"]
            assert event["node"] == f"unverified/{credentials['AWS_ACCESS_KEY_ID']}"
        run = kampkin("hold", "rest", "monitor", "--for", "1m", "--reason", "x", "--json", AWS_ENDPOINT_URL_STS=url)
        assert {one["override"]["owner"] for one in places(run).values()} == {WHO}
        assert kampkin("release", "rest").returncode == 0
    assert asked
    assert all("/us-east-1/sts/" in headers["Authorization"] for _, headers in asked)


def test_any_encoding_is_survived(kampkin: Run) -> None:
    """What it has no character for is written as its number, which JSON reads."""
    assert "\\u25cb closed" in kampkin("status", "solo", PYTHONIOENCODING="ascii").stdout
    hold = ("hold", "solo", "monitor", "--for", "1m", "--reason", "Umzug nach K\u00f6ln \U0001f6a7", "--json")
    [held] = json.loads(kampkin(*hold, PYTHONIOENCODING="ascii:strict", PYTHONUTF8="1").stdout)["breakers"]
    assert held["override"]["reason"] == "Umzug nach K\u00f6ln \U0001f6a7"
    kampkin("release", "solo")


@pytest.mark.parametrize("store", ["kv", "memory"])
def test_a_store_without_a_record_says_so(kampkin: Run, tmp_path: Path, store: str) -> None:
    """Before anybody is asked for an address or a token."""
    (tmp_path / "kampkin.yaml").write_text(FILE.replace("cloudflare: {}", f"cloudflare: {{store: {store}}}"))
    run = kampkin("status", "cart", KAMPKIN_ADMIN_TOKEN=None)
    assert run.returncode == 0
    assert run.stderr.splitlines()[-1] == f"cloudflare: the store is {store}: there is no record to operate"


@pytest.mark.parametrize("token", ["tökén", "two words"])
def test_a_token_that_is_none_is_told(kampkin: Run, token: str) -> None:
    """One that no header carries."""
    run = kampkin("status", "cart", KAMPKIN_ADMIN_TOKEN=token)
    assert (run.returncode, run.stdout.count("\n")) == (0, 1)
    assert "KAMPKIN_ADMIN_TOKEN holds what no header carries" in run.stderr


def test_a_name_that_is_not_utf_8_is_a_name(kampkin: Run, tmp_path: Path) -> None:
    """As far as it can be read."""
    (tmp_path / "gitconfig").write_bytes(b"[user]\nemail = d\xe9ana@acme.dev\n")
    run = kampkin("hold", "rest", "monitor", "--for", "1m", "--reason", "x", "--json", "--target", "cloudflare")
    assert {one["override"]["owner"] for one in places(run).values()} == {"d\ufffdana@acme.dev"}
    assert kampkin("release", "rest").returncode == 0


def test_somebody_without_a_name_is_unnamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a container there may be neither git nor an entry in passwd."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert person() == "unnamed"


@pytest.mark.parametrize(
    ("args", "body"),
    [
        (("status", "cart"), {"snapshot": {}}),
        (("status", "cart"), {"name": "cart", "snapshot": "closed"}),
        (("status", "cart"), ["snapshot"]),
        (("status",), {"breakers": "all"}),
        (("status",), {"breakers": [{"name": "cart"}]}),
        (("release", "--all"), {"breakers": [{}]}),
        (("flip", "cart", "open"), {"snapshot": None}),
        (("events", "cart"), {"events": [{"at": "noon"}], "next": None}),
        (("events", "cart"), {"events": []}),
    ],
)
def test_an_endpoints_own_json_is_not_the_apis(kampkin: Run, args: tuple[str, ...], body: object) -> None:
    """Whatever owns the path may use the same words."""
    with answering(200, body) as (url, _):
        run = kampkin(*args, "--target", "cloudflare", "--url", url)
    assert run.returncode == 2, run.stdout
    assert f"{url} has no admin API: it answered 200" in run.stderr
    assert "Traceback" not in run.stderr


def test_the_proxy_is_used_for_what_is_encrypted(kampkin: Run) -> None:
    """And nothing that is not goes there, with the token."""
    with answering(502, {}) as (url, asked):
        proxies = {"HTTPS_PROXY": url, "HTTP_PROXY": url, "https_proxy": None, "http_proxy": None}
        proxies |= {"NO_PROXY": None, "no_proxy": None, "ALL_PROXY": None, "all_proxy": None}
        run = kampkin("status", "cart", "--target", "cloudflare", "--url", "https://edge.acme.dev", **proxies)
        assert "did not answer: ProxyError" in run.stderr
        assert kampkin("status", "cart", "--target", "cloudflare", **proxies).returncode == 0
        assert [line.split()[:2] for line, _ in asked] == [["CONNECT", "edge.acme.dev:443"]]
    certificates = kampkin(
        "status", "--target", "cloudflare", "--url", url.replace("http", "https"), REQUESTS_CA_BUNDLE="/"
    )
    assert "Traceback" not in certificates.stderr


def test_what_runs_here_is_asked_past_every_proxy(kampkin: Run, running: Stage, tmp_path: Path) -> None:
    """Its stores, and the edges that are seen to obey."""
    edges, database = running.edges.edges, running.edges.database()[0].meta.endpoint_url
    reached = (edges["cloudflare"].url, TOKEN, database, edges["aws"].url)
    with answering(502, {}) as (url, asked), reachable(tmp_path / "kampkin.yaml", None, *reached):
        proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"), url)
        run = kampkin("flip", "cart", "closed", "--dev", **proxies, NO_PROXY=None, no_proxy=None)
    assert (run.returncode, run.stderr, asked) == (0, "", [])
    assert run.stdout.count("obeys in ") == 2


def test_a_netrc_does_not_take_the_place_of_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """requests would prefer it."""
    (tmp_path / "netrc").write_text("machine edge.acme.dev login dana password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session = Worker("https://edge.acme.dev", TOKEN, "dana", {}).session
    sent = session.prepare_request(requests.Request("GET", "https://edge.acme.dev/"))
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"


def test_without_the_api_the_worker_says_so(kampkin: Run, stage: Callable[..., Stage]) -> None:
    """With the command that opens it, whatever the endpoint answers that has the path."""
    closed = stage(nodes=1)
    for fault in ("heal", "500"):
        closed.origins.fault("origin", fault)
        run = kampkin("status", "--target", "cloudflare", "--url", closed.edges.edges["cloudflare"].url)
        assert (run.returncode, run.stdout) == (2, "")
        assert "has no admin API" in run.stderr
        assert "pulumi config set --secret adminToken" in run.stderr


END = b"\x04"
"""Ctrl-D, as a terminal sends it."""


def test_a_terminal_is_asked(environment: dict[str, str], tmp_path: Path, kampkin: Run) -> None:
    """On a terminal a change waits for a yes; anything else, the end of input too, changes nothing and is no success.
    What is asked is no output."""
    before = places(kampkin("status", "cart", "--json"))

    def typed(answer: bytes, code: int) -> bytes:
        master, slave = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "kampkin", "flip", "cart", "open"],
            cwd=tmp_path, env=environment, stdin=slave, stdout=subprocess.DEVNULL, stderr=slave,
        )  # fmt: skip
        os.close(slave)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(master, 1024)
        os.write(master, answer)
        assert child.wait(30) == code
        os.close(master)
        return shown

    assert b"flip cart open on aws us-east-1, cloudflare?" in typed(b"\n", 130)
    typed(END, 130)
    assert {t: one["epoch"] for t, one in places(kampkin("status", "cart", "--json")).items()} == {
        target: one["epoch"] for target, one in before.items()
    }
    typed(b"y\n", 0)
    assert {one["state"] for one in places(kampkin("status", "cart", "--json")).values()} == {"open"}
