"""An incident on both edges: a service that fails, a team that is told, an operator, and what each saw."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kampkin.audience import secret_variable
from kampkin.bundle import bundle
from kampkin.load import load
from kampkin.local.deployment import Deployment, deployment_of
from kampkin.local.edges import LocalEdges
from kampkin.local.origin import LocalOrigins
from tests.notifications.conftest import secret, verified
from tests.notifications.receiver import Receiver
from tests.notifications.region import Cloud, region

FILE = """\
version: 1
project: acme
targets: [cloudflare, aws]
owners:
  shop: {notify: {webhook: secret:SHOP_HOOK}}
endpoints:
  cart:
    origin: https://cart.acme.dev
    owner: shop
    timeout: 1s
    breaker:
      window: 2s
      trip: {consecutive_failures: 5}
      cooldown: {initial: 2s, factor: 1}
      half_open: {admit: 100%}
"""
ORIGIN = "https://cart.acme.dev"
"""In the file as the page shows it."""

OPERATOR = "dana@acme.dev"
TOKEN = "the-admin-token-of-this-scene"


@dataclass
class Scene:
    """What runs, and the record of what was done."""

    folder: Path
    origins: LocalOrigins
    edges: LocalEdges
    cloud: Cloud
    receiver: Receiver
    record: list[str] = field(default_factory=list)
    key: dict[str, str] = field(default_factory=dict)
    """The operator's own, of an IAM user."""

    def told(self) -> list[dict[str, Any]]:
        """What the team was told, each message once, in the order in which it came."""
        self.cloud.work()
        bodies = [verified(sent) for sent in self.receiver.taken("/shop")]
        return list({body["data"]["id"]: body for body in bodies}.values())

    def kampkin(self, *args: str) -> str:
        """The operator's command, and what it answered, kept in the record."""
        run = subprocess.run(
            [sys.executable, "-m", "kampkin", *args],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        words = [f'"{word}"' if " " in word else word for word in args]
        self.record.append(f"$ kampkin {' '.join(words)}\n{run.stdout.rstrip()}")
        return run.stdout

    def environment(self) -> dict[str, str]:
        """What the operator's shell has set."""
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "KAMPKIN_", "GIT_"))
        }
        return inherited | {
            **self.key,
            "AWS_ENDPOINT_URL": self.cloud.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "KAMPKIN_CLOUDFLARE_URL": self.edges.edges["cloudflare"].url,
            "KAMPKIN_AWS_URL": self.edges.edges["aws"].url,
            "KAMPKIN_ADMIN_TOKEN": TOKEN,
        }


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Both edges with one node each, the notifiers of both clouds, and the team's receiver."""
    (folder / "gitconfig").write_text(f"[user]\nemail = {OPERATOR}\n")
    (folder / "notifier").mkdir()
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        hook = secret(f"{receiver.url}/shop")
        origins = stack.enter_context(LocalOrigins({"cart": None}))
        here = f"http://localhost:{urlsplit(origins.url('cart')).port}"
        (folder / "kampkin.yaml").write_text(FILE.replace(ORIGIN, here))
        plan = load(folder / "kampkin.yaml").plan
        assert plan is not None
        cloud = stack.enter_context(region(plan, {"SHOP_HOOK": hook}, receiver, folder / "notifier"))
        deployed = deployment_of(bundle(plan))
        workers = dict(deployed.workers or {})
        workers["state"] = {**workers["state"], "bound": {"bindings": {secret_variable("SHOP_HOOK"): hook}}}
        edges = LocalEdges(Deployment(workers, deployed.function), nodes=1, dynamodb_url=cloud.url, admin=TOKEN)
        yield Scene(folder, origins, stack.enter_context(edges), cloud, receiver, key=key_of(cloud, "dana"))


def key_of(cloud: Cloud, name: str) -> dict[str, str]:
    """A new IAM user's access key, as the SDKs read it."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
