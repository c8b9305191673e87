"""What CI runs: the composite action that checks, its step as a runner runs it; and the hook's package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from e2e.harness.binaries import REPOSITORY, MissingProgramError, locate

ACTION = REPOSITORY / "action" / "check"
GRANTED = REPOSITORY / "pkgs/kube-oidc/tests/findings/rbac/auth.yaml"
RULES = REPOSITORY / "pkgs/kube-oidc/src/kube_oidc/rules"
HOSTILE = (
    "venv.py",
    "logging.py",
    "yaml.py",
    "json.py",
    "sitecustomize.py",
    "pip.py",
    "kube_oidc.py",
    "argparse.py",
)
WORKFLOW = """
on: pull_request
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: ./action/check
        with: { files: auth.yaml, strict: "true", sarif: auth.sarif }
"""


def run(folder: Path, action_path: Path = ACTION, **given: str) -> subprocess.CompletedProcess[str]:
    """The step in this folder, with its inputs through expressions; names in capitals are variables."""
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    [step] = action["runs"]["steps"]
    values = {f"${{{{ inputs.{name} }}}}": field["default"] for name, field in action["inputs"].items()}
    values |= {f"${{{{ inputs.{name.replace('_', '-')} }}}}": value for name, value in given.items()}
    values["${{ github.action_path }}"] = str(action_path)
    environment = {name: values[text] for name, text in step["env"].items()}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "RUNNER_TEMP": str(folder),
    }
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environment |= {name: value for name, value in given.items() if name.isupper()}
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "auth.yaml").write_text((RULES / "system_groups/bad.yaml").read_text())
    (tmp_path / "rbac.yaml").write_text((RULES / "grant_secrets/bad.yaml").read_text())
    return tmp_path


def test_a_finding_is_an_annotation_and_no_failure(folder: Path) -> None:
    done = run(folder)
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if "system-groups" in line]
    assert line.startswith("::warning file=a folder/auth.yaml,")
    assert ",line=" in line


def test_strict_fails_the_job_and_sarif_is_whole(folder: Path) -> None:
    done = run(folder, strict="true", sarif="out.sarif", files="a folder/auth.yaml\n")
    assert done.returncode == 1
    [result, *_] = json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "system-groups"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20folder/auth.yaml"


def test_a_wrong_file_fails_and_grants_are_looked_at(folder: Path) -> None:
    (folder / "auth.yaml").write_text(GRANTED.read_text())
    done = run(folder, files="auth.yaml", rbac="rbac.yaml\n")
    assert done.returncode == 0, done.stderr
    assert "::warning file=rbac.yaml," in done.stdout
    (folder / "auth.yaml").write_text(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nx: 1\n"
    )
    done = run(folder, files="auth.yaml")
    assert done.returncode == 1
    assert "::error file=auth.yaml," in done.stdout


@pytest.mark.parametrize(
    "given", [{"files": "nothing.yaml"}, {"strict": "yes"}, {"kubernetes_version": "1.8"}]
)
def test_what_cannot_run_says_so(folder: Path, given: dict[str, str]) -> None:
    done = run(folder, **given)
    assert done.returncode == 2
    assert "kube-oidc" in done.stdout + done.stderr


def test_nothing_in_the_checked_out_repository_is_run(folder: Path) -> None:
    """Modules and settings of the pull request, with the names of those that the action and its Python import."""
    ran = folder / "ran"
    code = f"open({str(ran)!r}, 'a').write(__name__ + '\\n')\n"
    for name in HOSTILE:
        (folder / name).write_text(code)
    (folder / "yaml").mkdir()
    (folder / "yaml" / "__init__.py").write_text(code)
    (folder / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    (folder / "kube-oidc").write_text(f"#!/bin/sh\necho program >> {ran}\n")
    (folder / "kube-oidc").chmod(0o755)
    (folder / "auth.yaml").write_text((RULES / "system_groups/bad.yaml").read_text())
    done = run(
        folder, files="auth.yaml", rbac="rbac.yaml", PYTHONPATH=str(folder), PYTHONSTARTUP="logging.py"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "system-groups" in done.stdout
    assert not ran.exists(), ran.read_text()


def test_a_library_is_installed_by_its_hash_only(folder: Path) -> None:
    """On a runner without PyYAML: the wheel whose hash is listed, and no other."""
    plain = folder / "python"
    command = [sys.executable, "-I", "-m", "venv", "--without-pip", plain]
    subprocess.run(command, check=True, timeout=120)
    copy = folder / "checkout"
    shutil.copytree(REPOSITORY / "action", copy / "action")
    (copy / "pkgs/kube-oidc").mkdir(parents=True)
    (copy / "pkgs/kube-oidc/src").symlink_to(REPOSITORY / "pkgs/kube-oidc/src")
    path = f"{plain / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    given = {"files": "auth.yaml", "rbac": "rbac.yaml"}
    (folder / "auth.yaml").write_text(GRANTED.read_text())
    done = run(folder, copy / "action/check", PATH=path, **given)
    if "Could not find a version" in done.stdout + done.stderr:
        pytest.skip("PyPI cannot be reached")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::warning file=rbac.yaml," in done.stdout
    assert list(folder.glob("kube-oidc.*")) == []
    requirements = copy / "action/check/requirements.txt"
    requirements.write_text(re.sub(r"sha256:\w{8}", "sha256:00000000", requirements.read_text()))
    done = run(folder, copy / "action/check", PATH=path, **given)
    assert done.returncode == 2
    assert "::error::kube-oidc: PyYAML, which the input rbac needs, could not be installed" in done.stdout


def test_it_works_from_a_tag(folder: Path) -> None:
    """A runner downloads the files of a tag, without the repository's history."""
    archive = ["git", "-C", REPOSITORY, "archive", "HEAD", "action", "pkgs/kube-oidc/src"]
    files = subprocess.run(archive, capture_output=True, timeout=120, check=True).stdout
    copy = folder / "checkout"
    copy.mkdir()
    subprocess.run(["tar", "-x", "-C", copy], input=files, check=True, timeout=120)
    done = run(folder, copy / "action/check", files="a folder")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "system-groups" in done.stdout


