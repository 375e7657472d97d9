"""Where AWS's regions are, as the function reckons."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import botocore.session

from kampkin import regions
from kampkin.local.toolchain import node

REGIONS = Path(__file__).parents[2] / "compiler" / "kampkin" / "runtime" / "regions.mjs"


def test_every_region_with_a_dynamodb_is_on_the_map() -> None:
    """No region that botocore knows is missing, and each lies on the earth."""
    program = f"import {{ PLACES }} from {json.dumps(REGIONS.as_uri())}; console.log(JSON.stringify(PLACES));"
    run = subprocess.run(
        [node(), "--input-type=module", "-e", program], capture_output=True, text=True, timeout=30, check=True
    )
    places = json.loads(run.stdout)
    assert set(botocore.session.get_session().get_available_regions("dynamodb")) <= set(places)
    assert sorted(places) == sorted(regions.REGIONS)
    assert all(-90 <= north <= 90 and -180 <= east <= 180 for north, east in places.values())
