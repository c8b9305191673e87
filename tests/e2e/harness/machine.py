"""What the units' scripts find on a NixOS machine: the programs on their PATH, and the journal of one unit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from e2e.harness.binaries import Binaries
from e2e.harness.cluster import ApiServer

# Answers `journalctl --since @SECONDS …` from a log file whose lines begin as klog writes them,
# "E1128 01:14:03.907644"; lines without a time belong to the one before.
JOURNALCTL: Final = """#!{python}
import datetime, re, sys
since = float(sys.argv[sys.argv.index("--since") + 1].removeprefix("@"))
year = datetime.datetime.now().year
shown = False
for line in open({log!r}, encoding="utf-8", errors="replace"):
    found = re.match(r"[IWEF](\\d\\d)(\\d\\d) (\\d\\d:\\d\\d:\\d\\d\\.\\d+)", line)
    if found:
        time = datetime.datetime.fromisoformat(f"{{year}}-{{found[1]}}-{{found[2]}}T{{found[3]}}")
        shown = time.timestamp() >= since
    if shown:
        sys.stdout.write(line)
"""


@dataclass(frozen=True)
class Unit:
    """A unit that the module makes: its script, and its environment."""

    script: str
    environment: Mapping[str, str]


Units = Callable[..., Unit]  # the one of a name, with these settings of services.kube-oidc


class Machine:
    """An API server's machine; `environment` is what every unit has there."""

    def __init__(self, server: ApiServer, folder: Path, binaries: Binaries) -> None:
        self.server = server
        self._bin = folder
        folder.mkdir(parents=True)
        (folder / "kubectl").symlink_to(binaries.path("kubectl"))
        (folder / "kube-oidc").symlink_to(Path(sys.executable).parent / "kube-oidc")
        journal = folder / "journalctl"
        journal.write_text(JOURNALCTL.format(python=sys.executable, log=str(server.program.log)))
        journal.chmod(0o755)
        self.environment = {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "KUBECONFIG": str(server.admin),
            "CONFIG": str(server.configuration),
            "UNIT": "kube-apiserver",
            "SERVER": "",
            "START_SECONDS": "20",
        }

    def start(self, unit: Unit, **changes: str) -> subprocess.Popen[str]:
        """The unit's script as NixOS starts it; places are this machine's."""
        return subprocess.Popen(
            ["bash", "-e", "-c", unit.script],
            env={**os.environ, **unit.environment, **self.environment, **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, unit: Unit, **changes: str) -> tuple[int, str]:
        """Exit status and everything that the journal would have; TimeoutExpired after two minutes."""
        return finish(self.start(unit, **changes))

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What kubectl prints for the administrator; CalledProcessError if it fails."""
        return subprocess.run(
            [str(self._bin / "kubectl"), f"--kubeconfig={self.server.admin}", *words],
            input=stdin, capture_output=True, text=True, check=True, timeout=120,
        ).stdout  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and output of a started script; TimeoutExpired after two minutes."""
    try:
        output, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, output
