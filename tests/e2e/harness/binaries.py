"""Finds the real programs: on PATH if their version fits, else built by `tests/binaries/build`.

The environment variable KUBERNETES selects the minor of Kubernetes' own programs, as in KUBERNETES=1.37.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kube_oidc.verdict.versions import KubernetesVersion

REPOSITORY: Final = Path(__file__).resolve().parents[3]
BUILD: Final = REPOSITORY / "tests" / "binaries" / "build"

DEFAULT_MINOR: Final = "1.36"
MINOR: Final = os.environ.get("KUBERNETES") or DEFAULT_MINOR
VERSION: Final = KubernetesVersion.parse(MINOR)
OF_KUBERNETES: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
# Since 1.34 the API server has this version of the file's format (and its hash in a metric); before, the one before.
SINCE_V1: Final = (1, 34)
V1: Final = "apiserver.config.k8s.io/v1"

_KUBERNETES = rf"v{re.escape(MINOR)}\.\d+(\s|$)"
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
BUILT_AS: Final = {"jq": "gojq"}  # used if this computer has none


def at_least(*minor: int) -> bool:
    """Whether the programs under test are of this minor or a later one."""
    return tuple(map(int, MINOR.split("."))) >= minor


def adapted(configuration: str) -> str:
    """An AuthenticationConfiguration in the newest version of its format that the minor under test knows."""
    if at_least(*SINCE_V1):
        return configuration
    return re.sub(rf"^apiVersion: {V1}$", f"apiVersion: {V1}beta1", configuration, flags=re.M)


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
    folder = Path()
    for minor in sorted({minor_of(name) for name in missing}, reverse=True):
        names = [name for name in missing if minor_of(name) == minor]
        built = build([BUILT_AS.get(name, name) for name in names], minor)
        paths |= {name: built / BUILT_AS.get(name, name) for name in names}
        folder = built if "kwok" in names else folder
    return Binaries(paths, Path(stages or folder.parent / "kwok-stages.yaml"))


def minor_of(name: str) -> str:
    """Which module builds this program: the minor's own, or the one with everything else."""
    return MINOR if name in OF_KUBERNETES else DEFAULT_MINOR


def on_path(name: str) -> Path | None:
    """PATH's program of this name if it has a version that the tests can use; else stderr says why it is not used."""
    found = shutil.which(name)
    if found is None:
        return None
    arguments, pattern = VERSIONS[name]
    try:
        said = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{found} is not used: {error}", file=sys.stderr)
        return None
    if re.search(pattern, said.stdout + said.stderr):
        return Path(found)
    print(f"{found} is not used: {other_version(name, said.stdout + said.stderr)}", file=sys.stderr)
    return None


def other_version(name: str, said: str) -> str:
    """Why a program of this version is not the one to test."""
    version = re.search(r"\bv?(\d+\.\d+)(\.\d+)?", said)
    if version is None:
        return "it doesn't say which version it is"
    if name not in OF_KUBERNETES:
        return f"it is {version[0]}, which the tests are not written for"
    return (
        f"it is Kubernetes {version[0]}, and the tests run {MINOR}; KUBERNETES={version[1]} selects that one"
    )


def build(names: list[str], minor: str = DEFAULT_MINOR) -> Path:
    """The folder that the build script names; MissingProgramError if it fails, after it said why."""
    command = [str(BUILD), *([] if minor == DEFAULT_MINOR else [f"--kubernetes={minor}"]), *names]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise MissingProgramError(
            f"{', '.join(names)}: not on PATH, and tests/binaries/build failed (see above)"
        )
    return Path(done.stdout.strip())
