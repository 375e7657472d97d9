"""Cloudflare: where the breakers' state is, by default a Worker that holds the Durable Object, the edge Worker, and how
callers reach it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field, SecretStr

from kampkin.audience import audience_of, emails_of, secret_variable
from kampkin.bundle import COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, Bundle
from kampkin.names import (
    ADMIN_BINDING,
    ANALYTICS_BINDING,
    EMAIL_BINDING,
    KV_BINDING,
    STATE_BINDING,
    STATE_CLASS,
    names_for,
)
from kampkin.plan import Plan, digest_of
from kampkin.targets.settings import Problem, Settings, lacking, useless
from kampkin.targets.stack import read_stack
from kampkin.urls import protected_urls

MODULE = "application/javascript+module"
TAG_LENGTH = 16
NOTHING: Mapping[str, Any] = {}
ADMIN_PATH = "/.kampkin/v1/"
"""Below it is all that `runtime/admin.mjs` takes for itself."""


@dataclass(frozen=True)
class Account:
    """Whose Workers these are; what a team reviews is in kampkin.yaml instead."""

    account_id: str
    zone_id: str | None
    """The zone of the target's host; None without one."""
    subdomain: str | None
    """The account's name on workers.dev; None with a host."""
    admin_token: pulumi.Output[str] | None = None
    """What opens the edge Worker's admin API, a secret; None: it has no such API."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What owners are told by: each secret's value by its name."""
    header_secrets: Mapping[str, str] = field(default_factory=dict)
    """What origins are sent in headers: likewise."""


class CloudflareSettings(Settings):
    """What the stack of Cloudflare can be told."""

    account_id: str = Field(
        description="Which Cloudflare account this is: 32 digits, on its Workers overview page.",
        pattern=r"^[0-9a-f]{32}$",
        examples=["0123456789abcdef0123456789abcdef"],
    )
    zone_id: str | None = Field(
        None,
        description="The zone of the target's host: 32 digits, on the zone's overview page.",
        pattern=r"^[0-9a-f]{32}$",
        examples=["fedcba9876543210fedcba9876543210"],
    )
    workers_subdomain: str | None = Field(
        None, description="The account's name on workers.dev, where the target has no host.", examples=["acme"]
    )
    admin_token: SecretStr | None = Field(
        None,
        description="Opens the edge Worker's admin API, for `kampkin status` and its like; without it there is no such API.",
        examples=["$(openssl rand -hex 32)"],
    )

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """A host needs its zone, none the account's name; and only a record can be operated."""
        target = plan.targets["cloudflare"]
        if target.host and not self.zone_id:
            yield lacking(type(self), "zoneId", f"is not set: {target.host} is in a zone")
        if not target.host and not self.workers_subdomain:
            yield lacking(
                type(self), "workersSubdomain", "is not set: without a host the Worker answers on workers.dev"
            )
        if self.admin_token and target.store != "durable-object":
            yield useless("adminToken", f"with the store {target.store} there is nothing to override")


