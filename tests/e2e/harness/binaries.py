"""Finds the real programs: on PATH where their version fits, else built by `tests/binaries/build`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[3]
BUILD: Final = REPOSITORY / "tests" / "binaries" / "build"

_KUBERNETES = r"v1\.36\.\d+(\s|$)"
VERSIONS: Final = {
    "etcd": (("--version",), r"etcd Version: 3\.[56]\."),
    "kube-apiserver": (("--version",), _KUBERNETES),
    "kube-controller-manager": (("--version",), _KUBERNETES),
    "kube-scheduler": (("--version",), _KUBERNETES),
    "kubectl": (("version", "--client"), _KUBERNETES),
    "kwok": (("--version",), r"v0\.8\."),
    "actionlint": (("-version",), r"v?1\.7\."),
    "jq": (("--version",), r"jq-1\.[6-9]"),
}
BUILT_AS: Final = {"jq": "gojq"}  # what stands in for it where the machine has none


class MissingProgramError(Exception):
    """A program is neither on PATH nor can it be built; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where each program is; `kwok_stages` is the file with the stages that kwok's own module ships."""

    paths: dict[str, Path]
    kwok_stages: Path

    def path(self, name: str) -> Path:
        """The program's path; KeyError where it was not asked for."""
        return self.paths[name]


def locate(*names: str) -> Binaries:
    """The named programs (all of them without a name); builds what PATH does not have, progress on stderr."""
    wanted = names or tuple(VERSIONS)
    paths = {name: path for name in wanted if (path := on_path(name))}
    stages = os.environ.get("KWOK_STAGES")
    if stages is None:
        paths.pop("kwok", None)  # PATH's kwok comes without its stages
    missing = [name for name in wanted if name not in paths]
    folder = build([BUILT_AS.get(name, name) for name in missing]) if missing else Path()
    paths |= {name: folder / BUILT_AS.get(name, name) for name in missing}
    return Binaries(paths, Path(stages or folder.parent / "kwok-stages.yaml"))


def on_path(name: str) -> Path | None:
    """PATH's program of this name, where it says that it has a version the tests are written for."""
    found = shutil.which(name)
    if found is None:
        return None
    arguments, pattern = VERSIONS[name]
    try:
        said = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Path(found) if re.search(pattern, said.stdout + said.stderr) else None


def build(names: list[str]) -> Path:
    """The folder that the build script names; MissingProgramError where it fails, after it said why."""
    done = subprocess.run([BUILD, *names], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise MissingProgramError(
            f"{', '.join(names)}: not on PATH, and tests/binaries/build failed (see above)"
        )
    return Path(done.stdout.strip())
