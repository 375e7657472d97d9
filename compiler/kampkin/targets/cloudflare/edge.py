"""The component: every resource that a plan needs on Cloudflare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from kampkin.names import mark_of, names_for
from kampkin.targets.cloudflare.account import is_there, tag_of
from kampkin.targets.cloudflare.bindings import bound, edge_bindings, state_bindings
from kampkin.targets.cloudflare.migrations import is_settled, migration, state_tag
from kampkin.targets.cloudflare.reach import lead
from kampkin.targets.cloudflare.scripts import logging_of, script
from kampkin.targets.cloudflare.settings import CloudflareSettings
from kampkin.targets.stack import Stack
from kampkin.urls import protected_urls


class CloudflareEdge(pulumi.ComponentResource):
    """Everything the plan needs on Cloudflare. `scripts` are the Workers that the account has now.

    The state Worker is protected from deletion, as the stack has it. A KV namespace is not: what it holds is over in minutes,
    and so a store becomes another in one update.
    """

    def __init__(
        self,
        name: str,
        stack: Stack[CloudflareSettings],
        scripts: Sequence[Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("kampkin:cloudflare:Edge", name, None, opts)
        plan, settings, names = stack.plan, stack.settings, names_for(stack.plan)
        target = plan.targets["cloudflare"]
        logging, child = logging_of(settings), pulumi.ResourceOptions(parent=self)
        self.state = self.namespace = None
        if target.store == "durable-object":
            inputs = script(settings.account_id, names.state_worker, "state.mjs", stack.bundle.state, logging)
            tag, live_tag = (
                state_tag(inputs, mark_of(plan), bound(plan, stack.secrets)),
                tag_of(names.state_worker, scripts),
            )
            self.state = cloudflare.WorkersScript(
                f"{name}-state",
                cloudflare.WorkersScriptArgs(
                    **inputs,
                    bindings=state_bindings(plan, stack.secrets),
                    migrations=migration(live_tag, tag, is_in_use=is_there(names.worker, scripts)),
                ),
                child.merge(
                    pulumi.ResourceOptions(
                        protect=settings.protect,
                        ignore_changes=["migrations"] if is_settled(live_tag, tag) else None,
                    )
                ),
            )
        if target.store == "kv":
            self.namespace = cloudflare.WorkersKvNamespace(
                f"{name}-decisions", account_id=settings.account_id, title=names.namespace, opts=child
            )
        self.worker = cloudflare.WorkersScript(
            f"{name}-worker",
            cloudflare.WorkersScriptArgs(
                **script(settings.account_id, names.worker, "main.mjs", stack.bundle.worker, logging),
                bindings=edge_bindings(stack, self.namespace),
            ),
            child.merge(pulumi.ResourceOptions(depends_on=[self.state] if self.state else None)),
        )
        lead(name, plan, settings, self.worker, child)
        host = target.host or f"{names.worker}.{settings.workers_subdomain}.workers.dev"
        self.urls = protected_urls(plan, "cloudflare", host)
        self.register_outputs({"urls": self.urls, "plan": plan.digest})
