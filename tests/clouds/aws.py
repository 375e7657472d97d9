"""AWS on this machine: moto, and in front of it what moto lacks or forgets.

CloudFront is our own: moto drops a behaviour's function associations and knows no policies. CloudTrail's look-up is
ours too, fed by every call that changed something.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from xml.etree import ElementTree

import boto3
import botocore.session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from kampkin.local.dynamodb import CREDENTIALS, one_at_a_time
from tests.clouds.cloud import LocalCloud, child

NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
ACCOUNT = "123456789012"
"""moto's."""

CODE = "/function-code/"
"""Where functions' zips are: region, name and version follow."""

POLICIES = {
    "cache-policy": {"Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"},
    "origin-request-policy": {"Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3"},
}
"""The managed policies that the stack looks up, with the ids that every account has."""

SUFFIXES = {
    "CreateFunction": "20150331",
    "DeleteFunction": "20150331",
    "PublishVersion": "20150331",
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


class Refusal(Exception):
    """An answer that is an error: an HTTP status and AWS's code, which is all that its text says here."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message or code


class CloudFront:
    """Distributions, kept as they were sent. Also a WSGI app, which answers 404 to what is not CloudFront's."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.distributions: dict[str, ElementTree.Element] = {}
        """The DistributionConfig by id."""
        self.etags: dict[str, str] = {}
        self.numbers = count(1)
        base = "/2020-05-31/distribution"
        table: list[tuple[str, str, Callable[..., Response]]] = [
            ("POST", base, self.create),
            ("GET", base, self.list),
            ("GET", f"{base}/<id>", self.get),
            ("GET", f"{base}/<id>/config", self.get_config),
            ("PUT", f"{base}/<id>/config", self.update),
            ("DELETE", f"{base}/<id>", self.delete),
            ("GET", "/2020-05-31/<any('cache-policy', 'origin-request-policy'):kind>", self.policies),
        ]
        self.map = Map([Rule(path, methods=[method], endpoint=call) for method, path, call in table])

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            call, where = self.map.bind_to_environ(environ).match()
        except HTTPException:
            return Response(status=404)(environ, start_response)
        try:
            response: Response = call(Request(environ), **where)
        except Refusal as refusal:
            response = xml("ErrorResponse", [error_of(refusal)], refusal.status)
        return response(environ, start_response)

    def create(self, request: Request) -> Response:
        """A distribution, deployed at once."""
        config = self.checked(request)
        reference = text(config, "CallerReference")
        if any(text(other, "CallerReference") == reference for other in self.distributions.values()):
            raise Refusal(409, "DistributionAlreadyExists")
        made = f"E{next(self.numbers):013d}"
        self.distributions[made] = config
        self.etags[made] = self.etag()
        return self.get(request, made, 201)

    def list(self, request: Request) -> Response:
        """Every distribution, in one page."""
        items = element("Items", [self.summary(one) for one in self.distributions])
        quantity = element("Quantity", str(len(self.distributions)))
        return xml("DistributionList", [element("IsTruncated", "false"), quantity, items])

    def get(self, request: Request, id: str, status: int = 200) -> Response:
        """A distribution: what was sent, and where it is."""
        config = self.config(id)
        facts = {
            "Id": id,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id}",
            "Status": "Deployed",
            "LastModifiedTime": "2026-01-01T00:00:00Z",
            "InProgressInvalidationBatches": "0",
            "DomainName": f"d{id.lower()}.cloudfront.net",
        }
        parts = [element(name, value) for name, value in facts.items()]
        return xml("Distribution", [*parts, config], status, etag=self.etags[id])

    def get_config(self, request: Request, id: str) -> Response:
        """What was sent."""
        return xml("DistributionConfig", list(self.config(id)), etag=self.etags[id])

    def update(self, request: Request, id: str) -> Response:
        """Another configuration, where `If-Match` says that the writer knew the one before."""
        self.matched(request, id)
        config = self.checked(request)
        if text(config, "CallerReference") != text(self.config(id), "CallerReference"):
            raise Refusal(400, "IllegalUpdate")
        self.distributions[id] = config
        self.etags[id] = self.etag()
        return self.get(request, id)

    def delete(self, request: Request, id: str) -> Response:
        """Takes a distribution away, once it is disabled."""
        self.matched(request, id)
        if text(self.config(id), "Enabled") != "false":
            raise Refusal(409, "DistributionNotDisabled")
        del self.distributions[id]
        return Response(status=204)

    def policies(self, request: Request, kind: str) -> Response:
        """The managed policies of a kind."""
        tag = "".join(word.capitalize() for word in kind.split("-"))
        items = [
            element(
                f"{tag}Summary",
                [
                    element("Type", "managed"),
                    element(tag, [element("Id", policy), element(f"{tag}Config", [element("Name", name)])]),
                ],
            )
            for name, policy in POLICIES[kind].items()
        ]
        return xml(f"{tag}List", [element("Quantity", str(len(items))), element("Items", items)])

    def checked(self, request: Request) -> ElementTree.Element:
        """The configuration that was sent; refuses what CloudFront does not take."""
        config = ElementTree.fromstring(request.get_data())
        behaviour = find(config, "DefaultCacheBehavior")
        origins = {text(one, "Id") for one in config.iter(q("Origin"))}
        if text(behaviour, "TargetOriginId") not in origins:
            raise Refusal(404, "NoSuchOrigin")
        for kind, code in (("CachePolicy", "NoSuchCachePolicy"), ("OriginRequestPolicy", "NoSuchOriginRequestPolicy")):
            known = POLICIES["cache-policy" if kind == "CachePolicy" else "origin-request-policy"].values()
            if (policy := text(behaviour, f"{kind}Id")) and policy not in known:
                raise Refusal(404, code)
        for association in behaviour.iter(q("LambdaFunctionAssociation")):
            arn = text(association, "LambdaFunctionARN")
            if problem := self.functions.unfit(arn):
                raise Refusal(400, "InvalidLambdaFunctionAssociation", problem)
        return config

    def matched(self, request: Request, id: str) -> None:
        """Refuses a writer who does not know the latest."""
        self.config(id)
        if request.headers.get("if-match") != self.etags[id]:
            raise Refusal(412, "PreconditionFailed")

    def config(self, id: str) -> ElementTree.Element:
        """The distribution's configuration. Raises `Refusal` where there is none."""
        if id not in self.distributions:
            raise Refusal(404, "NoSuchDistribution")
        return self.distributions[id]

    def summary(self, id: str) -> ElementTree.Element:
        """What a list says of a distribution."""
        config = self.config(id)
        kept = [find(config, name) for name in ("Comment", "Enabled", "Aliases") if config.find(q(name)) is not None]
        domain = element("DomainName", f"d{id.lower()}.cloudfront.net")
        arn = element("ARN", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id}")
        return element("DistributionSummary", [element("Id", id), arn, domain, *kept])

    def etag(self) -> str:
        """Another one for every write."""
        return f"ETAG{next(self.numbers)}"


