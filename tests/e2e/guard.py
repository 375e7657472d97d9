"""IAM on this machine: stands in front of the local AWS and lets through what a policy allows.

It knows AWS's rules as far as the policies of `kampkin.targets.permissions` use them: an action and a resource, each with
stars, and whose role is passed to whom. Conditions on tags, names of hosts and mappings' functions it takes as met.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from kampkin.local.ports import LOOPBACK
from tests.clouds.cloud import Quiet

Policy = Mapping[str, Any]
Permission = tuple[str, str]
"""An action, and the ARN of what it is done to."""

ACCOUNT = "123456789012"
"""moto's."""

NAMED_BY_ARN = ("ResourceArn", "ResourceARN", "resourceArn", "Resource", "ARN", "TopicArn", "CertificateArn")
"""Parameters that have an ARN."""

KEPT = ("content-type", "etag", "location")


class Guard(AbstractContextManager["Guard"]):
    """A proxy that refuses as IAM does; `url` is what AWS_ENDPOINT_URL names."""

    def __init__(self, aws_url: str, policies: Sequence[Policy]) -> None:
        self.aws_url = aws_url
        self.policies = policies
        self.asked: set[str] = set()
        """The actions that were asked for and allowed."""
        self.refused: list[Permission] = []
        self.server = make_server(LOOPBACK, 0, self.app, threaded=True, request_handler=Quiet)
        self.url = f"http://{LOOPBACK}:{self.server.port}"

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Asks AWS where everything that the call needs is allowed."""
        request = Request(environ)
        body = request.get_data()
        service, operation, parameters, region = call_of(request, body)
        needed = [*permissions_of(service, operation, parameters, region)]
        missing = [one for one in needed if not any(allows(policy, *one) for policy in self.policies)]
        self.refused += missing
        if missing:
            return refusal(service, missing[0])(environ, start_response)
        self.asked |= {action for action, _ in needed}
        url = f"{self.aws_url}{request.full_path.removesuffix('?')}"
        headers = {name: value for name, value in request.headers if name.lower() not in ("host", "content-length")}
        answer = requests.request(request.method, url, headers=headers, data=body, timeout=60)
        kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
        text = answer.content.replace(self.aws_url.encode(), self.url.encode())
        return Response(text, answer.status_code, headers=kept)(environ, start_response)


def refusal(service: str, missing: Permission) -> Response:
    """As AWS words it, in the shape that the service's SDK reads."""
    action, resource = missing
    said = f"User is not authorized to perform: {action} on resource: {resource}"
    if service in ("iam", "sns", "sts", "cloudfront", "route53", "s3"):
        error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{said}</Message></Error>"
        return Response(f"<ErrorResponse>{error}</ErrorResponse>", 403, mimetype="text/xml")
    answer = json.dumps({"__type": "AccessDeniedException", "message": said})
    return Response(answer, 403, headers={"x-amzn-errortype": "AccessDeniedException"}, mimetype="application/json")


def call_of(request: Request, body: bytes) -> tuple[str, str, dict[str, Any], str]:
    """The service, the operation, its parameters and the region, off a signed request."""
    signed = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", request.headers.get("authorization", ""))
    assert signed, "every call of an SDK is signed"
    region, service = signed[1], signed[2]
    if target := request.headers.get("x-amz-target"):
        return service, target.rpartition(".")[2], json.loads(body or b"{}"), region
    form = {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}
    if "Action" in form:
        return service, form["Action"], form, region
    found = operation_at(service, request.method, request.path, tuple(request.args))
    assert found, f"no operation of {service} is {request.method} {request.full_path}"
    name, parameters = found
    said = json.loads(body) if body.startswith(b"{") else {"body": body.decode(errors="replace")}
    return service, name, {**said, **request.args.to_dict(), **parameters}, region


def operation_at(service: str, method: str, path: str, query: tuple[str, ...]) -> tuple[str, dict[str, str]] | None:
    """The operation of a service whose calls are paths, and what the path says."""
    fits = []
    for name, verb, pattern, fixed in operations_of(service):
        found = re.fullmatch(pattern, path.rstrip("/") or "/")
        if found and verb == method and set(fixed) <= set(query):
            fits.append(
                (len(fixed), len(pattern), name, {key: unquote(value) for key, value in found.groupdict().items()})
            )
    if not fits:
        return None
    _, _, name, parameters = max(fits, key=lambda one: one[:2])
    return name, parameters


