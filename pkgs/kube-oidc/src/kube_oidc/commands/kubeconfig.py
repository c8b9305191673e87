"""`kube-oidc kubeconfig`: a kubeconfig with server, CA and a plugin for the token, for a job or a person."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_VALID, CommandError
from kube_oidc.commands.reading import read

if TYPE_CHECKING:
    from kube_oidc.ci.kubeconfig import Cluster, Plugin

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments, with kubectl's names where kubectl has them."""
    parser.add_argument("--server", metavar="URL", help="the API server; overrides the one in --from")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="take the cluster from this kubeconfig, without its users",
    )
    parser.add_argument(
        "--context", default="", metavar="NAME", help="with --from; default: its current context"
    )
    parser.add_argument(
        "--certificate-authority",
        metavar="FILE",
        help="PEM file; default: the one in --from, or the system's",
    )
    parser.add_argument("--tls-server-name", metavar="NAME", help="host name in the API server's certificate")
    parser.add_argument(
        "--namespace", metavar="NAME", help="the context's namespace; default: the one in --from"
    )
    user = parser.add_mutually_exclusive_group(required=True)
    user.add_argument(
        "--audience", metavar="A", help="for a CI job: kubectl requests a token for this audience"
    )
    user.add_argument(
        "--login",
        metavar="URL",
        help="for a person: kubectl logs in at this issuer with kubelogin (kubectl oidc-login); requires --client-id",
    )
    user.add_argument(
        "--empty-user",
        action="store_true",
        help="add an empty user `oidc`, for kubectl config set-credentials",
    )
    parser.add_argument(
        "--command",
        dest="program",
        metavar="FILE",
        help="the exec plugin; default: kube-oidc, with --login kubectl oidc-login",
    )
    parser.add_argument(
        "--token-argument",
        action="append",
        default=[],
        metavar="WORD",
        help="extra argument for the plugin, e.g. --token-argument=--variable=ID_TOKEN (repeatable)",
    )
    _add_login_arguments(parser)
    parser.add_argument(
        "--output", metavar="FILE", help="write to FILE atomically, with mode 0600; default: stdout"
    )


def _add_login_arguments(parser: argparse.ArgumentParser) -> None:
    login = parser.add_argument_group("with --login")
    login.add_argument(
        "--client-id", metavar="ID", help="the client at the issuer; must be one of the cluster's audiences"
    )
    login.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="NAME",
        help="scope in addition to openid, such as groups, profile or offline_access (repeatable)",
    )
    login.add_argument(
        "--issuer-certificate-authority",
        metavar="FILE",
        help="PEM file for the issuer's server; default: the system's",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the kubeconfig to stdout or --output and return 0. CommandError: usage or I/O error."""
    from kube_oidc.ci.kubeconfig import KubeconfigError, is_of_this_machine, render

    cluster = _cluster(arguments)
    try:
        text = render(cluster, _plugin(arguments))
    except KubeconfigError as error:
        raise CommandError(str(error)) from None
    if is_of_this_machine(cluster.server):
        _note(f"{cluster.server} is a local address; for a runner on another machine add --server URL")
    if arguments.output is None:
        sys.stdout.write(text)
        return EXIT_VALID
    from kube_oidc.commands.atomic import write

    try:
        write(Path(arguments.output), text, 0o600)
    except OSError as error:
        raise CommandError(f"cannot write {arguments.output}: {error.strerror}") from None
    return EXIT_VALID


def _plugin(arguments: argparse.Namespace) -> Plugin | None:
    from kube_oidc.ci.kubeconfig import job_plugin
    from kube_oidc.ci.login import Login, login_plugin
    from kube_oidc.inputs.yaml_values import MAX_BYTES

    more = tuple(arguments.token_argument)
    if arguments.login is None:
        for option in ("client_id", "scope", "issuer_certificate_authority"):
            if getattr(arguments, option):
                raise CommandError(f"--{option.replace('_', '-')} requires --login")
        return (
            None
            if arguments.empty_user
            else job_plugin(arguments.program or "kube-oidc", arguments.audience, more)
        )
    if not arguments.client_id:
        raise CommandError("--login requires --client-id, the client's ID at the issuer")
    authority = arguments.issuer_certificate_authority
    pem = None if authority is None else read(authority, MAX_BYTES)
    login = Login(arguments.login, arguments.client_id, tuple(arguments.scope), pem)
    return login_plugin(arguments.program, login, more)


def _cluster(arguments: argparse.Namespace) -> Cluster:
    """The cluster of --from or --server, with the other arguments applied."""
    from kube_oidc.ci.kubeconfig import Cluster
    from kube_oidc.inputs.yaml_values import MAX_BYTES

    if arguments.source is None and arguments.server is None:
        raise CommandError("missing API server: add --server URL, or --from FILE with a kubeconfig")
    if arguments.context and arguments.source is None:
        raise CommandError("--context requires --from")
    cluster = Cluster("") if arguments.source is None else _existing(arguments)
    if arguments.server is not None:
        cluster = cluster._replace(server=arguments.server)
    if arguments.certificate_authority is not None:
        cluster = cluster._replace(certificate_authority=read(arguments.certificate_authority, MAX_BYTES))
    if arguments.tls_server_name is not None:
        cluster = cluster._replace(tls_server_name=arguments.tls_server_name)
    if arguments.namespace is not None:
        if not re.fullmatch(_LABEL, arguments.namespace):
            raise CommandError(f"--namespace {arguments.namespace!r}: expected an RFC 1123 label")
        cluster = cluster._replace(namespace=arguments.namespace)
    return cluster


def _note(message: str) -> None:
    print(f"kube-oidc kubeconfig: {message}", file=sys.stderr)  # noqa: T201


def _existing(arguments: argparse.Namespace) -> Cluster:
    import yaml

    from kube_oidc.ci.kubeconfig import KubeconfigError, cluster_of
    from kube_oidc.inputs.yaml_values import MAX_BYTES, load

    file = Path(arguments.source)
    try:
        document = load(read(file, MAX_BYTES))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise CommandError(f"{file}{place}: invalid YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise CommandError(f"{file}: invalid YAML") from None
    try:
        return cluster_of(
            document, arguments.context, file.parent, verified=arguments.certificate_authority is not None
        )
    except KubeconfigError as error:
        raise CommandError(f"{file}: {error}") from None
