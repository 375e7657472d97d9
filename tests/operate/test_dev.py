"""`--dev` means this machine, whatever the shell and the file lead to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kampkin.operate.connect import TOKEN, URL
from kampkin.operate.dev import reachable

from .test_command import FILE, answering


def test_what_kampkin_dev_does_not_run_is_not_operated(tmp_path: Path) -> None:
    """Neither the deployed Worker nor AWS is asked where `kampkin dev` has neither edge."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(FILE)
    with answering(200, {}) as (url, asked), reachable(file, None, "", None, None):
        shell = {
            URL: url,
            TOKEN: "deployed",
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        command = ["hold", "--all", "open", "--for", "1m", "--reason", "a look", "--dev", "--yes"]
        run = subprocess.run(
            [sys.executable, "-m", "kampkin", *command, "--file", str(file)],
            env={**os.environ, **shell},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode != 0
    assert "`kampkin dev` does not run cloudflare" in run.stdout + run.stderr
    assert "`kampkin dev` does not run aws" in run.stdout + run.stderr
    assert not asked
