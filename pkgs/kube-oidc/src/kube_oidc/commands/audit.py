"""`kube-oidc audit`: which identity used which grant, and when last, from the API server's audit logs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError, grants
from kube_oidc.commands.arguments import add_timeout
from kube_oidc.commands.configuration import load_valid_config, version_of
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.rbac import Binding, Policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="audit log as JSON lines, also rotated and gzip; - for standard input",
    )
    parser.add_argument(
        "--config",
        metavar="PATH",
        help="the AuthenticationConfiguration: only users of its issuers, each with its issuer",
    )
    parser.add_argument(
        "--unused-days",
        type=_days,
        metavar="N",
        help="with --rbac or --live: list grants unused in the log's last N days; exit code 1 if any",
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    grants.add_arguments(parser)
    add_timeout(parser, "with --live: time limit for all requests")


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 36_500:
        raise argparse.ArgumentTypeError(f"invalid number of days: {text!r}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Return 0, or 1 with unused grants if --unused-days is given. CommandError: usage or I/O error."""
    from kube_oidc.audit import collect
    from kube_oidc.audit.narrower import narrower, unused

    version = version_of(arguments.kubernetes_version)
    issuer_of = _issuers(arguments.config, version) if arguments.config else _everyone
    loaded = grants.of_arguments(arguments, version)
    if arguments.unused_days is not None and loaded is None:
        raise CommandError("--unused-days requires --rbac or --live: the log has only grants that were used")
    try:
        audit = collect(arguments.files, issuer_of)
    except OSError as error:
        raise CommandError(f"cannot read {error.filename}: {error.strerror}") from None
    if not audit.requests and audit.log.unreadable:
        raise CommandError(f"not an audit log: {audit.log.faults[0]} (expected one JSON event per line)")
    wider, idle = [], []
    if loaded is not None:
        policy = grants.policy_of_cluster(loaded) if arguments.live else grants.policy_of(loaded, version)
        bindings = _bindings(policy, issuer_of)
        wider = list(narrower(audit, bindings, policy))
        idle = list(unused(audit, bindings, arguments.unused_days)) if arguments.unused_days else []
    if arguments.format == "json":
        from kube_oidc.report.audit_json import render_json

        sys.stdout.write(render_json(audit, wider, idle if arguments.unused_days else None))
    else:
        from kube_oidc.report.audit_text import render_text

        sys.stdout.write(render_text(audit, wider, idle, arguments.unused_days))
    return EXIT_FINDINGS if idle else EXIT_VALID


def _everyone(name: str) -> str | None:
    """Without --config: everyone but Kubernetes' own identities."""
    return None if name.startswith("system:") else ""


def _issuers(file: str, version: KubernetesVersion) -> Callable[[str], str | None]:
    """Returns the URL of the issuer whose mapping produces such a name; None if none does."""
    from kube_oidc.rules.engine.config import ConfigUnderReview
    from kube_oidc.rules.engine.name_template import templates_of

    _, configuration = load_valid_config(file, version, "no identity can be told from it")
    entries = ConfigUnderReview(configuration, version).entries
    forms = [(entry.model.issuer.url, templates_of(entry, "username")) for entry in entries]

    def issuer_of(name: str) -> str | None:
        found = [url for url, every in forms if any(form.match_name(name) is not None for form in every)]
        return ", ".join(found) or None

    return issuer_of


def _bindings(policy: Policy, issuer_of: Callable[[str], str | None]) -> list[Binding]:
    """The bindings of users from these issuers and of groups that aren't Kubernetes' own."""
    from kube_oidc.rbac.builtin import is_builtin

    return [
        binding
        for binding in policy.bindings
        if not is_builtin(binding)
        and any(
            issuer_of(subject.name) is not None
            if subject.kind == "User"
            else subject.kind == "Group" and not subject.name.startswith("system:")
            for subject in binding.subjects
        )
    ]
