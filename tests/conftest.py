"""What every test outside the package may ask for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest
from e2e.harness import fault_rows, losses
from e2e.harness.binaries import Binaries, MissingProgramError, locate
from e2e.harness.machine import Machine, several


def pytest_configure(config: pytest.Config) -> None:
    config.stash[losses.LOSSES] = []
    config.stash[fault_rows.SEEN] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The closing lines: what clients lost while the trust changed, and what became of every fault."""
    if config.stash[losses.LOSSES]:
        terminalreporter.section("requests lost while the trust changed")
        for line in losses.table(config.stash[losses.LOSSES]):
            terminalreporter.write_line(line)
    if config.stash[fault_rows.SEEN]:
        terminalreporter.section("faults: what the API server does, what kube-oidc says")
        for line in fault_rows.table(config.stash[fault_rows.SEEN]):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def machines(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Machine]]:
    """Two API servers of one cluster, each on a machine of its own."""
    with several(tmp_path_factory.mktemp("machines"), binaries, "first", "second") as started:
        yield started


@pytest.fixture(scope="session")
def binaries(request: pytest.FixtureRequest) -> Binaries:
    """The real programs, built where PATH has none that fits; without Go the tests skip and say so."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():  # minutes of silence look like a hang
        try:
            return locate()
        except MissingProgramError as error:
            reason = str(error)
    if shutil.which("go") is None:
        pytest.skip(f"Go is not installed, and {reason}")
    print(reason, file=sys.stderr)
    pytest.fail(reason)