class CloudflareEdge(pulumi.ComponentResource):
    """Everything the plan needs on Cloudflare.

    `live_tag` is the migration tag that the state Worker has now, None where there is no such Worker. What holds state, the
    state Worker or the KV namespace, is protected from deletion.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        bundle: Bundle,
        account: Account,
        live_tag: str | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("kampkin:cloudflare:Edge", name, None, opts)
        names = names_for(plan)
        host, store = plan.targets["cloudflare"].host, plan.targets["cloudflare"].store
        child = pulumi.ResourceOptions(parent=self)
        self.state = self.namespace = None
        bindings = []
        if store == "durable-object":
            tag = state_tag(names.state_worker, bundle.state, bound(plan, account.secrets))
            settled = ["migrations"] if live_tag == tag else None
            self.state = cloudflare.WorkersScript(
                f"{name}-state",
                cloudflare.WorkersScriptArgs(
                    **script(account.account_id, names.state_worker, "state.mjs", bundle.state),
                    bindings=state_bindings(plan, account.secrets),
                    migrations=migration(live_tag, tag),
                ),
                child.merge(pulumi.ResourceOptions(protect=True, ignore_changes=settled)),
            )
            bindings = state_worker_bindings(names.state_worker, account.admin_token)
        if store == "kv":
            self.namespace = cloudflare.WorkersKvNamespace(
                f"{name}-decisions",
                account_id=account.account_id,
                title=names.namespace,
                opts=child.merge(pulumi.ResourceOptions(protect=True)),
            )
            bindings = [binding(KV_BINDING, "kv_namespace", namespace_id=self.namespace.id)]
        if plan.targets["cloudflare"].analytics:
            bindings.append(binding(ANALYTICS_BINDING, "analytics_engine", dataset=names.dataset))
        bindings += secret_bindings(account.header_secrets)
        self.worker = cloudflare.WorkersScript(
            f"{name}-worker",
            cloudflare.WorkersScriptArgs(
                **script(account.account_id, names.worker, "main.mjs", bundle.worker),
                bindings=bindings or None,
            ),
            child.merge(pulumi.ResourceOptions(depends_on=[self.state] if self.state else None)),
        )
        self.subdomain = cloudflare.WorkersScriptSubdomain(
            f"{name}-subdomain",
            account_id=account.account_id,
            script_name=self.worker.script_name,
            enabled=host is None,
            previews_enabled=False,
            opts=child,
        )
        for route, pattern in patterns_of(plan, account.admin_token is not None).items():
            assert account.zone_id is not None, "program() has asked for it"
            cloudflare.WorkersRoute(
                f"{name}-route{route}",
                zone_id=account.zone_id,
                pattern=pattern,
                script=self.worker.script_name,
                opts=child,
            )
        self.urls = protected_urls(plan, "cloudflare", host or f"{names.worker}.{account.subdomain}.workers.dev")
        self.register_outputs({"urls": self.urls, "plan": plan.digest})


def program() -> None:
    """The Pulumi program of stacks/cloudflare."""
    stack = read_stack("cloudflare", CloudflareSettings)
    settings = stack.settings
    account_id, token = settings.account_id, settings.admin_token
    account = Account(
        account_id=account_id,
        zone_id=settings.zone_id,
        subdomain=settings.workers_subdomain,
        admin_token=pulumi.Output.secret(token.get_secret_value()) if token else None,
        secrets=stack.secrets,
        header_secrets=stack.header_secrets,
    )
    worker = names_for(stack.plan).state_worker
    live_tag = tag_of(worker, scripts_of(account_id)) if stack.bundle.state else None
    edge = CloudflareEdge("kampkin", stack.plan, stack.bundle, account, live_tag)
    pulumi.export("urls", edge.urls)
    pulumi.export("plan", stack.plan.digest)


def patterns_of(plan: Plan, has_admin: bool) -> dict[str, str]:
    """The patterns by which requests come to the Worker, by what tells each from the others in the stack: all of the host's, or
    where it is in front of one the paths of the endpoints, and of the admin API where there is one.

    A pattern is held against the query too and can name none, so each ends in a star. What it then takes beyond its
    endpoint, as `/cart*` does with `/cartoon`, the Worker passes on.
    """
    target = plan.targets["cloudflare"]
    if target.host is None:
        return {}
    if not target.in_front_of:
        return {"": f"{target.host}/*"}
    paths = {endpoint.route.path for endpoint in plan.endpoints if "cloudflare" in endpoint.targets}
    return {path: f"{target.host}{path}*" for path in sorted(paths | ({ADMIN_PATH} if has_admin else set()))}


def script(account_id: str, name: str, main: str, modules: Mapping[str, bytes]) -> dict[str, Any]:
    """The inputs that both Workers share: the entry as readable text, the other modules beside it."""
    return {
        "account_id": account_id,
        "script_name": name,
        "main_module": main,
        "content": modules[main].decode(),
        "content_type": MODULE,
        "files": {
            module: {"content_type": MODULE, "content_base64": base64.b64encode(code).decode()}
            for module, code in modules.items()
            if module != main
        },
        "compatibility_date": COMPATIBILITY_DATE,
        "compatibility_flags": list(COMPATIBILITY_FLAGS),
        "observability": {"enabled": True, "logs": {"enabled": True, "invocation_logs": False}},
    }


def binding(name: str, kind: str, **to: Any) -> cloudflare.WorkersScriptBindingArgs:
    """As what a Worker reaches something."""
    return cloudflare.WorkersScriptBindingArgs(name=name, type=kind, **to)


def state_worker_bindings(
    state_worker: str, admin_token: pulumi.Output[str] | None
) -> list[cloudflare.WorkersScriptBindingArgs]:
    """The Durable Object, by class and by the Worker that has it, and where there is one the admin token."""
    state = binding(STATE_BINDING, "durable_object_namespace", class_name=STATE_CLASS, script_name=state_worker)
    return [state] if admin_token is None else [state, binding(ADMIN_BINDING, "secret_text", text=admin_token)]


def state_bindings(plan: Plan, secrets: Mapping[str, str]) -> list[cloudflare.WorkersScriptBindingArgs] | None:
    """What the state Worker is bound to for telling owners: secrets, and what sends email. None where it tells nobody."""
    found = secret_bindings(secrets)
    audience = audience_of(plan, "cloudflare")
    if emails := emails_of(audience):
        email = cloudflare.WorkersScriptBindingArgs(
            name=EMAIL_BINDING,
            type="send_email",
            allowed_destination_addresses=sorted(set(emails.values())),
            allowed_sender_addresses=[audience["from"]],
        )
        found.insert(0, email)
    return found or None


def secret_bindings(secrets: Mapping[str, str]) -> list[cloudflare.WorkersScriptBindingArgs]:
    """Secrets as a Worker has them."""
    return [
        binding(secret_variable(name), "secret_text", text=pulumi.Output.secret(value))
        for name, value in sorted(secrets.items())
    ]


def bound(plan: Plan, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What the bindings of the state Worker say, for its tag: of a secret a digest, since another value is another upload."""
    emails = emails_of(audience_of(plan, "cloudflare"))
    digests = {name: digest_of(value) for name, value in secrets.items()}
    return {key: value for key, value in (("emails", emails), ("secrets", digests)) if value}


