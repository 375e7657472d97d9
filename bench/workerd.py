"""Raw workerd, without Miniflare: the configuration of a process that serves one Worker on one port."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from kampkin.bundle import COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, Bundle
from kampkin.errors import Cannot
from kampkin.local.ports import LOOPBACK
from kampkin.local.toolchain import node_modules
from kampkin.names import STATE_BINDING, STATE_CLASS

MACHINES = {"x86_64": "64", "aarch64": "arm64"}

PASS_THROUGH = """\
export default {{
  fetch: (request) => fetch(new Request("{origin}" + new URL(request.url).pathname, request)),
}};
"""
"""A Worker in front of an origin as it is mostly written: a copy of the request with another URL."""

BY_FIELDS = """\
export default {{
  fetch: ({{ url, method, headers, body }}) =>
    fetch("{origin}" + new URL(url).pathname, {{ method, headers, body, redirect: "manual" }}),
}};
"""
"""The same with less: the fields that a call needs, and no copy. This is how the compiled Worker calls."""

CONFIG = """\
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["public", "private"])),
{services}
  ],
  sockets = [(name = "http", address = "{host}:{port}", http = (), service = "edge")],
);
"""

SERVICE = """\
    (name = "{name}", worker = (
      compatibilityDate = "{date}",
      compatibilityFlags = [{flags}],
      modules = [{modules}],
{more}
    )),"""

BOUND = """\
      bindings = [(name = "{binding}", durableObjectNamespace = (className = "{kind}", serviceName = "state"))],"""

HOLDER = """\
      durableObjectNamespaces = [(className = "{kind}", uniqueKey = "bench", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),"""

DISK = """\
    (name = "disk", disk = (path = "{path}", writable = true)),"""


def binary() -> Path:
    """workerd, from the packages that the local edges run on."""
    found = node_modules() / "@cloudflare" / f"workerd-linux-{MACHINES.get(platform.machine())}" / "bin" / "workerd"
    if not found.is_file():
        raise Cannot(f"there is no workerd for {platform.machine()} among the npm packages")
    return found


def bare(folder: Path, port: int, origin: str, code: str = PASS_THROUGH) -> list[str | Path]:
    """The command that serves a bare pass-through to the origin; its files go into the folder."""
    modules = {"main.mjs": code.format(origin=origin).encode()}
    return command(folder, port, service(folder, "edge", modules, "main.mjs"))


def compiled(folder: Path, port: int, bundle: Bundle) -> list[str | Path]:
    """The command that serves the compiled Worker, and its state Worker as a second service of the same process."""
    bound = BOUND.format(binding=STATE_BINDING, kind=STATE_CLASS)
    holder = HOLDER.format(kind=STATE_CLASS)
    edge = service(folder, "edge", bundle.worker, "main.mjs", bound)
    state = service(folder, "state", bundle.state, "state.mjs", holder)
    objects = folder / "objects"
    objects.mkdir()
    return command(folder, port, edge, state, DISK.format(path=objects))


def command(folder: Path, port: int, *services: str) -> list[str | Path]:
    """`workerd serve` with these services."""
    config = folder / "config.capnp"
    config.write_text(CONFIG.format(services="\n".join(services), host=LOOPBACK, port=port))
    return [binary(), "serve", config]


def service(folder: Path, name: str, modules: Mapping[str, bytes], main: str, more: str = "") -> str:
    """A Worker as a service; its modules go into a folder of its name, the entry listed first."""
    for module, code in modules.items():
        path = folder / name / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(code)
    ordered = sorted(modules, key=lambda module: (module != main, module))
    listed = ", ".join(f'(name = "{module}", esModule = embed "{name}/{module}")' for module in ordered)
    flags = ", ".join(f'"{flag}"' for flag in COMPATIBILITY_FLAGS)
    return SERVICE.format(name=name, date=COMPATIBILITY_DATE, flags=flags, modules=listed, more=more)
