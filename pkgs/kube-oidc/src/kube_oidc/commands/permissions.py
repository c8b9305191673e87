"""The second half of `explain`: what RBAC allows the user."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError, grants
from kube_oidc.net.deadline import Deadline

if TYPE_CHECKING:
    from kube_oidc.cluster.connection import Connection
    from kube_oidc.model import UserInfo
    from kube_oidc.rbac import Objects, Policy, Request
    from kube_oidc.rbac.answer import Permissions
    from kube_oidc.verdict.versions import KubernetesVersion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments about RBAC."""
    source = grants.add_arguments(parser)
    source.add_argument(
        "--can",
        metavar="QUESTION",
        action="append",
        nargs="+",
        default=[],
        help="can the user do this? As in kubectl: patch deployment/blog, get pods/log, get /metrics, "
        "or a pasted 403 message from the API server (repeatable)",
    )
    source.add_argument(
        "-n", "--namespace", metavar="NAME", default="", help="namespace for --can; default: all namespaces"
    )
    source.add_argument(
        "--subresource", metavar="NAME", default="", help="subresource for --can, such as log"
    )


@dataclass(frozen=True, slots=True)
class Rights:
    """The roles and bindings that were read; `missing` lists those that couldn't be."""

    policy: Policy
    questions: tuple[tuple[Request, str], ...]
    missing: tuple[str, ...]
    ask: Callable[[UserInfo, Request], bool | None] | None

    def of(self, user: UserInfo) -> Permissions:
        """What this user can do."""
        from kube_oidc.rbac.answer import permissions

        return permissions(self.policy, user, self.questions, complete=not self.missing, ask=self.ask)


def rights_of(arguments: argparse.Namespace, version: KubernetesVersion) -> Rights | None:
    """Read the roles and bindings once for all users; None if no option asks for them."""
    if arguments.namespace and not (arguments.can or arguments.live):
        raise CommandError("--namespace requires --can or --live")
    if arguments.can and not (arguments.rbac or arguments.live):
        raise CommandError("--can requires roles and bindings: add --rbac FILE or --live")
    connection = grants.connection_of(arguments)
    if connection is None and not arguments.rbac:
        return None
    from kube_oidc.rbac import Policy, with_builtin

    objects, missing = _live(connection, arguments) if connection else _files(arguments, version)
    known = with_builtin(objects, version)
    policy = Policy(objects, aggregate=False) if connection else Policy(known)
    ask = _review(connection, arguments.timeout) if connection else None
    return Rights(policy, _questions(arguments, known), missing, ask)


def _questions(arguments: argparse.Namespace, objects: Objects) -> tuple[tuple[Request, str], ...]:
    from kube_oidc.rbac.question import QuestionError, doubts, parse, user_of_refusal
    from kube_oidc.report import printable

    found = []
    for text in map(" ".join, arguments.can):
        asked = f"{text} --subresource={arguments.subresource}" if arguments.subresource else text
        try:
            request = parse(asked, arguments.namespace, objects)
        except QuestionError as error:
            raise CommandError(f"--can: {error}") from None
        for doubt in doubts(request, objects):
            print(printable.line(f"kube-oidc {arguments.command}: --can: {doubt}"), file=sys.stderr)  # noqa: T201
        found.append((request, user_of_refusal(text) or ""))
    return tuple(found)


def _files(arguments: argparse.Namespace, version: KubernetesVersion) -> tuple[Objects, tuple[str, ...]]:
    from kube_oidc.report import printable

    loaded = grants.load(arguments.rbac, "--rbac", version)
    refused = tuple(f"{problem} ({problem.remedy})" for problem in loaded.problems if problem.refused)
    if refused and not (loaded.objects.roles or loaded.objects.bindings):
        raise CommandError(f"--rbac: {refused[0]}")
    for problem in loaded.problems:
        if not problem.refused:
            line = printable.line(f"kube-oidc explain: {problem}; {problem.remedy}")
            print(line, file=sys.stderr)  # noqa: T201
    return loaded.objects, refused


def _live(connection: Connection, arguments: argparse.Namespace) -> tuple[Objects, tuple[str, ...]]:
    loaded, missing = grants.read(connection, arguments.namespace)
    return loaded.objects, missing


def _review(connection: Connection, timeout: float) -> Callable[[UserInfo, Request], bool | None]:
    from kube_oidc.cluster.access import review

    return lambda user, request: review(connection.until(Deadline(timeout)), user, request)
