"""`kube-oidc check`: every kind of bad input gets a message with its place, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.verdict.versions import NEWEST, OLDEST

GOOD = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer:
      url: https://git.technowizardry.net/api/actions
      audiences: [forgejo]
    claimMappings: {username: {claim: sub, prefix: "forgejo:"}}
    claimValidationRules: [{claim: event_name, requiredValue: push}]
"""
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 10)}]\n"
    for level in range(8)
)

BAD_INPUT = {
    "empty": (b"", 1, "syntax-error", "empty config data", None),
    "only a comment": (b"# nothing\n", 1, "wrong-kind", "Object 'Kind' is missing", None),
    "binary": (b"\x00\x01\x02\xff\xfe", 1, "syntax-error", "control characters are not allowed", None),
    "not UTF-8": (GOOD.encode() + b"x: \xff\n", 1, "syntax-error", "yaml: ", None),
    "over 1 MiB": (GOOD.encode() + b"#" * 1024 * 1024, 1, "cannot-read", "over the limit", None),
    "deeply nested": (b"[" * 100_000, 1, "cannot-read", "nested deeper than 64 levels", 1),
    "deeply nested JSON": (b'{"a":' * 100_000, 1, "cannot-read", "nested deeper than 64 levels", 1),
    "alias bomb": (BOMB.encode(), 1, "syntax-error", "document contains excessive aliasing", None),
    "tabs": (
        GOOD.replace("      url", "\turl").encode(),
        1,
        "syntax-error",
        "found character that cannot start",
        5,
    ),
    "duplicate key": ((GOOD + "kind: X\n").encode(), 1, "wrong-kind", 'no kind "X" is registered', 9),
    "duplicate key of one value": (
        (GOOD + "kind: AuthenticationConfiguration\n").encode(),
        1,
        "duplicate-field",
        'line 9: key "kind" already set in map',
        9,
    ),
    "wrong kind": (GOOD.replace("kind: Auth", "kind: Other").encode(), 1, "wrong-kind", "no kind", 2),
    "wrong apiVersion": (
        GOOD.replace("/v1", "/v9").encode(),
        1,
        "wrong-kind",
        "is registered for version",
        1,
    ),
    "a list": (b"- a\n", 1, "wrong-kind", "cannot unmarshal array", 1),
    "broken JSON": (b'{"apiVersion": x}', 1, "syntax-error", "invalid character 'x'", 1),
    "a ConfigMap": (b"apiVersion: v1\nkind: ConfigMap\n", 1, "wrong-kind", 'no kind "ConfigMap"', 2),
    "a number of 5,000 digits": (b"a: " + b"9" * 5000, 1, "wrong-kind", "Object 'Kind' is missing", 1),
    "CRLF": (GOOD.replace("\n", "\r\n").encode(), 0, None, None, None),
    "BOM": (b"\xef\xbb\xbf" + GOOD.encode(), 0, None, None, None),
    "JSON": (
        json.dumps(
            {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
        ).encode(),
        0,
        None,
        None,
        None,
    ),
    "a second document": (
        (GOOD + "---\na: b\n").encode(),
        0,
        "second-document",
        "reads only the first document",
        9,
    ),
}


def run(
    path: Path, capsys: pytest.CaptureFixture[str], *flags: str
) -> tuple[int, list[dict[str, object]], str]:
    status = main(["check", str(path), "--format", "json", *flags])
    captured = capsys.readouterr()
    files = json.loads(captured.out)["files"]
    return status, files[0]["diagnostics"], captured.err


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_named_with_its_place(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, expected_status, code, message, line = BAD_INPUT[name]
    path = tmp_path / "auth.yaml"
    path.write_bytes(data)
    status, diagnostics, error = run(path, capsys)
    assert status == expected_status
    assert error == ""
    if code is None:
        assert diagnostics == []
        return
    first = diagnostics[0]
    assert first["code"] == code
    assert message is not None
    assert message in str(first["message"])
    if line is not None:
        assert first["line"] == line


def test_second_document_is_an_error_when_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD + "---\na: b\n")
    assert run(path, capsys, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "/does/not/exist.yaml"], "No such file"),
        (["check", "GOOD", "--kubernetes-version", "one"], "is not a Kubernetes version"),
        (["check", "GOOD", "--kubernetes-version", "1.29"], "requires Kubernetes 1.30 or later"),
        (["check", "GOOD", "--apiserver", "/does/not/exist"], "cannot be run"),
        (["check", "GOOD", "--feature-gates", "A=perhaps"], "NAME=true"),
        (["check", "GOOD", "--option-map", "GOOD"], "--option-map"),
        (["check", "/dev/zero"], "larger than 64 MiB"),
        (["check", "EMPTY"], "no AuthenticationConfiguration"),
    ],
)
def test_what_cannot_run_exits_with_2(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, empty = tmp_path / "auth.yaml", tmp_path / "folder"
    good.write_text(GOOD)
    empty.mkdir()
    named = {"GOOD": str(good), "EMPTY": str(empty)}
    assert main([named.get(argument, argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err


def test_a_folder_is_read_for_the_files_that_concern_us(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "auth.yaml").write_text(GOOD)
    (tmp_path / "rbac.yaml").write_text("kind: Role\n")
    assert main(["check", str(tmp_path)]) == 0
    assert "1 file checked: 1 valid" in capsys.readouterr().out


def test_the_message_names_the_nixos_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, options = tmp_path / "auth.yaml", tmp_path / "options.json"
    path.write_text(GOOD.replace("https:", "http:"))
    issuer = "services.kube-oidc.issuers.forgejo"
    options.write_text(json.dumps({"jwt[0]": issuer, "jwt[0].issuer": issuer}))
    status, diagnostics, _ = run(path, capsys, "--option-map", str(options))
    assert status == 1
    assert diagnostics[0]["option"] == f"{issuer}.url"
    assert main(["check", str(path), "--option-map", str(options)]) == 1
    assert f"option: {issuer}.url" in capsys.readouterr().out


def test_errors_after_the_first_decoding_error_are_reported_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    text = GOOD.replace("audiences: [forgejo]", "audiences: forgejo").replace("claim: sub", "claim: 5")
    path.write_text(text.replace("https:", "http:") + "surprise: 1\n")
    _, diagnostics, _ = run(path, capsys)
    assert [diagnostic["code"] for diagnostic in diagnostics] == [
        "wrong-type",
        "wrong-type",
        "unknown-field",
        "invalid-value",
    ]
    assert all(diagnostic["line"] and diagnostic["remedy"] for diagnostic in diagnostics)


def test_a_hundred_unknown_fields_are_named_and_the_rest_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD + "".join(f"k{number}: 1\n" for number in range(150)))
    _, diagnostics, _ = run(path, capsys)
    codes = [diagnostic["code"] for diagnostic in diagnostics]
    assert codes == ["unknown-field"] * 100 + ["more-errors"]
    assert diagnostics[-1]["message"].startswith("50 more unknown or duplicate fields")


NEWER = f"1.{NEWEST.minor + 1}"


@pytest.mark.parametrize("strict", [[], ["--strict"]])
def test_a_minor_newer_than_the_newest_known_is_a_warning_that_blocks_no_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], strict: list[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD)
    status, diagnostics, _ = run(path, capsys, "--kubernetes-version", NEWER, *strict)
    assert [found["code"] for found in diagnostics] == ["unknown-version"]
    assert diagnostics[0]["severity"] == "warning"
    assert NEWER in diagnostics[0]["message"]
    assert "--apiserver" in diagnostics[0]["remedy"]
    assert status == 0


def test_a_minor_newer_than_the_newest_known_has_the_rules_of_the_newest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD.replace("https:", "http:").replace("claim: sub", "expression: claims.sub.nothing("))
    newest = run(path, capsys, "--kubernetes-version", str(NEWEST))
    newer = run(path, capsys, "--kubernetes-version", NEWER)
    assert newer[0] == newest[0] == 1
    assert [found for found in newer[1] if found["code"] != "unknown-version"] == newest[1]


def test_a_minor_that_is_too_old_is_told_since_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD)
    assert main(["check", str(path), "--kubernetes-version", "1.28"]) == 2
    assert f"requires Kubernetes {OLDEST} or later" in capsys.readouterr().err


