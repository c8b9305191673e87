"""A NixOS generation as a folder in the machine's /nix/store, made of what the module evaluates to (data/)."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from e2e.harness.binaries import MINOR, adapted, at_least

from switch.machine import Machine

DATA: Final = Path(__file__).parent / "data"
UNITS: Final = Path("/usr/lib/systemd/system")
SINCE_ANONYMOUS: Final = (1, 32)  # the file's section on anonymous requests is on by default
PLACEHOLDER: Final = re.compile(r"@([A-Za-z0-9._+-]+)@")
STORE: Final = "/nix/store"
FILE: Final = "/etc/kube-oidc/auth.yaml"
# What a machine needs to reach multi-user.target with a journal; no login, no devices, no hardware.
BASE: Final = (
    "basic.target", "emergency.target", "final.target", "local-fs-pre.target", "local-fs.target",
    "multi-user.target", "network-online.target", "network.target", "paths.target", "rescue.target",
    "shutdown.target", "slices.target", "sockets.target", "swap.target", "sysinit.target",
    "systemd-journald-dev-log.socket", "systemd-journald.service", "systemd-journald.socket", "timers.target",
    "umount.target",
)  # fmt: skip
WANTED: Final = {"sysinit.target": ("systemd-journald.service",)}


@dataclass(frozen=True, slots=True)
class Generation:
    """What the module makes of one configuration.

    `file` is the AuthenticationConfiguration, None if the module is off; `flags` are the API server's by the module;
    `edits` are patterns and what replaces them in the units, to shorten what a test waits for.
    """

    distribution: str
    name: str
    api_server: str
    flags: tuple[str, ...]
    triggers: tuple[str, ...]
    units: Mapping[str, Mapping[str, Any]]
    file: str | None
    mode: str
    store: Mapping[str, str]
    activation: str
    edits: tuple[tuple[str, str], ...] = ()

    def with_file(self, edit: Callable[[str], str]) -> Generation:
        """The same with another AuthenticationConfiguration."""
        assert self.file is not None
        return replace(self, file=edit(self.file))

    def impatient(self, seconds: int) -> Generation:
        """The same whose unit gives up after this many seconds, and tries again after as many."""
        edits = (
            (r"--timeout=\d+s?", f"--timeout={seconds}s"),
            (r"OnUnitInactiveSec=\w+", f"OnUnitInactiveSec={seconds}s"),
        )
        return replace(self, edits=edits)

    def path_of(self, name: str) -> str:
        """Where the store has this file or program: another content is another path, as in Nix."""
        content = self.contents().get(name)
        return f"/nix/store/{name}" if content is None else f"/nix/store/{digest(content)}-{name}"

    def contents(self) -> dict[str, str]:
        """The files that the units name, by their names in the store."""
        return {**self.store, **({} if self.file is None else {"auth.yaml": self.file})}

    def fill(self, text: str) -> str:
        """The text with this machine's store paths for its placeholders."""
        return PLACEHOLDER.sub(lambda found: self.path_of(found[1]), text)

    def triggered(self, triggers: tuple[str, ...]) -> str:
        """The line by which NixOS restarts a unit when something that it depends on changes."""
        return f"X-Restart-Triggers=/nix/store/{digest(self.fill(' '.join(triggers)))}\n" if triggers else ""

    def unit(self, name: str) -> str:
        """The text of one of the module's units."""
        shown = self.units[name]
        text = self.fill(shown["text"])
        for pattern, replacement in (
            *self.edits,
            (r"--kubernetes-version=[\d.]+", f"--kubernetes-version={MINOR}"),
        ):
            text = re.sub(pattern, replacement, text)
        return text.replace("[Unit]\n", "[Unit]\n" + self.triggered(tuple(shown["triggers"])), 1)


def python() -> str:
    """The Python that runs this, as the machine has it."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return f"{STORE}/python/bin/{version}" if hidden(sys.base_prefix) else f"{sys.base_prefix}/bin/{version}"


def hidden(path: str) -> bool:
    """Whether units that must not see home folders can't run this."""
    return path.startswith(("/home/", "/root/", "/run/"))


def digest(text: str) -> str:
    """As long as the hash in a store path."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@functools.cache
def load(distribution: str, name: str) -> Generation:
    """A generation of generations.nix."""
    return read(distribution, name, json.loads((DATA / f"{distribution}.json").read_text())[name])


def read(distribution: str, name: str, data: Mapping[str, Any]) -> Generation:
    """A generation as evaluate.py wrote it."""
    flags = data["flags"].split() if isinstance(data["flags"], str) else data["flags"]
    return Generation(
        distribution, name, data["apiServer"], tuple(flags), tuple(data["triggers"]), data["units"],
        data.get("file") and of_minor(data["file"]), data.get("mode", "symlink"), data.get("store", {}),
        data.get("activation", ""),
    )  # fmt: skip


def wanting(unit: str) -> list[str]:
    """The units that want this one, as NixOS links them."""
    return [name for line in re.findall(r"^WantedBy=(.*)$", unit, re.M) for name in line.split()]


def of_minor(configuration: str) -> str:
    """The file as the module would write it for the minor under test."""
    text = adapted(configuration)
    return text if at_least(*SINCE_ANONYMOUS) else re.sub(r"^anonymous:\n(  .*\n)+", "", text, flags=re.M)


def lay_out(machine: Machine, generation: Generation, control_plane: Mapping[str, str]) -> str:
    """Writes the generation into the machine's store, next to the units of its control plane; returns its path."""
    units = {**{name: generation.unit(name) for name in generation.units}, **control_plane}
    path = f"/nix/store/{digest(repr((sorted(units.items()), generation.contents())))}-nixos-system-machine"
    etc = f"{path}/etc"
    for name, text in units.items():
        machine.write(f"{etc}/systemd/system/{name}", text)
    links = {name: str(UNITS / name) for name in BASE if (UNITS / name).exists()}
    links["default.target"] = "multi-user.target"
    links |= {f"{target}.wants/{name}": f"../{name}" for target, names in WANTED.items() for name in names}
    links |= {f"{by}.wants/{name}": f"../{name}" for name, text in units.items() for by in wanting(text)}
    for name, target in links.items():
        place = machine.root / f"{etc}/systemd/system/{name}".lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
    for name, content in generation.contents().items():
        machine.write(generation.path_of(name), content, 0o444)
    if generation.file is not None:
        machine.write(f"{etc}/kube-oidc/auth.yaml", generation.file, 0o444)
        if generation.mode != "symlink":
            machine.write(f"{etc}/kube-oidc/auth.yaml.mode", generation.mode)
    if generation.activation:
        machine.write(f"{path}/activate", generation.fill(generation.activation))
    starter = "/nix/store/activation.py"
    machine.write(
        f"{path}/bin/switch-to-configuration", f'#!/bin/sh\nexec {python()} {starter} {path} "$@"\n', 0o755
    )
    return path
