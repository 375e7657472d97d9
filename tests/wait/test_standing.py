"""What has been seen, and what is said of it."""

from __future__ import annotations

import pytest

from kampkin.wait import words
from kampkin.wait.sight import Sight, Trouble, understood
from kampkin.wait.standing import Look, Standing

from .seen import NEW, OLD, RUNTIME_BEFORE, front, look, running, standing

SILENT = Trouble("silence", "does not answer: ConnectTimeout")


def after(target: str, *looks: Look) -> Standing:
    """An edge after these polls."""
    one = standing(target)
    for each in looks:
        one = one.after(each)
    return one


def five(target: str, *others: Sight) -> list[Sight]:
    """Five answers, the last of them others."""
    return [running(target)] * (5 - len(others)) + list(others)


def test_live_from_the_first_of_a_row_on() -> None:
    """Ten answers in a row, by the places that gave them."""
    once = after("cloudflare", look(8, *five("cloudflare")))
    assert not once.is_live
    assert words.line(once) == "cloudflare: answers as it should, 5 of 10 times in a row"
    twice = once.after(look(9, *five("cloudflare", running("cloudflare", place="AMS"))))
    assert twice.is_live
    assert words.line(twice) == "cloudflare: live since 14:02:11Z (after 8 s), answered by AMS, FRA"


def test_one_answer_of_before_begins_the_row_anew() -> None:
    """A node behind the same address still runs the old plan."""
    one = after(
        "cloudflare",
        look(1, *five("cloudflare")),
        look(2, *five("cloudflare", running("cloudflare", plan=OLD, place="AMS"))),
        look(3, *five("cloudflare")),
    )
    assert not one.is_live
    done = one.after(look(4, *five("cloudflare")))
    assert done.is_live
    assert words.line(done) == "cloudflare: live since 14:02:06Z (after 3 s), answered by FRA"


def test_live_no_more() -> None:
    """Somebody deployed another plan meanwhile."""
    one = after("cloudflare", look(1, *five("cloudflare") * 2), look(2, *[running("cloudflare", plan=OLD)] * 5))
    assert not one.is_live


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        (five("aws", *[running("aws", plan=OLD)] * 3), "still the plan before, sha256:bbbbbbbbbbbb, 3 of 5 answers"),
        ([running("aws", plan=OLD)] * 5, "still the plan before, sha256:bbbbbbbbbbbb"),
        (
            [running("aws", runtime=RUNTIME_BEFORE)] * 5,
            "the plan, but still the runtime before, sha256:dddddddddddd",
        ),
        ([running("aws", project="till")] * 5, "another deployment answers: till prod on aws"),
        ([running("aws", environment=None)] * 5, "another deployment answers: shop on aws"),
        ([running("cloudflare")] * 5, "another deployment answers: shop prod on cloudflare"),
        (
            five("aws", SILENT, running("aws", plan=OLD), SILENT),
            "does not answer: ConnectTimeout, 2 of 5 answers, still the plan before, sha256:bbbbbbbbbbbb, 1 of 5 answers",
        ),
    ],
)
def test_what_is_not_as_it_should_be(answers: list[Sight], line: str) -> None:
    """The most frequent first, with its share."""
    assert words.line(after("aws", look(1, *answers))) == f"aws: {line}"


def test_cloudfront_has_a_word() -> None:
    """As long as it rolls out, this place's answers say nothing of others; it holds what it said last."""
    old = after("aws", look(5, *[running("aws", plan=OLD)] * 5, front=front("InProgress", "7")))
    assert words.line(old) == (
        "aws: still the plan before, sha256:bbbbbbbbbbbb; CloudFront says InProgress, function version 7"
    )
    here = old.after(look(10, *five("aws") * 2, front=front("InProgress", "7")))
    assert not here.is_live
    assert words.line(here) == (
        "aws: answers as it should, but not everywhere yet; CloudFront says InProgress, function version 7"
    )
    unheard = here.after(look(15, *five("aws") * 2))
    assert not unheard.is_live, "CloudFront did not say Deployed; it said nothing"
    done = unheard.after(look(20, *five("aws") * 2, front=front("Deployed", "7")))
    assert words.line(done) == "aws: live since 14:02:23Z (after 20 s), answered by eu-central-1"


