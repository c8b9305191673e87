"""Reads roles and bindings for `access`, `check` and `explain`, from files or the running cluster."""

from __future__ import annotations

import argparse
import errno
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import announce_fifo_wait
from kube_oidc.net.deadline import Deadline

if TYPE_CHECKING:
    from kube_oidc.cluster.connection import Connection
    from kube_oidc.rbac import Loaded, Policy
    from kube_oidc.verdict.versions import KubernetesVersion

_REMEDY = "allow the kubeconfig's user to list these (the ClusterRole view can't), or use files with --rbac"


def add_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the RBAC options and return their group; --timeout is added by each command."""
    source = parser.add_argument_group("RBAC options")
    source.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="file or folder with Roles and bindings in YAML or JSON (repeatable); - for standard input",
    )
    source.add_argument("--live", action="store_true", help="use the running cluster's roles and bindings")
    source.add_argument("--kubeconfig", metavar="FILE", help="with --live; default: same as kubectl")
    source.add_argument("--context", metavar="NAME", help="with --live; default: the current context")
    return source


def of_arguments(arguments: argparse.Namespace, version: KubernetesVersion) -> Loaded | None:
    """The objects of --live or --rbac, with read errors as problems; None without either."""
    if connection := connection_of(arguments):
        return _of_cluster(connection)
    if not arguments.rbac:
        return None
    return load(arguments.rbac, "--rbac", version)


def load(paths: Sequence[str], option: str, version: KubernetesVersion) -> Loaded:
    """The objects in this option's files and folders; `-` is standard input.

    CommandError if a path can't be read: otherwise a typo would look like a cluster without grants.
    """
    from kube_oidc.rbac import load as load_files

    names = ["/dev/stdin" if path == "-" else path for path in paths]
    with ExitStack() as waiting:
        for name in names:
            try:
                waiting.enter_context(announce_fifo_wait(Path(name)))
            except OSError as error:
                raise CommandError(f"{option}: cannot read {name}: {error.strerror}") from None
            if not os.access(name, os.R_OK):
                raise CommandError(f"{option}: cannot read {name}: {os.strerror(errno.EACCES)}")
        loaded = load_files(names, version=version)
    for problem in loaded.problems:
        if problem.place.path in names and os.path.isdir(problem.place.path):  # noqa: PTH112
            raise CommandError(f"{option}: {problem} ({problem.remedy})")
    return loaded


def policy_of(loaded: Loaded, version: KubernetesVersion) -> Policy:
    """The policy of the files' objects and of the built-in roles and bindings of this minor."""
    from kube_oidc.rbac import Policy, with_builtin

    return Policy(with_builtin(loaded.objects, version))


def policy_of_cluster(loaded: Loaded) -> Policy:
    """The policy of a cluster's own objects, which include the built-in ones."""
    from kube_oidc.rbac import Policy

    return Policy(loaded.objects, aggregate=False)


def of_files(paths: Sequence[str], option: str, version: KubernetesVersion) -> tuple[Loaded, Policy]:
    """The files' objects, and their policy including built-in roles."""
    loaded = load(paths, option, version)
    return loaded, policy_of(loaded, version)


def connection_of(arguments: argparse.Namespace) -> Connection | None:
    """The connection for --live; None without it. CommandError if the kubeconfig is unusable."""
    if not arguments.live:
        if arguments.kubeconfig or arguments.context:
            raise CommandError("--kubeconfig and --context require --live")
        return None
    if arguments.rbac:
        raise CommandError("--rbac and --live are mutually exclusive")
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.connection import connect

    try:
        return connect(arguments.kubeconfig, arguments.context, Deadline(arguments.timeout))
    except ClusterError as error:
        raise CommandError(str(error)) from None


def read(connection: Connection, namespace: str = "") -> tuple[Loaded, tuple[str, ...]]:
    """The cluster's objects, and what couldn't be read; CommandError if nothing could."""
    from kube_oidc.cluster.access import read as read_cluster

    loaded, missing = read_cluster(connection, namespace)
    if missing and not loaded.objects.bindings:
        raise CommandError(f"--live: cannot read RBAC objects from {connection.server}: {_in_short(missing)}")
    return loaded, missing


def _in_short(missing: Sequence[str]) -> str:
    """The failures as `KIND: REASON`, or only the reason if it is the same for all."""
    reasons = {each.partition(": ")[2] for each in missing if " was not asked: " not in each}
    return reasons.pop() if len(reasons) == 1 else "; ".join(missing)


def _of_cluster(connection: Connection) -> Loaded:
    from dataclasses import replace

    from kube_oidc.rbac import Place, Problem

    loaded, missing = read(connection)
    unread = tuple(Problem(Place(connection.server), f"not read: {reason}", _REMEDY) for reason in missing)
    return replace(loaded, problems=loaded.problems + unread)
