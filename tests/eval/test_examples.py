"""Every example's files match its configuration; `EXAMPLES=write` updates them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = sorted(path.parent for path in (ROOT / "examples").glob("*/configuration.nix"))


def rendered(nix: Callable[..., CompletedProcess[str]], folder: Path) -> dict[str, Any]:
    """The files rendered from the folder's configuration."""
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json",
        str(ROOT / "tests/eval/rendered.nix"), "--arg", "example", str(folder / "configuration.nix"),
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_is_accepted(folder: Path, nix: Callable[..., CompletedProcess[str]]) -> None:
    assert rendered(nix, folder)["refusals"] == []


@pytest.mark.parametrize("name", ["auth.yaml", "rbac.yaml"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_example_files_are_up_to_date(
    folder: Path, name: str, nix: Callable[..., CompletedProcess[str]]
) -> None:
    made = rendered(nix, folder)[name]
    file = folder / name
    if os.environ.get("EXAMPLES") == "write":
        file.write_text(made)
    assert file.read_text() == made, f"{file} is stale: EXAMPLES=write make test updates it"
