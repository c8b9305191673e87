"""A token endpoint as GitHub and Forgejo have it, on 127.0.0.1 with real TLS, that misbehaves on request."""

from __future__ import annotations

import base64
import contextlib
import datetime
import http.server
import ipaddress
import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AUDIENCE = "forgejo"
BEARER = "request-token-of-the-job"
Handler = Callable[[http.server.BaseHTTPRequestHandler], None]


def jwt(**claims: object) -> str:
    """A JWT in form, signed by nobody: nothing here verifies signatures."""
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


# Tokens are made when tests are collected, and a busy machine takes minutes to come to them.
LIFETIME_SECONDS = 3600


def fresh(**claims: object) -> str:
    return jwt(
        **{
            "aud": AUDIENCE,
            "exp": int(time.time()) + LIFETIME_SECONDS,
            "sub": "repo:adam/blog:ref:refs/heads/main",
        }
        | claims
    )


class Authority:
    """A certificate authority that signs for 127.0.0.1 unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        certificate = self._certificate(
            self.name, self.key, -1, 365, x509.BasicConstraints(ca=True, path_length=None)
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str = "127.0.0.1", from_day: int = -1, to_day: int = 30) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._certificate(subject, key, from_day, to_day, x509.SubjectAlternativeName([name]))
        file = self.folder / f"{host}{from_day}{to_day}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: int,
        end: int,
        extension: x509.ExtensionType,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(
            issuer_name=self.name,
            subject_name=subject,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now + datetime.timedelta(days=start),
            not_valid_after=now + datetime.timedelta(days=end),
        )
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


BUSY_SECONDS = 5  # what a busy machine may add to a limit


@dataclass
class Endpoint:
    """`handlers` answer one request each, in turn; the last one answers all that follow."""

    url: str
    handlers: list[Handler]
    requests: list[tuple[str, str]] = field(default_factory=list)  # target, Authorization
    stop: threading.Event = field(default_factory=threading.Event)


def answer(
    body: bytes | str | dict[str, object],
    status: int = 200,
    content_type: str = "application/json",
    **headers: str,
) -> Handler:
    data = json.dumps(body) if isinstance(body, dict) else body
    data = data.encode() if isinstance(data, str) else data

    def handler(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return handler


def close_at_once(request: http.server.BaseHTTPRequestHandler) -> None:
    request.close_connection = True


def short_body(request: http.server.BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"value": "')
    request.close_connection = True


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def endpoint(authority: Authority) -> Iterator[Callable[..., Endpoint]]:
    """Starts an endpoint: handlers, and the server's TLS (None for plain http)."""
    running: list[tuple[http.server.ThreadingHTTPServer, Endpoint]] = []

    def start(*handlers: Handler, tls: ssl.SSLContext | None | str = "good") -> Endpoint:
        context = authority.server() if tls == "good" else tls
        state = Endpoint("", list(handlers) or [answer({"value": fresh()})])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
        server.daemon_threads = True
        if isinstance(context, ssl.SSLContext):
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "https" if context else "http"
        state.url = f"{scheme}://127.0.0.1:{server.server_port}/idtoken?api-version=2.0"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        running.append((server, state))
        return state

    yield start
    for server, state in running:
        state.stop.set()
        server.shutdown()
        server.server_close()


def _handler(state: Endpoint) -> type[http.server.BaseHTTPRequestHandler]:
    class Requests(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append((self.path, self.headers.get("Authorization", "")))
            handler = state.handlers.pop(0) if len(state.handlers) > 1 else state.handlers[0]
            try:
                handler(self)
            except (ConnectionError, ssl.SSLError):
                self.close_connection = True

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                super().handle()

        def log_message(self, *arguments: object) -> None:
            pass

    return Requests


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Callable[..., None]:
    """Sets exactly these variables of a CI job; those of the machine that runs the tests are gone."""
    signs = (
        "ACTIONS_",
        "GITHUB_",
        "FORGEJO_",
        "GITEA_",
        "GITLAB_",
        "CI_",
        "BUILDKITE",
        "CIRCLE",
        "KUBERNETES_",
    )
    for name in list(os.environ):
        if name.startswith(signs) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    def set_variables(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_variables


@pytest.fixture
def forgejo(surroundings: Callable[..., None]) -> Callable[[Endpoint], None]:
    """The surroundings of a Forgejo job that may ask this endpoint."""

    def enter(state: Endpoint) -> None:
        surroundings(
            FORGEJO_ACTIONS="true",
            ACTIONS_ID_TOKEN_REQUEST_URL=state.url,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER,
        )

    return enter


@dataclass
class Result:
    status: int
    stdout: str
    stderr: str
    seconds: float


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], surroundings: Callable[..., None]) -> Callable[..., Result]:
    """Runs `kube-oidc token` with these arguments in this process."""
    from kube_oidc.cli import main

    def call(*arguments: str) -> Result:
        started = time.monotonic()
        try:
            status = main(["token", *arguments])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err, time.monotonic() - started)

    return call
