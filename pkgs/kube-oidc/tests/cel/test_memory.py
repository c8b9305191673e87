"""Expressions that build endless texts still get an answer, within a gigabyte."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.slow

GROWTH: Final = f".replace('a', '{'a' * 100}')" * 8
EXPRESSIONS: Final = {
    "of a constant": f"'a'{GROWTH} == claims.sub",
    "of a claim": f"claims.sub{GROWTH} == ''",
    "a list of numbers": "lists.range(4000000000).size() == 0",
    "joined": f"[{', '.join(['claims.sub'] * 8000)}].join('') == ''",
}


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


@pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_a_text_that_grows_is_not_made(expression: str, tmp_path: Path) -> None:
    entry = {
        "issuer": {"url": "https://git.example.org", "audiences": ["a"]},
        "claimMappings": {"username": {"claim": "iss", "prefix": ""}},
        "claimValidationRules": [{"expression": expression}],
    }
    kind = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    (tmp_path / "auth.yaml").write_text(json.dumps({**kind, "jwt": [entry]}))
    claims = {"iss": "https://git.example.org", "aud": "a", "sub": "a" * 500_000}
    (tmp_path / "claims.json").write_text(json.dumps(claims))
    for words in (["check", "auth.yaml"], ["explain", "auth.yaml", "--claims", "claims.json"]):
        ran = subprocess.run(
            [sys.executable, "-m", "kube_oidc", *words],
            cwd=tmp_path, preexec_fn=limited, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert ran.returncode == (0 if words[0] == "check" else 1), ran.stderr
        assert "Traceback" not in ran.stderr
    assert "cannot decide: " in ran.stdout
