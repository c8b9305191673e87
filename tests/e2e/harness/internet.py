"""The internet that the tests have: a proxy on 127.0.0.1 that leads one host name to a server beside it.

kube-apiserver and curl reach the issuer by its real URL, so that the files under test stay as they are.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from e2e.harness import relay

TIMEOUT_SECONDS = 30


class _Connect(BaseHTTPRequestHandler):
    """`CONNECT host:port` (RFC 9110, section 9.3.6), for the known hosts alone."""

    routes: Mapping[str, int]

    def do_CONNECT(self) -> None:
        port = self.routes.get(self.path)
        if port is None:
            self.send_error(HTTPStatus.BAD_GATEWAY, f"the tests have no route to {self.path}")
            return
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as upstream:
            self.send_response(HTTPStatus.OK)
            self.end_headers()
            relay.copy_both_ways(self.connection, upstream)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet: what matters shows at either end."""


@contextmanager
def proxy(routes: Mapping[str, int]) -> Iterator[str]:
    """The URL of a proxy that leads each `host:port` to a port of 127.0.0.1, and nothing else anywhere.

    A route that is put into `routes` later leads there from then on.
    """
    handler = type("Connect", (_Connect,), {"routes": routes})
    with relay.served(handler) as server:
        yield f"http://127.0.0.1:{server.port}"