def test_text_is_plain_without_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD.replace("https:", "http:"))
    assert main(["check", str(path)]) == 1
    assert "\033" not in capsys.readouterr().out


def test_a_bare_name_is_the_program_here_where_none_is_on_path(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "kube-apiserver-of-mine"
    program.write_text("#!/bin/sh\necho Kubernetes of mine\n")
    program.chmod(0o755)
    assert main(["check", "--apiserver", program.name, "auth.yaml"]) == 2
    assert "Kubernetes of mine" in capsys.readouterr().err
    assert main(["check", "--apiserver", "kube-apiserver-of-nobody", "auth.yaml"]) == 2
    assert "kube-apiserver-of-nobody cannot be run: No such file or directory" in capsys.readouterr().err


def program_at(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_a_program_in_this_folder_is_run_instead_of_the_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "path").mkdir()
    program_at(tmp_path / "path" / "kube-apiserver", "from PATH")
    program_at(tmp_path / "kube-apiserver", "from here")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/bin:/usr/bin")
    assert main(["check", "--apiserver", "./kube-apiserver", "auth.yaml"]) == 2
    assert "from here" in capsys.readouterr().err
    assert main(["check", "--apiserver", "kube-apiserver", "auth.yaml"]) == 2
    assert "from PATH" in capsys.readouterr().err
    assert main(["check", "--apiserver", "./missing", "auth.yaml"]) == 2
    assert f"{tmp_path}/missing cannot be run" in capsys.readouterr().err


@pytest.mark.parametrize("version", [[], ["--kubernetes-version=1.36"]])
@pytest.mark.parametrize("name", ["k3s", "rke2"])
def test_a_distribution_is_not_asked_and_what_to_use_instead_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, version: list[str]
) -> None:
    program_at(tmp_path / name, f"{name} version v1.36.2+{name}1 (abcdef01)")
    (tmp_path / "auth.yaml").write_text(GOOD)
    assert main(["check", f"--apiserver={tmp_path / name}", *version, str(tmp_path / "auth.yaml")]) == 2
    said = capsys.readouterr().err
    assert f"is {name}, which runs kube-apiserver inside itself" in said
    assert "use the kube-apiserver of Kubernetes 1.36 (nixpkgs: kubernetes)" in said


def test_a_file_without_expressions_is_checked_without_what_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(GOOD)
    assert "expression" not in GOOD
    program = (
        "import sys; from kube_oidc.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, "check", path], capture_output=True, text=True, check=True
    )
    assert "kube_oidc.rules" in run.stderr.split()
    assert "kube_oidc.verdict.cel.compile" not in run.stderr.split()


def test_an_unreadable_file_in_a_folder_hides_no_other(tmp_path, capsys):
    good = (
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"
        "- issuer: {url: 'https://x.example', audiences: [a]}\n"
        "  claimMappings: {username: {claim: sub, prefix: 'x:'}}\n"
    )
    for name in ("a.yaml", "z.yaml"):
        (tmp_path / name).write_text(good)
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert out.count(": valid") == 2
    assert f"cannot read {tmp_path}/loop.yaml: Too many levels of symbolic links [cannot-read]" in out
