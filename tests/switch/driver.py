"""A stand-in for the NixOS test driver: runs the test scripts of tests/vm on nodes without a virtual machine.

The machine is a node with the module's evaluated units; the issuer is a process in its own network, whose unit
counts as started when it answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from e2e.harness.binaries import Binaries

from switch import generation, node
from switch.generation import Generation
from switch.issuer import ADDRESS, IssuerHost
from switch.machine import PATH
from switch.node import Node

DATA: Final = json.loads((generation.DATA / "vm.json").read_text())
PROFILE: Final = "/run/booted-system"
DEFAULT_SECONDS: Final = 120


class ScriptError(AssertionError):
    """A command of the script did not end as the script expects."""


@dataclass(frozen=True, slots=True)
class Driven:
    """A machine as the script sees it; `start` is the command that runs bash there."""

    name: str
    start: tuple[str, ...]
    is_up: Callable[[str], bool]

    def execute(self, command: str, timeout: float = DEFAULT_SECONDS) -> tuple[int, str]:
        """Status and stdout."""
        words = [*self.start, f"set -euo pipefail; {command}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
        return done.returncode, done.stdout

    def succeed(self, *commands: str, timeout: float = DEFAULT_SECONDS) -> str:
        """The commands' output; ScriptError if one fails."""
        return "".join(self._expect(command, 0, timeout) for command in commands)

    def fail(self, *commands: str, timeout: float = DEFAULT_SECONDS) -> str:
        """The commands' output; ScriptError if one succeeds."""
        return "".join(self._expect(command, 1, timeout) for command in commands)

    def _expect(self, command: str, status: int, timeout: float) -> str:
        found, output = self.execute(command, timeout)
        if bool(found) != bool(status):
            raise ScriptError(f"{self.name}: status {found} of: {command}\n{output}")
        return output

    def wait_until_succeeds(self, command: str, timeout: float = DEFAULT_SECONDS) -> str:
        """The command's output once it succeeds; ScriptError when the time is up."""
        deadline = time.monotonic() + timeout
        while True:
            status, output = self.execute(command, timeout)
            if status == 0:
                return output
            if time.monotonic() > deadline:
                raise ScriptError(f"{self.name}: not within {timeout:.0f} s: {command}\n{output}")
            time.sleep(0.5)

    def wait_for_unit(self, unit: str, timeout: float = DEFAULT_SECONDS) -> None:
        """Returns once the unit is active; ScriptError if it fails or takes too long."""
        deadline = time.monotonic() + timeout
        while not self.is_up(unit):
            if time.monotonic() > deadline:
                raise ScriptError(f"{self.name}: {unit} is not active after {timeout:.0f} s")
            time.sleep(0.2)


def machine_of(host: Node) -> Driven:
    """The node as the script's `machine`."""

    def is_up(unit: str) -> bool:
        state = host.machine.show(unit, "ActiveState")
        if state == "failed":
            raise ScriptError(f"{unit} failed:\n{host.machine.journal(unit)}")
        return state == "active"

    return Driven("machine", tuple(host.machine.command("bash", "-c")), is_up)


def issuer_of(away: IssuerHost, token: str, folder: Path) -> Driven:
    """The issuer as the script's `issuer`, with its program `token`."""
    program = folder / "bin" / "token"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{token.replace('@certificates@', str(away.folder))}")
    program.chmod(0o755)
    enter = ("nsenter", f"--target={away.pid}", "--net", "--", "env", "-i", f"PATH={program.parent}:{PATH}")

    def is_up(_unit: str) -> bool:
        probe = [*enter, "bash", "-c", f"exec 3<>/dev/tcp/{ADDRESS}/443"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0

    return Driven("issuer", (*enter, "bash", "-c"), is_up)


def evaluated(name: str, specialisation: str = "base") -> Generation:
    """A generation of the test's machine."""
    data: dict[str, Any] = DATA[name]["generations"][specialisation]
    return generation.read("k3s" if name == "k3s" else "kubernetes", f"{name}-{specialisation}", data)


@contextmanager
def booted(name: str, folder: Path, binaries: Binaries) -> Iterator[tuple[Node, dict[str, Any]]]:
    """The test's node, and the names that its script uses."""
    distribution = "k3s" if name == "k3s" else "kubernetes"
    with node.boot(folder, binaries, distribution, evaluated(name)) as host:
        machine, away = machine_of(host), issuer_of(host.issuer, DATA[name]["token"], folder)
        base = host.lay_out(host.current)
        links = {PROFILE: base}
        for specialisation in DATA[name]["generations"].keys() - {"base"}:
            moved = host.lay_out(evaluated(name, specialisation))
            links[f"{base}/specialisation/{specialisation}"] = moved
        for place, target in links.items():
            (host.machine.root / place.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            (host.machine.root / place.lstrip("/")).symlink_to(target)
        yield host, {"machine": machine, "issuer": away, "start_all": lambda: None}


def play(name: str, folder: Path, binaries: Binaries) -> list[str]:
    """Runs the script of tests/vm/NAME.nix; the titles of its subtests. AssertionError if an assertion fails."""
    played: list[str] = []

    @contextmanager
    def subtest(title: str) -> Iterator[None]:
        played.append(title)
        try:
            yield
        except AssertionError as error:
            error.add_note(f"in subtest {title!r}")
            raise

    with booted(name, folder, binaries) as (_, names):
        exec(compile(DATA[name]["script"], f"tests/vm/{name}.nix", "exec"), {**names, "subtest": subtest})
    return played
