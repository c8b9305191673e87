"""Which commit's file is loaded: the API server reports a hash, Git has every version of the file."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, NamedTuple

MAX_BLOBS: Final = 100_000
TIMEOUT_SECONDS: Final = 60
BLOBS_AT_ONCE: Final = 500
_DELETED: Final = "0" * 40


class GitError(Exception):
    """Git or the repository can't be used; the message says why."""


class Commit(NamedTuple):
    """The newest commit that has a file with this content; `subject` is the first line of its message."""

    commit: str
    path: str
    subject: str


def commits_of(folder: Path, hashes: Collection[str]) -> dict[str, Commit]:
    """The commits, on any branch, of files below `folder` whose content has one of these hashes (`sha256:…`).

    GitError if Git or the repository can't be used.
    """
    versions: dict[str, Commit] = {}
    for commit, blob in _history(folder):
        versions.setdefault(blob, commit)
    if len(versions) > MAX_BLOBS:
        raise GitError(f"{folder} has more than {MAX_BLOBS} versions of files: name the file's own folder")
    found: dict[str, Commit] = {}
    blobs = list(versions)
    for start in range(0, len(blobs), BLOBS_AT_ONCE):
        some = blobs[start : start + BLOBS_AT_ONCE]
        for blob, digest in zip(some, _digests(folder, some), strict=True):
            if digest in hashes:
                found.setdefault(digest, versions[blob])
        if len(found) == len(set(hashes)):
            break
    return found


def _history(folder: Path) -> Iterator[tuple[Commit, str]]:
    """Each version of a YAML or JSON file below the folder: the commit that made it, newest first, and its blob."""
    log = _git(
        folder, "log", "--all", "--raw", "--no-abbrev", "--no-renames", "--format=%x01%h%x02%s", "--", "."
    )
    for entry in log.decode(errors="replace").split("\x01")[1:]:
        head, *changes = entry.split("\n")
        commit, _, subject = head.partition("\x02")
        for change in changes:
            meta, _, path = change.partition("\t")
            if path.endswith((".yaml", ".yml", ".json")) and (blob := meta.split()[3]) != _DELETED:
                yield Commit(commit, path, subject), blob


def _digests(folder: Path, blobs: list[str]) -> list[str]:
    """The SHA-256 of each blob's bytes, as the API server's metric has it."""
    data = _git(folder, "cat-file", "--batch", stdin="\n".join(blobs) + "\n")
    digests, position = [], 0
    for _ in blobs:
        end = data.index(b"\n", position)
        size = int(data[position:end].split()[2])
        content = data[end + 1 : end + 1 + size]
        digests.append("sha256:" + hashlib.sha256(content).hexdigest())
        position = end + 1 + size + 1
    return digests


def _git(folder: Path, *arguments: str, stdin: str = "") -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - git, with a folder that the user names
            command, input=stdin.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git took more than {TIMEOUT_SECONDS} s") from None
    if done.returncode:
        raise GitError(done.stderr.decode(errors="replace").strip().removeprefix("fatal: "))
    return done.stdout
