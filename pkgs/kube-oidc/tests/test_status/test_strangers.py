"""Addresses that the cluster names: whoever may write them must not be sent the credentials of who asks."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kube_oidc.cli import main

from ..test_token.conftest import Authority


@contextmanager
def api_server(tls: ssl.SSLContext, other: int | None = None) -> Iterator[tuple[int, list[str | None]]]:
    """Answers everything with an EndpointSlice that names the port `other`; yields its port and what it was sent."""
    seen: list[str | None] = []
    ports = [{"name": "https", "port": other}]
    slices = [{"ports": ports, "endpoints": [{"addresses": ["127.0.0.1"]}]}] if other else []
    body = json.dumps({"items": slices, "gitVersion": "v1.36.3"}).encode()

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library names it

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("insecure", [True, False])
def test_an_address_that_the_cluster_names_gets_no_token_before_it_shows_who_it_is(
    insecure: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    authority, stranger = Authority(good), Authority(bad)
    with (
        api_server(stranger.server("kubernetes.default.svc")) as (port, sent),
        api_server(authority.server(), port) as (first, asked),
    ):
        trust = (
            {"insecure-skip-tls-verify": True}
            if insecure
            else {"certificate-authority-data": base64.b64encode(authority.file.read_bytes()).decode()}
        )
        cluster = {"server": f"https://127.0.0.1:{first}", **trust}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "a", "cluster": cluster}],
            "users": [{"name": "a", "user": {"token": "canary"}}],
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
            "current-context": "a",
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(config))
        main(["status", "--kubeconfig", str(tmp_path / "kubeconfig"), "--timeout", "5s"])
    assert "Bearer canary" in asked, capsys.readouterr()
    assert sent == []
