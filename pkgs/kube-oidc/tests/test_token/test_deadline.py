"""`kube-oidc token` and faults that may pass: tried again, and told with the deadline."""

from __future__ import annotations

import http.server
import random
import re
import socket
import time

import pytest
from kube_oidc.net import https

from .conftest import AUDIENCE, BEARER, BUSY_SECONDS, answer, close_at_once, fresh, short_body

pytestmark = pytest.mark.slow


def trickle(request: http.server.BaseHTTPRequestHandler) -> None:
    """A byte every tenth of a second: no single read ever times out."""
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b" ")
        time.sleep(0.1)


def sleep(request: http.server.BaseHTTPRequestHandler) -> None:
    time.sleep(10)


@pytest.mark.parametrize("fault", [answer("", status=500), answer("", status=429), close_at_once, short_body])
def test_a_passing_fault_is_tried_again(run, endpoint, forgejo, fault):
    token = fresh()
    server = endpoint(fault, fault, answer({"value": token}))
    forgejo(server)
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stdout, len(server.requests)) == (0, token + "\n", 3)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (sleep, "sent no complete response within"),
        (trickle, "sent no complete response within"),
        (answer("", status=503), "responded 503 ("),
        (close_at_once, "closed the connection before the response was complete ("),
    ],
)
def test_a_lasting_passing_fault_ends_with_the_deadline(run, endpoint, forgejo, handler, reason):
    forgejo(endpoint(handler))
    result = run("--audience", AUDIENCE, "--timeout", "2s")
    assert (result.status, result.stdout) == (2, "")
    assert reason in result.stderr
    assert re.search(r"\(\d+ attempts? within the deadline of 2 s\)", result.stderr)
    assert result.seconds < 2 + BUSY_SECONDS


def test_what_is_left_of_the_deadline_does_not_hide_the_last_answer(run, endpoint, forgejo, monkeypatch):
    """The third attempt has 2 s, less than the pause of 3 s that would come next: its silence is no hang."""
    monkeypatch.setattr(https, "FIRST_PAUSE_SECONDS", 1.0)  # then 2 s, then the longest
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
    server = endpoint(answer("", status=503), answer("", status=500), sleep)
    forgejo(server)
    result = run("--audience", AUDIENCE, "--timeout", "5s")
    assert " responded 500 (3 attempts within the deadline of 5 s)" in result.stderr
    assert len(server.requests) == 3


def test_a_hang_after_an_answer_is_told_with_it(run, endpoint, forgejo):
    server = endpoint(answer("", status=503), sleep)
    forgejo(server)
    result = run("--audience", AUDIENCE, "--timeout", "4s")
    assert re.search(
        r" responded 503; the last attempt had no complete response within \d\.\d s "
        r"\(2 attempts within the deadline of 4 s\)",
        result.stderr,
    ), result.stderr


def test_a_slow_answer_may_take_the_whole_deadline(run, endpoint, forgejo):
    def slow(request: http.server.BaseHTTPRequestHandler) -> None:
        time.sleep(0.8)
        answer({"value": fresh()})(request)

    server = endpoint(slow)
    forgejo(server)
    assert run("--audience", AUDIENCE, "--timeout", "4s").status == 0
    assert len(server.requests) == 1


def test_name_resolution_that_hangs_ends_with_the_deadline(run, endpoint, forgejo, monkeypatch):
    forgejo(endpoint())
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(30))
    result = run("--audience", AUDIENCE, "--timeout", "0.5s")
    assert result.status == 2
    assert result.seconds < 0.5 + BUSY_SECONDS


@pytest.mark.parametrize(("code", "attempts"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 2)])
def test_a_name_without_an_address_is_named(run, endpoint, forgejo, monkeypatch, code, attempts):
    asked = []

    def fail(*arguments, **_):
        asked.append(arguments)
        raise socket.gaierror(code, "the resolver's words")

    forgejo(endpoint())
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    result = run("--audience", AUDIENCE, "--timeout", "2s")
    assert "cannot resolve " in result.stderr
    assert len(asked) >= attempts
    assert (len(asked) == 1) == (attempts == 1)


def test_a_refused_connection_is_tried_until_the_deadline(run, forgejo, surroundings, endpoint):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    surroundings(
        FORGEJO_ACTIONS="true",
        ACTIONS_ID_TOKEN_REQUEST_URL=f"https://127.0.0.1:{port}/",
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER,
    )
    result = run("--audience", AUDIENCE, "--timeout", "2s")
    assert f"https://127.0.0.1:{port} refused the connection (" in result.stderr
    assert "attempts within the deadline of 2 s" in result.stderr
