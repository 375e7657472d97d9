"""AWS on this machine: moto, and in front of it what moto lacks or forgets.

CloudFront is our own, in a module of its own, and so are rules of other services that moto does not have. CloudTrail's look-up
is ours too, fed by every call that changed something.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import requests
from werkzeug.wrappers import Request, Response

from kampkin.local.dynamodb import CREDENTIALS, one_at_a_time
from tests.clouds.aws_rules import Refusal, Rules
from tests.clouds.cloud import LocalCloud, child
from tests.clouds.cloudfront import CloudFront, Functions

WISHES = "/wishes"
"""Where tests ask for what happens on the real one by itself."""

CODE = "/function-code/"
"""Where functions' zips are: region, name and version follow."""

SUFFIXES = {
    "AddPermission": "20150331v2",
    "CreateEventSourceMapping": "20150331",
    "CreateFunction": "20150331",
    "DeleteEventSourceMapping": "20150331",
    "DeleteFunction": "20150331",
    "PublishVersion": "20150331",
    "PutFunctionConcurrency": "20171031",
    "UpdateEventSourceMapping": "20150331",
    "UpdateFunctionCode": "20150331v2",
    "UpdateFunctionConfiguration": "20150331v2",
}
"""CloudTrail calls Lambda's operations by their version too."""

DATA_EVENTS = re.compile(r"(Get|Put|Update|Delete|BatchGet|BatchWrite|TransactGet|TransactWrite)Items?$")
"""DynamoDB's, which a look-up does not show: it shows management events only."""

RESOURCES = {
    "TableName": "AWS::DynamoDB::Table",
    "FunctionName": "AWS::Lambda::Function",
    "RoleName": "AWS::IAM::Role",
    "Id": "AWS::CloudFront::Distribution",
}
"""Which parameter names what kind of resource."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LocalAws(LocalCloud):
    """An AWS in a child process; `url` is what AWS_ENDPOINT_URL names."""

    def __init__(self) -> None:
        super().__init__("AWS", __name__)

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client for it."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def fail(self, operation: str, code: str, message: str = "", status: int = 400, times: int = 1) -> None:
        """Has an operation refused, so many times."""
        self.wish(operation=operation, code=code, message=message, status=status, times=times)

    def pass_hours(self) -> None:
        """Has the edges let go of functions that no distribution runs."""
        self.wish(hours=True)

    def roll_out(self, running: bool) -> None:
        """Has distributions still be on their way to CloudFront's places, or have arrived."""
        self.wish(rolling=running)

    def wish(self, **wanted: Any) -> None:
        """Tells the child a wish."""
        requests.post(f"{self.url}{WISHES}", json=wanted, timeout=30).raise_for_status()


class Trail:
    """CloudTrail's history of the calls that changed something, as `LookupEvents` gives it: newest first."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        session = botocore.session.get_session()
        self.models = {name: session.get_service_model(name) for name in ("lambda", "cloudfront", "route53")}

    def record(self, request: Request, status: int) -> None:
        """Notes a call, unless it failed or only read."""
        source, name, parameters = self.call(request)
        if (
            status >= 400
            or not name
            or name.startswith(("Get", "List", "Describe", "Lookup", "Query", "Scan", "Batch"))
        ):
            return
        if source == "dynamodb" and DATA_EVENTS.match(name):
            return
        number = f"{len(self.events):08d}-0000-4000-8000-000000000000"
        at = datetime.now(UTC)
        name += SUFFIXES.get(name, "") if source == "lambda" else ""
        user = credential(request)[0]
        resources = [
            {"ResourceType": kind, "ResourceName": parameters[parameter]}
            for parameter, kind in RESOURCES.items()
            if parameter in parameters
        ]
        detail = {
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": credential(request)[1],
            "userAgent": request.headers.get("user-agent", ""),
            "userIdentity": {"type": "IAMUser", "accessKeyId": user, "userName": user},
            "requestParameters": {key[0].lower() + key[1:]: value for key, value in parameters.items()},
            "eventID": number,
        }
        event = {
            "EventId": number,
            "EventName": name,
            "ReadOnly": "false",
            "AccessKeyId": user,
            "EventTime": at.timestamp(),
            "EventSource": f"{source}.amazonaws.com",
            "Username": user,
            "Resources": resources,
            "CloudTrailEvent": json.dumps(detail),
        }
        self.events.insert(0, event)

    def call(self, request: Request) -> tuple[str, str, dict[str, Any]]:
        """The service, the operation and its parameters; the operation is empty where it is none that we know."""
        source = credential(request)[2]
        if target := request.headers.get("x-amz-target"):
            return source, target.rpartition(".")[2], request.get_json(force=True, silent=True) or {}
        if "Action" in request.form:
            return source, request.form["Action"], request.form.to_dict()
        for operation in self.operations(source):
            http = operation.http
            uri = http["requestUri"].partition("?")[0].rstrip("/")
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(uri))
            found = re.fullmatch(pattern, request.path.rstrip("/"))
            if found and http["method"] == request.method:
                body = request.get_json(force=True, silent=True)
                return source, operation.name, (body if isinstance(body, dict) else {}) | found.groupdict()
        return source, "", {}

    def operations(self, source: str) -> Iterable[Any]:
        """The service's operations, as botocore knows them."""
        model = self.models.get(source)
        return (model.operation_model(name) for name in model.operation_names) if model else ()

    def look_up(self, request: Request) -> Response:
        """`LookupEvents`: one attribute at most, a time range, and pages of at most 50."""
        asked = request.get_json(force=True)
        wanted = {one["AttributeKey"]: one["AttributeValue"] for one in asked.get("LookupAttributes", [])}
        start, end = asked.get("StartTime", 0), asked.get("EndTime", float("inf"))
        found = [
            event
            for event in self.events
            if start <= event["EventTime"] <= end
            and json.loads(event["CloudTrailEvent"])["awsRegion"] == credential(request)[1]
            and all(value in attribute(event, key) for key, value in wanted.items())
        ]
        first, size = int(asked.get("NextToken", 0)), min(asked.get("MaxResults", 50), 50)
        answer: dict[str, Any] = {"Events": found[first : first + size]}
        if first + size < len(found):
            answer["NextToken"] = str(first + size)
        return Response(json.dumps(answer), mimetype="application/x-amz-json-1.1")


