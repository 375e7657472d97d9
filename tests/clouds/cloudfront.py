"""CloudFront on this machine, for which moto will not do: it drops a behaviour's function associations and knows no policies.
What the real one refuses is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any
from xml.etree import ElementTree

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from tests.clouds.aws_rules import ACCOUNT, Refusal, Rules, is_firewall, unfit_certificate

NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
POLICIES = {
    "cache-policy": {
        "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    },
    "origin-request-policy": {"Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3"},
}
"""The managed policies that the stack looks up and one that it does not, with the ids that every account has."""

PAGE = 100
"""How many distributions CloudFront lists at once."""


class CloudFront:
    """Distributions, kept as they were sent. Also a WSGI app, which answers 404 to what is not CloudFront's."""

    def __init__(self, functions: Functions, rules: Rules) -> None:
        self.functions = functions
        self.rules = rules
        rules.certificates = self.certificates
        self.tags: dict[str, dict[str, str]] = {}
        """By ARN."""
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
            ("GET", "/2020-05-31/tagging", self.list_tags),
            ("POST", "/2020-05-31/tagging", self.change_tags),
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
            response = refusal.answer("cloudfront")
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
        """Every distribution, in pages; the marker is the last one's id."""
        marker = request.args.get("Marker", "")
        rest = [one for one in self.distributions if one > marker]
        page = rest[: min(int(request.args.get("MaxItems", PAGE)), PAGE)]
        is_truncated = len(page) < len(rest)
        parts = [element("IsTruncated", "true" if is_truncated else "false"), element("Quantity", str(len(page)))]
        if is_truncated:
            parts.append(element("NextMarker", page[-1]))
        return xml("DistributionList", [*parts, element("Items", [self.summary(one) for one in page])])

    def get(self, request: Request, id: str, status: int = 200) -> Response:
        """A distribution: what was sent, and where it is."""
        config = self.config(id)
        facts = {
            "Id": id,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id}",
            "Status": "InProgress" if self.rules.rolling else "Deployed",
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
        config = self.checked(request, id)
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

    def list_tags(self, request: Request) -> Response:
        """A distribution's tags."""
        found = self.tags.get(request.args["Resource"], {})
        items = [element("Tag", [element("Key", key), element("Value", value)]) for key, value in found.items()]
        return xml("Tags", [element("Items", items)])

    def change_tags(self, request: Request) -> Response:
        """More of them, or fewer."""
        sent, kept = ElementTree.fromstring(request.get_data()), self.tags.setdefault(request.args["Resource"], {})
        if request.args["Operation"] == "Tag":
            kept |= {text(tag, "Key"): text(tag, "Value") for tag in sent.iter(q("Tag"))}
        else:
            for key in sent.iter(q("Key")):
                kept.pop(key.text or "", None)
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

    def checked(self, request: Request, id: str = "") -> ElementTree.Element:
        """The configuration that was sent, for the distribution if there is one; refuses what CloudFront does not take."""
        config = ElementTree.fromstring(request.get_data())
        self.check_names(config, id)
        if (firewall := text(config, "WebACLId")) and not is_firewall(firewall):
            raise Refusal(400, "InvalidWebACLId", f"Web ACL is not accessible by the requester: {firewall}")
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
            self.rules.replicated.add(arn.split(":")[6])
        return config

    def check_names(self, config: ElementTree.Element, id: str) -> None:
        """Refuses an alias that another distribution has, or that the certificate is not for."""
        aliases = aliases_of(config)
        for other, taken in self.distributions.items():
            if other != id and set(aliases) & set(aliases_of(taken)):
                raise Refusal(409, "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already in use")
        arn = certificate_of(config)
        if aliases and not arn:
            raise Refusal(
                400, "InvalidViewerCertificate", "To add an alternate domain name, you must attach a certificate"
            )
        if arn and (problem := unfit_certificate(arn, aliases)):
            raise Refusal(400, "InvalidViewerCertificate", problem)

    def certificates(self) -> set[str]:
        """The ARNs of those that distributions have."""
        return {arn for config in self.distributions.values() if (arn := certificate_of(config))}

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
        names = ("Comment", "Enabled", "Aliases", "DefaultCacheBehavior", "CacheBehaviors")
        kept = [find(config, name) for name in names if config.find(q(name)) is not None]
        domain = element("DomainName", f"d{id.lower()}.cloudfront.net")
        arn = element("ARN", f"arn:aws:cloudfront::{ACCOUNT}:distribution/{id}")
        status = element("Status", "Deployed")
        return element("DistributionSummary", [element("Id", id), arn, status, domain, *kept])

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


def aliases_of(config: ElementTree.Element) -> list[str]:
    """A distribution's alternate domain names."""
    return [one.text or "" for one in config.iterfind(f"{q('Aliases')}/{q('Items')}/{q('CNAME')}")]


def certificate_of(config: ElementTree.Element) -> str:
    """The ARN of a distribution's own certificate; empty without one."""
    return config.findtext(f"{q('ViewerCertificate')}/{q('ACMCertificateArn')}") or ""


def xml(name: str, children: list[ElementTree.Element], status: int = 200, etag: str = "") -> Response:
    """An answer in CloudFront's XML."""
    ElementTree.register_namespace("", NAMESPACE)
    body = ElementTree.tostring(element(name, children), encoding="utf-8", xml_declaration=True)
    return Response(body, status, headers={"etag": etag} if etag else {}, mimetype="text/xml")
