"""`kube-oidc token` behind a proxy: HTTPS_PROXY and NO_PROXY hold, and a proxy's refusal is explained."""

from __future__ import annotations

import base64
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from .conftest import AUDIENCE, answer, fresh


@dataclass
class Proxy:
    address: str
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)  # request line, Proxy-Authorization


@pytest.fixture
def proxy() -> Iterator[Callable[[int], Proxy]]:
    """A real proxy on 127.0.0.1 that tunnels CONNECT, passes plain GET on, or answers `status` to both."""
    servers = []

    def start(status: int = 200) -> Proxy:
        state = Proxy("", status)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
        server.daemon_threads = True
        state.address = f"127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return state

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _handler(state: Proxy) -> type[http.server.BaseHTTPRequestHandler]:
    class Requests(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            state.asked.append((self.requestline, self.headers.get("Proxy-Authorization", "")))
            if state.status != 200:
                self.send_error(state.status)
                return
            host, _, port = self.path.rpartition(":")
            self.send_response(200)
            self.end_headers()
            with socket.create_connection((host, int(port)), timeout=5) as upstream:
                back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
                back.start()
                _pump(self.connection, upstream)
                back.join(5)
            self.close_connection = True

        def do_GET(self) -> None:
            state.asked.append((self.requestline, self.headers.get("Proxy-Authorization", "")))
            answer({"value": fresh()})(self)

        def log_message(self, *arguments: object) -> None:
            pass

    return Requests


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(run, endpoint, forgejo, surroundings, proxy, variable):
    server, through = endpoint(), proxy(200)
    forgejo(server)
    surroundings(**{variable: f"http://{through.address}"})
    assert run("--audience", AUDIENCE).status == 0
    port = server.url.split(":")[2].split("/")[0]
    assert through.asked == [(f"CONNECT 127.0.0.1:{port} HTTP/1.0", "")] or through.asked == [
        (f"CONNECT 127.0.0.1:{port} HTTP/1.1", "")
    ]


def test_the_proxys_user_and_password_are_sent_and_not_shown(run, endpoint, forgejo, surroundings, proxy):
    through = proxy(200)
    forgejo(endpoint())
    surroundings(HTTPS_PROXY=f"http://user:pass%20word@{through.address}")
    assert run("--audience", AUDIENCE).status == 0
    assert base64.b64decode(through.asked[0][1].removeprefix("Basic ")) == b"user:pass word"
    through.status = 403
    result = run("--audience", AUDIENCE)
    assert "responded 403 to CONNECT" in result.stderr
    assert "pass" not in result.stderr


def test_no_proxy_names_hosts_to_reach_without_it(run, endpoint, forgejo, surroundings, proxy):
    through = proxy(403)
    forgejo(endpoint())
    surroundings(HTTPS_PROXY=f"http://{through.address}", NO_PROXY="example.org,127.0.0.1")
    assert run("--audience", AUDIENCE).status == 0
    assert through.asked == []


def test_plain_http_goes_through_http_proxy_in_lower_case(run, endpoint, forgejo, surroundings, proxy):
    server, through = endpoint(tls=None), proxy(200)
    forgejo(server)
    surroundings(http_proxy=through.address)
    assert run("--audience", AUDIENCE).status == 0
    assert through.asked[0][0].startswith(f"GET {server.url}&audience={AUDIENCE} ")
    assert server.requests == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (
            407,
            "responded 407 to CONNECT for https://127.0.0.1:{port}: add user and password to that URL",
        ),
        (
            403,
            "responded 403 to CONNECT for https://127.0.0.1:{port}; set NO_PROXY for hosts to reach without it",
        ),
        (502, "responded 502 to CONNECT"),
    ],
)
def test_a_proxy_that_refuses_is_explained(run, endpoint, forgejo, surroundings, proxy, status, reason):
    server = endpoint()
    forgejo(server)
    surroundings(HTTPS_PROXY=f"http://{proxy(status).address}")
    result = run("--audience", AUDIENCE, "--timeout", "2s")
    assert reason.format(port=server.url.split(":")[2].split("/")[0]) in result.stderr


@pytest.mark.slow
def test_a_proxy_that_is_not_there_is_named(run, endpoint, forgejo, surroundings):
    forgejo(endpoint())
    surroundings(HTTPS_PROXY="http://127.0.0.1:9")
    result = run("--audience", AUDIENCE, "--timeout", "2s")
    assert "refused the connection through the proxy from HTTPS_PROXY" in result.stderr


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://127.0.0.1:9", "HTTPS_PROXY must be an http:// URL"),
        ("socks5://127.0.0.1:9", "HTTPS_PROXY must be an http:// URL"),
        ("http://127.0.0.1:port", "HTTPS_PROXY is not a URL"),
    ],
)
def test_a_proxy_of_another_kind_is_refused(run, endpoint, forgejo, surroundings, address, reason):
    forgejo(endpoint())
    surroundings(HTTPS_PROXY=address)
    assert reason in run("--audience", AUDIENCE).stderr
