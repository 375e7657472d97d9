"""One poll, against servers on this machine."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kampkin.local.ports import free_ports
from kampkin.wait.ask import CONNECTIONS, MOST_ADDRESSES, ask
from kampkin.wait.sight import PATH, Trouble

from .seen import OLD, running

Says = Callable[[int], tuple[int, str, bytes]]
"""Status, type and body of the nth answer."""

FITS = (200, "application/json", running("aws").model_dump_json().encode())
BEFORE = (200, "application/json", running("aws", plan=OLD).model_dump_json().encode())


class Server(ThreadingHTTPServer):
    """Answers as told, and remembers each request: path, Host, and the port it came from."""

    def __init__(self, says: Says) -> None:
        self.asked: list[tuple[str, str | None, int]] = []
        asked, lock = self.asked, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with lock:
                    number = len(asked)
                    asked.append((self.path, self.headers["host"], self.client_address[1]))
                status, kind, body = says(number)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@contextmanager
def serving(says: Says, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """The server, over TLS where there is a certificate."""
    with Server(says) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def at(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """DNS that has these."""
    return lambda host, port: addresses


def test_each_connection_is_its_own() -> None:
    """Five of them, and each says what it brought."""
    with serving(lambda number: BEFORE if number == 2 else FITS) as server:
        sights, unseen = ask(f"http://127.0.0.1:{server.server_port}")
    assert sorted(sight.plan for sight in sights if not isinstance(sight, Trouble)) == sorted(
        [running("aws").plan] * 4 + [OLD]
    )
    assert unseen == ()
    assert {path for path, _, _ in server.asked} == {PATH}
    assert len({port for _, _, port in server.asked}) == CONNECTIONS


def test_every_address_is_asked_by_the_hosts_name() -> None:
    """However many there are; of very many not all, and that is said."""
    with serving(lambda _: FITS) as server:
        url = f"http://edge.test:{server.server_port}"
        assert len(ask(url, at("127.0.0.1"))[0]) == CONNECTIONS
        assert {host for _, host, _ in server.asked} == {f"edge.test:{server.server_port}"}
        sights, unseen = ask(url, at(*["127.0.0.1"] * 20))
    assert len(sights) == MOST_ADDRESSES
    assert unseen == ("4 of the host's 20 addresses",)


def test_a_redirect_is_somebody_elses() -> None:
    """Nobody follows it."""
    with serving(lambda _: (301, "text/html", b"moved")) as server:
        sights, _ = ask(f"http://127.0.0.1:{server.server_port}")
    assert set(sights) == {Trouble("stranger", "somebody else answers: 301, text/html")}
    assert {path for path, _, _ in server.asked} == {PATH}


def test_nobody_is_there() -> None:
    """A refused connection."""
    (port,) = free_ports(1)
    sights, unseen = ask(f"http://127.0.0.1:{port}")
    assert set(sights) == {Trouble("silence", "does not answer: ConnectionError")}
    assert unseen == ()


@pytest.mark.parametrize(
    ("problem", "trouble"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            Trouble("name", "edge.test has no address in DNS yet"),
        ),
        (socket.gaierror(socket.EAI_AGAIN, "again"), Trouble("silence", "DNS does not answer for edge.test")),
    ],
)
def test_no_name(problem: OSError, trouble: Trouble) -> None:
    """The host is not there, or nobody knows."""

    def resolve(host: str, port: int) -> Sequence[str]:
        raise problem

    assert ask("https://edge.test", resolve) == ((trouble,), ())


def test_a_network_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPv6 is not missed; where nothing is left there is no network."""
    connect = socket.socket.connect

    def unreachable(one: socket.socket, address: tuple[str, int]) -> None:
        if one.family == socket.AF_INET6:
            raise OSError(101, "Network is unreachable")
        connect(one, address)

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with serving(lambda _: FITS) as server:
        url = f"http://edge.test:{server.server_port}"
        sights, unseen = ask(url, at("127.0.0.1", "2001:db8::1"))
        assert set(sights) == {running("aws")}
        assert unseen == ("its IPv6 addresses: there is no such network here",)
        assert ask(url, at("2001:db8::1"))[0] == (Trouble("silence", "there is no network from here"),)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for edge.test and no address, and the file that vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edge.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("edge.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = folder / "key.pem"
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem


def test_tls_by_the_hosts_name(certified: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is called, the name's certificate is asked for and believed; another name's is not."""
    context, pem = certified
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serving(lambda _: FITS, context) as server:
        sights, _ = ask(f"https://edge.test:{server.server_port}", at("127.0.0.1"))
        assert set(sights) == {running("aws")}
        assert set(names) == {"edge.test"}
        sights, _ = ask(f"https://other.test:{server.server_port}", at("127.0.0.1"))
    (trouble,) = set(sights)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == "certificate"
    assert "other.test" in trouble.words


def test_a_certificate_that_nobody_vouches_for(certified: tuple[ssl.SSLContext, Path]) -> None:
    """In TLS's own words."""
    with serving(lambda _: FITS, certified[0]) as server:
        sights, _ = ask(f"https://edge.test:{server.server_port}", at("127.0.0.1"))
    assert set(sights) == {Trouble("certificate", "its certificate is not ready: self-signed certificate")}


def test_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name alone: it finds the address itself."""
    with serving(lambda _: FITS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_port}")
        sights, unseen = ask("http://edge.test", at("127.0.0.9"))
    assert sights == (running("aws"),) * CONNECTIONS
    assert unseen == ("the host's addresses one by one: a proxy stands before them",)
    assert {path for path, _, _ in proxy.asked} == {f"http://edge.test:80{PATH}"}


def test_an_address_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment has one for other hosts and none for this."""
    with serving(lambda _: FITS) as server:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "edge.test")
        sights, _ = ask(f"http://edge.test:{server.server_port}", at("127.0.0.1"))
    assert set(sights) == {running("aws")}