def test_no_more_is_said_than_is_new() -> None:
    """How many of the answers are still old changes at each poll, and says nothing new."""
    old = running("aws", plan=OLD)
    three, four = (
        after("aws", look(1, *five("aws", old, old, old))),
        after("aws", look(2, *five("aws", old, old, old, old))),
    )
    assert words.mark(three) == words.mark(four)
    assert words.mark(three) != words.mark(after("aws", look(3, *five("aws", SILENT))))


def live(target: str) -> Standing:
    """One that is."""
    return after(target, look(1, *five(target) * 2))


def test_half_rolled_out() -> None:
    """Which cloud runs what, and the command that finishes it."""
    late = after("aws", look(1, *[running("aws", plan=OLD)] * 5))
    assert words.verdict([live("cloudflare"), late], "kampkin.yaml") == (
        f"half rolled out: cloudflare runs {NEW[:19]}, aws runs {OLD[:19]}; "
        "finish it with: pulumi up --stack prod --cwd stacks/aws"
    )


def test_half_an_edge() -> None:
    """Both plans are said."""
    late = after("aws", look(1, *five("aws", running("aws", plan=OLD))))
    assert "aws runs sha256:aaaaaaaaaaaa and sha256:bbbbbbbbbbbb; finish" in words.verdict(
        [live("cloudflare"), late], "kampkin.yaml"
    )


def test_cloudfront_is_at_it_already() -> None:
    """There is nothing to do but to wait on."""
    late = after("aws", look(1, *[running("aws", plan=OLD)] * 5, front=front("InProgress")))
    assert words.verdict([live("cloudflare"), late], "our edge/kampkin.yaml").endswith(
        "finish it with: kampkin wait 'our edge/kampkin.yaml' --env prod"
    )


def test_nowhere() -> None:
    """Two commands, and what is there instead."""
    missing = after("cloudflare", look(1, Trouble("name", "cloudflare.test has no address in DNS yet")))
    before = after("aws", look(1, *[running("aws", runtime=RUNTIME_BEFORE)] * 5))
    assert words.verdict([missing, before], "kampkin.yaml") == (
        "not live: cloudflare is not there (cloudflare.test has no address in DNS yet), "
        "aws runs sha256:aaaaaaaaaaaa, but not all of it by this release; finish it with: "
        "pulumi up --stack prod --cwd stacks/cloudflare && pulumi up --stack prod --cwd stacks/aws"
    )


@pytest.mark.parametrize(
    ("status", "media_type", "body", "kind", "said"),
    [
        (404, "text/html", b"<p>", "stranger", "somebody else answers: 404, text/html"),
        (301, "", b"", "stranger", "somebody else answers: 301, without a type"),
        (404, "application/problem+json", b'{"type":"urn:kampkin:no-route"}', "older", "an older Kampkin answers"),
        (
            401,
            "application/problem+json",
            b'{"type":"urn:kampkin:admin:no-token"}',
            "older",
            "an older Kampkin answers",
        ),
        (404, "application/problem+json", b'{"type":"urn:others"}', "stranger", "somebody else answers: 404"),
        (200, "application/json", b'{"version":1,"plan":"x"}', "stranger", "that is not Kampkin's"),
        (200, "application/json", b"[" * 100_000, "stranger", "that is not Kampkin's"),
        (
            200,
            "text/html",
            running("aws").model_dump_json().encode(),
            "stranger",
            "somebody else answers: 200, text/html",
        ),
    ],
)
def test_an_answer_that_is_none(status: int, media_type: str, body: bytes, kind: str, said: str) -> None:
    """One clear line for each."""
    seen = understood(status, media_type, body)
    assert isinstance(seen, Trouble)
    assert seen.kind == kind
    assert said in seen.words


def test_an_answer_may_have_more_than_we_know() -> None:
    """A later release's, of the same version."""
    body = running("aws").model_dump_json()[:-1] + ',"nodes":3}'
    assert understood(200, "application/json", body.encode()) == running("aws")
