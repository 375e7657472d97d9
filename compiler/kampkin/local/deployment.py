"""What the local edges run: the Workers and the function, with the settings that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kampkin.bundle import Bundle, manifest_of


@dataclass(frozen=True)
class Function:
    """The Lambda@Edge function and where its breakers are."""

    archive: bytes
    """Its zip."""
    handler: str
    table: str
    region: str
    """The table's, and where the function runs."""


@dataclass(frozen=True)
class Deployment:
    """Code and settings by cloud; None for a cloud that has nothing."""

    workers: dict[str, Any] | None
    """As workerd.mjs takes them: `worker` and `state`, each a `name`, a `main` and the `modules` as text, the state's
    `class` too; `binding`, `compatibilityDate` and `compatibilityFlags`."""
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
        }
    if aws := deploy.get("aws"):
        function = Function(bundle.archive, aws["handler"], aws["table"], aws["regions"][0])
    return Deployment(workers, function)
