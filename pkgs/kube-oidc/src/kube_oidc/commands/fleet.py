"""`kube-oidc status` for several clusters, and for Prometheus."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError

if TYPE_CHECKING:
    from kube_oidc.cluster.server import ServerReport
    from kube_oidc.status import Written
    from kube_oidc.status.commits import Commit
    from kube_oidc.status.fleet import Fleet, Target

MAX_CLUSTERS: Final = 200


def targets_of(arguments: argparse.Namespace) -> list[Target] | None:
    """The clusters to ask, if there are several or Prometheus wants them; None for one. CommandError: usage."""
    if not _is_fleet(arguments):
        return None
    for option in ("server", "wait", "tls_server_name"):
        if getattr(arguments, option):
            name = f"--{option.replace('_', '-')}"
            raise CommandError(
                f"{name} is for one cluster: not with several contexts, or --format prometheus"
            )
    if arguments.only == "issuers":
        raise CommandError("--only issuers asks no cluster: leave out the contexts")
    targets = _targets(arguments)
    if len(targets) > MAX_CLUSTERS:
        raise CommandError(f"{len(targets)} clusters: at most {MAX_CLUSTERS} at once")
    return targets


def _is_fleet(arguments: argparse.Namespace) -> bool:
    several = len(arguments.kubeconfig) > 1 or len(arguments.context) > 1
    return several or arguments.all_contexts or arguments.format == "prometheus"


def _targets(arguments: argparse.Namespace) -> list[Target]:
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.kubeconfig import contexts
    from kube_oidc.status.fleet import Target

    if arguments.all_contexts and arguments.context:
        raise CommandError("--all-contexts and --context are mutually exclusive")
    kubeconfigs: list[str | None] = [*dict.fromkeys(arguments.kubeconfig)] or [None]
    found = []
    for kubeconfig in kubeconfigs:
        try:
            names = contexts(kubeconfig) if arguments.all_contexts else [*dict.fromkeys(arguments.context)]
        except ClusterError as error:
            raise CommandError(str(error)) from None
        prefix = f"{kubeconfig} " if kubeconfig and len(kubeconfigs) > 1 else ""
        found += [Target(f"{prefix}{name}", kubeconfig, name) for name in names]
        if not names:
            found.append(Target(kubeconfig or "current context", kubeconfig, None))
    return found


def run(arguments: argparse.Namespace, targets: Sequence[Target], written: Written | None) -> int:
    """Exit status 0 all is well, 1 something is wrong in a cluster or with an issuer."""
    from kube_oidc.status.fleet import ask

    found = ask(targets, written, arguments.timeout, ask_issuers=arguments.only is None)
    servers = [server for cluster in found.clusters for server in cluster.status.servers]
    sys.stdout.write(_rendered(found, commits_of(arguments.git, servers), arguments.format))
    return EXIT_VALID if found.ok else EXIT_FINDINGS


def _rendered(found: Fleet, commits: Mapping[str, Commit], how: str) -> str:
    if how == "prometheus":
        from kube_oidc.report.status_prometheus import render

        return render(found)
    if how == "json":
        from kube_oidc.report import printable
        from kube_oidc.report.status_json import fleet_as_json

        return printable.json_text(fleet_as_json(found, commits), indent=2) + "\n"
    from kube_oidc.report.status_text import fleet_as_text

    return fleet_as_text(found, commits)


def commits_of(folder: str | None, servers: Iterable[ServerReport]) -> Mapping[str, Commit]:
    """The commits of the files that these API servers have loaded, by hash; empty without --git."""
    hashes = {server.metrics.loaded_hash for server in servers} - {None}
    if folder is None or not hashes:
        return {}
    from kube_oidc.status.commits import GitError
    from kube_oidc.status.commits import commits_of as find

    try:
        return find(Path(folder), {found for found in hashes if found})
    except GitError as error:
        raise CommandError(f"--git {folder}: {error}") from None
