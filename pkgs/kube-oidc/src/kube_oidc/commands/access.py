"""`kube-oidc access`: who may do what, and what a change lets in and shuts out?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.kubernetes_version import DEFAULT, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.access import Access
    from kube_oidc.rbac import Loaded

_SECONDS: Final = 60.0  # of trying tokens, for files made to be dear; 10,000 bindings take one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the AuthenticationConfiguration")
    parser.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder with Roles and bindings, YAML or JSON (repeatable)",
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, 1 where RBAC objects could not be read or the API server refuses them, 2 could not run."""
    report, loaded = _report(arguments.file, arguments.rbac, arguments.kubernetes_version)
    sys.stdout.write(_rendered(report, loaded, arguments.format))
    return EXIT_FINDINGS if any(problem.refused for problem in loaded.problems) else EXIT_VALID


def _rendered(report: Access, loaded: Loaded, how: str) -> str:
    if how == "json":
        from kube_oidc.report.access_json import render_json

        return render_json(report, loaded)
    if how == "html":
        from kube_oidc.report.access_html import render_html

        return render_html(report, loaded)
    from kube_oidc.report.access_text import render_text

    return render_text(report, loaded)


def _report(file: str, paths: list[str], version_text: str) -> tuple[Access, Loaded]:
    import time

    from kube_oidc.access import access
    from kube_oidc.checker import check
    from kube_oidc.diagnostics import Severity
    from kube_oidc.findings.checked import findings
    from kube_oidc.findings.subject import Budget, Subject
    from kube_oidc.rbac import Policy, builtin, load
    from kube_oidc.validation import Context

    try:
        version = KubernetesVersion.parse(version_text)
        data = Path(file).read_bytes()
    except ValueError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from None
    checked = check(data, Context(version))
    if not checked.accepted or checked.configuration is None:
        first = next(found for found in checked.diagnostics if found.severity is Severity.ERROR)
        place = f"{first.field}: " if first.field else ""
        raise CommandError(
            f"the API server refuses {file}, so it lets nobody in: {place}{first.message}\n"
            f"`kube-oidc check {file}` lists everything"
        )
    found = findings(data, checked, version, {}, time.time())
    loaded = load(paths)
    policy = Policy(builtin() + loaded.objects)
    return access(
        file, Subject(checked.configuration, version, budget=Budget(_SECONDS)), policy, found
    ), loaded
