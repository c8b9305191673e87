"""`--feature-gates` against the answers of kube-apiserver (tests/e2e/test_feature_gates.py asks it)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from kube_oidc.verdict.feature_gates import parse

TABLE: Final = json.loads((Path(__file__).parent / "feature_gates.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("text", TABLE)
def test_gates_are_read_as_the_api_server_reads_them(text: str) -> None:
    if TABLE[text] is None:
        with pytest.raises(ValueError, match=r":"):
            parse(text)
    else:
        assert parse(text) == TABLE[text]
