"""A Worker's inputs: its modules, the runtime that they are written for, and what is kept of its log."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from kampkin.bundle import COMPATIBILITY_DATE, COMPATIBILITY_FLAGS
from kampkin.targets.cloudflare.settings import CloudflareSettings

MODULE = "application/javascript+module"


def script(account_id: str, name: str, main: str, modules: Mapping[str, bytes], logging: Any) -> dict[str, Any]:
    """The inputs that both Workers share: the entry as readable text, the other modules beside it.

    Few on purpose: of annotations, placement and more of `observability` the provider is known to read back other than was
    written, which is a change in every preview. None needs Workers' paid plan.
    """
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
        "observability": logging,
    }


def logging_of(settings: CloudflareSettings) -> dict[str, Any]:
    """What Cloudflare keeps of a Worker's log: its own lines and no other, of every request or of a share of them."""
    if not settings.logs:
        return {"enabled": False}
    sampled = {} if settings.log_sampling is None else {"head_sampling_rate": settings.log_sampling}
    return {"enabled": True, **sampled, "logs": {"enabled": True, "invocation_logs": False}}
