"""`kube-oidc check`: is the file valid for this Kubernetes version, and safe?"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.commands.inputs import context_of, files_of, option_map_of
from kube_oidc.diagnostics import Severity
from kube_oidc.kubernetes_version import DEFAULT

if TYPE_CHECKING:
    from kube_oidc.report import FileReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments; flags that kube-apiserver has carry its names."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="file, folder, or - for standard input")
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", help=f"default: {DEFAULT}, or what --apiserver is"
    )
    parser.add_argument(
        "--apiserver", metavar="PATH", help="a kube-apiserver binary, asked for its own verdict"
    )
    parser.add_argument(
        "--service-account-issuer",
        action="append",
        default=[],
        metavar="URL",
        help="as the API server has it (repeatable)",
    )
    parser.add_argument("--anonymous-auth", metavar="BOOL", help="as the API server has it")
    parser.add_argument("--feature-gates", metavar="NAME=BOOL,…", help="as the API server has them")
    parser.add_argument("--egress-selector-config-file", metavar="FILE", help="as the API server has it")
    parser.add_argument(
        "--option-map", metavar="FILE", help="JSON: field path → NixOS option, for the messages"
    )
    parser.add_argument("--format", choices=("text", "json", "sarif", "github"), default="text")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="ID", help="leave this finding out (repeatable)"
    )
    parser.add_argument("--explain", metavar="ID", help="print the page of this finding, and nothing else")
    parser.add_argument(
        "--pedantic", action="store_true", help="also what holds of nearly every issuer and harms with few"
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 valid, 1 errors (with --strict, warnings too), 2 could not run."""
    if arguments.explain:
        return _explain(arguments.explain)
    if not arguments.files:
        raise CommandError("name a file, a folder, or - for standard input")
    from kube_oidc.commands.checking import Checking
    from kube_oidc.commands.checking import reports as check_all

    context, flags = context_of(arguments)
    options = option_map_of(arguments.option_map)
    how = Checking(context, flags, arguments.apiserver, options, arguments.pedantic)
    reports = list(check_all(files_of(arguments.files), how))
    if arguments.ignore:
        reports = _without(reports, arguments.ignore)
    _print(reports, arguments.format)
    worst = (Severity.ERROR, Severity.WARNING) if arguments.strict else (Severity.ERROR,)
    return (
        EXIT_FINDINGS
        if any(report.count(severity) for report in reports for severity in worst)
        else EXIT_VALID
    )


def _explain(code: str) -> int:
    from kube_oidc.findings import IDS
    from kube_oidc.findings.pages import page_of

    page = page_of(code)
    if page is None:
        raise CommandError(f"--explain: there is no finding {code!r}; there are {', '.join(sorted(IDS))}")
    sys.stdout.write(page.text)
    return EXIT_VALID


def _without(reports: list[FileReport], ignored: list[str]) -> list[FileReport]:
    """The reports without what is ignored; the last one says what of it was not there."""
    from kube_oidc.findings import IDS
    from kube_oidc.findings.checked import without
    from kube_oidc.findings.waivers import unused_option
    from kube_oidc.report import FileReport

    if unknown := sorted(set(ignored) - IDS):
        raise CommandError(f"--ignore: there is no finding {', '.join(unknown)}")
    left = [(report.path, *without(report.diagnostics, ignored)) for report in reports]
    unused = sorted(set(ignored) - frozenset().union(*(used for _, _, used in left)))
    kept = [FileReport(path, diagnostics) for path, diagnostics, _ in left]
    last = kept[-1]
    return [*kept[:-1], FileReport(last.path, last.diagnostics + tuple(map(unused_option, unused)))]


def _print(reports: list[FileReport], how: str) -> None:
    if how == "json":
        from kube_oidc.report.json import render_json

        sys.stdout.write(render_json(reports))
        return
    if how == "sarif":
        from kube_oidc.report.sarif import render_sarif

        sys.stdout.write(render_sarif(reports))
        return
    if how == "github":
        from kube_oidc.report.github import render_github

        sys.stdout.write(render_github(reports))
        return
    from kube_oidc.report.text import render_text

    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(render_text(reports, colour=colour))
