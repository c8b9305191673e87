"""Where `access`, `check` and `explain` have roles and bindings from: files, or the running cluster."""

from __future__ import annotations

import argparse
import errno
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import patient
from kube_oidc.net.deadline import Deadline

if TYPE_CHECKING:
    from kube_oidc.cluster.connection import Connection
    from kube_oidc.rbac import Loaded, Policy

_REMEDY = "let the kubeconfig's user list these (the ClusterRole view cannot), or name files with --rbac"


def add_arguments(parser: argparse.ArgumentParser, question: str) -> argparse._ArgumentGroup:
    """The arguments about RBAC, as the answer to this question; --timeout is the command's own."""
    source = parser.add_argument_group(question)
    source.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder with Roles and bindings, YAML or JSON (repeatable); - for standard input",
    )
    source.add_argument("--live", action="store_true", help="roles and bindings of the running cluster")
    source.add_argument("--kubeconfig", metavar="FILE", help="with --live; default: as kubectl finds it")
    source.add_argument("--context", metavar="NAME", help="with --live; default: the current one")
    return source


def of_arguments(arguments: argparse.Namespace) -> Loaded | None:
    """What --live or --rbac names, with what could not be read as its problems; None without either."""
    if connection := connection_of(arguments):
        return _of_cluster(connection)
    if not arguments.rbac:
        return None
    return load(arguments.rbac, "--rbac")


def load(paths: Sequence[str], option: str) -> Loaded:
    """What the files and folders of this option have; `-` is standard input.

    CommandError where one of them cannot be read at all: a name that is misspelt would be a cluster without grants.
    """
    from kube_oidc.rbac import load as load_files

    names = ["/dev/stdin" if path == "-" else path for path in paths]
    with ExitStack() as waiting:
        for name in names:
            try:
                waiting.enter_context(patient(Path(name)))
            except OSError as error:
                raise CommandError(f"{option}: {name} cannot be read: {error.strerror}") from None
            if not os.access(name, os.R_OK):
                raise CommandError(f"{option}: {name} cannot be read: {os.strerror(errno.EACCES)}")
        loaded = load_files(names)
    for problem in loaded.problems:
        if problem.place.path in names and os.path.isdir(problem.place.path):  # noqa: PTH112
            raise CommandError(f"{option}: {problem} ({problem.remedy})")
    return loaded


def policy_of(loaded: Loaded, *, live: bool) -> Policy:
    """What these allow: a cluster has all of its roles, aggregated; files lack those that every cluster has."""
    from kube_oidc.rbac import Policy, with_builtin

    return Policy(loaded.objects, aggregate=False) if live else Policy(with_builtin(loaded.objects))


def of_files(paths: Sequence[str], option: str = "--rbac") -> tuple[Loaded, Policy]:
    """What the files have, and the roles that every cluster has."""
    loaded = load(paths, option)
    return loaded, policy_of(loaded, live=False)


def connection_of(arguments: argparse.Namespace) -> Connection | None:
    """The way to the cluster of --live; None without it."""
    if not arguments.live:
        if arguments.kubeconfig or arguments.context:
            raise CommandError("--kubeconfig and --context go with --live")
        return None
    if arguments.rbac:
        raise CommandError("--rbac and --live: name one of them")
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.connection import connect

    try:
        return connect(arguments.kubeconfig, arguments.context, Deadline(arguments.timeout))
    except ClusterError as error:
        raise CommandError(str(error)) from None


def read(connection: Connection, namespace: str = "") -> tuple[Loaded, tuple[str, ...]]:
    """What the cluster has, and what may not be read; CommandError where that is everything."""
    from kube_oidc.cluster.access import read as read_cluster

    loaded, missing = read_cluster(connection, namespace)
    if missing and not loaded.objects.bindings:
        raise CommandError(f"--live: nothing can be read of {connection.server}: {_in_short(missing)}")
    return loaded, missing


def _in_short(missing: Sequence[str]) -> str:
    """What was asked in vain, `KIND: REASON` each; one reason for all, or for the first of all, stands alone."""
    reasons = {each.partition(": ")[2] for each in missing if " was not asked: " not in each}
    return reasons.pop() if len(reasons) == 1 else "; ".join(missing)


def _of_cluster(connection: Connection) -> Loaded:
    from dataclasses import replace

    from kube_oidc.rbac import Place, Problem

    loaded, missing = read(connection)
    unread = tuple(Problem(Place(connection.server), f"not read: {reason}", _REMEDY) for reason in missing)
    return replace(loaded, problems=loaded.problems + unread)
