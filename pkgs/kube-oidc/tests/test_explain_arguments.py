"""What `explain` is asked for and cannot do is said, with what to write instead."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

EXAMPLE = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://i.example.org", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""
CLAIMS = '{"iss": "https://i.example.org", "aud": "a", "sub": "s", "exp": 4000000000}'
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "x:s"}]
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "auth.yaml": EXAMPLE,
        "claims.json": CLAIMS,
        "rbac.yaml": BINDING,
        "keys": "[]",
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--claims=claims.json", "--online"], "--online and --keys require --token-file"),
        (
            ["--claims=claims.json", "--can=get pods"],
            "--can requires roles and bindings: add --rbac FILE or --live",
        ),
        (["--claims=claims.json", "--rbac=rbac.yaml", "--live"], "--rbac and --live are mutually exclusive"),
        (["--claims=claims.json", "--rbac=rbac.yaml", "--can=pods"], "is no question: VERB RESOURCE"),
        (
            ["--claims=claims.json", "--rbac=nowhere"],
            "--rbac: cannot read nowhere: No such file or directory",
        ),
        (
            ["--claims=claims.json", "--live", "--kubeconfig=nowhere"],
            "cannot read the kubeconfig nowhere: No such file",
        ),
        (["--token-file=keys", "--online"], "doesn't contain a JWT"),
        (
            ["--token-file=claims.json"],
            "the token file has claims, not a token: use `kube-oidc explain --claims`",
        ),
        (["--token-file=padded"], "three base64url parts"),
        (["--token-file=token", "--keys=nowhere"], "cannot read nowhere"),
        (["--token-file=token", "--keys=keys"], "keys: oidc: failed to decode keys"),
    ],
)
def test_what_cannot_be_done_is_said(
    files: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    (files / "token").write_text("e30.e30.e30")
    (files / "padded").write_text("e30.e30=.e30")
    assert main(["explain", "auth.yaml", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""


def test_the_exit_status_says_whether_all_may_be_done(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", "auth.yaml", "--claims=claims.json", "--rbac=rbac.yaml"]
    assert main([*words, "--can=get pods", "--namespace=n"]) == 0
    assert (
        "can the user get pods in namespace n? yes: ClusterRoleBinding b grants ClusterRole view to User x:s"
        in (capsys.readouterr().out)
    )
    assert main([*words, "--can=get pods", "--can=get secrets", "--namespace=n"]) == 1
    assert main(words) == 0


@pytest.mark.parametrize(("version", "status"), [("1.33", 1), ("1.34", 0), ("1.37", 0)])
def test_the_built_in_roles_are_those_of_the_version(files: Path, version: str, status: int) -> None:
    text = (files / "auth.yaml").read_text()
    (files / "auth.yaml").write_text(
        text.replace("apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1")
    )
    words = ["explain", "auth.yaml", "--claims=claims.json", "--rbac=rbac.yaml", "--namespace=n"]
    question = "--can=list resourceclaims.resource.k8s.io"
    assert main([*words, question, f"--kubernetes-version={version}"]) == status


def test_a_file_that_is_refused_leaves_a_no_open(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "spoilt.yaml").write_text(BINDING.replace("kind: ClusterRole,", "kind: Nothing,"))
    words = ["explain", "auth.yaml", "--claims=claims.json", "--rbac=rbac.yaml", "--rbac=spoilt.yaml"]
    assert main([*words, "--can=get secrets", "--namespace=n"]) == 1
    said = capsys.readouterr().out
    assert "  not read: spoilt.yaml:1: ClusterRoleBinding b: roleRef.kind: Unsupported value" in said
    assert "can the user get secrets in namespace n? unknown: not allowed by the objects" in said


def test_without_keys_a_token_that_no_key_can_help_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for header, says in (
        (b'{"alg":"none"}', 'unsupported algorithm, expected ["ES256"'),
        (b'{"alg":"RS256","alg":"RS256"}', "oidc: malformed jwt: json: duplicate key 'alg' in object"),
    ):
        parts = [
            base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (header, CLAIMS.encode(), b"x")
        ]
        (files / "token").write_text(".".join(parts))
        assert main(["explain", "auth.yaml", "--token-file=token"]) == 1
        assert says in capsys.readouterr().out


def test_a_line_of_claims_ends_where_the_line_does(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "lines").write_text("".join(CLAIMS.replace('"s"', f'"\u2028{name}"') + "\n" for name in "ab"))
    assert main(["explain", "auth.yaml", "--claims=lines", "--format=json"]) == 0
    found = [json.loads(line)["user"]["username"] for line in capsys.readouterr().out.split("\n") if line]
    assert found == ["x:\u2028a", "x:\u2028b"]


@pytest.mark.parametrize("how", ["text", "json"])
def test_a_private_key_in_the_header_is_refused_and_not_shown(
    files: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    key = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "c2VjcmV0", "p": "c2VjcmV0", "q": "c2VjcmV0"}
    header = json.dumps({"alg": "RS256", "jwk": key})
    parts = (base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (header, CLAIMS, "x"))
    (files / "token").write_text(".".join(parts))
    assert main(["explain", "auth.yaml", "--token-file=token", f"--format={how}"]) == 1
    shown = capsys.readouterr()
    assert "failed to unmarshal JWK" in shown.out
    assert "c2VjcmV0" not in shown.out + shown.err


ENTRA = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0"
KEYCLOAK = "https://sso.example.org/realms/main"


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize(
    ("issuer", "audience", "service"),
    [
        (KEYCLOAK, "account", "Keycloak's account console"),
        (KEYCLOAK, ["broker", "account"], "Keycloak's own API"),
        (ENTRA, "00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
        (ENTRA, "https://management.azure.com/", "Azure Resource Manager"),
        ("https://sso.example.org", "https://sso.example.org/userinfo", "the issuer's own API"),
    ],
)
def test_access_token_of_a_service(tmp_path, capsys, issuer, audience, service, accepted) -> None:
    first = audience if isinstance(audience, str) else audience[0]
    config = tmp_path / "auth.yaml"
    config.write_text(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
        f"- issuer: {{url: '{issuer}', audiences: ['{first if accepted else 'cluster'}']}}\n"
        "  claimMappings: {username: {claim: sub, prefix: 'x:'}}\n"
    )
    claims = tmp_path / "claims.json"
    claims.write_text(json.dumps({"iss": issuer, "aud": audience, "sub": "ada", "exp": 4102444800}))
    assert main(["explain", str(config), "--claims", str(claims)]) == (0 if accepted else 1)
    assert f"{first!r} is the audience of {service}" in (shown := capsys.readouterr().out)
    assert "so this is an access token: send the ID token" in shown
