"""docs/preview.md shows what a preview prints."""

from __future__ import annotations

import re
from pathlib import Path

from tests.preview.conftest import ROOT, run_in

PAGE = (ROOT / "docs" / "preview.md").read_text()
CHANGING = re.compile(r"sha256:[0-9a-f]+ [\d.]+ k?B")
"""Digest and size: every release has others."""


def settled(text: str) -> list[str]:
    """Its lines, without what changes."""
    return CHANGING.sub("sha256:…", text).splitlines()


def test_the_run_on_the_page_is_a_real_one(tmp_path: Path) -> None:
    """The lines of the page are the run's, in their order; an ellipsis stands for others."""
    (file,) = re.findall(r"^```yaml kampkin\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "kampkin.yaml").write_text(file)
    outcome = run_in(tmp_path, "preview", "--env", "prod")
    assert outcome.code == 0, outcome.err
    printed = iter(settled(outcome.out))
    for line in settled(shown):
        assert line == "…" or line in printed, line
