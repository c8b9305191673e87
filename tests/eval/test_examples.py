"""Every example's files match its configuration; `EXAMPLES=write` updates them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

import pytest
from kube_oidc.cli import main
from kube_oidc.proof import solver

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


WITH_EXPECTATIONS: Final = [
    path.parent
    for place in ("examples/*", "templates/*")
    for path in sorted(ROOT.glob(f"{place}/configuration.nix"))
    if "invariants" in path.read_text()
]


@pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
@pytest.mark.parametrize("folder", WITH_EXPECTATIONS, ids=lambda folder: folder.name)
def test_expectations_hold(
    folder: Path,
    nix: Callable[..., CompletedProcess[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As the build tests them (modules/validated-config.nix)."""
    for name, text in rendered(nix, folder).items():
        if name != "refusals":
            (tmp_path / name).write_text(text)
    files = [str(tmp_path / "expectations.json"), f"--config={tmp_path / 'auth.yaml'}"]
    assert main(["test", *files, f"--rbac={tmp_path / 'rbac.yaml'}"]) == 0, capsys.readouterr().out


def test_three_examples_and_a_template_have_expectations() -> None:
    assert len(WITH_EXPECTATIONS) >= 4
