"""`kube-oidc who-can`: everyone who is allowed a request by RBAC, with the issuer and the binding."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError, grants
from kube_oidc.commands.arguments import add_timeout
from kube_oidc.commands.terminal import use_color
from kube_oidc.verdict.versions import DEFAULT, requested

if TYPE_CHECKING:
    from kube_oidc.access.who_can import Allowed
    from kube_oidc.rbac import Loaded, Policy, Request
    from kube_oidc.verdict.versions import KubernetesVersion


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments; the question is kubectl's."""
    parser.add_argument(
        "question",
        nargs="+",
        metavar="VERB RESOURCE",
        help="as in kubectl auth can-i: patch deployment/blog, get /metrics",
    )
    parser.add_argument("-n", "--namespace", metavar="NAME", default="", help="default: the whole cluster")
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="the whole cluster")
    parser.add_argument("--subresource", metavar="NAME", default="", help="such as log or scale")
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="the AuthenticationConfiguration: also name the issuer of each user and group; - for standard input",
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    grants.add_arguments(parser)
    add_timeout(parser, "with --live: time limit for all requests")


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 if RBAC objects are unreadable or invalid. CommandError: usage or I/O error."""
    from kube_oidc.access.who_can import who_can

    if not (arguments.rbac or arguments.live):
        raise CommandError("missing roles and bindings: add --rbac FILE or --live")
    try:
        version = requested(arguments.kubernetes_version)
    except ValueError as error:
        raise CommandError(str(error)) from None
    loaded = grants.of_arguments(arguments, version)
    assert loaded is not None
    policy = _policy(loaded, version, live=arguments.live)
    request = _request(arguments, loaded, version)
    allowed = who_can(policy, request, _issuers(arguments.config, version))
    _print(arguments.format, request, allowed, loaded)
    return EXIT_FINDINGS if any(problem.refused for problem in loaded.problems) else EXIT_VALID


def _policy(loaded: Loaded, version: KubernetesVersion, *, live: bool) -> Policy:
    """The policy of these objects; a running cluster has the built-in ones already."""
    from kube_oidc.rbac import Policy

    return Policy(loaded.objects, aggregate=False) if live else grants.policy_of(loaded, version)


def _request(arguments: argparse.Namespace, loaded: Loaded, version: KubernetesVersion) -> Request:
    """The request; doubts about it go to standard error."""
    from kube_oidc.rbac import with_builtin
    from kube_oidc.rbac.question import QuestionError, doubts, parse
    from kube_oidc.report import printable

    known = with_builtin(loaded.objects, version)
    words = " ".join(arguments.question)
    text = f"{words} --subresource={arguments.subresource}" if arguments.subresource else words
    try:
        request = parse(text, "" if arguments.all_namespaces else arguments.namespace, known)
    except QuestionError as error:
        raise CommandError(str(error)) from None
    for doubt in doubts(request, known):
        print(printable.line(f"kube-oidc who-can: {doubt}"), file=sys.stderr)  # noqa: T201
    return request


def _issuers(file: str | None, version: KubernetesVersion) -> Callable[[str, str], tuple[str, ...]] | None:
    """Which issuers can produce a user or group; None without --config."""
    if file is None:
        return None
    from kube_oidc.commands.configuration import load_valid_config
    from kube_oidc.rules.engine.config import ConfigUnderReview
    from kube_oidc.rules.engine.issuer_index import IssuerIndex

    _, configuration = load_valid_config(file, version, "no issuer can be named")
    entries = ConfigUnderReview(configuration, version).entries
    index = IssuerIndex(entries)
    return lambda kind, name: tuple(
        entries[position].model.issuer.url for position, _ in index.issuers_for(kind, name)
    )


def _print(form: str, request: Request, allowed: tuple[Allowed, ...], loaded: Loaded) -> None:
    from kube_oidc.report import who_can as report

    if form == "json":
        sys.stdout.write(report.render_json(request, allowed, loaded))
        return
    from kube_oidc.report.color import colored

    sys.stdout.write(colored(report.render_text(request, allowed, loaded), color=use_color()))
