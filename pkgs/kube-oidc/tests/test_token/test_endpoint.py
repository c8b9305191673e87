"""`kube-oidc token` against the endpoint of GitHub and Forgejo: what it asks, and why it can fail."""

from __future__ import annotations

import http.server
import json
import ssl
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import AUDIENCE, BEARER, answer, fresh

HTML = b"<!doctype html><title>Sign in</title>"


def not_http(request: http.server.BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
    request.close_connection = True


def test_asks_for_the_audience_with_the_jobs_own_token(run, endpoint, forgejo):
    token = fresh(aud="a b&c")
    server = endpoint(answer({"count": 1, "value": token}))
    forgejo(server)
    result = run("--audience", "a b&c")
    assert (result.status, result.stdout, result.stderr) == (0, token + "\n", "")
    [(target, authorization)] = server.requests
    assert parse_qs(urlsplit(target).query) == {"api-version": ["2.0"], "audience": ["a b&c"]}
    assert authorization == f"Bearer {BEARER}"


def test_github_is_asked_in_the_same_way(run, endpoint, surroundings):
    token = fresh()
    server = endpoint(answer({"value": token}))
    surroundings(
        GITHUB_ACTIONS="true", ACTIONS_ID_TOKEN_REQUEST_URL=server.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER
    )
    assert run("--audience", AUDIENCE).stdout == token + "\n"


def test_a_url_without_a_query_gets_one(run, endpoint, forgejo, surroundings):
    server = endpoint()
    forgejo(server)
    surroundings(ACTIONS_ID_TOKEN_REQUEST_URL=server.url.partition("?")[0])
    assert run("--audience", AUDIENCE).status == 0
    assert server.requests[0][0] == f"/idtoken?audience={AUDIENCE}"


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (
            answer(HTML, content_type="text/html; charset=utf-8"),
            "returned an HTML page instead of a token",
        ),
        (answer("oops"), "returned something other than JSON instead of a token"),
        (answer("[" * 5000), "returned something other than JSON instead of a token"),
        (answer({"message": "no"}), "returned JSON without a token in the field `value`"),
        (answer("[1]"), "returned JSON without a token in the field `value`"),
        (answer({"value": "opaque"}), "is not a JWT (three base64url parts"),
        (answer({"value": "a.b\n.c"}), "is not a JWT (three base64url parts"),
        (answer({"value": "e30.bm90IGpzb24.c2ln"}), "its second part is not a JSON object"),
        (
            answer({"value": fresh(aud="https://git/adam")}),
            "the token is for 'https://git/adam', not for 'forgejo'",
        ),
        (answer({"value": fresh(aud=None)}), "the token is for no audience, not for 'forgejo'"),
        (answer("", status=401), "responded 401: the job's $ACTIONS_ID_TOKEN_REQUEST_TOKEN was refused"),
        (answer("", status=404), "responded 404: no token endpoint at $ACTIONS_ID_TOKEN_REQUEST_URL"),
        (answer("", status=418), "responded 418: see the server's log"),
        (
            answer("", status=302, Location="https://login.example/?t=secret"),
            "a redirect to https://login.example (not followed",
        ),
        (answer("", status=307, Location="/login"), "responded 307: a redirect (not followed"),
        (answer("", status=302, Location="https://[/"), "responded 302: a redirect (not followed"),
        (answer(b" " * (1 << 20) + b"{}"), "sent more than 1 MiB"),
        (not_http, "did not respond with HTTP"),
    ],
)
def test_a_lasting_fault_is_explained_at_once(run, endpoint, forgejo, handler, reason):
    server = endpoint(handler)
    forgejo(server)
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stdout) == (2, "")
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert len(server.requests) == 1
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        ({"from_day": -20, "to_day": -10}, "its certificate has expired (or this machine's clock is ahead)"),
        (
            {"from_day": 10, "to_day": 20},
            "its certificate is not valid yet (or this machine's clock is behind)",
        ),
        ({"host": "git.example.org"}, "its certificate is for another host name"),
        ({"host": "192.0.2.1"}, "its certificate is for another host name"),
    ],
)
def test_a_certificate_that_does_not_fit_is_explained(run, endpoint, forgejo, authority, tls, reason):
    server = endpoint(tls=authority.server(**tls))
    forgejo(server)
    result = run("--audience", AUDIENCE)
    assert result.status == 2
    assert reason in result.stderr
    assert server.requests == []


