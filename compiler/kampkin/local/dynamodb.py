"""DynamoDB on this machine: moto, one request at a time.

moto is made for tests in one thread: with several it loses `ADD`s and lets two conditional writers win. A lock
around its app makes it as atomic as the real one. `python -m kampkin.local.dynamodb` is the child that runs it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from kampkin.errors import Cannot
from kampkin.local.ports import LOOPBACK
from kampkin.local.process import Process
from kampkin.local.toolchain import EXTRA

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}


class LocalDynamoDB(Process):
    """A DynamoDB in a child process, with the named tables in each of the regions, as the stack declares them. One
    address serves every region: a request says by its signature which it is for."""

    def __init__(self, port: int, tables: Iterable[str], *regions: str) -> None:
        self.url = f"http://{LOOPBACK}:{port}/"
        self.region = regions[0]
        config = {"port": port, "tables": list(tables), "regions": regions}
        super().__init__("DynamoDB", [sys.executable, "-m", __name__], config)

    def client(self) -> Any:
        """A boto3 client for it, in its first region."""
        return client(self.url, self.region)


def client(url: str, region: str) -> Any:
    """A boto3 DynamoDB client for a local endpoint. Raises `Cannot` where the extra is not installed."""
    try:
        import boto3
    except ImportError:
        raise Cannot("the local edges need the extra 'local', which is not installed", EXTRA) from None
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=region,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def create_table(dynamodb: Any, name: str) -> None:
    """The breakers' table, as `kampkin.targets.aws` declares it."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})


def serve(config: dict[str, Any]) -> None:
    """Serves until stdin ends."""
    os.environ.update(CREDENTIALS)
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # keep-alive, as the real one does

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = one_at_a_time(DomainDispatcherApplication(create_backend_app))
    server = make_server(LOOPBACK, config["port"], app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for region in config["regions"]:
        dynamodb = client(f"http://{LOOPBACK}:{config['port']}/", region)
        for table in config["tables"]:
            create_table(dynamodb, table)
    print(json.dumps({"ready": {}}), flush=True)
    sys.stdin.read()
    os._exit(0)


def one_at_a_time(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The WSGI app behind one lock, its answers read to the end inside it."""
    lock = threading.Lock()

    def locked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with lock:
            return list(app(environ, start_response))

    return locked


if __name__ == "__main__":
    try:
        serve(json.loads(sys.stdin.readline()))
    except (ImportError, OSError, SystemExit) as error:  # werkzeug exits where it cannot listen
        print(json.dumps({"failed": str(error)}), flush=True)
