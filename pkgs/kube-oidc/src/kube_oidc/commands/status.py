"""`kube-oidc status`: what runs, against what is written; and the issuers, as they look from here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.commands.arguments import add_renamed, add_timeout, duration, version
from kube_oidc.commands.reading import read
from kube_oidc.net.deadline import Deadline
from kube_oidc.verdict.versions import DEFAULT

if TYPE_CHECKING:
    from kube_oidc.cluster.connection import Connection
    from kube_oidc.status import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.set_defaults(config=None)
    parser.add_argument(
        "config",
        metavar="FILE",
        nargs="?",
        default=argparse.SUPPRESS,
        help="the AuthenticationConfiguration that should be loaded; also checks its issuers",
    )
    parser.add_argument(
        "--kubeconfig",
        metavar="FILE",
        action="append",
        default=[],
        help="default: same as kubectl; repeatable, one cluster each",
    )
    parser.add_argument(
        "--context",
        metavar="NAME",
        action="append",
        default=[],
        help="default: the current context; repeatable, one cluster each",
    )
    parser.add_argument("--all-contexts", action="store_true", help="every context of the kubeconfig")
    add_renamed(parser, "--config", "FILE without --config", "config")
    parser.add_argument(
        "--server",
        metavar="URL",
        action="append",
        default=[],
        help="ask this API server (repeatable); default: the kubeconfig's and those listed by its cluster",
    )
    parser.add_argument(
        "--tls-server-name", metavar="NAME", help="host name in the API servers' certificates"
    )
    parser.add_argument(
        "--only",
        choices=("server", "servers", "issuers"),
        help="ask only the kubeconfig's API server, only API servers, or only issuers; default: all",
    )
    parser.add_argument(
        "--wait",
        metavar="DURATION",
        type=duration,
        help="first wait until every API server has loaded the file, or one has rejected it",
    )
    parser.add_argument(
        "--git", metavar="PATH", help="folder in a Git repository: show which commit has the loaded file"
    )
    add_timeout(parser, "time limit for all requests of a cluster, in addition to --wait")
    parser.add_argument(
        "--kubernetes-version",
        metavar="X.Y",
        type=version,
        help="validate the file for this version; default: the oldest API server's",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "prometheus"),
        default="text",
        help="default: %(default)s; json: docs/json.md; prometheus: for the textfile collector",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 all is well, 1 something is wrong, 2 could not run."""
    from kube_oidc.commands import fleet, refused_tokens
    from kube_oidc.report.status_json import as_json
    from kube_oidc.report.status_text import as_text
    from kube_oidc.status.gather import gather
    from kube_oidc.status.problems import problems
    from kube_oidc.status.written import judged, oldest

    _consistent(arguments)
    data = _content(arguments) if arguments.config else b""
    changed = changed_of(Path(arguments.config)) if arguments.config else 0.0
    judge = partial(judged, arguments.config, data, changed)
    written = judge(arguments.kubernetes_version or DEFAULT) if arguments.config else None
    if (targets := fleet.targets_of(arguments)) is not None:
        return fleet.run(arguments, targets, written)
    deadline = Deadline(arguments.timeout)
    connections, discover = _connections(arguments, deadline)
    if arguments.wait is not None and written is not None:
        connections += discover()
        discover = list
        _wait(written, connections, arguments.wait)
        deadline = Deadline(arguments.timeout)
        connections = [each.until(deadline) for each in connections]
    issuers = () if written is None or arguments.only in ("server", "servers") else written.issuers
    found = gather(written, connections, discover, issuers, deadline)
    if written and not arguments.kubernetes_version and (version := oldest(found.servers)):
        found = replace(found, written=judge(version))
    wrong = problems(found)
    if found.servers:
        wrong += refused_tokens.recent(arguments.config or "")
    commits = fleet.commits_of(arguments.git, found.servers)
    if arguments.format == "json":
        from kube_oidc.report import printable

        shown = as_json(found, wrong, commits)
        sys.stdout.write(printable.json_text(shown, indent=2) + "\n")
    else:
        from kube_oidc.commands.terminal import use_color
        from kube_oidc.report.color import colored

        sys.stdout.write(colored(as_text(found, wrong, commits), color=use_color()))
    return EXIT_FINDINGS if any(each.severity.value == "error" for each in wrong) else EXIT_VALID


def _content(arguments: argparse.Namespace) -> bytes:
    """The configuration in the file, which may be a wrapper. CommandError if there is none that can be read."""
    from kube_oidc.commands.configurations import single
    from kube_oidc.verdict.validation import Context

    given = single(arguments.config, read(arguments.config), Context(arguments.kubernetes_version or DEFAULT))
    first = next(iter(given.diagnostics), None)
    if first is not None and (given.foreign or first.code == "wrong-kind"):
        raise CommandError(
            f"{arguments.config} is not an AuthenticationConfiguration: {first.message}\n{first.remedy or ''}".rstrip()
        )
    return given.data


def _consistent(arguments: argparse.Namespace) -> None:
    if arguments.only in ("server", "issuers") and arguments.server:
        raise CommandError(f"--only {arguments.only} and --server are mutually exclusive")
    for server in arguments.server:
        if not server.lower().startswith("https://"):
            raise CommandError(
                f"--server {server}: must be an https:// URL, what is sent in plain http is anyone's"
            )
    if arguments.config is None and (arguments.wait is not None or arguments.only == "issuers"):
        option = "--only issuers" if arguments.only == "issuers" else "--wait"
        raise CommandError(f"{option} requires FILE, the configuration that should be loaded")
    if arguments.wait is not None and arguments.only == "issuers":
        raise CommandError("--wait is about API servers, --only issuers leaves them out")


def changed_of(path: Path) -> float:
    """When the file took its place, in Unix seconds: the link to it may have changed instead of the file."""
    try:
        return max(path.stat().st_ctime, path.lstat().st_ctime)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _connections(
    arguments: argparse.Namespace, deadline: Deadline
) -> tuple[list[Connection], Callable[[], list[Connection]]]:
    """One for each API server that is known here; and what asks the cluster for the others."""
    if arguments.only == "issuers":
        return [], list
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.connection import connect

    try:
        kubeconfig, context = next(iter(arguments.kubeconfig), None), next(iter(arguments.context), None)
        first = connect(kubeconfig, context, deadline)
        name = arguments.tls_server_name or first.server_name
        if arguments.server:
            return [first.to(server, name) for server in dict.fromkeys(arguments.server)], list
        first = first.to(first.server, name)
    except ClusterError as error:
        raise CommandError(str(error)) from None
    if arguments.only == "server" or not first.verifies:
        return [first], list  # nobody shows who he is: those that the cluster names get no credential
    return [first], partial(_others, first, name)


def _others(first: Connection, name: str) -> list[Connection]:
    """The cluster's other API servers."""
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.servers import SERVER_NAME, endpoints

    others = (server for server in endpoints(first) if server != first.server.rstrip("/"))
    try:
        return [first.to(server, name or SERVER_NAME, discovered=True) for server in others]
    except ClusterError as error:
        raise CommandError(str(error)) from None


def _wait(written: Written, connections: list[Connection], limit: float) -> None:
    from kube_oidc.report import printable
    from kube_oidc.status.waiting import wait

    def say(line: str) -> None:
        print(printable.line(f"kube-oidc status: {line}"), file=sys.stderr, flush=True)  # noqa: T201

    if reason := wait(written, connections, limit, say):
        say(reason)
