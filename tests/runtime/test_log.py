"""Log lines are as docs/state.md says: the schema there is held against lines as they are written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from jsonschema import Draft202012Validator

from kampkin.local.toolchain import node

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "state.md"


def test_every_line_is_as_documented() -> None:
    """All kinds of line that can be brought about: of an outage, of a breaker that monitors, of a store that is down."""
    run = subprocess.run([node(), HERE / "lines.mjs"], capture_output=True, text=True, timeout=30, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    (schema,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    validator = Draft202012Validator(json.loads(schema))
    for line in lines:
        validator.validate(line)
    kinds = set(json.loads(schema)["properties"]["kampkin"]["enum"])
    assert {line["kampkin"] for line in lines} >= kinds - {"fault"}
    assert any("dropped" in line for line in lines)
