"""The problems of public reports: what the program says in each case, on our own files.

`test_shared_reports.py` runs the collected files themselves.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kube_oidc.cli import main
from test_token.conftest import Authority

TOKEN = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2kuZXhhbXBsZSIsImV4cCI6NDEwMjQ0NDgwMH0.c2ln"
CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://i.example, audiences: [cluster]}
  claimMappings:
    username: {claim: email, prefix: "i:"}
    groups: {claim: groups, prefix: ""}
  claimValidationRules:
  - {claim: tenant, requiredValue: a}
  - {expression: "claims.level > 3 && claims.area == 'x'", message: "level 4 in x"}
"""
CLAIMS = {
    "iss": "https://i.example", "sub": "s", "aud": "cluster", "exp": 4102444800, "email": "a@b.example",
    "email_verified": True, "groups": ["g"], "tenant": "a", "level": 4, "area": "x",
}  # fmt: skip
REMEDIES = {
    "another issuer": (
        {"iss": "https://other.example"},
        'add an entry with `issuer: {url: "https://other.example"',
    ),
    "a slash": ({"iss": "https://i.example/"}, "write jwt[0].issuer.url: https://i.example/"),
    "no issuer": ({"iss": ""}, "the token has no iss"),
    "an access token": ({"aud": "account", "typ": "Bearer", "azp": "cluster"}, "send the ID token"),
    "an access token of RFC 9068": (
        {"aud": "api", "client_id": "cluster"},
        "client_id: cluster): send the ID token",
    ),
    "another audience": ({"aud": ["web", "app"]}, '["cluster", "web", "app"], audienceMatchPolicy: MatchAny'),
    "no address": ({"email": None}, "use one of these, or let the issuer add 'email'; the scope 'email'"),
    "an unverified address": ({"email_verified": False}, "verify the address at the issuer"),
    "a missing required claim": ({"tenant": None}, "or let the issuer add 'tenant'"),
    "another value": ({"tenant": "b"}, 'the token has tenant: "b"; to accept it, write requiredValue: "b"'),
    "an expression": ({"level": 2}, 'the token has level: 2, area: "x": use a token that satisfies the rule'),
    "a type": ({"groups": {"a": 1}}, 'the token has groups: {"a": 1}; map a claim of the right type'),
    "a missing claim of an expression": ({"area": None}, "no area"),
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "auth.yaml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize("case", REMEDIES)
def test_every_refusal_has_a_fix_with_the_tokens_value(
    case: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes, expected = REMEDIES[case]
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(claims))
    assert main(["explain", str(config), "--claims", str(path)]) == 1
    assert expected in capsys.readouterr().out.splitlines()[-1]
    assert main(["explain", str(config), "--claims", str(path), "--format", "json"]) == 1
    assert expected in json.loads(capsys.readouterr().out)["remedy"]


def test_an_accepted_token_has_no_fix(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(CLAIMS))
    assert main(["explain", str(config), "--claims", str(path), "--format", "json"]) == 0
    assert "remedy" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("around", "place"),
    [
        ('"{}"', "quotes"),
        ("'{}'", "quotes"),
        ('{{"count": 1, "value": "{}"}}', "`.value`"),
        ('{{"access_token": "x", "id_token": "{}"}}', "`.id_token`"),
        ('{{"kind": "ExecCredential", "status": {{"token": "{}"}}}}', "`.status.token`"),
    ],
)
def test_what_is_around_a_token_is_removed_and_named(
    around: str, place: str, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "token"
    path.write_text(around.format(TOKEN))
    assert main(["token", "--file", str(path)]) == 0
    assert capsys.readouterr().out == f"{TOKEN}\n"
    assert main(["explain", str(config), "--token-file", str(path)]) == 1
    error = capsys.readouterr().err
    assert place in error
    assert TOKEN not in error


@pytest.fixture
def issuer() -> Iterator[object]:
    servers: list[ThreadingHTTPServer] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    def start(context: ssl.SSLContext) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"https://localhost:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def status_of(url: str, authority: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    path = tmp_path / "auth.yaml"
    inline = json.dumps(authority)
    extra = f", certificateAuthority: {inline}" if authority else ""
    path.write_text(CONFIG.replace("https://i.example", url).replace("[cluster]", f"[cluster]{extra}"))
    assert main(["status", str(path), "--only", "issuers", "--timeout", "10s", "--format", "json"]) == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    return next(each for each in problems if each["kind"] == "issuer")


def test_a_certificate_for_another_host_lists_its_names(
    issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path)
    problem = status_of(
        issuer(authority.server("sso.example.org")), authority.file.read_text(), tmp_path, capsys
    )
    assert "for another host name: it is valid for sso.example.org" in problem["message"]


def test_a_private_ca_belongs_into_certificate_authority(
    issuer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = status_of(issuer(Authority(tmp_path).server("localhost")), "", tmp_path, capsys)
    assert "jwt[0].issuer.certificateAuthority" in problem["remedy"]
    assert "SSL_CERT_FILE" in problem["message"]


def test_insecure_skip_tls_verify_is_replaced_by_a_ca(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority, path = Authority(tmp_path), tmp_path / "config"
    path.write_text(
        "kind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: a}}]\n"
        "clusters: [{name: a, cluster: {server: 'https://k.example', insecure-skip-tls-verify: true}}]\n"
    )
    words = ["kubeconfig", "--from", str(path), "--audience", "a"]
    assert main(words) == 2
    assert "add --certificate-authority FILE" in capsys.readouterr().err
    assert main([*words, "--certificate-authority", str(authority.file)]) == 0
    assert "insecure" not in capsys.readouterr().out