def attribute(event: dict[str, Any], key: str) -> list[str]:
    """What an event has under a look-up attribute."""
    if key in ("ResourceName", "ResourceType"):
        return [resource[key] for resource in event["Resources"]]
    return [event[key]]


def credential(request: Request) -> tuple[str, str, str]:
    """Access key, region and service of the request's signature."""
    signed = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", request.headers.get("authorization", ""))
    return (signed[1], signed[2], signed[3]) if signed else ("", "", "")


def account(moto: Wsgi) -> Wsgi:
    """The whole of AWS: CloudFront and CloudTrail here, all else by moto."""
    functions, rules, trail = Functions(), Rules(), Trail()
    cloudfront = CloudFront(functions, rules)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data(cache=True, parse_form_data=False)
        _, region, service = credential(request)
        if request.path == WISHES:
            return rules.ask(request.get_json())(environ, start_response)
        if request.path.startswith(CODE):
            function = functions.version(*request.path.removeprefix(CODE).split("/"))
            return Response(function.code_bytes)(environ, start_response)
        _, operation, parameters = trail.call(Request(rewound(environ, request)))
        try:
            rules.apply(operation, region, parameters)
        except Refusal as refusal:
            return refusal.answer(service)(environ, start_response)
        if service == "cloudtrail" and operation == "LookupEvents":
            return trail.look_up(request)(environ, start_response)
        answer = Response.from_app(cloudfront if service == "cloudfront" else moto, rewound(environ, request))
        trail.record(Request(rewound(environ, request)), answer.status_code)
        if service == "lambda" and b"awslambda-" in answer.get_data():
            answer.set_data(located(answer.get_data(), request.host_url))
        return answer(environ, start_response)

    return one_at_a_time(app)


def located(answer: bytes, host: str) -> bytes:
    """A function's description with the place of its code on this machine: a signed address in the bucket of another
    account, on the real one."""
    described = json.loads(answer)
    at = described["Configuration"]["FunctionArn"].split(":")
    version = described["Configuration"]["Version"]
    described["Code"]["Location"] = f"{host.rstrip('/')}{CODE}{at[3]}/{at[6]}/{version}"
    return json.dumps(described).encode()


def rewound(environ: dict[str, Any], request: Request) -> dict[str, Any]:
    """The request once more, its body unread."""
    body = request.get_data()
    return environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def moto() -> Wsgi:
    """moto's server as an app."""
    os.environ.update(
        CREDENTIALS | {"MOTO_ACM_VALIDATION_WAIT": "86400"}
    )  # a record issues a certificate, and not time
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    app: Wsgi = DomainDispatcherApplication(create_backend_app)
    return app


if __name__ == "__main__":
    child(lambda config: account(moto()))
