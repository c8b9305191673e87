"""Every known minor has a reference to compare with."""

from __future__ import annotations

from kube_oidc.verdict.versions import NEWEST, OLDEST

from differential.referee.process import minors


def test_every_known_minor_can_be_built() -> None:
    assert minors() == [f"1.{minor}" for minor in range(OLDEST.minor, NEWEST.minor + 1)]
