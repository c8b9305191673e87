"""Every known minor has a reference: its answers are why the checker may claim to know it."""

from __future__ import annotations

from kube_oidc.verdict.versions import DEFAULT, NEWEST, OLDEST, known_versions

from differential.oracle.process import USUAL_MINORS, minors


def test_every_known_minor_has_a_reference() -> None:
    """See CONTRIBUTING.md, "Add a Kubernetes minor"."""
    assert minors() == [str(version) for version in known_versions()]


def test_the_usual_minors_are_the_oldest_the_default_and_the_newest() -> None:
    assert [str(OLDEST), str(DEFAULT), str(NEWEST)] == USUAL_MINORS
