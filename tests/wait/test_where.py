"""Where an edge is, and what the clouds say of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from kampkin.errors import Cannot
from kampkin.plan import Plan, Target, seal_plan
from kampkin.wait.clouds import front_of, workers_dev
from kampkin.wait.standing import Front
from kampkin.wait.where import VARIABLES, url_of

TOKEN, ACCOUNT = "a-token", "0123456789abcdef0123456789abcdef"


def plan(**hosts: str) -> Plan:
    """A plan of no endpoints, on both targets."""
    targets = {
        "cloudflare": Target(store="memory", host=hosts.get("cloudflare")),
        "aws": Target(store="memory", host=hosts.get("aws")),
    }
    return seal_plan(project="shop", environment="prod", targets=targets, endpoints=[])


def cloud() -> str:
    """One that knows."""
    return "https://d1.cloudfront.net"


def nobody() -> str:
    """One that may not be asked."""
    raise Cannot("there are no AWS credentials", "set some")


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """As pulumi writes them."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"plan": "sha256:1", "urls": {"cart": "https://d2.cloudfront.net/cart"}}))
    return file


def test_who_knows_best(outputs: Path) -> None:
    """As said, else the plan's host, else the stack's outputs, the environment, the cloud."""
    environ = {VARIABLES["aws"]: "https://d3.cloudfront.net/"}
    said, files = {"aws": "https://d4.cloudfront.net"}, {"aws": str(outputs)}
    named, bare = plan(aws="edge.acme.dev"), plan()
    assert url_of(named, "aws", said, files, environ, cloud) == "https://d4.cloudfront.net"
    assert url_of(named, "aws", {}, files, environ, cloud) == "https://edge.acme.dev"
    assert url_of(bare, "aws", {}, files, environ, cloud) == "https://d2.cloudfront.net"
    assert url_of(bare, "aws", {}, {}, environ, cloud) == "https://d3.cloudfront.net"
    assert url_of(bare, "aws", {}, {}, {}, cloud) == "https://d1.cloudfront.net"


def test_nobody_knows() -> None:
    """Every way to say it is named."""
    with pytest.raises(Cannot) as problem:
        url_of(plan(), "aws", {}, {}, {}, nobody)
    assert "no host on aws" in problem.value.message
    assert "there are no AWS credentials; set some" in problem.value.message
    assert problem.value.hint == (
        "--url aws=URL, or set KAMPKIN_AWS_URL; or --outputs aws=FILE, of pulumi stack output --json"
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"urls": {}}', '{"urls": {"cart": 3}}', '{"urls": "https://a.dev"}'])
def test_outputs_that_are_none(outputs: Path, text: str) -> None:
    """The file is named."""
    outputs.write_text(text)
    with pytest.raises(Cannot, match=r"outputs\.json has no outputs of a stack"):
        url_of(plan(), "aws", {}, {"aws": str(outputs)}, {}, cloud)


def test_an_address_that_is_none() -> None:
    """Before anybody is asked."""
    with pytest.raises(Cannot, match=r"'edge\.acme\.dev' is no address"):
        url_of(plan(), "aws", {"aws": "edge.acme.dev"}, {}, {}, cloud)


