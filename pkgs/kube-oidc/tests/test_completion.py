"""`kube-oidc completion` and the man page: made from the real parser, so that nothing is missing or stale."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kube_oidc.cli import COMMANDS, main, parser

PROJECT = Path(__file__).parents[1]
SHELLS = ("bash", "zsh", "fish")
FILES = {
    "bash": "bash-completion/completions/kube-oidc",
    "zsh": "zsh/site-functions/_kube-oidc",
    "fish": "fish/vendor_completions.d/kube-oidc.fish",
}


def options(command: str) -> set[str]:
    """Every long option of a command, as its parser has them, but for old names."""
    [commands] = [action for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    actions = [each for each in commands.choices[command]._actions if each.help != argparse.SUPPRESS]
    return {option for action in actions for option in action.option_strings if option.startswith("--")}


@pytest.fixture(scope="session")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make share` makes."""
    pytest.importorskip("shtab", reason="shtab is not installed: no completions are made")
    pytest.importorskip("argparse_manpage", reason="argparse-manpage is not installed: no man page is made")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if shutil.which("kube-oidc", path=path) is None:
        pytest.skip("kube-oidc is not on PATH: its completions and man page are not made")
    folder = tmp_path_factory.mktemp("share")
    command = [PROJECT / "build-share", folder, "0.0.7"]
    subprocess.run(command, env={**os.environ, "PATH": path}, timeout=120, check=True)
    return folder


def script_of(share: Path, shell: str) -> Path:
    """The shell's script; skips if shtab is too old to write it."""
    import shtab

    if shell not in shtab.SUPPORTED_SHELLS:
        pytest.skip(f"shtab {shtab.__version__} doesn't support {shell}: shtab 1.9 does")
    return share / FILES[shell]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_knows_every_command_and_option(share, shell):
    text = script_of(share, shell).read_text()
    for command in COMMANDS:
        assert command in text
        for option in options(command):
            assert option.removeprefix("--") in text, (command, option)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_reads_the_script(share, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine: its completion script is not read")
    file = script_of(share, shell)
    done = subprocess.run([shell, "-n", file], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def completed_by_bash(share: Path, line: str) -> list[str]:
    """What bash offers for the word after the line's last blank."""
    script = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        function=$(complete -p kube-oidc | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$function" kube-oidc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    command = ["bash", "-c", script, "bash", share / FILES["bash"], *line.split(" ")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.split()


def test_bash_offers_commands_options_choices_and_files(share):
    assert set(completed_by_bash(share, "kube-oidc ")) == set(COMMANDS)
    assert completed_by_bash(share, "kube-oidc workflow --pro") == ["--provider"]
    assert completed_by_bash(share, "kube-oidc workflow --provider ") == ["forgejo", "github", "gitlab"]
    assert "pyproject.toml" in completed_by_bash(share, "kube-oidc token --file py")


def test_the_man_page_has_every_command_option_and_section(share):
    text = (share / "man/man1/kube-oidc.1").read_text().replace("\\-", "-").replace("\\fR", "")
    assert "kube-oidc 0.0.7" in text
    for command in COMMANDS:
        assert f"kube-oidc {command}" in text
        for option in options(command) - {"--help"}:
            assert option in text, (command, option)
    for section in ("EXIT STATUS", "ENVIRONMENT", "SEE ALSO"):
        assert section in text


def test_without_shtab_it_says_what_to_install(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert capsys.readouterr().err == (
        "kube-oidc completion: this needs the Python package shtab: pip install 'kube-oidc[completion]' "
        "(releases and the Nix package install the scripts themselves)\n"
    )


def test_fish_needs_no_shtab(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "fish"]) == 0
    assert "complete -c kube-oidc" in capsys.readouterr().out


def completed_by_fish(share: Path, line: str) -> list[str]:
    """What fish offers for the line's last word."""
    script = f"source {share / FILES['fish']}; complete --do-complete {shlex.quote(line)}"
    command = ["fish", "--no-config", "-c", script]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=True)
    return [offered.partition("\t")[0] for offered in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not on this machine")
def test_fish_offers_commands_options_choices_and_files(share, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert set(completed_by_fish(share, "kube-oidc ")) == set(COMMANDS)
    assert completed_by_fish(share, "kube-oidc workflow --pro") == ["--provider"]
    assert completed_by_fish(share, "kube-oidc workflow --provider ") == ["forgejo", "github", "gitlab"]
    assert completed_by_fish(share, "kube-oidc completion ") == ["bash", "fish", "zsh"]
    assert "pyproject.toml" in completed_by_fish(share, "kube-oidc check py")
    assert "pyproject.toml" in completed_by_fish(share, "kube-oidc token --file py")
