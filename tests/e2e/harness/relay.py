"""Copies between two connections: what a proxy does, and a load balancer."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

IDLE_SECONDS = 30


class Server(socketserver.ThreadingTCPServer):
    """A server on a port of 127.0.0.1, one thread for each connection."""

    daemon_threads = True
    allow_reuse_address = True

    @property
    def port(self) -> int:
        """The port it was given."""
        number: int = self.server_address[1]
        return number


@contextmanager
def served(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Server]:
    """The server, for as long as the `with` block lasts."""
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def copy_both_ways(one: socket.socket, other: socket.socket, seconds: float = float("inf")) -> None:
    """Copies until either side closes, nothing came for a while, or that many seconds are over."""
    towards = {one: other, other: one}
    end = time.monotonic() + seconds
    while (left := min(end - time.monotonic(), IDLE_SECONDS)) > 0:
        ready = select.select([*towards], [], [], left)[0]
        if not ready:
            return
        for source in ready:
            try:
                data = source.recv(65536)
                if not data:
                    return
                towards[source].sendall(data)
            except OSError:
                return


@contextmanager
def balancer(port: int, seconds: float) -> Iterator[str]:
    """The URL of a load balancer before an API server: it closes every connection after so many seconds."""

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port), IDLE_SECONDS) as upstream:
                copy_both_ways(self.request, upstream, seconds)

    with served(Forward) as server:
        yield f"https://127.0.0.1:{server.port}"
