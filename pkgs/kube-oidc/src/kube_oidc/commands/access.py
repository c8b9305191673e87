"""`kube-oidc access`: who can do what, and which access a change adds or removes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_CHANGED, EXIT_FINDINGS, EXIT_VALID, CommandError, grants
from kube_oidc.commands.arguments import add_timeout
from kube_oidc.commands.configuration import load_valid_config, version_of
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kube_oidc.access import Access
    from kube_oidc.access.compare import Comparison
    from kube_oidc.diagnostics import Diagnostic
    from kube_oidc.rbac import Loaded, Policy, Problem
    from kube_oidc.rules.engine.config import ConfigUnderReview
    from kube_oidc.rules.engine.issuer_index import IssuerIndex

_MAX_STEPS: Final = 200_000  # ten times as many as `check` takes: here all bindings are tried
LIMITS: Final = ("widened", "any", "read", "write", "everything")
_FORMATS: Final = ("text", "json", "html", "markdown")


@dataclass(frozen=True, slots=True)
class _Side:
    """One configuration with its RBAC."""

    subject: ConfigUnderReview
    report: Access
    loaded: Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the AuthenticationConfiguration; - for standard input")
    parser.add_argument(
        "--compare",
        metavar="OLD",
        help="the previous file: show which access FILE adds or removes compared with OLD",
    )
    parser.add_argument(
        "--compare-rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="the previous RBAC files (repeatable); default: the same as now",
    )
    parser.add_argument(
        "--compare-live",
        action="store_true",
        help="the previous roles and bindings are the running cluster's: what would --rbac change there?",
    )
    parser.add_argument(
        "--fail-on",
        choices=LIMITS,
        help="exit code 3 if the change goes beyond this: widened (new tokens or permissions), any, or gained "
        "permissions to read, to write, or to do everything",
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        help="default: %(default)s; markdown only with --compare",
    )
    grants.add_arguments(parser)
    add_timeout(parser, "with --live: time limit for all requests")


def run(arguments: argparse.Namespace) -> int:
    """Return 0, 1 if RBAC objects are unreadable or invalid, 3 if the change is beyond --fail-on.

    CommandError: usage or I/O error.
    """
    comparing = arguments.compare is not None
    _consistent(arguments, comparing=comparing)
    version = version_of(arguments.kubernetes_version)
    granted = _granted(_now(arguments), version)
    new = _side(arguments.file, granted, version)
    if not comparing:
        sys.stdout.write(_rendered(new.report, new.loaded, arguments))
        return _exit_code(new.loaded.problems)
    from kube_oidc.access.compare import compare
    from kube_oidc.access.gate import exceeded

    old = _side(arguments.compare, _before(arguments, granted, version), version)
    problems = tuple(dict.fromkeys((*old.loaded.problems, *new.loaded.problems)))
    change = compare((old.subject, old.report), (new.subject, new.report))
    sys.stdout.write(_compared(change, new, problems, arguments))
    beyond = exceeded(change, arguments.fail_on) if arguments.fail_on else ()
    if beyond:
        sys.stdout.flush()
        _explain_failure(arguments.fail_on, beyond)
        return EXIT_CHANGED
    return _exit_code(problems)


def _exit_code(problems: Sequence[Problem]) -> int:
    return EXIT_FINDINGS if any(problem.refused for problem in problems) else EXIT_VALID


def _consistent(arguments: argparse.Namespace, *, comparing: bool) -> None:
    for option, given in (
        ("--compare-rbac", arguments.compare_rbac),
        ("--compare-live", arguments.compare_live),
        ("--fail-on", arguments.fail_on),
    ):
        if given and not comparing:
            raise CommandError(f"{option} requires --compare OLD")
    if arguments.compare_live and (arguments.compare_rbac or arguments.live):
        other = "--compare-rbac" if arguments.compare_rbac else "--live"
        raise CommandError(f"--compare-live and {other} are mutually exclusive")
    if arguments.format == "markdown" and not comparing:
        raise CommandError("--format markdown requires --compare OLD (choose from html, text, json)")


def _now(arguments: argparse.Namespace) -> argparse.Namespace:
    """The arguments about today's objects: with --compare-live, the kubeconfig is for the objects before."""
    if not arguments.compare_live:
        return arguments
    return argparse.Namespace(**{**vars(arguments), "kubeconfig": None, "context": None})