def state_tag(name: str, modules: Mapping[str, bytes], bound: Mapping[str, Any] = NOTHING) -> str:
    """The migration tag of a state Worker: a digest of everything else it is made of."""
    inputs = script("", name, "state.mjs", modules) | ({"bound": bound} if bound else {})
    return f"k{digest_of(inputs).removeprefix('sha256:')[:TAG_LENGTH]}"


def migration(live_tag: str | None, tag: str) -> cloudflare.WorkersScriptMigrationsArgs:
    """The migrations block of an upload. The provider sends one with every upload, and Cloudflare refuses one whose
    `old_tag` is not the live tag (HTTP 412): so the tag moves with each change of the Worker, from what is live.

    Where nothing is to change the block is the first one's, and the caller has its changes ignored.
    """
    if live_tag is None or live_tag == tag:
        return cloudflare.WorkersScriptMigrationsArgs(new_tag=tag, new_sqlite_classes=[STATE_CLASS])
    return cloudflare.WorkersScriptMigrationsArgs(old_tag=live_tag, new_tag=tag)


def scripts_of(account_id: str) -> Sequence[Any]:
    """The Workers that the account has now. Raises `pulumi.RunError` where it does not tell."""
    try:
        return cloudflare.get_workers_scripts(account_id=account_id).results
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"could not list the Workers of the account {account_id}: {problem}\n"
            "  hint: CLOUDFLARE_API_TOKEN must hold a token that may edit this account's Workers scripts"
        ) from None


def tag_of(name: str, scripts: Sequence[Any]) -> str | None:
    """The migration tag of the named Worker among the account's; None where it has none."""
    return next((script.migration_tag or None for script in scripts if script.id == name), None)
