"""Shared fixtures: Nix' results. Without Nix, the tests are skipped by name."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

HERE: Final = Path(__file__).parent
NOT_CASES: Final = set(json.loads((HERE / "not-cases.json").read_text()))
TIMEOUT_SECONDS: Final = 300


@dataclass(frozen=True)
class Case:
    """One `lib.runTests` case: `failure` holds `expected` and `result` if they differ, `error` is Nix' error."""

    file: str
    name: str
    failure: dict[str, Any] | None = None
    error: str | None = None


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A nix command in this repository; flakes are on and nothing is written to the lock file."""
    settings = "experimental-features = nix-command flakes\n" + os.environ.get("NIX_CONFIG", "")
    environment = {**os.environ, "NIX_CONFIG": settings}
    root = HERE.parents[1]
    return subprocess.run(
        words, cwd=root, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )


@functools.cache
def why_not() -> str | None:
    """Why nothing can be evaluated on this machine, or None."""
    if shutil.which("nix-instantiate") is None:
        return "nix-instantiate not found: the module is not evaluated"
    found = run("nix-instantiate", "--find-file", "nixpkgs/lib")
    if found.returncode != 0:
        return "<nixpkgs/lib> not found: the module is not evaluated"
    return None


@functools.cache
def cases(file: str) -> tuple[Case, ...]:
    """Every case of a file; one case called `evaluates` with Nix' error if the file doesn't evaluate."""
    if why_not() is not None:
        return (Case(file, "skipped"),)
    answer = run(
        "nix-instantiate", "--eval", "--strict", "--json", "--show-trace",
        str(HERE / "driver.nix"), "--arg", "file", str(HERE / f"{file}.nix"),
    )  # fmt: skip
    if answer.returncode != 0:
        return (Case(file, "evaluates", error=answer.stderr),)
    result = json.loads(answer.stdout)
    failures = {failure["name"]: failure for failure in result["failures"]}
    return tuple(Case(file, name, failures.get(name)) for name in result["names"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        files = sorted(path.stem for path in HERE.glob("*.nix") if path.stem not in NOT_CASES)
        parameters = [case for file in files for case in cases(file)]
        ids = [f"{case.file}-{case.name}" for case in parameters]
        metafunc.parametrize("case", parameters, ids=ids)


@pytest.fixture
def nix() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a nix command; without Nix, the test is skipped by name."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return run


@pytest.fixture
def evaluate(nix: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[[str], Any]:
    """The value of a Nix expression in which `lib` and `evaluate` (evaluate.nix) are defined."""

    def value(expression: str) -> Any:
        library = (
            f"let lib = import <nixpkgs/lib>; evaluate = import {HERE}/evaluate.nix {{ inherit lib; }}; in "
        )
        answer = nix("nix-instantiate", "--eval", "--strict", "--json", "--expr", library + expression)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    return value
