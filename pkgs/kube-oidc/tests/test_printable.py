"""What a file, a token or a file's name says is shown, and is neither a terminal's nor a runner's command."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from kube_oidc.authn.authenticate import Authenticated
from kube_oidc.cli import main
from kube_oidc.cluster.server import ServerReport
from kube_oidc.model import UserInfo
from kube_oidc.report import explanation, printable
from kube_oidc.report.status_text import as_text
from kube_oidc.status import Status
from program import run_cli

ESCAPES = "\x1b[31m\x9b2J\u202e\n::stop-commands::x\n  ::error::x\r##[add-mask]x"
CONFIGURATION = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "jwt": [
        {
            "issuer": {"url": "https://git.example.org", "audiences": ["a"]},
            "claimMappings": {
                "username": {"claim": "sub", "prefix": "a:"},
                "groups": {"claim": "groups", "prefix": "a:"},
                "uid": {"claim": "sub"},
                "extra": [{"key": "example.org/x", "valueExpression": "claims.sub"}],
            },
            "claimValidationRules": [
                {"expression": "claims.?sha.orValue('') == ''", "message": f"m{ESCAPES}"}
            ],
        }
    ],
}
CLAIMS = {"iss": "https://git.example.org", "aud": "a", "sub": f"s{ESCAPES}", "groups": [f"g{ESCAPES}"]}


def is_harmless(text: str) -> bool:
    return all(
        line.isprintable() and not line.lstrip().startswith("::") and "##[" not in line
        for line in text.removesuffix("\n").split("\n")
    )


def test_what_can_be_seen_stays_as_it_is() -> None:
    assert printable.line("jwt[0]: 'é' \\ 日本 a::b") == "jwt[0]: 'é' \\ 日本 a::b"


@pytest.mark.parametrize("claims", [CLAIMS, CLAIMS | {"sha": "1"}, CLAIMS | {"iss": f"https://x{ESCAPES}"}])
def test_claims_forge_no_line_of_explain(
    claims: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "auth.yaml").write_text(json.dumps(CONFIGURATION))
    (tmp_path / "claims.json").write_text(json.dumps(claims))
    main(["explain", str(tmp_path / "auth.yaml"), "--claims", str(tmp_path / "claims.json")])
    shown = capsys.readouterr().out
    assert is_harmless(shown)
    assert "\\x1b[31m" in shown


def test_bindings_forge_no_line_of_what_a_user_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = "rbac.authorization.k8s.io"
    metadata = {"name": f"b{ESCAPES}", "namespace": "site"}
    ref = {"apiGroup": group, "kind": "Role", "name": f"b{ESCAPES}"}
    rule = {"apiGroups": ["apps"], "resources": [f"r{ESCAPES}"], "verbs": ["get"]}
    subject = {"apiGroup": group, "kind": "User", "name": "a:ada"}
    version = f"{group}/v1"
    objects = [
        {"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": ref,
            "subjects": [subject],
        },
    ]
    (tmp_path / "rbac.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    (tmp_path / "auth.yaml").write_text(json.dumps(CONFIGURATION))
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS | {"sub": "ada"}))
    words = ["explain", str(tmp_path / "auth.yaml"), "--claims", str(tmp_path / "claims.json")]
    main([*words, "--rbac", str(tmp_path / "rbac.json"), "--can", "get pods"])
    shown = capsys.readouterr()
    assert "Role b\\x1b[31m" in shown.out, shown.err
    assert is_harmless(shown.out)


def test_an_api_server_forges_no_line_of_status() -> None:
    server = ServerReport("https://127.0.0.1", version=f"v1.36{ESCAPES}", username=f"root{ESCAPES}")
    assert is_harmless(as_text(Status(None, (server,), (), 0.0), ()).replace("\n\n", "\n"))


@pytest.mark.parametrize(
    "header", ['{"alg":"RS256"}', '{ "alg": "RS256"}', '{\n"alg": "RS256"}', '{\r\n "alg": 1}']
)
def test_no_token_is_in_an_error_however_its_header_is_written(
    header: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = (
        base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (header, '{ "sub": "a"}')
    )
    token = ".".join([*parts, "c2lnbmF0dXJl"])
    assert main(["check", token]) == 2
    with pytest.raises(SystemExit):
        main(["check", "--format", token])
    said = capsys.readouterr().err
    assert "c2lnbmF0dXJl" not in said
    assert "(token, redacted)" in said


def hostile(value: object) -> object:
    """The same with escapes in every name and text but the two that say what it is."""
    if isinstance(value, dict):
        return {
            key if key in ("apiVersion", "kind") else key + odd: each
            if key in ("apiVersion", "kind")
            else hostile(each)
            for key, each in value.items()
            for odd in ("", ESCAPES)
        }
    if isinstance(value, list):
        return [hostile(each) for each in value]
    return f"{value}{ESCAPES}"


@pytest.mark.parametrize("how", ["text", "github"])
def test_control_characters_in_files_and_names_are_shown_not_obeyed(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [f"a{ESCAPES}.yaml".replace("/", ""), "::error::x.yaml"]
    for name in names:
        Path(name).write_text(json.dumps(hostile(CONFIGURATION)))
    assert main(["check", "--format", how, *names]) == 1
    shown = capsys.readouterr().out
    if how == "text":
        assert is_harmless(shown)
    else:
        assert all(line.startswith("::error file=") and line.isprintable() for line in shown.splitlines())


def test_control_characters_in_refused_arguments_are_shown_not_obeyed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", f"a{ESCAPES}"]) == 2
    with pytest.raises(SystemExit):
        main(["check", "--format", f"a{ESCAPES}"])
    assert is_harmless(capsys.readouterr().err)


@pytest.mark.parametrize("how", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("encoding", [pytest.param("utf-8:strict", marks=pytest.mark.slow), "ascii:strict"])
def test_a_name_that_no_encoding_has_is_no_traceback(how: str, encoding: str, tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xc3\xa9.yaml")
    (tmp_path / name).write_text(json.dumps(hostile(CONFIGURATION)))
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ran = run_cli("check", "--format", how, name, cwd=tmp_path, env=environment, text=False)
    assert ran.returncode == 1, ran.stderr
    assert ran.stderr == b""
    if how in ("json", "sarif"):
        assert json.loads(ran.stdout)


def test_a_result_for_programs_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    (tmp_path / "auth.yaml").write_text(json.dumps(CONFIGURATION))
    (tmp_path / "claims.json").write_text(json.dumps({**CLAIMS, "sub": "é😀"}))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for words in (["explain", "auth.yaml", "--claims=claims.json"], ["access", "auth.yaml", "--format=html"]):
        text = run_cli(*words, cwd=tmp_path, env=environment, text=False).stdout.decode()
        assert "é😀" in text or "…" in text


def test_one_group_is_not_shown_as_two() -> None:
    user = UserInfo("adam", groups=("a, system:masters", "b"))
    shown = explanation.as_text(Authenticated("https://git.example.org", user, ()))
    assert 'groups: "a, system:masters", b, system:authenticated' in shown
