"""The project's address is set in one place; pages and templates derive from it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from pages.page import ROOT

SCRIPT: Final = ROOT / ".ci/set-address"
CLONE: Final = "/etc/nixos/kube-oidc"
SOURCES: Final = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "RELEASING.md",
    "docs",
    "templates",
    ".github",
)


def texts(root: Path) -> dict[str, str]:
    """Every page and template of a project."""
    found = [path for name in SOURCES for path in (root / name, *(root / name).rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in found
        if path.suffix in (".md", ".nix", ".yml", ".yaml")
    }


def project(root: Path) -> dict:
    return tomllib.loads((root / "pkgs/kube-oidc/pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (*SOURCES, ".ci", "pkgs/kube-oidc/pyproject.toml"):
        source = ROOT / name
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def set_address(root: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, root / ".ci/set-address", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_no_placeholder_is_left_once_the_address_is_set() -> None:
    placeholder = CLONE if "urls" in project(ROOT) else "OWNER/kube-oidc"
    assert [name for name, text in texts(ROOT).items() if placeholder in text] == []


def test_setting_the_address_replaces_every_clone(copy: Path) -> None:
    before = texts(copy)
    assert sum(CLONE in text for text in before.values()) >= 4
    assert set_address(copy, "https://github.com/example/kube-oidc").returncode == 0
    after = texts(copy)
    assert [name for name, text in after.items() if CLONE in text or "./pkgs/kube-oidc`" in text] == []
    version = project(copy)["version"]
    assert 'inputs.kube-oidc.url = "github:example/kube-oidc"' in after["README.md"]
    assert "$ pip install kube-oidc\n" in after["README.md"]
    assert f"uses: example/kube-oidc/action/check@v{version}" in after["docs/how-to/check-in-ci.md"]
    assert re.search(rf"rev: v{version}$", after["docs/how-to/check-in-ci.md"], re.MULTILINE)
    assert project(copy)["urls"]["Homepage"] == "https://github.com/example/kube-oidc"


def test_another_forge_and_a_move(copy: Path) -> None:
    assert set_address(copy, "https://github.com/example/kube-oidc").returncode == 0
    assert set_address(copy, "https://code.example.org/tools/kube-oidc.git").returncode == 0
    after = texts(copy)
    assert [name for name, text in after.items() if "example/kube-oidc" in text] == []
    assert "git+https://code.example.org/tools/kube-oidc" in after["README.md"]
    assert "uses: https://code.example.org/tools/kube-oidc@v" in after["docs/how-to/deploy-from-ci.md"]


def test_a_mistyped_address_changes_nothing(copy: Path) -> None:
    before = texts(copy)
    done = set_address(copy, "github.com/example")
    assert (done.returncode, "not an address of a repository" in done.stderr) == (2, True)
    assert texts(copy) == before
