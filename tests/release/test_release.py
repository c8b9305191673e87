"""What `make release` builds: reproducible, complete, small, and usable in an empty environment."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from kube_oidc import __version__

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "pkgs/kube-oidc"
MAX_INSTALLED_BYTES = 15_000_000
SHARED_FILES = {
    "share/bash-completion/completions/kube-oidc",
    "share/zsh/site-functions/_kube-oidc",
    "share/fish/vendor_completions.d/kube-oidc.fish",
    "share/man/man1/kube-oidc.1",
}
pytestmark = pytest.mark.slow


def build(folder: Path) -> dict[str, bytes]:
    command = [sys.executable, PROJECT / "build_release.py", folder]
    subprocess.run(command, check=True, timeout=300)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "files"
    build(folder)
    return folder


@pytest.fixture(scope="session")
def installed(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with only the wheel and what it requires; without pip, so that its size is theirs."""
    environment = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=120)
    (wheel,) = release.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin/python", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", "--quiet", wheel], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.skip(f"the wheel's dependencies can't be installed (no PyPI?): {done.stderr.strip()[-200:]}")
    return environment


def test_two_builds_have_identical_bytes(release, tmp_path):
    again = build(tmp_path / "again")
    assert sorted(again) == [
        "SHA256SUMS",
        "kube-oidc.pyz",
        f"kube_oidc-{__version__}-py3-none-any.whl",
        f"kube_oidc-{__version__}.tar.gz",
    ]
    assert again == {path.name: path.read_bytes() for path in release.iterdir()}


def test_the_checksums_are_those_of_the_files(release):
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=release,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.count(": OK") == 3


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


def test_wheel_and_sdist_contain_completions_and_the_man_page(release):
    (wheel,) = release.glob("*.whl")
    names = {name.partition(".data/data/")[2] for name in zipfile.ZipFile(wheel).namelist()}
    assert names >= SHARED_FILES
    (sdist,) = release.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert {name.partition("/")[2] for name in archive.getnames()} >= SHARED_FILES


def test_the_install_is_small_and_checks_the_article(installed):
    (packages,) = installed.glob("lib/python*/site-packages")
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    assert size < MAX_INSTALLED_BYTES, f"{size / 1e6:.1f} MB"
    assert (installed / "share/man/man1/kube-oidc.1").is_file()
    command = [installed / "bin/kube-oidc", "check", REPOSITORY / "examples/forgejo/auth.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "1 valid" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_command_that_needs_an_extra_names_it(installed, tmp_path):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\n"
    )
    command = [installed / "bin/kube-oidc", "status", "--kubeconfig", kubeconfig]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "kube-oidc status: this needs the Python package kubernetes: pip install 'kube-oidc[cluster]' "
        "(the Nix package includes it)\n"
    )