def test_an_unknown_authority_is_explained_with_the_way_to_add_it(run, endpoint, forgejo, monkeypatch):
    forgejo(endpoint())
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    result = run("--audience", AUDIENCE)
    assert "its certificate is not signed by a trusted CA; set SSL_CERT_FILE to a file" in result.stderr


def test_a_plain_http_port_under_https_is_explained(run, endpoint, forgejo, surroundings):
    server = endpoint(tls=None)
    forgejo(server)
    surroundings(ACTIONS_ID_TOKEN_REQUEST_URL=server.url.replace("http://", "https://"))
    assert "the response is not TLS; is this a plain HTTP port" in run("--audience", AUDIENCE).stderr


def test_no_common_tls_version_is_explained(run, endpoint, forgejo, authority):
    context = authority.server()
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    client = ssl.create_default_context()
    assert (
        client.maximum_version != ssl.TLSVersion.TLSv1_2
    )  # the client would speak 1.3, so ask for a cipher it lacks
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-CAMELLIA128-SHA256:@SECLEVEL=0")
    forgejo(endpoint(tls=context))
    result = run("--audience", AUDIENCE)
    assert result.status == 2
    assert "TLS with https://127.0.0.1" in result.stderr


@pytest.mark.parametrize(
    "url", ["git.example.org/x", "ftp://x/", "https://", "https://a:b/", "https://a/\nx"]
)
def test_an_invalid_url_is_refused(run, surroundings, url):
    surroundings(
        FORGEJO_ACTIONS="true", ACTIONS_ID_TOKEN_REQUEST_URL=url, ACTIONS_ID_TOKEN_REQUEST_TOKEN=BEARER
    )
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stderr) == (2, "kube-oidc token: not an http(s) URL\n")


def test_a_request_token_that_no_header_can_hold_is_refused_unseen(run, endpoint, forgejo, surroundings):
    server = endpoint()
    forgejo(server)
    surroundings(ACTIONS_ID_TOKEN_REQUEST_TOKEN="half\nother-half")
    result = run("--audience", AUDIENCE)
    assert "contains characters that are invalid in a header" in result.stderr
    assert "half" not in result.stderr
    assert server.requests == []


@pytest.mark.parametrize(("seconds", "note"), [(50, ""), (600, "the clock is minutes slow")])
def test_a_new_token_that_is_not_valid_yet_is_handed_on_with_a_note(run, endpoint, forgejo, seconds, note):
    """kube-apiserver has a leeway of a minute for `nbf`."""
    token = fresh(nbf=int(time.time()) + seconds)
    forgejo(endpoint(answer({"value": token})))
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stdout) == (0, token + "\n")
    assert note in result.stderr
    assert bool(note) == bool(result.stderr)


def test_a_new_token_that_this_clock_calls_expired_is_handed_on_with_a_note(run, endpoint, forgejo):
    token = fresh(exp=int(time.time()) - 600)
    forgejo(endpoint(answer({"value": token})))
    result = run("--audience", AUDIENCE)
    assert (result.status, result.stdout) == (0, token + "\n")
    assert "the clock is minutes fast" in result.stderr


def test_a_large_answer_is_not_read_to_its_end(run, endpoint, forgejo):
    sent = []

    def flood(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(50 << 20))
        request.end_headers()
        for number in range(50):
            request.wfile.write(b" " * (1 << 20))
            sent.append(number)

    forgejo(endpoint(flood))
    result = run("--audience", AUDIENCE)
    assert "sent more than 1 MiB" in result.stderr
    assert len(sent) < 50


def test_decoded_claims_are_json_without_the_signature(run, endpoint, forgejo):
    token = fresh(name="Jürgen")
    forgejo(endpoint(answer({"value": token})))
    result = run("--audience", AUDIENCE, "--decode")
    claims = json.loads(result.stdout)
    assert (claims["aud"], claims["name"]) == (AUDIENCE, "Jürgen")
    for part in token.split("."):
        assert part not in result.stdout
