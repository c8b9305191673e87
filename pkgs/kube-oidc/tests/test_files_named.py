"""Files that commands are told to read or write: what is no file, what may not be looked at, what must stay."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from kube_oidc.cli import main
from kube_oidc.commands import atomic
from program import command, environment, run_cli

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://i.example.org", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""
CLAIMS = {"iss": "https://i.example.org", "aud": "a", "sub": "s"}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auth.yaml").write_text(CONFIG)
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS))
    return "auth.yaml"


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["check", ""], "FILE"),
        (["check", "auth.yaml", "--nixos-report="], "--nixos-report"),
        (["check", "auth.yaml", "--rbac="], "--rbac"),
        (["explain", "auth.yaml", "--token-file=t", "--keys", ""], "--keys"),
        (["access", "auth.yaml", "--compare="], "--compare"),
        (["status", ""], "FILE"),
        (["kubeconfig", "--from="], "--from"),
    ],
)
def test_a_variable_that_is_not_set_is_no_file(
    config: str, capsys: pytest.CaptureFixture[str], words: list[str], argument: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert f"argument {argument}: file name is empty\n" in capsys.readouterr().err


def test_a_file_name_that_is_too_long_is_reported(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["check"], ["check", config, "--rbac"], ["explain", config, "--claims"]):
        assert main([*words, "x" * 300]) == 2
        assert f"cannot read {'x' * 300}: File name too long\n" in capsys.readouterr().err
    assert main(["check", config, "--apiserver", "x" * 300]) == 2
    assert f"{'x' * 300} cannot be run: File name too long\n" in capsys.readouterr().err


LOCKED = [
    (["check", "folder"], "cannot read folder/locked: Permission denied"),
    (["check", "folder/locked/x"], "cannot read folder/locked/x: Permission denied"),
    (
        ["check", "auth.yaml", "--rbac", "folder/locked"],
        "--rbac: cannot read folder/locked: Permission denied",
    ),
    (
        ["check", "auth.yaml", "--rbac", "folder"],
        "folder/locked: warning: it cannot be read: Permission denied",
    ),
    (
        ["check", "auth.yaml", "--rbac", "folder/locked/x"],
        "--rbac: cannot read folder/locked/x: Permission",
    ),
    (
        ["status", "--kubeconfig", "folder/locked/x"],
        "cannot read the kubeconfig folder/locked/x: Permission denied",
    ),
]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not on PATH")
@pytest.mark.parametrize(("words", "said"), LOCKED, ids=[" ".join(words) for words, _ in LOCKED])
def test_what_may_not_be_looked_into_is_not_taken_for_empty(
    config: str, tmp_path: Path, words: list[str], said: str
) -> None:
    locked = tmp_path / "folder" / "locked"
    locked.mkdir(parents=True)
    (tmp_path / "folder" / "auth.yaml").write_text(CONFIG)
    locked.chmod(0)
    root = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*root, *command(*words)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(**os.environ),
    )
    locked.chmod(0o700)
    assert said in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr


def test_claims_nested_too_deep_are_one_outcome_among_others(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deep = f'{{"a":{"[" * 5000}{"]" * 5000}}}'
    (tmp_path / "lines").write_text(f"{deep}\n\n{json.dumps(CLAIMS)}\n")
    assert main(["explain", config, "--claims", "lines", "--format=json"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["authenticated"], second["authenticated"]) == (False, True)


def test_a_line_that_is_no_json_is_named_as_an_editor_counts(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lines").write_text(f"{json.dumps(CLAIMS)}\n\n{{x\n")
    assert main(["explain", config, "--claims", "lines"]) == 2
    assert "--claims: invalid JSON at line 3, column 2: " in capsys.readouterr().err


def test_claims_that_windows_wrote_are_read(config: str, tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text(json.dumps(CLAIMS), encoding="utf-8-sig")
    assert main(["explain", config, "--claims", "claims.json"]) == 0


@pytest.mark.parametrize(
    "words", [["explain", "-", "--claims", "claims.json"], ["access", "-"], ["check", "-"]]
)
def test_the_configuration_may_come_from_standard_input(config: str, words: list[str]) -> None:
    ran = run_cli(*words, input=CONFIG)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_roles_may_come_from_standard_input(config: str) -> None:
    binding = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: one}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\n"
        "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: x:s}]\n"
    )
    ran = run_cli("access", config, "--rbac", "-", input=binding)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "ClusterRoleBinding one, /dev/stdin:1" in ran.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's link needs root")
def test_a_strangers_link_in_a_folder_for_all_is_not_followed(tmp_path: Path) -> None:
    if Path("/proc/sys/fs/protected_symlinks").read_text().strip() != "1":
        pytest.skip("fs.protected_symlinks is off")
    folder, file = tmp_path / "all", tmp_path / "file"
    folder.mkdir()
    folder.chmod(0o1777)
    file.write_text("old")
    (folder / "link").symlink_to(file)
    os.lchown(folder / "link", 65534, 65534)
    with pytest.raises(PermissionError):
        atomic.write(folder / "link", "new", 0o600)
    assert file.read_text() == "old"


def test_standard_output_by_its_name_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "stdout").symlink_to(
        "/proc/self/fd/1"
    )  # as /dev/stdout is; a test shall not put that at risk
    ran = run_cli("kubeconfig", "--server=https://x", "--empty-user", f"--output={tmp_path}/stdout")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("apiVersion: v1\n")
    assert (tmp_path / "stdout").is_symlink()


def test_two_at_once_leave_one_of_both_whole(tmp_path: Path) -> None:
    texts = {"a" * 200_000, "b" * 200_000}
    writers = [
        threading.Thread(target=atomic.write, args=(tmp_path / "made", text, 0o600)) for text in [*texts] * 10
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (tmp_path / "made").read_text() in texts
    assert list(tmp_path.iterdir()) == [tmp_path / "made"]


def test_a_kubeconfig_larger_than_any_is_not_read_for_minutes(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "large").write_bytes(b"a: b\n" * 900_000)
    assert main(["kubeconfig", "--from=large", "--empty-user"]) == 2
    assert main(["migrate", "--from=large"]) == 2
    assert main(["status", "--kubeconfig=large"]) == 2
    said = capsys.readouterr().err
    assert said.count("cannot read large: larger than 4 MiB\n") == 2
    assert "the kubeconfig large is larger than" in said


def test_a_kubeconfig_that_is_never_written_is_not_a_plugins_fault(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["status", "--kubeconfig=pipe", "--timeout=0.5s"]) == 2
    assert "the kubeconfig was not read within 0.5 s\n" in capsys.readouterr().err


def test_a_file_that_the_checker_cannot_decide_is_a_warning_of_status(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep").write_text("[" * 100)
    assert main(["status", "deep", "--only=issuers"]) == 0
    assert "cannot decide whether kube-apiserver accepts this file" in capsys.readouterr().out


def test_a_pipe_in_a_folder_is_not_waited_for(config: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (folder / "auth.yaml").write_text(CONFIG)
    assert main(["check", "folder", "--rbac", "folder"]) == 0


def test_a_dangling_link_in_a_folder_is_reported(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "auth.yaml").symlink_to("nowhere")
    (folder / "other.yaml").write_text(CONFIG)
    assert main(["check", "folder"]) == 1
    out = capsys.readouterr().out
    assert (
        "folder/auth.yaml: error: cannot read folder/auth.yaml: No such file or directory [cannot-read]\n"
        in out
    )
    assert "folder/other.yaml: valid\n" in out
