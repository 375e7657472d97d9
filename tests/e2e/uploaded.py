"""What the local clouds hold after `up`, as a deployment to run: nothing of it is taken from the compiler."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import requests

from kampkin.local.deployment import Deployment, Function
from tests.clouds.aws import LocalAws
from tests.clouds.cloudflare import TOKEN, LocalCloudflare
from tests.e2e.project import IDENTITIES

STORES = {"durable_object_namespace": "durable-object", "kv_namespace": "kv"}
"""The stores by the bindings that lead to them."""


def deployment_in(aws: LocalAws | None, cloudflare: LocalCloudflare | None) -> Deployment:
    """The Workers with their bindings, and the function version that the distribution runs."""
    return Deployment(workers_in(cloudflare) if cloudflare else None, function_in(aws) if aws else None)


def workers_in(cloudflare: LocalCloudflare) -> dict[str, Any]:
    """The edge Worker, by being the one with a store's binding, and what the binding leads to."""
    scripts = {
        one["id"]: ask(cloudflare, f"scripts/{one['id']}/settings").json()["result"] for one in listed(cloudflare)
    }
    [(worker, store)] = [
        (name, binding) for name, one in scripts.items() for binding in one["bindings"] if binding["type"] in STORES
    ]
    settings = scripts[worker]
    found = {
        "worker": {"name": worker, "main": settings["main_module"], "modules": modules(cloudflare, worker)},
        "store": STORES[store["type"]],
        "binding": store["name"],
        "compatibilityDate": settings["compatibility_date"],
        "compatibilityFlags": settings["compatibility_flags"],
    }
    if found["store"] == "kv":
        return found | {"namespace": store["namespace_id"]}
    holder = {
        "name": store["script_name"],
        "main": scripts[store["script_name"]]["main_module"],
        "class": store["class_name"],
        "modules": modules(cloudflare, store["script_name"]),
    }
    return found | {"state": holder}


def function_in(aws: LocalAws) -> Function:
    """From the distribution's association to the version's zip, and by what its role may reach to the tables."""
    cloudfront, lambda_, iam = aws.client("cloudfront"), aws.client("lambda"), aws.client("iam")
    [distribution] = cloudfront.list_distributions()["DistributionList"]["Items"]
    config = cloudfront.get_distribution(Id=distribution["Id"])["Distribution"]["DistributionConfig"]
    associations = config["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"]
    at = {one["EventType"]: one["IncludeBody"] for one in associations}
    assert at == {"origin-request": True, "origin-response": False}
    [arn] = {one["LambdaFunctionARN"] for one in associations}
    function = lambda_.get_function(FunctionName=arn)
    archive = requests.get(function["Code"]["Location"], timeout=30).content
    role = function["Configuration"]["Role"].rpartition("/")[2]
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    arns = [arn.split(":") for one in statements if one["Action"][0].startswith("dynamodb:") for arn in one["Resource"]]
    tables = {arn[3]: arn[5].removeprefix("table/") for arn in arns}
    [table] = set(tables.values())
    for region in tables:
        assert aws.client("dynamodb", region).list_tables()["TableNames"] == [table]
    return Function(archive, function["Configuration"]["Handler"], table, tuple(tables))


def listed(cloudflare: LocalCloudflare) -> list[dict[str, Any]]:
    """The account's Workers."""
    found: list[dict[str, Any]] = ask(cloudflare, "scripts").json()["result"]
    return found


def modules(cloudflare: LocalCloudflare, name: str) -> dict[str, str]:
    """A Worker's modules, as text."""
    answer = ask(cloudflare, f"scripts/{name}/content/v2")
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + answer.content, policy=email.policy.HTTP)
    return {str(part.get_filename()): bytes(part.get_payload(decode=True)).decode() for part in form.iter_parts()}


def ask(cloudflare: LocalCloudflare, path: str, method: str = "GET", **options: Any) -> requests.Response:
    """A call about the account's Workers, as anybody with the token may make it."""
    account = IDENTITIES["cloudflare"]["accountId"]
    headers = {"authorization": f"Bearer {TOKEN}"}
    url = f"{cloudflare.url}/accounts/{account}/workers/{path}"
    answer = requests.request(method, url, headers=headers, timeout=30, **options)
    answer.raise_for_status()
    return answer
