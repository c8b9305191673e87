"""The NixOS module, evaluated: every case of this folder's .nix files is a separate test."""

from __future__ import annotations

from typing import Any

import pytest


def test_case(case: Any, nix: object) -> None:
    if case.error is not None:
        pytest.fail(case.error, pytrace=False)
    if case.failure is not None:
        pytest.fail(f"expected:\n{case.failure['expected']}\n\ngot:\n{case.failure['result']}", pytrace=False)
