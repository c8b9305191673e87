"""`--feature-gates` as the real kube-apiserver reads it: the table that the checker and the module are held to."""

from __future__ import annotations

import json
import subprocess
from typing import Final

import pytest

from e2e.harness.binaries import REPOSITORY, Binaries

TABLE: Final = json.loads((REPOSITORY / "pkgs/kube-oidc/tests/feature_gates.json").read_text("utf-8"))[
    "cases"
]
LOCKED: Final = "APIServerTracing"


@pytest.fixture(scope="module")
def ask(binaries: Binaries):
    """What the binary says to a value of the flag."""

    def said(value: str) -> str:
        command = [binaries.path("kube-apiserver"), f"--feature-gates={value}", "--version"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr

    if "locked to true" not in said(f"{LOCKED}=false"):
        pytest.skip(
            f"{LOCKED} is not locked to true in this kube-apiserver, so it does not show what it reads"
        )
    return said


@pytest.mark.parametrize("text", TABLE)
def test_the_table_is_what_the_binary_reads(ask, text: str) -> None:
    error = ask(text.replace("NAME", LOCKED))
    wanted = TABLE[text]
    if wanted is None:
        assert "command failed" in error
        assert "locked to true" not in error
    else:
        assert ("locked to true" in error) == (wanted.get("NAME") is False), error
        assert ("command failed" in error) == (wanted.get("NAME") is False), error
