"""The part of `explain` that comes after authentication: what RBAC allows the user."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError

if TYPE_CHECKING:
    from kube_oidc.cluster.connection import Connection
    from kube_oidc.model import UserInfo
    from kube_oidc.rbac import Objects, Policy, Request
    from kube_oidc.rbac.answer import Permissions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments about RBAC."""
    source = parser.add_argument_group("what may this user do?")
    source.add_argument(
        "--rbac",
        metavar="FILE",
        action="append",
        default=[],
        help="roles and bindings, as YAML or JSON; a folder: all of its files (repeatable)",
    )
    source.add_argument("--live", action="store_true", help="roles and bindings of the running cluster")
    source.add_argument("--kubeconfig", metavar="FILE", help="with --live; default: as kubectl finds it")
    source.add_argument("--context", metavar="NAME", help="with --live; default: the current one")
    source.add_argument(
        "--can",
        metavar="QUESTION",
        action="append",
        default=[],
        help="may it do this? `patch deployments.apps`, `get pods/log`, `get /metrics`, "
        "or the API server's refusal as it stands (repeatable)",
    )
    source.add_argument("--namespace", metavar="NAME", default="", help="of --can; default: all of them")


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles and bindings that were read; `missing` says which could not be."""

    policy: Policy
    questions: tuple[tuple[Request, str], ...]
    missing: tuple[str, ...]
    ask: Callable[[UserInfo, Request], bool | None] | None

    def of(self, user: UserInfo) -> Permissions:
        """What they give this user."""
        from kube_oidc.rbac.answer import permissions

        return permissions(self.policy, user, self.questions, complete=not self.missing, ask=self.ask)


def rights_of(arguments: argparse.Namespace) -> Rights | None:
    """Reads the roles and bindings once, for whatever users there are; None where none are asked for."""
    if not arguments.live and (arguments.kubeconfig or arguments.context):
        raise CommandError("--kubeconfig and --context go with --live")
    if arguments.namespace and not (arguments.can or arguments.live):
        raise CommandError("--namespace is of a question: --can, or --live")
    if not arguments.rbac and not arguments.live:
        if arguments.can:
            raise CommandError("--can needs the roles and bindings: --rbac FILE, or --live")
        return None
    from kube_oidc.rbac import Policy, builtin

    if arguments.rbac and arguments.live:
        raise CommandError("--rbac and --live: name one of them")
    connection = _connection(arguments) if arguments.live else None
    objects, missing = _live(connection, arguments) if connection else _files(arguments)
    known = builtin() + objects
    policy = Policy(objects, aggregate=False) if connection else Policy(known)
    ask = None
    if connection:
        from functools import partial

        from kube_oidc.cluster.access import review

        ask = partial(review, connection)
    return Rights(policy, _questions(arguments, known), missing, ask)


def _questions(arguments: argparse.Namespace, objects: Objects) -> tuple[tuple[Request, str], ...]:
    from kube_oidc.rbac.question import QuestionError, parse, user_of_refusal

    try:
        return tuple(
            (parse(text, arguments.namespace, objects), user_of_refusal(text) or "") for text in arguments.can
        )
    except QuestionError as error:
        raise CommandError(f"--can: {error}") from None


def _files(arguments: argparse.Namespace) -> tuple[Objects, tuple[str, ...]]:
    from kube_oidc import printable
    from kube_oidc.rbac import load

    loaded = load(arguments.rbac)
    refused = tuple(f"{problem} ({problem.remedy})" for problem in loaded.problems if problem.refused)
    if refused and not (loaded.objects.roles or loaded.objects.bindings):
        raise CommandError(f"--rbac: {refused[0]}")
    for problem in loaded.problems:
        if not problem.refused:
            line = printable.line(f"kube-oidc explain: {problem}; {problem.remedy}")
            print(line, file=sys.stderr)  # noqa: T201
    return loaded.objects, refused


def _connection(arguments: argparse.Namespace) -> Connection:
    from kube_oidc.cluster import ClusterError
    from kube_oidc.cluster.connection import connect

    try:
        return connect(arguments.kubeconfig, arguments.context, arguments.timeout)
    except ClusterError as error:
        raise CommandError(str(error)) from None


def _live(connection: Connection, arguments: argparse.Namespace) -> tuple[Objects, tuple[str, ...]]:
    from kube_oidc.cluster.access import read

    loaded, missing = read(connection, arguments.namespace)
    if not loaded.objects.bindings and missing:
        raise CommandError(f"--live: nothing can be read of {connection.server}: {'; '.join(missing)}")
    return loaded.objects, missing
