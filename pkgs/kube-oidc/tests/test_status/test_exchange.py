"""Answers are read within limits, and urllib3's faults are told in our words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
import urllib3
from kube_oidc.cluster import exchange
from kube_oidc.cluster.exchange import AskingError, Reply, decoded, explained, lines, refusal, whole
from kube_oidc.net.faults import UnreachableError


class Fake:
    """As much of urllib3's response as is used."""

    def __init__(self, data: bytes, chunk: int = 7) -> None:
        self.data, self.chunk, self.taken = data, chunk, 0

    def read(self, amount: int) -> bytes:
        self.taken += amount
        return self.data[:amount]

    def stream(self, _: int) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.chunk):
            self.taken += self.chunk
            yield self.data[start : start + self.chunk]


def test_lines_that_are_not_wanted_are_not_kept() -> None:
    text = b"# HELP a\nwanted_one 1\nother 2\nwanted_two 3"
    for chunk in (1, 7, 1000):
        assert lines(Fake(text, chunk), b"wanted_") == b"wanted_one 1\nwanted_two 3\n"


@pytest.mark.parametrize("text", [b"x\n", b"x", b"y"])
def test_an_endless_text_is_given_up(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(exchange, "MAX_STREAM_BYTES", 100)
    endless = Fake(text * 100_000)
    with pytest.raises(UnreachableError, match="larger than"):
        lines(endless, b"y")
    assert endless.taken < 1000


def test_a_large_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_RESPONSE_BYTES", 100)
    assert whole(Fake(b"x" * 100)) == b"x" * 100
    with pytest.raises(UnreachableError, match="larger than"):
        whole(Fake(b"x" * 1000))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"[" * 100_000])
def test_what_is_no_json_object_is_no_api_servers(body: bytes) -> None:
    with pytest.raises(AskingError, match="is this an API server"):
        decoded(Reply(200, body, None))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"kind": "Status", "message": "pods is forbidden"}', "HTTP 403: pods is forbidden"),
        (b"<html>", "HTTP 403"),
        (b'{"message": 1}', "HTTP 403"),
        (b"[]", "HTTP 403"),
    ],
)
def test_a_refusal_is_told_in_kubernetes_words(content: bytes, says: str) -> None:
    assert refusal(403, content) == says


def wrapped(cause: BaseException, wrapper: type[Exception], *arguments: object) -> Exception:
    error = wrapper(*arguments)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (urllib3.exceptions.SSLError(ssl.SSLEOFError()), "closed the connection during TLS"),
        (urllib3.exceptions.ProxyError("x", OSError("Tunnel connection failed: 407 x")), "cannot reach "),
        (urllib3.exceptions.ProtocolError("x", ConnectionResetError()), "closed the connection before"),
        (
            wrapped(ConnectionRefusedError(), urllib3.exceptions.NewConnectionError, None, "x"),
            "refused the connection",
        ),
        (
            wrapped(socket.gaierror(socket.EAI_NONAME), urllib3.exceptions.HTTPError, "x"),
            "cannot resolve ",
        ),
        (urllib3.exceptions.ReadTimeoutError(None, "", "x"), "did not respond in time"),  # type: ignore[arg-type]
        (ValueError("a secret"), "cannot query https://a (ValueError)"),
    ],
)
def test_faults_are_those_under_the_wrapping(error: BaseException, says: str) -> None:
    found = str(explained(error, "https://a", ""))
    assert "https://a" in found
    assert says in found
    assert "secret" not in found
