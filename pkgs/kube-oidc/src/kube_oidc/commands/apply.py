"""`kube-oidc apply`: waits until the API server has loaded the file; revokes old grants and applies the others."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.commands.arguments import duration, version
from kube_oidc.commands.reading import read
from kube_oidc.net.deadline import DEFAULT_SECONDS, Deadline

if TYPE_CHECKING:
    from kube_oidc.apply import Applied
    from kube_oidc.apply.run import Order
    from kube_oidc.cluster.connection import Connection

_OVERALL_SECONDS: Final = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--config", metavar="FILE", required=True, help="the file this machine's API server reads"
    )
    parser.add_argument(
        "--source", metavar="FILE", help="the original of --config, to detect a truncated or edited copy"
    )
    parser.add_argument(
        "--grants",
        metavar="FILE",
        required=True,
        help="JSON List of Roles, ClusterRoles, bindings and Namespaces that the cluster should have",
    )
    parser.add_argument("--kubeconfig", metavar="FILE", help="default: same as kubectl")
    parser.add_argument("--context", metavar="NAME", help="default: the current context")
    parser.add_argument(
        "--server", metavar="URL", help="this machine's API server; default: the kubeconfig's"
    )
    parser.add_argument("--tls-server-name", metavar="NAME", help="host name in the API server's certificate")
    parser.add_argument(
        "--unit",
        metavar="NAME",
        default="",
        help="the API server's systemd unit; its journal says why a file was rejected",
    )
    parser.add_argument(
        "--logs",
        metavar="PATTERN",
        default="",
        help="the API server's log files, if it doesn't log to the journal",
    )
    parser.add_argument(
        "--kubernetes-version",
        metavar="X.Y",
        type=version,
        help="the version the file was written for; default: the API server's",
    )
    parser.add_argument("--state", metavar="FILE", help="record when the file changed, for the next run")
    parser.add_argument(
        "--machine", metavar="NAME", help="recorded on every applied object; default: the host name"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would change, using the server's dry run"
    )
    parser.add_argument(
        "--timeout",
        metavar="DURATION",
        type=duration,
        default=_OVERALL_SECONDS,
        help="time limit for everything; default: %(default)gs",
    )
    parser.add_argument(
        "--request-timeout",
        metavar="DURATION",
        type=duration,
        default=DEFAULT_SECONDS,
        help="time limit per request; default: %(default)gs",
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="default: %(default)s; json: docs/json.md"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0: loaded, and the cluster has these grants; 1: not so; 2: could not run."""
    from kube_oidc.apply.run import apply
    from kube_oidc.cluster import ClusterError
    from kube_oidc.report import printable

    def say(line: str) -> None:
        print(printable.line(f"kube-oidc apply: {line}"), file=sys.stderr, flush=True)  # noqa: T201

    try:
        applied = apply(_order(arguments), say)
    except ClusterError as error:
        raise CommandError(str(error)) from None
    _print(applied, arguments.format)
    return EXIT_VALID if applied.ok else EXIT_FINDINGS


def _print(applied: Applied, how: str) -> None:
    if how == "json":
        from kube_oidc.report import printable
        from kube_oidc.report.apply_json import as_json

        sys.stdout.write(printable.json_text(as_json(applied), indent=2) + "\n")
    else:
        from kube_oidc.report.apply_text import as_text

        sys.stdout.write(as_text(applied))


def _order(arguments: argparse.Namespace) -> Order:
    from kube_oidc.apply.grants import GrantsError, parse
    from kube_oidc.apply.machine import Machine
    from kube_oidc.apply.run import Order
    from kube_oidc.apply.source import compare
    from kube_oidc.commands.since import unchanged_since
    from kube_oidc.commands.status import changed_of
    from kube_oidc.status.written import judged

    try:
        wanted = parse(read(arguments.grants))
    except GrantsError as error:
        raise CommandError(f"--grants {arguments.grants}: {error}") from None
    config = Path(arguments.config)
    source = read(arguments.source) if arguments.source else None
    data = read(config) if config.exists() or source is None else None
    wrong = None if source is None else compare(arguments.config, data, arguments.source, source)
    changed = changed_of(config) if data is not None else 0.0
    data = source if source is not None else data or b""
    changed = unchanged_since(arguments.state, f"sha256:{hashlib.sha256(data).hexdigest()}", changed)
    return Order(
        judge=partial(judged, arguments.config, data, changed),
        version=arguments.kubernetes_version,
        wrong=wrong,
        wanted=wanted,
        connect=lambda deadline: _connect(arguments, deadline),
        machine=Machine(arguments.unit, arguments.logs),
        here=arguments.machine or os.uname().nodename,
        overall=Deadline(arguments.timeout),
        each=arguments.request_timeout,
        dry=arguments.dry_run,
    )


def _connect(arguments: argparse.Namespace, deadline: Deadline) -> Connection:
    """The kubeconfig may lead to any server of the cluster: --server is this machine's, with the same name."""
    from kube_oidc.cluster.connection import connect

    first = connect(arguments.kubeconfig, arguments.context, deadline)
    name = arguments.tls_server_name or first.server_name
    if arguments.server:
        return first.to(arguments.server, name or (urlsplit(first.server).hostname or ""))
    return first.to(first.server, name)
