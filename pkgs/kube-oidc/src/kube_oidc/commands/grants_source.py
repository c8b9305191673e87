"""Where `check` has RBAC's objects from: files and folders, or the running cluster."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import CommandError

if TYPE_CHECKING:
    from kube_oidc.rbac import Loaded

_SECONDS: Final = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments about RBAC."""
    source = parser.add_argument_group("what may the users do that the files make?")
    source.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="roles and bindings, file or folder (repeatable)",
    )
    source.add_argument("--live", action="store_true", help="roles and bindings of the running cluster")
    source.add_argument("--kubeconfig", metavar="FILE", help="with --live; default: as kubectl finds it")
    source.add_argument("--context", metavar="NAME", help="with --live; default: the current one")


def grants_of(arguments: argparse.Namespace) -> Loaded | None:
    """The objects, and what could not be read of them; None where none were asked for."""
    if arguments.rbac and arguments.live:
        raise CommandError("--rbac and --live: name one of them")
    if arguments.live:
        return _live(arguments)
    if not arguments.rbac:
        return None
    from kube_oidc.rbac import load

    return load(arguments.rbac)


def _live(arguments: argparse.Namespace) -> Loaded:
    from dataclasses import replace

    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.access import read
    from kube_oidc.cluster.connection import connect
    from kube_oidc.rbac.files import Problem
    from kube_oidc.rbac.model import Place

    try:
        connection = connect(arguments.kubeconfig, arguments.context, _SECONDS)
    except ClusterError as error:
        raise CommandError(str(error)) from None
    loaded, missing = read(connection, "")
    if not loaded.objects.bindings and missing:
        raise CommandError(f"--live: nothing can be read of {connection.server}: {'; '.join(missing)}")
    remedy = "use a kubeconfig that may list them: what is bound there is not told"
    problems = tuple(Problem(Place(connection.server), f"not read: {what}", remedy) for what in missing)
    return replace(loaded, problems=loaded.problems + problems)
