"""`kube-oidc status`: who am I, and is the written file the one that the API server has loaded?"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError

if TYPE_CHECKING:
    from kube_oidc.cluster import ServerStatus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--kubeconfig", metavar="FILE", help="default: as kubectl finds it")
    parser.add_argument("--context", metavar="NAME", help="default: the current one")
    parser.add_argument(
        "--config", metavar="FILE", help="the AuthenticationConfiguration that should be loaded"
    )
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="default: %(default)s")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 all as it should be, 1 the API server says otherwise, 2 could not run."""
    from kube_oidc.cluster import ClusterError, status

    written = _hash(arguments.config)
    try:
        found = status(arguments.kubeconfig, arguments.context, arguments.timeout)
    except ClusterError as error:
        raise CommandError(str(error)) from None
    matches = None if written is None or found.loaded_hash is None else written == found.loaded_hash
    if arguments.format == "json":
        sys.stdout.write(json.dumps(_json(found, written, matches), indent=2) + "\n")
    else:
        sys.stdout.write(_text(found, written, matches))
    wrong = matches is False or (written is not None and matches is None) or found.username is None
    return EXIT_FINDINGS if wrong else EXIT_VALID


def _hash(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return "sha256:" + hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _json(found: ServerStatus, written: str | None, matches: bool | None) -> dict[str, Any]:
    server = {
        "server": found.server,
        "version": found.version,
        "user": {"username": found.username, "groups": list(found.groups)},
        "loadedHash": found.loaded_hash,
        "reloads": found.reloads,
        "problems": list(found.problems),
    }
    return {"version": 1, "writtenHash": written, "matches": matches, "servers": [server]}


def _text(found: ServerStatus, written: str | None, matches: bool | None) -> str:
    lines = [f"problem       {problem}" for problem in found.problems]
    if matches is False:
        lines.append("problem       the API server has loaded another file than this one")
    lines += [
        f"server        {found.server} ({found.version or 'version unknown'})",
        f"user          {found.username or 'unknown'}",
        f"groups        {', '.join(found.groups) or 'none'}",
        f"loaded file   {found.loaded_hash or 'unknown (Kubernetes 1.34 and later say it)'}",
    ]
    if written is not None:
        verdict = {True: "the loaded one", False: "NOT the loaded one", None: "cannot be compared"}[matches]
        lines.append(f"written file  {written}: {verdict}")
    lines += [f"reloads       {status}: {count}" for status, count in sorted(found.reloads.items())]
    return "\n".join(lines) + "\n"