class Functions:
    """moto's functions, for what CloudFront asks of one and for its code."""

    def version(self, region: str, name: str, version: str) -> Any:
        """A published version, or $LATEST; None where there is none."""
        from moto.awslambda.models import lambda_backends

        try:
            return lambda_backends[ACCOUNT][region].get_function(name, version)
        except Exception:  # moto's own, of several kinds
            return None

    def unfit(self, arn: str) -> str:
        """Why CloudFront would not run the function; empty where it would. The rules are Lambda@Edge's restrictions: a
        numbered version, in us-east-1, whose role both services may assume."""
        found = re.fullmatch(r"arn:aws:lambda:us-east-1:\d{12}:function:([^:]+):(\d+)", arn)
        if not found:
            return f"The function ARN must reference a specific function version in us-east-1: {arn}"
        function = self.version("us-east-1", found[1], found[2])
        if function is None:
            return f"The function does not exist: {arn}"
        from moto.iam.models import iam_backends

        role = iam_backends[ACCOUNT]["aws"].get_role_by_arn(function.role)
        trusted = json.dumps(json.loads(role.assume_role_policy_document))
        if not all(f"{service}.amazonaws.com" in trusted for service in ("lambda", "edgelambda")):
            return "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda"
        return ""


class Trail:
    """CloudTrail's history of the calls that changed something, as `LookupEvents` gives it: newest first."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        session = botocore.session.get_session()
        self.models = {name: session.get_service_model(name) for name in ("lambda", "cloudfront")}

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
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].partition("?")[0]))
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
    functions = Functions()
    cloudfront, trail = CloudFront(functions), Trail()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data(cache=True, parse_form_data=False)
        service = credential(request)[2]
        if service == "cloudtrail" and request.headers.get("x-amz-target", "").endswith(".LookupEvents"):
            return trail.look_up(request)(environ, start_response)
        if request.path.startswith(CODE):
            function = functions.version(*request.path.removeprefix(CODE).split("/"))
            return Response(function.code_bytes)(environ, start_response)
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


def q(name: str) -> str:
    """A tag in CloudFront's namespace."""
    return f"{{{NAMESPACE}}}{name}"


def element(name: str, content: str | list[ElementTree.Element]) -> ElementTree.Element:
    """An element with a text or with children."""
    made = ElementTree.Element(q(name))
    if isinstance(content, str):
        made.text = content
    else:
        made.extend(content)
    return made


def find(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    """A child that must be there. Raises `Refusal` where it is not."""
    child = parent.find(q(name))
    if child is None:
        raise Refusal(400, "MalformedXML", f"{name} is missing")
    return child


def text(parent: ElementTree.Element, name: str) -> str:
    """A child's text; empty without one."""
    return parent.findtext(q(name)) or ""


def error_of(refusal: Refusal) -> ElementTree.Element:
    """A refusal as CloudFront words it."""
    facts = {"Type": "Sender", "Code": refusal.code, "Message": refusal.message}
    return element("Error", [element(name, value) for name, value in facts.items()])


def xml(name: str, children: list[ElementTree.Element], status: int = 200, etag: str = "") -> Response:
    """An answer in CloudFront's XML."""
    ElementTree.register_namespace("", NAMESPACE)
    body = ElementTree.tostring(element(name, children), encoding="utf-8", xml_declaration=True)
    return Response(body, status, headers={"etag": etag} if etag else {}, mimetype="text/xml")


def moto() -> Wsgi:
    """moto's server as an app."""
    os.environ.update(CREDENTIALS)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    app: Wsgi = DomainDispatcherApplication(create_backend_app)
    return app


if __name__ == "__main__":
    child(lambda config: account(moto()))
