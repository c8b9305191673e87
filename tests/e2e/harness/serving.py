"""The issuer over HTTPS on a port of 127.0.0.1."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from e2e.harness.certificates import Authority
from e2e.harness.issuer import Issuer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    issuer: Issuer

    def do_GET(self) -> None:
        reply = self.issuer.reply(self.path, self.headers.get("Authorization", ""))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header `Date`, by the issuer's own clock."""
        return super().date_time_string(self.issuer.now() if timestamp is None else timestamp)

    def log_message(self, *_: object) -> None:
        """Quiet: a request line holds nothing that a test needs."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serve(host: str, authority: Authority) -> Iterator[Issuer]:
    """The issuer of `host`, serving with a certificate by `authority`."""
    issuer = Issuer(host)
    with serving(issuer, authority.issue(host, hosts=[host])):
        yield issuer


@contextmanager
def serve_all(
    authority: Authority, *issuers: Issuer, further: tuple[str, ...] = ()
) -> Iterator[dict[str, int]]:
    """These issuers, each for its own host and the further ones; the ports by `host:port`."""
    with ExitStack() as stack:
        routes = {}
        for issuer in issuers:
            certificate = authority.issue(issuer.host, hosts=[issuer.host, *further])
            stack.enter_context(serving(issuer, certificate))
            routes[f"{issuer.host}:443"] = issuer.port
        yield routes


@contextmanager
def serving(issuer: Issuer, certificate: tuple[Path, Path], address: str = "127.0.0.1") -> Iterator[None]:
    """The issuer answers on its own port of this address, or on a free one if it has none yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    handler = type("Handler", (_Handler,), {"issuer": issuer})
    with _Server((address, issuer.port), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        issuer.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
