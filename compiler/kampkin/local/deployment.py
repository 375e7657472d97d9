"""What the local edges run: the Workers and the function, with the settings that go with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kampkin.bundle import Bundle, manifest_of
from kampkin.plan import Alternate, Origin, Plan

EDGE_REGION = "us-east-1"
"""Where a function that has no table runs here."""


@dataclass(frozen=True)
class Function:
    """The Lambda@Edge function and where its breakers are."""

    archive: bytes
    """Its zip."""
    handler: str
    table: str | None
    """In each of the regions; None where nothing is shared."""
    regions: tuple[str, ...]
    """Where the tables are, the home first, and where the function runs here, an environment in each."""

    @property
    def region(self) -> str:
        """The home."""
        return self.regions[0]


@dataclass(frozen=True)
class Deployment:
    """Code and settings by cloud; None for a cloud that has nothing."""

    workers: dict[str, Any] | None
    """As workerd.mjs takes them: `worker` and, where there is a Durable Object, `state`, each a `name`, a `main` and the
    `modules` as text, the edge's `secrets` and the state's `class` too; the `store` and its `binding`, with KV the title of the `namespace`;
    `analytics`, what a `dataset` is bound as; `inFrontOf`, the host that the Worker is in front of, and the hosts of the
    `origins` that it calls; `compatibilityDate` and `compatibilityFlags`."""
    function: Function | None


def deployment_of(bundle: Bundle) -> Deployment:
    """What the stacks would deploy: the bundle with what its manifest says."""
    deploy = manifest_of(bundle, {})["deploy"]
    workers = function = None
    if cloudflare := deploy.get("cloudflare"):
        code = {"worker": bundle.worker, "state": bundle.state}
        workers = cloudflare | {
            script: cloudflare[script] | {"modules": {name: text.decode() for name, text in modules.items()}}
            for script, modules in code.items()
            if modules
        }
        workers["origins"] = sorted({urlsplit(origin.url).netloc for origin in origins_of(bundle.plan)})
    if aws := deploy.get("aws"):
        function = Function(bundle.archive, aws["handler"], aws["table"], tuple(aws["regions"]) or (EDGE_REGION,))
    return Deployment(workers, function)


def origins_of(plan: Plan) -> Iterator[Origin]:
    """Every origin that the Worker may call."""
    for endpoint in plan.endpoints:
        if "cloudflare" in endpoint.targets:
            yield endpoint.origin
            yield from (one.origin for one in endpoint.fallback if isinstance(one, Alternate))
