"""The references: one process per Kubernetes minor, kept open while the tests run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from differential.oracle.process import DEFAULT_MINOR, USUAL_MINORS, Reference, ReferenceMissingError, minors

# KUBE_OIDC_MINORS="1.32 1.33" asks those minors, `all` every known one.
_ASKED = os.environ.get("KUBE_OIDC_MINORS", "").split() or USUAL_MINORS
MINORS = minors() if _ASKED == ["all"] else _ASKED


@pytest.fixture(scope="session")
def references(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Reference]]:
    """Opens the reference of a minor, once; without Go the test skips and says so."""
    opened: dict[str, Reference] = {}
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def reference(minor: str) -> Reference:
        if minor not in opened:
            with capture.global_and_fixture_disabled():  # a minute without output looks like a hang
                try:
                    opened[minor] = Reference(minor)
                except ReferenceMissingError as error:
                    pytest.skip(str(error))
        return opened[minor]

    yield reference
    for process in opened.values():
        process.close()


@pytest.fixture(params=MINORS)
def reference(request: pytest.FixtureRequest, references: Callable[[str], Reference]) -> Reference:
    """The reference of each of `MINORS` in turn."""
    return references(request.param)


@pytest.fixture
def default_reference(references: Callable[[str], Reference]) -> Reference:
    """The reference of the checker's default minor."""
    return references(DEFAULT_MINOR)
