"""A language host for Python programs: what the engine asks to run `stacks/*/__main__.py`.

Pulumi's own, written in Go, is a module that no registry serves to us, so this one stands in for it where the CLI was
built here. It runs the SDK's own script in the project's virtual environment, as Pulumi's does, and does nothing else
of its trade: it installs no dependencies and generates no code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

SHOWN = 32
"""The script's exit code where it has told the user what is wrong."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs programs with the SDK's script. Calls that are not defined here answer UNIMPLEMENTED, which the engine takes."""

    def __init__(self, script: Path, engine: str) -> None:
        self.script = script
        self.engine = engine

    def Handshake(self, request: Any, context: Any) -> language_pb2.LanguageHandshakeResponse:  # noqa: N802
        self.engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version="")

    def GetRequiredPackages(self, request: Any, context: Any) -> language_pb2.GetRequiredPackagesResponse:  # noqa: N802
        return language_pb2.GetRequiredPackagesResponse()

    def Run(self, request: Any, context: Any) -> language_pb2.RunResponse:  # noqa: N802
        options = json_format.MessageToDict(request.info.options)
        python = interpreter(Path(request.info.root_directory), options.get("virtualenv"))
        if not python.exists():
            return language_pb2.RunResponse(error=f"there is no Python at {python}: set the project up first")
        program = Path(request.info.program_directory, request.info.entry_point)
        settings = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "pwd": request.pwd,
            "dry_run": str(request.dryRun).lower(),
            "parallel": str(request.parallel),
            "organization": request.organization,
        }
        flags = [part for name, value in settings.items() for part in (f"--{name}", value)]
        config = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [python, "-u", self.script, *flags, program]
        code = subprocess.run(command, env=os.environ | config, check=False).returncode
        if code == SHOWN:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}" if code else "")


def interpreter(root: Path, virtualenv: str | None) -> Path:
    """The Python of the project's virtual environment, its path taken from the project's folder; without one, ours."""
    return root / virtualenv / "bin" / "python" if virtualenv else Path(sys.executable)


def main(*arguments: str) -> None:
    """Serves until the engine ends us; the engine reads the port from the first line. The script that runs a program is
    named by the environment, since the engine alone chooses the arguments."""
    script = os.environ["KAMPKIN_TESTS_SCRIPT"]
    engine = next((argument for argument in arguments if not argument.startswith("-")), "")
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(Path(script), engine), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    with suppress(KeyboardInterrupt):  # how the engine ends us
        server.wait_for_termination()


if __name__ == "__main__":
    main(*sys.argv[1:])
