#!/usr/bin/env python3
"""Builds what a release consists of: wheel, sdist, the single file, and their checksums.

    pkgs/kube-oidc/build_release.py FOLDER

The wheel and the sdist contain the shell completions and the man page, made by the program of the same sources. The
same sources give the same bytes on any day: the times in the archives are `EPOCH`. Needs the `dev` extra, no network.
Exit status 0: built; 1: a build failed, with its output.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import build_zipapp
from kube_oidc import __version__

HERE: Final = Path(__file__).resolve().parent
EPOCH: Final = 315532800  # 1980-01-01, the oldest time a zip file can hold
NOT_SOURCE: Final = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "share", ".*_cache", "*.nix")


def build(output: Path) -> None:
    """Replaces `output` with the files of a release."""
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "source", Path(folder) / "built"
        shutil.copytree(HERE, source, ignore=NOT_SOURCE)
        shutil.copy(HERE.parents[1] / "LICENSE", source)
        share(source)
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source)
        (sdist,) = built.glob("*.tar.gz")
        sdist.write_bytes(without_times(sdist.read_bytes()))
        build_zipapp.build(built / "kube-oidc.pyz")
        sums = "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
            for path in sorted(built.iterdir())
        )
        (built / "SHA256SUMS").write_text(sums, encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(built, output)


def share(source: Path) -> None:
    """Writes completions and the man page into the copied sources."""
    run(source / "build-share", source / "share", __version__)


def run(*command: str | Path) -> None:
    """Runs a build step; prints its output only if it fails, then exits."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(  # noqa: S603 - our own commands
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}build_release: {command[0]} failed")


def without_times(sdist: bytes) -> bytes:
    """The same archive with fixed times and no user names; setuptools writes the current time into it."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(sdist)) as old,
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=EPOCH, filename="") as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = EPOCH, 0, 0, "", ""
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_release.py FOLDER")
    build(Path(sys.argv[1]))
