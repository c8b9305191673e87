"""Where `access` has its roles and bindings from: files, or a running cluster."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.arguments import seconds
from kube_oidc.deadline import DEFAULT_SECONDS

if TYPE_CHECKING:
    from kube_oidc.diagnostics import Diagnostic
    from kube_oidc.findings.makers import Makers
    from kube_oidc.rbac import Loaded, Policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments about RBAC."""
    source = parser.add_argument_group("what is granted?")
    source.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder with Roles and bindings, YAML or JSON (repeatable)",
    )
    source.add_argument("--live", action="store_true", help="roles and bindings of the running cluster")
    source.add_argument("--kubeconfig", metavar="FILE", help="with --live; default: as kubectl finds it")
    source.add_argument("--context", metavar="NAME", help="with --live; default: the current one")
    source.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=DEFAULT_SECONDS,
        help="with --live, for each question; default: %(default)g",
    )


def of_arguments(arguments: argparse.Namespace) -> tuple[Loaded, Policy]:
    """What --live or --rbac names."""
    if arguments.live:
        return of_cluster(arguments)
    if arguments.kubeconfig or arguments.context:
        raise CommandError("--kubeconfig and --context go with --live")
    return of_files(arguments.rbac)


def of_files(paths: Sequence[str]) -> tuple[Loaded, Policy]:
    """What the files have, and the roles that every cluster has."""
    from kube_oidc.rbac import Policy, builtin, load

    loaded = load(paths)
    return loaded, Policy(builtin() + loaded.objects)


def findings(loaded: Loaded, policy: Policy, makers: Makers) -> list[Diagnostic]:
    """What is found on bindings, whose names are the diagnostics' fields."""
    from kube_oidc.findings.rbac import Grants
    from kube_oidc.findings.rbac.checked import grant_reports

    grants = Grants(tuple(one.entry for one in makers.each), loaded.objects, trials=makers.trials)
    grants.makers, grants.policy = makers, policy
    reports = grant_reports(replace(loaded, problems=()), grants.entries, {}, grants=grants)
    return [found for report in reports for found in report.diagnostics]


def of_cluster(arguments: argparse.Namespace) -> tuple[Loaded, Policy]:
    """What the cluster has, to the last role; what may not be read is a problem of the report."""
    if arguments.rbac:
        raise CommandError("--rbac and --live: name one of them")
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.access import read
    from kube_oidc.cluster.connection import connect
    from kube_oidc.rbac import Place, Policy, Problem

    try:
        connection = connect(arguments.kubeconfig, arguments.context, arguments.timeout)
    except ClusterError as error:
        raise CommandError(str(error)) from None
    loaded, missing = read(connection, "")
    if missing and not loaded.objects.bindings:
        raise CommandError(f"--live: nothing can be read of {connection.server}: {'; '.join(missing)}")
    remedy = "let the kubeconfig's user list these (the ClusterRole view cannot), or name files with --rbac"
    unread = tuple(Problem(Place(connection.server), reason, remedy) for reason in missing)
    return replace(loaded, problems=loaded.problems + unread), Policy(loaded.objects, aggregate=False)
