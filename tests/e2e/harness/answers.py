"""Servers that answer what a test wants, over HTTPS on 127.0.0.1."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from e2e.harness import internet

WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and further headers (`Date` among them, if it is to be another)."""

    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The bytes that go out."""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Paths = Mapping[str, Answer | Callable[[], Answer]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    paths: Paths
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        found = self.paths.get(self.path, Answer("not here", 404))
        answer = found() if callable(found) else found
        self.send_response_only(answer.status)
        for name, value in ({"Date": self.date_time_string()} | dict(answer.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.data)))
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serve(paths: Paths, certificate: tuple[Path, Path]) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """The port of a server with these answers, and the headers of every request it got."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    seen: list[dict[str, str]] = []
    handler = type("Handler", (_Handler,), {"paths": paths, "seen": seen})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()


@contextmanager
def hosts(
    sites: Mapping[str, tuple[Paths, tuple[Path, Path]]], routes: Mapping[str, int] | None = None
) -> Iterator[tuple[str, dict[str, list[dict[str, str]]]]]:
    """The URL of a proxy to all of these hosts and to `routes`, and the headers that each host saw."""
    with ExitStack() as stack:
        ports: dict[str, int] = dict(routes or {})
        seen = {}
        for host, (paths, certificate) in sites.items():
            port, seen[host] = stack.enter_context(serve(paths, certificate))
            ports[f"{host}:443"] = port
        yield stack.enter_context(internet.proxy(ports)), seen


def issuer(url: str, keys: object, **discovery: Any) -> dict[str, Answer]:
    """The two documents of an issuer at this URL, other fields of discovery on top."""
    path = "/" + url.split("/", 3)[3] if url.count("/") > 2 else ""
    document = {"issuer": url, "jwks_uri": f"{url}/keys"} | discovery
    return {f"{path}{WELL_KNOWN}": Answer(document), f"{path}/keys": Answer(keys)}
