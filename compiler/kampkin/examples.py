"""What each command's `--help` shows of it in use."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "check": ("kampkin check", "kampkin check --format sarif > kampkin.sarif"),
    "rules": ("kampkin rules", "kampkin rules route-taken"),
    "compile": ("kampkin compile --env prod --out build",),
    "explain": ("kampkin explain cart", "kampkin explain cart --env prod --rate 200"),
    "diff": ("kampkin diff", "kampkin diff --base main --env prod --format markdown --enforce"),
    "codeowners": ("kampkin codeowners > .github/CODEOWNERS",),
    "init": ("kampkin init edge", "kampkin init --project shop --environments staging,prod --targets cloudflare"),
    "dev": ("kampkin dev", "kampkin dev --origin cart=http://localhost:3000 --fault cart=hang"),
    "demo": ("kampkin demo", "kampkin demo --dashboard"),
    "conformance": ("kampkin conformance", "kampkin conformance build --runtime workerd"),
    "cost": (
        "kampkin cost --requests 100M",
        "kampkin cost --env prod --requests 2B --share cart=60% --rate-per-node 20",
    ),
    "add": ("kampkin add cart https://cart.internal.acme.dev --owner shop",),
    "set": ("kampkin set cart timeout=2s breaker.cooldown=20s", "kampkin set cart timeout=null --env staging"),
    "remove": ("kampkin remove cart",),
    "list": ("kampkin list --env prod",),
    "preview": ("kampkin preview --env prod", "kampkin preview --target aws --format markdown"),
    "drift": ("kampkin drift --env prod", "kampkin drift --env prod --target aws --format markdown --revert"),
    "why": ("kampkin why up.log", "kampkin why --json up.log"),
    "wait": (
        "kampkin wait --env prod",
        "kampkin wait --target aws --url aws=https://d111111abcdef8.cloudfront.net --timeout 20m",
    ),
    "status": ("kampkin status", "kampkin status cart --env prod --json"),
    "watch": ("kampkin watch --env prod", "kampkin watch cart --every 5s"),
    "dashboard": ("kampkin dashboard --env prod --open", "kampkin dashboard --dev"),
    "events": ("kampkin events cart --env prod", "kampkin events --follow"),
    "flip": ("kampkin flip cart open", "kampkin flip cart closed --target aws --env prod"),
    "hold": (
        "kampkin hold cart open --for 30m --reason 'CHG-1182: database moves'",
        "kampkin hold --all monitor --for 10m --reason 'bypass while we look'",
    ),
    "release": ("kampkin release cart", "kampkin release --all --env prod"),
    "approval": (
        "kampkin approval data-only --base origin/main --head HEAD",
        "kampkin approval accept --live live.json --target aws --env prod",
    ),
    "logs": ("kampkin logs --since 15m --env prod", "kampkin logs cart --json | jq .kind"),
    "completion": ('eval "$(kampkin completion bash)"', "kampkin completion zsh > ~/.zfunc/_kampkin"),
    "schema": ("kampkin schema > schemas/kampkin.schema.json",),
}


def epilog(command: str) -> str:
    """As argparse prints it below the options."""
    return "\n".join(["examples:", *(f"  {line}" for line in EXAMPLES.get(command, ()))])
