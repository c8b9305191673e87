"""Adding a provider takes its file and its example: every test over providers passes in a copy with a made-up one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest

from .conftest import why_not

ROOT: Final = Path(__file__).parents[2]
STUB: Final = Path(__file__).parent / "stub-provider"
# What the tests over providers need of the project.
COPIED: Final = (
    "modules",
    "examples",
    "pkgs",
    "tests",
    "docs",
    "templates",
    "README.md",
    "CHANGELOG.md",
    "flake.nix",
)
NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", ".cache", "*.egg-info")
PYTHON: Final = ("pkgs/kube-oidc/tests/providers", "pkgs/kube-oidc/tests/findings")
NIX: Final = ("tests/eval/test_examples.py", "tests/eval/test_providers.py", "tests/eval/test_evaluation.py")
# Cases over all providers don't have its name.
SELECTED: Final = "stub or EveryIssuer or ExampleWorkload or WorkloadOfAnExample or schema"


def run(folder: Path, *arguments: str, **variables: str) -> CompletedProcess[str]:
    """Pytest in the copy, with the copy's package."""
    search = os.pathsep.join(
        str(folder / name) for name in ("pkgs/kube-oidc/src", "pkgs/kube-oidc/tests", "tests")
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", "-c",
         "pkgs/kube-oidc/pyproject.toml", "--rootdir=.", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": search} | variables,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the stub's two files; the module renders the rest of its example."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=NOT_COPIED)
        else:
            shutil.copy(source, folder / name)
    shutil.copy(STUB / "stub.json", folder / "pkgs/kube-oidc/src/kube_oidc/providers")
    if why_not() is None:
        shutil.copytree(STUB, folder / "examples/stub", ignore=shutil.ignore_patterns("*.json"))
        for name in ("auth.yaml", "rbac.yaml"):
            (folder / "examples/stub" / name).touch()
        written = run(folder, "tests/eval/test_examples.py", "-k", "stub", EXAMPLES="write")
        assert written.returncode == 0, written.stdout
    return folder


@pytest.mark.slow
def test_python_needs_nothing_but_the_stubs_file(copy: Path) -> None:
    done = run(copy, *PYTHON, "-k", "stub or schema")
    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 6, done.stdout


@pytest.mark.slow
def test_nix_needs_nothing_but_the_stubs_file_and_example(
    copy: Path, nix: Callable[..., CompletedProcess[str]]
) -> None:
    done = run(copy, *NIX, "-k", SELECTED)
    assert done.returncode == 0, done.stdout
    assert "stub" in (copy / "examples/stub/rbac.yaml").read_text()
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 8, done.stdout