def test_actionlint_knows_its_inputs(tmp_path: Path) -> None:
    try:
        actionlint = locate("actionlint").path("actionlint")
    except MissingProgramError as error:
        pytest.skip(str(error))
    workflow = tmp_path / ".github" / "workflows" / "check.yaml"
    workflow.parent.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "action" / "check").mkdir(parents=True)
    (tmp_path / "action" / "check" / "action.yml").write_text((ACTION / "action.yml").read_text())

    def said(text: str) -> str:
        workflow.write_text(text)
        command = [actionlint, "-no-color", "-oneline", workflow]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        return done.stdout + done.stderr

    assert said(WORKFLOW) == ""
    assert 'input "stric" is not defined' in said(WORKFLOW.replace("strict:", "stric:"))


@pytest.mark.parametrize(
    ("path", "is_taken"),
    [
        ("auth.yaml", True),
        ("clusters/prod/auth.yml", True),
        ("k8s/authentication-config.yaml", True),
        ("etc/auth-prod.json", True),
        ("charts/values.yaml", True),  # skipped by its content
        ("modules/cluster.nix", True),
        ("auth.py", False),
        ("yaml", False),
    ],
)
def test_the_hook_takes_files_that_can_have_a_configuration(path: str, is_taken: bool) -> None:
    [hook] = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert bool(re.search(hook["files"], path)) is is_taken
    assert hook["entry"] == "kube-oidc check --skip-other-files"


def test_the_repository_itself_is_what_the_hook_installs(tmp_path: Path) -> None:
    """pre-commit runs `pip install .` in the repository's root."""
    root = tmp_path / "root"
    shutil.copytree(
        REPOSITORY / "pkgs/kube-oidc",
        root / "pkgs/kube-oidc",
        ignore=shutil.ignore_patterns("tests", "build"),
    )
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, root]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if "No matching distribution found for setuptools" in done.stderr:
        pytest.skip("PyPI cannot be reached: pip takes setuptools from there to build the package")
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("kube_oidc-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "kube-oidc = kube_oidc.cli:main" in archive.read(entry).decode()
    for data in (
        "providers/entra.json",
        "rules/grant_secrets/page.md",
        "rbac/builtin.json",
        "verdict/cel/declarations.txt",
    ):
        assert f"kube_oidc/{data}" in names