@cache
def operations_of(service: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Name, method, pattern of the path and the query's fixed words, as botocore has them."""
    model = botocore.session.get_session().get_service_model(service)
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", r"(?P<\1>[^/]+)", re.escape(path.rstrip("/") or "/"))
        fixed = tuple(part.partition("=")[0] for part in query.split("&") if part)
        found.append((name, http["method"], pattern, fixed))
    return found


def permissions_of(service: str, operation: str, parameters: Mapping[str, Any], region: str) -> Iterator[Permission]:
    """All that IAM asks of a call."""
    action = re.sub(r"(WithTags|20\d{6}(v\d)?)$", "", operation)
    resource = arn_of(service, operation, parameters, region)
    yield f"{service}:{action}", resource
    if operation == "CreateDistributionWithTags":
        yield "cloudfront:TagResource", resource
    if operation in ("CreateFunction", "UpdateFunctionConfiguration") and "Role" in parameters:
        yield "iam:PassRole", parameters["Role"]
    if service == "cloudfront" and "Distribution" in operation:
        for version in sorted({*re.findall(r"<LambdaFunctionARN>([^<]+)<", parameters.get("body", ""))}):
            yield "lambda:GetFunction", version
            yield "lambda:EnableReplication*", version
    if (
        parameters.get("Tags")
        and service in ("dynamodb", "iam", "sqs", "sns", "logs", "lambda")
        and action.startswith("Create")
    ):
        tagged = (
            f"arn:aws:lambda:{region}:{ACCOUNT}:event-source-mapping:NEW"
            if operation == "CreateEventSourceMapping"
            else resource
        )
        yield {"iam": "iam:TagRole", "sqs": "sqs:TagQueue"}.get(service, f"{service}:TagResource"), tagged


def arn_of(service: str, operation: str, said: Mapping[str, Any], region: str) -> str:
    """What a call is about; a star where its action knows no resource."""
    here = f"arn:aws:{service}:{region}:{ACCOUNT}:"
    given = next((said[key] for key in NAMED_BY_ARN if key in said), "")
    if operation in (
        "Unsubscribe",
        "GetSubscriptionAttributes",
        "SetSubscriptionAttributes",
        "CreateEventSourceMapping",
        "ListEventSourceMappings",
    ):
        return "*"
    if str(given).startswith("arn:"):
        return str(given)
    match service:
        case "dynamodb":
            return f"{here}table/{said['TableName']}"
        case "iam":
            return f"arn:aws:iam::{ACCOUNT}:role/{said['RoleName']}" if "RoleName" in said else "*"
        case "lambda" if "UUID" in said:
            return "*" if operation.startswith(("Update", "Delete")) else f"{here}event-source-mapping:{said['UUID']}"
        case "lambda":
            name = str(said["FunctionName"])
            return name if name.startswith("arn:") else f"{here}function:{name}"
        case "sqs":
            return f"{here}{said.get('QueueName') or urlsplit(said['QueueUrl']).path.rpartition('/')[2]}"
        case "sns":
            return f"{here}{said['Name']}" if "Name" in said else "*"
        case "logs":
            return f"{here}log-group:{said.get('logGroupName') or said.get('logGroupNamePrefix') or ''}"
        case "cloudfront":
            listing = operation.startswith("List") or "Policy" in operation
            return "*" if listing else f"arn:aws:cloudfront::{ACCOUNT}:distribution/{said.get('Id', 'NEW')}"
        case "route53":
            kind = "change" if operation == "GetChange" else "hostedzone"
            return f"arn:aws:route53:::{kind}/{said.get('Id') or said.get('HostedZoneId') or said['ResourceId']}"
        case _:
            return "*"


def allows(policy: Policy, action: str, resource: str) -> bool:
    """Whether a statement of the policy allows the action on the resource."""
    return any(
        any(fnmatchcase(action, one) for one in listed(statement["Action"]))
        and any(fnmatchcase(resource, one) for one in listed(statement["Resource"]))
        for statement in policy["Statement"]
    )


def listed(value: str | list[str]) -> list[str]:
    """One or many, as many."""
    return [value] if isinstance(value, str) else value
