"""The edge modules, run by the Node that runs them at the edge."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kampkin.local.toolchain import node, node_modules

HERE = Path(__file__).parent
RUNTIME = HERE.parents[1] / "compiler" / "kampkin" / "runtime"


@pytest.mark.parametrize("suite", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name)
def test_suite_passes_on_the_edge_node(suite: Path) -> None:
    """Every test of the runtime passes on the Node version that Lambda@Edge runs."""
    run = subprocess.run([node(), "--test", suite], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "\nℹ pass 0" not in run.stdout


def tsc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What TypeScript's compiler says."""
    program = node_modules(HERE / "npm", "TypeScript") / "typescript" / "bin" / "tsc"
    return subprocess.run([node(), program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_breaker_names_no_platform() -> None:
    """With the language alone in scope, no clock of a host's, no fetch, no process, the breaker compiles, strictly."""
    run = tsc("-p", HERE / "tsconfig.json")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    "name", ["fetch('https://a.test')", "process.env", "setTimeout(() => {}, 1)", "crypto.randomUUID()"]
)
def test_a_platform_in_it_would_not_compile(tmp_path: Path, name: str) -> None:
    """The check above can fail: a name of a platform is unknown there."""
    config = json.loads((HERE / "tsconfig.json").read_text())
    (tmp_path / "tsconfig.json").write_text(json.dumps(config | {"files": ["breaker.mjs"]}))
    (tmp_path / "breaker.mjs").write_text(f"export const one = () => {name};\n")
    run = tsc("-p", tmp_path)
    assert run.returncode != 0
    assert "Cannot find name" in run.stdout


@pytest.mark.parametrize("token", [None, "a-session-token"])
@pytest.mark.parametrize("body", ["{}", '{"Key": {"pk": {"S": "b#bücher#us-east-1"}}}'])
def test_requests_are_signed_as_botocore_signs_them(token: str | None, body: str) -> None:
    """Our Signature Version 4 is the one AWS's own signer makes."""
    program = f"""
        import {{ sign }} from {json.dumps((RUNTIME / "stores" / "sigv4.mjs").as_uri())};
        const signed = await sign({{
            method: "POST", url: new URL("https://dynamodb.eu-west-1.amazonaws.com/"), body: {json.dumps(body)},
            headers: {{ "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.UpdateItem" }},
            service: "dynamodb", region: "eu-west-1", now: Date.parse(process.argv[1]),
            credentials: {{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: {json.dumps(token)} ?? undefined }},
        }});
        console.log(JSON.stringify(signed));
    """
    request = AWSRequest(
        "POST",
        "https://dynamodb.eu-west-1.amazonaws.com/",
        data=body.encode(),
        headers={
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": "DynamoDB_20120810.UpdateItem",
            "host": "dynamodb.eu-west-1.amazonaws.com",
        },
    )
    SigV4Auth(Credentials("AKIDEXAMPLE", "secret", token), "dynamodb", "eu-west-1").add_auth(request)
    stamp = request.headers["X-Amz-Date"]
    moment = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:11]}:{stamp[11:13]}:{stamp[13:15]}Z"
    run = subprocess.run(
        [node(), "--input-type=module", "-e", program, moment],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(run.stdout)["authorization"] == request.headers["Authorization"]