def _before(
    arguments: argparse.Namespace, granted: tuple[Loaded, Policy], version: KubernetesVersion
) -> tuple[Loaded, Policy]:
    """The objects before the change: of files, of the cluster, else the same as now."""
    if arguments.compare_live:
        live = argparse.Namespace(**{**vars(arguments), "live": True, "rbac": []})
        return _granted(live, version)
    if arguments.compare_rbac:
        return grants.of_files(arguments.compare_rbac, "--compare-rbac", version)
    return granted


def _explain_failure(limit: str, beyond: Sequence[str]) -> None:
    from kube_oidc.report import printable

    more = f" and {len(beyond) - 1} more" if len(beyond) > 1 else ""
    text = printable.line(f"kube-oidc access: --fail-on {limit}: {beyond[0]}{more}")
    print(text, file=sys.stderr)  # noqa: T201


def _rendered(report: Access, loaded: Loaded, arguments: argparse.Namespace) -> str:
    if arguments.format == "json":
        from kube_oidc.report.access_json import render_json

        return render_json(report, loaded)
    if arguments.format == "html":
        from kube_oidc.commands.origin import origin_of
        from kube_oidc.report.access_html import render_html

        return render_html(report, loaded, origin_of(arguments, loaded))
    from kube_oidc.commands.terminal import use_color
    from kube_oidc.report.access_text import render_text
    from kube_oidc.report.color import colored

    return colored(render_text(report, loaded), color=use_color())


def _compared(
    change: Comparison, new: _Side, problems: tuple[Problem, ...], arguments: argparse.Namespace
) -> str:
    if arguments.format == "json":
        from kube_oidc.report.change_json import render_json

        return render_json(change, problems)
    if arguments.format == "html":
        from kube_oidc.commands.origin import origin_of
        from kube_oidc.report.change_html import render_html

        return render_html(change, problems, origin_of(arguments, new.loaded))
    if arguments.format == "markdown":
        from kube_oidc.report.change_markdown import render_markdown

        return render_markdown(change, problems)
    from kube_oidc.report.change_text import render_text

    return render_text(change, problems)


def _granted(arguments: argparse.Namespace, version: KubernetesVersion) -> tuple[Loaded, Policy]:
    """The objects and policy of --live or --rbac; without either, the built-in roles."""
    loaded = grants.of_arguments(arguments, version)
    if loaded is None:
        return grants.of_files((), "--rbac", version)
    return loaded, grants.policy_of_cluster(loaded) if arguments.live else grants.policy_of(loaded, version)


def _of_bindings(loaded: Loaded, policy: Policy, makers: IssuerIndex) -> list[Diagnostic]:
    """The findings on bindings; each diagnostic's field is the binding's name."""
    from kube_oidc.rules.engine.grants import Grants
    from kube_oidc.rules.engine.run_grant_rules import grant_diagnostics

    found = Grants(tuple(one.entry for one in makers.each), loaded.objects, budget=makers.budget)
    found.makers, found.policy = makers, policy
    by_file = grant_diagnostics(replace(loaded, problems=()), found.entries, grants=found)
    return [each for _, kept in by_file for each in kept.diagnostics]


def _side(file: str, granted: tuple[Loaded, Policy], version: KubernetesVersion) -> _Side:
    import time

    from kube_oidc.access import access
    from kube_oidc.rules.engine.budget import TokenBudget
    from kube_oidc.rules.engine.config import ConfigUnderReview
    from kube_oidc.rules.engine.issuer_index import IssuerIndex
    from kube_oidc.rules.engine.run_rules import config_diagnostics

    given, configuration = load_valid_config(file, version, "it lets no one in")
    kept = config_diagnostics(given.data, given.checked, version, time.time())
    found = list(given.placed(kept.diagnostics))
    subject = ConfigUnderReview(configuration, version, budget=TokenBudget(_MAX_STEPS))
    loaded, policy = granted
    makers = IssuerIndex(subject.entries)
    of_bindings = _of_bindings(loaded, policy, makers)
    return _Side(subject, access(file, makers, policy, found, of_bindings), loaded)
