"""What may be done in an account, and why: to look at what is deployed, to operate it, to deploy. As data, from which come the
policies of stacks/bootstrap and the tables of docs/deploy.md. Importing this does not load Pulumi."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kampkin.names import Names
from kampkin.plan import Plan

Level = Literal["read", "operate", "deploy"]
Condition = Mapping[str, Mapping[str, Sequence[str]]]

INLINE_CHARACTERS = 10_240
"""The most that IAM takes of a role's own policies, spaces left out."""

SERVICE_ROLES = {
    "replicator.lambda.amazonaws.com": "AWSServiceRoleForLambdaReplicator",
    "logger.cloudfront.amazonaws.com": "AWSServiceRoleForCloudFrontLogger",
}
"""The roles that Lambda@Edge makes once for each account, by the service that has them."""


@dataclass(frozen=True)
class Scope:
    """An environment in an account, as far as what is deployed is called by it."""

    account: str
    project: str
    environment: str | None
    names: Names
    hosts: tuple[str, ...] = ()
    """The target's, and the former one where that is kept."""
    zones: tuple[str, ...] = ()
    """The ids of their zones at Route 53."""

    def arn(self, service: str, resource: str, region: str = "*") -> str:
        """An ARN of this account."""
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"

    @property
    def tags(self) -> dict[str, str]:
        """What everything that the stack makes is tagged with."""
        environment = {"kampkin:environment": self.environment} if self.environment else {}
        return {"kampkin:project": self.project, **environment}


@dataclass(frozen=True)
class Grant:
    """Actions on resources, and what for."""

    level: Level
    actions: tuple[str, ...]
    on: Callable[[Scope], Sequence[str]]
    why: str
    only: Callable[[Scope], Condition] = field(default=lambda scope: {})
    """Under what condition."""


def everything(scope: Scope) -> list[str]:
    """For actions that know no resource."""
    return ["*"]


def table(scope: Scope) -> list[str]:
    return [scope.arn("dynamodb", f"table/{scope.names.table}")]


def roles(scope: Scope) -> list[str]:
    return [scope.arn("iam", f"role/{name}", "") for name in (scope.names.role, scope.names.notifier)]


def functions(scope: Scope) -> list[str]:
    """Each with its versions."""
    found = (scope.arn("lambda", f"function:{name}") for name in (scope.names.function, scope.names.notifier))
    return [arn for one in found for arn in (one, f"{one}:*")]


def edge_versions(scope: Scope) -> list[str]:
    return [scope.arn("lambda", f"function:{scope.names.function}:*", "us-east-1")]


def mappings(scope: Scope) -> list[str]:
    """AWS gives them ids of its own."""
    return [scope.arn("lambda", "event-source-mapping:*")]


def log_groups(scope: Scope) -> list[str]:
    groups = (f"/aws/lambda/us-east-1.{scope.names.function}", f"/aws/lambda/{scope.names.notifier}")
    return [scope.arn("logs", f"log-group:{group}{end}") for group in groups for end in ("", ":*")]


def queues(scope: Scope) -> list[str]:
    return [scope.arn("sqs", name) for name in (scope.names.queue, scope.names.dead_letters)]


def topics(scope: Scope) -> list[str]:
    return [scope.arn("sns", scope.names.topic("*"))]


def distributions(scope: Scope) -> list[str]:
    """AWS gives them ids of its own: which is ours, its tags say."""
    return [scope.arn("cloudfront", "distribution/*", "")]


def service_roles(scope: Scope) -> list[str]:
    return [scope.arn("iam", f"role/aws-service-role/{service}/{name}", "") for service, name in SERVICE_ROLES.items()]


def certificates(scope: Scope) -> list[str]:
    return [scope.arn("acm", "certificate/*", "us-east-1")] if scope.hosts else []


def certificate_requests(scope: Scope) -> list[str]:
    return ["*"] if scope.hosts else []


def zones(scope: Scope) -> list[str]:
    return [f"arn:aws:route53:::hostedzone/{zone}" for zone in scope.zones]


