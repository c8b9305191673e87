"""`check`'s reports: the line with a caret, order, folded infos, wrapping, color, JUnit, fixes, and neutral output."""

from __future__ import annotations

import difflib
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.diagnostics import Diagnostic, Excerpt, FileReport, Location, Severity
from kube_oidc.report import printable
from kube_oidc.report.text import render_text

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    URL: https://sso.example.org/realms/main/
    audiences: [7]
    audienceMatchPolicy: ""
  claimMappings:
    username:
      claim: sub
      prefix: "x:"
anonymous:
  enabled: "false"
"""
FIXED = CONFIG.replace("URL:", "url:").replace('"false"', "false").replace("[7]", '["7"]')
HOSTILE = "\u202e##[error]x\n::error::y\x1b[31m"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    status = main(["check", *map(str, words)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "auth.yaml"
    path.write_text(CONFIG)
    return path


def test_each_finding_shows_its_line_with_a_caret(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, config)[1].splitlines()
    at = next(number for number, line in enumerate(lines) if "[unknown-field]" in line)
    assert lines[at + 1] == "     5 |     URL: https://sso.example.org/realms/main/"
    assert lines[at + 2] == "       |     ^"


def test_the_most_severe_comes_first_and_then_the_line() -> None:
    def of(severity: Severity, line: int) -> Diagnostic:
        return Diagnostic("c", severity, f"{severity} {line}", location=Location(line, 1))

    found = (of(Severity.WARNING, 2), of(Severity.INFO, 1), of(Severity.ERROR, 9), of(Severity.ERROR, 3))
    text = render_text([FileReport("f", found)], color=False)
    assert [line.split(": ")[2] for line in text.splitlines()[:4]] == [
        "error 3 [c]", "error 9 [c]", "warning 2 [c]", "info 1 [c]",
    ]  # fmt: skip
    folded = render_text([FileReport("f", found)], color=False, folded={"c"})
    assert "info 1" not in folded
    assert folded.splitlines()[-1].endswith("1 warning; 1 info not shown (--infos)")


def test_infos_are_folded_unless_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        CONFIG.replace("URL", "url")
        .replace("main/", "main")
        .replace("[7]", "[a]")
        .replace('"false"', "false")
    )
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text.replace('"x:"', name))
    folded, shown = run(capsys, tmp_path)[1], run(capsys, tmp_path, "--infos")[1]
    assert "[shared-audience]" not in folded
    assert "2 infos not shown (--infos)" in folded
    assert shown.count("[shared-audience]") == 2


def test_lines_are_wrapped_to_the_terminal() -> None:
    found = Diagnostic("code", Severity.ERROR, "word " * 60, location=Location(1, 1), remedy="write " * 60)
    text = render_text([FileReport("f.yaml", (found,))], color=False, width=72)
    assert max(map(len, text.splitlines())) <= 72
    assert len(render_text([FileReport("f.yaml", (found,))], color=False).splitlines()) == 3
    colored = render_text([FileReport("f.yaml", (found,))], color=True, width=72)
    assert "\033[31m" in colored


@pytest.mark.parametrize(("variable", "colored"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_color_follows_the_environment(
    variable: str,
    colored: bool,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, "1")
    assert ("\033[" in run(capsys, config)[1]) == colored


def test_a_shown_line_hides_keys_and_tokens() -> None:
    for secret in ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "QUJD" * 20, "-----BEGIN PRIVATE KEY-----abc"):
        found = Diagnostic(
            "c",
            Severity.ERROR,
            "m",
            location=Location(1, 1),
            excerpt=Excerpt(f"certificateAuthority: {secret}", 1),
        )
        text = render_text([FileReport("f", (found,))], color=False)
        assert secret not in text
        assert "certificateAuthority" in text


def test_a_wrappers_other_content_is_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "secret.json"
    path.write_text(
        json.dumps({"kind": "Secret", "stringData": {"password": "hunter2", "auth.yaml": CONFIG}})
    )
    text = run(capsys, path)[1]
    assert "URL: https://sso" in text
    assert "hunter2" not in text
    assert "hunter2" not in run(capsys, path, "--fix")[1]


def test_a_long_line_is_cut_around_the_caret() -> None:
    excerpt = Excerpt("a" * 30 + " " + "b " * 200 + "here " + "c " * 200, 432)
    found = Diagnostic("c", Severity.ERROR, "m", location=Location(1, 432), excerpt=excerpt)
    _, line, caret, _ = render_text([FileReport("f", (found,))], color=False).splitlines()
    assert len(line) < 120
    assert line[caret.index("^") :].startswith("here")


def test_fix_shows_a_diff_and_writes_on_request(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run(capsys, config, "--fix")
    assert status == 1
    assert config.read_text() == CONFIG
    assert "-    URL: https://sso.example.org/realms/main/" in text
    assert "+  enabled: false" in text
    run(capsys, config, "--fix", "--write")
    assert config.read_text() == FIXED
    run(capsys, config, "--fix", "--write")  # what the first fix made visible
    assert "url: https://sso.example.org/realms/main\n" in config.read_text()


def test_fix_changes_only_the_places_of_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cm.yaml"
    inner = "".join(f"    {line}\n" for line in CONFIG.splitlines())
    before = f"# URL: enabled\nkind: ConfigMap\ndata:\n  a.yaml: |\n{inner}  other: 'URL'\n"
    path.write_text(before)
    run(capsys, path, "--fix", "--write")
    changed = [
        line for line in difflib.ndiff(before.splitlines(), path.read_text().splitlines()) if line[0] in "+-"
    ]
    assert {line[2:].split()[0] for line in changed} == {"URL:", "url:", "enabled:", "audiences:"}


def test_sarif_has_the_fix(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = json.loads(run(capsys, config, "--format", "sarif")[1])["runs"][0]["results"]
    (fix,) = next(each["fixes"] for each in results if each["ruleId"] == "unknown-field")
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement == {
        "deletedRegion": {"startLine": 5, "startColumn": 5, "endColumn": 8},
        "insertedContent": {"text": "url"},
    }


def test_junit_has_a_case_per_configuration(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = config.with_name("good.yaml")
    good.write_text(FIXED.replace("main/", "main"))
    suite = ET.fromstring(run(capsys, config, good, "--format", "junit")[1])[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failures = suite[0].findall("failure")
    assert {each.get("type") for each in failures} >= {"unknown-field", "wrong-type"}
    assert suite[1].findall("failure") == []


@pytest.mark.parametrize("how", ["text", "json", "sarif", "github", "junit", "nixos"])
def test_hostile_text_is_neutral_in_every_format(
    how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(
        CONFIG.replace("claim: sub", f"claim: {json.dumps(HOSTILE)}\n      {json.dumps(HOSTILE)}: x")
    )
    text = run(capsys, path, "--format", how, "--infos")[1]
    assert "\u202e" not in text
    assert "##[" not in text
    assert "\x1b" not in text
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert all(how == "github" and line.startswith(("::error file=", "::warning file=")) for line in commands)
    if how in ("json", "sarif"):
        assert "\u202e##[error]x" in json.dumps(json.loads(text), ensure_ascii=False)


@pytest.mark.parametrize("how", ["text", "json", "html"])
def test_access_is_neutral_too(how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, rbac = tmp_path / "auth.yaml", tmp_path / "rbac.yaml"
    path.write_text(FIXED.replace('"x:"', json.dumps("\u202e##[x")))
    name = json.dumps("\u202e##[x" + "ada")
    rbac.write_text(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n"
        f"subjects: [{{apiGroup: rbac.authorization.k8s.io, kind: User, name: {name}}}]\n"
    )
    assert main(["access", str(path), "--rbac", str(rbac), "--format", how]) == 0
    text = capsys.readouterr().out
    assert "\u202e" not in text
    assert how == "html" or "##[" not in text


def test_escaped_json_is_the_same_document() -> None:
    for text in ("\u202e##[a", "é🦊\u2028\ud800", "plain"):
        assert json.loads(printable.json_text({"a": text}, indent=1)) == {"a": text}


@pytest.mark.parametrize(("variable", "is_colored"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_other_commands_are_colored_too(
    variable: str,
    is_colored: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, "1")
    path, claims, rbac = tmp_path / "auth.yaml", tmp_path / "claims.json", tmp_path / "rbac.yaml"
    path.write_text(FIXED.replace("main/", "main"))
    claims.write_text('{"iss": "https://sso.example.org/realms/main", "aud": "x", "sub": "s"}')
    rbac.write_text("{apiVersion: v1, kind: List, items: []}")
    for words in (
        ["explain", str(path), "--claims", str(claims)],
        ["who-can", "get", "pods", "--rbac", str(rbac)],
        ["access", str(path)],
        ["status", "--config", str(path), "--only", "issuers", "--timeout", "0.1"],
    ):
        main(words)
        plain = capsys.readouterr().out
        if words[0] != "access":  # only its findings are colored
            assert ("\033[" in plain) == is_colored, words
        assert ("\033[" in plain) <= is_colored