@contextmanager
def api(status: int, body: object) -> Iterator[tuple[dict[str, str], list[tuple[str, str | None]]]]:
    """Cloudflare's, and what it was asked: path and authorization."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["authorization"]))
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environ = {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "CLOUDFLARE_API_TOKEN": TOKEN}
        yield environ | {"CLOUDFLARE_BASE_URL": f"http://127.0.0.1:{server.server_port}"}, asked
        server.shutdown()


def test_on_workers_dev() -> None:
    """The Worker's name, and the account's there."""
    with api(200, {"success": True, "result": {"subdomain": "acme"}}) as (environ, asked):
        assert workers_dev(plan(), environ) == "https://kampkin-shop-prod.acme.workers.dev"
    assert asked == [(f"/accounts/{ACCOUNT}/workers/subdomain", f"Bearer {TOKEN}")]


def test_cloudflare_does_not_tell() -> None:
    """For want of a permission, of sense, or of credentials; the token is in no message."""
    with (
        api(403, {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}]}) as (environ, _),
        pytest.raises(Cannot, match="answered 403: 10000 Authentication error") as problem,
    ):
        workers_dev(plan(), environ)
    assert problem.value.hint == "the token needs Workers Scripts: Read"
    nonsense: tuple[object, ...] = ({"success": True, "result": None}, [], 3)
    for body in nonsense:
        with api(200, body) as (environ, _), pytest.raises(Cannot, match="does not tell"):
            workers_dev(plan(), environ)
    with pytest.raises(Cannot, match="CLOUDFLARE_ACCOUNT_ID is not set"):
        workers_dev(plan(), {"CLOUDFLARE_API_TOKEN": TOKEN})
    with pytest.raises(Cannot, match="CLOUDFLARE_API_TOKEN is not set"):
        workers_dev(plan(), {"CLOUDFLARE_ACCOUNT_ID": ACCOUNT})


def distribution(
    comment: str, status: str = "Deployed", version: str = "7", alias: str | None = None
) -> dict[str, Any]:
    """As CloudFront lists it, as far as botocore asks for it."""
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:kampkin-shop-prod:{version}"
    functions = {"Quantity": 1, "Items": [{"LambdaFunctionARN": arn, "EventType": "origin-request"}]}
    behaviour = {"TargetOriginId": "declared", "ViewerProtocolPolicy": "redirect-to-https"}
    return {
        "Id": "E1",
        "ARN": "arn:aws:cloudfront::123456789012:distribution/E1",
        "Status": status,
        "LastModifiedTime": 0,
        "DomainName": f"d{version}.cloudfront.net",
        "Aliases": {"Quantity": 1, "Items": [alias]} if alias else {"Quantity": 0},
        "Origins": {"Quantity": 1, "Items": [{"Id": "declared", "DomainName": "cloudfront.amazonaws.com"}]},
        "DefaultCacheBehavior": behaviour | {"LambdaFunctionAssociations": functions},
        "CacheBehaviors": {"Quantity": 0},
        "CustomErrorResponses": {"Quantity": 0},
        "Comment": comment,
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "ViewerCertificate": {},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Staging": False,
    }


def listed(*distributions: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    """A page."""
    more = {"NextMarker": following} if following else {}
    page = {"Marker": "", "MaxItems": 100, "IsTruncated": following is not None, "Quantity": len(distributions)}
    return {"DistributionList": {**page, **more, "Items": list(distributions)}}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """CloudFront, as botocore knows it."""
    client = boto3.client("cloudfront", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        yield stub


def test_the_distribution_is_found_by_its_comment(stub: Stubber) -> None:
    """On whichever page; of two the one with the host."""
    stub.add_response("list_distributions", listed(distribution("Kampkin: other"), following="M"))
    stub.add_response(
        "list_distributions",
        listed(
            distribution("Kampkin: kampkin-shop-prod", version="8"),
            distribution("Kampkin: kampkin-shop-prod", "InProgress", "9", "edge.acme.dev"),
        ),
        {"Marker": "M"},
    )
    found = front_of(plan(aws="edge.acme.dev"), stub.client)()
    assert found == Front("InProgress", ("9",), "d9.cloudfront.net")
    stub.assert_no_pending_responses()


def test_cloudfront_has_none(stub: Stubber) -> None:
    """In this account."""
    stub.add_response("list_distributions", listed(distribution("Kampkin: kampkin-shop")))
    with pytest.raises(Cannot, match="no distribution with the comment 'Kampkin: kampkin-shop-prod'"):
        front_of(plan(), stub.client)()


@pytest.mark.parametrize(
    ("code", "hint"), [("AccessDenied", "it needs cloudfront:ListDistributions"), ("Throttling", None)]
)
def test_cloudfront_does_not_say(stub: Stubber, code: str, hint: str | None) -> None:
    """The permission is named where it is one that is missing."""
    stub.add_client_error("list_distributions", code)
    with pytest.raises(Cannot, match=f"CloudFront: {code}") as problem:
        front_of(plan(), stub.client)()
    assert problem.value.hint == hint


def test_cloudfront_tells_too_little() -> None:
    """An answer without what it always has is not taken for one."""

    class Client:
        def get_paginator(self, _: str) -> Client:
            return self

        def paginate(self) -> list[dict[str, Any]]:
            told = {"Comment": "Kampkin: kampkin-shop-prod", "Aliases": {"Quantity": 0}}
            return [{"DistributionList": {"Items": [told]}}]

    with pytest.raises(Cannot, match="CloudFront does not tell 'Status'"):
        front_of(plan(), Client())()