def zone_changes(scope: Scope) -> list[str]:
    return ["arn:aws:route53:::change/*"] if scope.zones else []


def passed(scope: Scope) -> Condition:
    return {"StringEquals": {"iam:PassedToService": ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]}}


def tagged(scope: Scope) -> Condition:
    """Only what has our tags."""
    return {"StringEquals": {f"aws:ResourceTag/{key}": [value] for key, value in scope.tags.items()}}


def to_be_tagged(scope: Scope) -> Condition:
    """Only with our tags."""
    return {"StringEquals": {f"aws:RequestTag/{key}": [value] for key, value in scope.tags.items()}}


def of_the_notifier(scope: Scope) -> Condition:
    return {"ArnLike": {"lambda:FunctionArn": [scope.arn("lambda", f"function:{scope.names.notifier}")]}}


def of_lambda_edge(scope: Scope) -> Condition:
    return {"StringEquals": {"iam:AWSServiceName": [*SERVICE_ROLES]}}


def for_the_host(scope: Scope) -> Condition:
    return {"ForAllValues:StringEquals": {"acm:DomainNames": [*scope.hosts]}}


def names_of_the_host(scope: Scope) -> Condition:
    """Each one's own, and those by which ACM sees whose it is."""
    names = [name for host in scope.hosts for name in (f"_*.{host}", host)]
    return {"ForAllValues:StringLike": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": names}}


def actions(service: str, *names: str) -> tuple[str, ...]:
    """A service's actions."""
    return tuple(f"{service}:{name}" for name in names)


RESOURCES: Mapping[str, tuple[Grant, ...]] = {
    "aws:dynamodb/table:Table": (
        Grant(
            "read",
            actions(
                "dynamodb", "DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive", "ListTagsOfResource"
            ),
            table,
            "the tables",
        ),
        Grant(
            "deploy",
            actions(
                "dynamodb",
                "CreateTable",
                "DeleteTable",
                "TagResource",
                "UntagResource",
                "UpdateContinuousBackups",
                "UpdateTable",
                "UpdateTimeToLive",
            ),
            table,
            "the tables",
        ),
    ),
    "aws:iam/role:Role": (
        Grant(
            "read",
            actions("iam", "GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"),
            roles,
            "the functions' roles",
        ),
        Grant(
            "deploy",
            actions(
                "iam",
                "CreateRole",
                "DeleteRole",
                "ListInstanceProfilesForRole",
                "TagRole",
                "UntagRole",
                "UpdateAssumeRolePolicy",
                "UpdateRole",
            ),
            roles,
            "the functions' roles",
        ),
        Grant("deploy", actions("iam", "PassRole"), roles, "the functions' roles are given to Lambda alone", passed),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        Grant("read", actions("iam", "GetRolePolicy"), roles, "what the functions may do"),
        Grant("deploy", actions("iam", "DeleteRolePolicy", "PutRolePolicy"), roles, "what the functions may do"),
    ),
    "aws:lambda/function:Function": (
        Grant(
            "read",
            actions(
                "lambda",
                "GetFunction",
                "GetFunctionCodeSigningConfig",
                "GetFunctionConfiguration",
                "ListTags",
                "ListVersionsByFunction",
            ),
            functions,
            "the functions and their versions",
        ),
        Grant(
            "deploy",
            actions(
                "lambda",
                "CreateFunction",
                "DeleteFunction",
                "PublishVersion",
                "TagResource",
                "UntagResource",
                "UpdateFunctionCode",
                "UpdateFunctionConfiguration",
            ),
            functions,
            "the functions and their versions",
        ),
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": (
        Grant("read", actions("lambda", "GetEventSourceMapping", "ListTags"), mappings, "what feeds the notifier"),
        Grant("deploy", actions("lambda", "TagResource", "UntagResource"), mappings, "what feeds the notifier"),
        Grant(
            "deploy",
            actions("lambda", "CreateEventSourceMapping", "DeleteEventSourceMapping", "UpdateEventSourceMapping"),
            everything,
            "what feeds the notifier, and no other function",
            of_the_notifier,
        ),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        Grant(
            "read",
            actions("logs", "DescribeLogGroups"),
            lambda scope: [scope.arn("logs", "log-group:*")],
            "the functions' logs; this action knows no single group",
        ),
        Grant("read", actions("logs", "ListTagsForResource"), log_groups, "the functions' logs"),
        Grant(
            "deploy",
            actions(
                "logs",
                "CreateLogGroup",
                "DeleteLogGroup",
                "DeleteRetentionPolicy",
                "PutRetentionPolicy",
                "TagResource",
                "UntagResource",
            ),
            log_groups,
            "the functions' logs",
        ),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Grant(
            "read",
            actions("cloudfront", "GetDistribution", "GetDistributionConfig", "ListTagsForResource"),
            distributions,
            "the distribution",
        ),
        Grant(
            "deploy",
            actions("cloudfront", "CreateDistribution", "TagResource"),
            distributions,
            "the distribution, made with its tags",
            to_be_tagged,
        ),
        Grant(
            "deploy",
            actions("cloudfront", "DeleteDistribution", "TagResource", "UntagResource", "UpdateDistribution"),
            distributions,
            "the distribution, known by its tags",
            tagged,
        ),
        Grant(
            "deploy",
            actions("lambda", "DisableReplication*", "EnableReplication*", "GetFunction"),
            edge_versions,
            "CloudFront copies the function to its edges; AWS asks for these two actions with their star",
        ),
        Grant(
            "deploy",
            actions("iam", "CreateServiceLinkedRole"),
            service_roles,
            "the account's first Lambda@Edge function makes the roles that copy and log",
            of_lambda_edge,
        ),
    ),
    "aws:cloudfront/getCachePolicy:getCachePolicy": (
        Grant(
            "read",
            actions("cloudfront", "GetCachePolicy", "ListCachePolicies"),
            everything,
            "AWS's own policies, by name",
        ),
    ),
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": (
        Grant(
            "read",
            actions("cloudfront", "GetOriginRequestPolicy", "ListOriginRequestPolicies"),
            everything,
            "AWS's own policies, by name",
        ),
    ),
    "aws:index/getCallerIdentity:getCallerIdentity": (
        Grant(
            "read", actions("sts", "GetCallerIdentity"), everything, "whose credentials these are; allowed to everybody"
        ),
    ),
    "aws:acm/certificate:Certificate": (
        Grant(
            "read",
            actions("acm", "DescribeCertificate", "ListTagsForCertificate"),
            certificates,
            "the host's certificate",
        ),
        Grant(
            "deploy",
            actions("acm", "AddTagsToCertificate"),
            certificates,
            "the host's certificate, made with its tags",
            to_be_tagged,
        ),
        Grant(
            "deploy",
            actions("acm", "AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate"),
            certificates,
            "the host's certificate, known by its tags",
            tagged,
        ),
        Grant(
            "deploy",
            actions("acm", "RequestCertificate"),
            certificate_requests,
            "a certificate for the host and no other name",
            for_the_host,
        ),
    ),
    "aws:acm/certificateValidation:CertificateValidation": (
        Grant("deploy", actions("acm", "DescribeCertificate"), certificates, "until the certificate is issued"),
    ),
    "aws:route53/record:Record": (
        Grant("read", actions("route53", "GetHostedZone", "ListResourceRecordSets"), zones, "the host's records"),
        Grant(
            "deploy",
            actions("route53", "ChangeResourceRecordSets"),
            zones,
            "the host's records and no other's",
            names_of_the_host,
        ),
        Grant("deploy", actions("route53", "GetChange"), zone_changes, "until a record is everywhere"),
    ),
    "aws:route53/getZone:getZone": (
        Grant(
            "read", actions("route53", "GetHostedZone", "ListTagsForResource"), zones, "whether the host is in its zone"
        ),
    ),
    "aws:sqs/queue:Queue": (
        Grant(
            "read",
            actions("sqs", "GetQueueAttributes", "GetQueueUrl", "ListQueueTags"),
            queues,
            "what owners are yet to be told",
        ),
        Grant(
            "deploy",
            actions("sqs", "CreateQueue", "DeleteQueue", "SetQueueAttributes", "TagQueue", "UntagQueue"),
            queues,
            "what owners are yet to be told",
        ),
    ),
    "aws:sns/topic:Topic": (
        Grant("read", actions("sns", "GetTopicAttributes", "ListTagsForResource"), topics, "owners' email"),
        Grant(
            "deploy",
            actions("sns", "CreateTopic", "DeleteTopic", "SetTopicAttributes", "TagResource", "UntagResource"),
            topics,
            "owners' email",
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (
        Grant("read", actions("sns", "ListSubscriptionsByTopic"), topics, "owners' addresses"),
        Grant(
            "read",
            actions("sns", "GetSubscriptionAttributes"),
            everything,
            "owners' addresses; this action knows no single topic",
        ),
        Grant("deploy", actions("sns", "Subscribe"), topics, "owners' addresses"),
        Grant(
            "deploy",
            actions("sns", "SetSubscriptionAttributes", "Unsubscribe"),
            everything,
            "owners' addresses; these actions know no single topic",
        ),
    ),
}
"""What the provider asks of AWS for each type that the stack declares or looks up, by its token: what it reads at every
refresh, and what it does to make, change and delete one."""

BESIDE: tuple[Grant, ...] = (
    Grant("read", actions("cloudfront", "ListDistributions"), everything, "which distribution is the environment's"),
    Grant(
        "read", actions("acm", "ListCertificates"), everything, "which certificate is the host's, for `kampkin drift`"
    ),
    Grant(
        "read",
        actions("lambda", "ListEventSourceMappings"),
        everything,
        "what else reads the events, for `kampkin drift`",
    ),
    Grant(
        "read",
        actions("lambda", "GetFunctionConcurrency"),
        functions,
        "whether a function is throttled, for `kampkin drift`",
    ),
    Grant(
        "read",
        actions("lambda", "GetFunctionUrlConfig", "GetPolicy"),
        functions,
        "who else may call a function, for `kampkin drift`",
    ),
    Grant(
        "read",
        actions("dynamodb", "GetResourcePolicy"),
        table,
        "who else may use the tables, for `kampkin drift`",
    ),
    Grant("read", actions("cloudtrail", "LookupEvents"), everything, "who changed what is deployed, and when"),
    Grant("operate", actions("dynamodb", "GetItem", "Query"), table, "`kampkin status`, `kampkin events`"),
    Grant(
        "operate",
        actions("dynamodb", "PutItem", "UpdateItem"),
        table,
        "`kampkin hold`, `kampkin release`, `kampkin flip`: leave these out for who may look only",
    ),
    Grant("operate", actions("logs", "FilterLogEvents"), log_groups, "`kampkin logs`"),
)
"""What is done with what is deployed otherwise than by deploying it."""


def grants(level: Level) -> Iterator[Grant]:
    """What a level may do. Whoever deploys reads; who operates does nothing else."""
    levels = {"read", "deploy"} if level == "deploy" else {level}
    for grant in (*(one for row in RESOURCES.values() for one in row), *BESIDE):
        if grant.level in levels:
            yield grant


def policy(level: Level, scopes: Sequence[Scope]) -> dict[str, Any]:
    """The level in these environments, as an IAM policy: the same scopes give the same bytes."""
    allowed: dict[str, set[str]] = {}
    for grant in grants(level):
        places: dict[str, list[str]] = {}
        for scope in scopes:
            places.setdefault(json.dumps(grant.only(scope), sort_keys=True), []).extend(grant.on(scope))
        for condition, resources in places.items():
            if resources:
                allowed.setdefault(f"{json.dumps(sorted({*resources}))}\n{condition}", set()).update(grant.actions)
    made = ((key.partition("\n"), actions) for key, actions in sorted(allowed.items()))
    return document(
        statement(actions, json.loads(resources), json.loads(condition)) for (resources, _, condition), actions in made
    )


def state_policy(bucket: str, writes: bool) -> dict[str, Any]:
    """The bucket with Pulumi's state, to read or to write in."""
    objects = ("GetObject", "PutObject", "DeleteObject") if writes else ("GetObject",)
    return document(
        [
            statement(set(actions("s3", "GetBucketLocation", "ListBucket")), [f"arn:aws:s3:::{bucket}"], {}),
            statement(set(actions("s3", *objects)), [f"arn:aws:s3:::{bucket}/*"], {}),
        ]
    )


def statement(allowed: set[str], resources: Sequence[str], condition: Condition) -> dict[str, Any]:
    """A statement that allows."""
    made = {
        "Effect": "Allow",
        "Action": sorted(allowed),
        "Resource": resources[0] if len(resources) == 1 else list(resources),
    }
    return made | ({"Condition": condition} if condition else {})


def document(statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A policy of statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def length(policy: Mapping[str, Any]) -> int:
    """As IAM counts it: without spaces."""
    return len("".join(json.dumps(policy).split()))


@dataclass(frozen=True)
class TokenScope:
    """What a Cloudflare token must be allowed, as the dashboard has it, and what for."""

    kind: Literal["Account", "Zone"]
    permission: str
    why: str
    needed: Callable[[Plan], bool] = lambda plan: True


def has_host(plan: Plan) -> bool:
    return plan.targets["cloudflare"].host is not None


def has_kv(plan: Plan) -> bool:
    return plan.targets["cloudflare"].store == "kv"


SCRIPTS = TokenScope("Account", "Workers Scripts: Edit", "the Workers, the Durable Object, the name on workers.dev")
ZONE = TokenScope("Zone", "Zone: Read", "whether the host is in its zone", has_host)
DOMAIN = TokenScope("Zone", "Workers Routes: Edit", "what leads from the host to the Worker", has_host)

TOKEN: Mapping[str, tuple[TokenScope, ...]] = {
    "cloudflare:index/workersScript:WorkersScript": (SCRIPTS,),
    "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": (SCRIPTS,),
    "cloudflare:index/getWorkersScripts:getWorkersScripts": (SCRIPTS,),
    "cloudflare:index/getWorkersCustomDomains:getWorkersCustomDomains": (SCRIPTS,),
    "cloudflare:index/workersRoute:WorkersRoute": (DOMAIN,),
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": (SCRIPTS, DOMAIN),
    "cloudflare:index/getZone:getZone": (ZONE,),
    "cloudflare:index/dnsRecord:DnsRecord": (
        TokenScope("Zone", "DNS: Edit", "the host's record, with the setting `dnsRecord` alone", has_host),
    ),
    "cloudflare:index/workersKvNamespace:WorkersKvNamespace": (
        TokenScope("Account", "Workers KV Storage: Edit", "the breakers' decisions, with the store `kv`", has_kv),
    ),
}
"""What the token must be allowed for each type that the stack declares or looks up, by its token."""

OTHER_TOKENS = (
    TokenScope(
        "Account", "Account Analytics: Read", "reading the minutes of `analytics: true` back, by SQL: no deployment's"
    ),
    TokenScope("Account", "Workers Observability: Read", "`kampkin logs`: no deployment's"),
    TokenScope("Account", "Account Settings: Read", "the audit log, who changed what is deployed: no deployment's"),
)


def token_scopes(plans: Iterable[Plan]) -> list[TokenScope]:
    """What a token needs to deploy these plans, each once."""
    every = dict.fromkeys(scope for row in TOKEN.values() for scope in row)
    plans = [plan for plan in plans if "cloudflare" in plan.targets]
    return [scope for scope in every if any(scope.needed(plan) for plan in plans)]


def token_table(scopes: Sequence[TokenScope]) -> str:
    """The scopes in columns, for a terminal."""
    rows = [("where", "permission", "why"), *((one.kind, one.permission, one.why.replace("`", "")) for one in scopes)]
    widths = [max(len(row[at]) for row in rows) for at in range(2)]
    return "\n".join(f"{where:{widths[0]}}  {what:{widths[1]}}  {why}" for where, what, why in rows)
