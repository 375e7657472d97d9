"""The language server that editors run, with this repository's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kampkin.errors import Cannot
from kampkin.local.toolchain import node, node_modules
from tests.editor.server import LanguageServer

HERE = Path(__file__).parent
SCHEMAS = HERE.parents[1] / "schemas"


@pytest.fixture(scope="session")
def server() -> Iterator[LanguageServer]:
    """Runs for all tests; a `kampkin.yaml` in a folder acme has the config's schema, what lies in teams the included files'."""
    try:
        package = node_modules(HERE / "npm", "yaml-language-server") / "yaml-language-server"
        command: list[str | Path] = [node(), package / "bin" / "yaml-language-server", "--stdio"]
    except Cannot as problem:
        pytest.skip(f"no language server: {problem.message}")
    schemas = {"kampkin": "acme/*/kampkin.yaml", "include": "teams/*.yaml"}
    settings = {
        "schemas": {(SCHEMAS / f"{name}.schema.json").as_uri(): files for name, files in schemas.items()},
        "schemaStore": {"enable": False},
        "kubernetesCRDStore": {"enable": False},
    }
    with LanguageServer(command, {"yaml": settings}) as server:
        yield server
