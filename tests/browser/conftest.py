"""A browser and the pages that the command makes, each once for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from browser import samples
from browser.chromium import Page, browser, installed

SIZES: Final = {"one": (1, 1), "several": (5, 200), "many": (64, 1_000)}


@pytest.fixture(scope="package")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    path = installed()
    assert path is not None
    with browser(path, tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="package")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What the command makes of each size."""
    folder = tmp_path_factory.mktemp("pages")
    return {size: made(folder / size, *numbers) for size, numbers in SIZES.items()}


@pytest.fixture(scope="package")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a change from one issuer to five."""
    folder = tmp_path_factory.mktemp("comparison")
    (folder / "old").mkdir()
    old, _ = samples.write(folder / "old", 1, 1)
    configuration, rbac = samples.write(folder, 5, 50)
    return written(folder, str(configuration), "--rbac", str(rbac), "--compare", str(old))


def made(folder: Path, issuers: int, grants: int) -> Path:
    """The page of so many issuers and grants."""
    folder.mkdir()
    configuration, rbac = samples.write(folder, issuers, grants)
    return written(folder, str(configuration), "--rbac", str(rbac))


def written(folder: Path, *arguments: str) -> Path:
    """The page that `kube-oidc access` writes with these arguments."""
    command = [str(Path(sys.executable).with_name("kube-oidc")), "access", *arguments, "--format", "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    page = folder / "access.html"
    page.write_text(done.stdout)
    return page


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """The folder for pictures: KUBE_OIDC_SCREENSHOTS, or the test's."""
    folder = Path(os.environ.get("KUBE_OIDC_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
