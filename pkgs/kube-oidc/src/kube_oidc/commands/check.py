"""`kube-oidc check`: is an AuthenticationConfiguration valid for a Kubernetes version, and is it safe?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError, grants, workflows
from kube_oidc.commands.arguments import add_timeout, boolean, did_you_mean
from kube_oidc.commands.inputs import acknowledged_of, context_of, files_of, option_map_of
from kube_oidc.commands.terminal import use_color, width
from kube_oidc.diagnostics import UNKNOWN_VERSION, Diagnostic, Severity
from kube_oidc.verdict.versions import DEFAULT

if TYPE_CHECKING:
    from kube_oidc.diagnostics import FileReport
    from kube_oidc.model import AuthenticationConfiguration
    from kube_oidc.verdict.validation import Context

_ACKNOWLEDGED: Final = "services.kube-oidc.acknowledgedFindings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments; API server flags keep their names."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="file, folder, or - for standard input")
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", help=f"default: {DEFAULT}, or the version of --apiserver"
    )
    parser.add_argument(
        "--apiserver",
        metavar="PATH",
        type=_program,
        help="also ask this kube-apiserver binary for its verdict",
    )
    parser.add_argument(
        "--service-account-issuer",
        action="append",
        default=[],
        metavar="URL",
        help="the API server's flag (repeatable)",
    )
    parser.add_argument("--anonymous-auth", metavar="BOOL", type=boolean, help="the API server's flag")
    parser.add_argument("--feature-gates", metavar="NAME=BOOL,…", help="the API server's flag")
    parser.add_argument(
        "--egress-selector-config-file",
        metavar="FILE",
        help="the API server's flag; the file is read only with --apiserver",
    )
    parser.add_argument(
        "--option-map", metavar="FILE", help="JSON mapping field paths to NixOS options, shown in messages"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github", "junit", "nixos"),
        default="text",
        help="default: %(default)s; github: pull request annotations, also for Forgejo; nixos: the log of a build",
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="ID", help="suppress this finding (repeatable)"
    )
    parser.add_argument(
        "--acknowledged", metavar="FILE", help="JSON mapping finding IDs to the reason they are acceptable"
    )
    parser.add_argument("--explain", metavar="ID", help="print the documentation of this finding and exit")
    parser.add_argument(
        "--pedantic",
        action="store_true",
        help="also report findings that apply to most setups and rarely matter",
    )
    parser.add_argument(
        "--nixos-report",
        metavar="FILE",
        help="also write the warnings to FILE in the form nixos-rebuild shows",
    )
    parser.add_argument(
        "--skip-other-files",
        action="store_true",
        help="skip files without an AuthenticationConfiguration instead of rejecting them",
    )
    parser.add_argument(
        "--infos", action="store_true", help="text: show infos too, instead of only their number"
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="show the fixes that are certain, as a diff; they don't change what works",
    )
    parser.add_argument("--write", action="store_true", help="with --fix: write them into the files")
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    workflows.add_arguments(parser)
    grants.add_arguments(parser)
    add_timeout(parser, "with --live: time limit for all requests")


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if valid, 1 on errors (with --strict also on warnings). CommandError: usage or I/O error."""
    if arguments.explain:
        return _explain(arguments.explain)
    if not arguments.files:
        raise CommandError("missing FILE: a file, a folder, or - for standard input")
    if arguments.write and not arguments.fix:
        raise CommandError("--write requires --fix")
    from kube_oidc.commands.pipeline import Checking
    from kube_oidc.commands.pipeline import reports as check_all

    context, flags = context_of(arguments)
    options = option_map_of(arguments.option_map)
    granted = grants.of_arguments(arguments, context.version)
    how = Checking(context, flags, arguments.apiserver, options, arguments.pedantic, granted)
    reports = list(check_all(files_of(arguments.files, skip_others=arguments.skip_other_files), how))
    reports += workflows.reports(arguments, _only_configuration(arguments, context), how)
    reports = _without(reports, arguments.ignore, acknowledged_of(arguments.acknowledged))
    if arguments.fix:
        return _fix(reports, write_files=arguments.write)
    _print(reports, arguments)
    if arguments.nixos_report:
        _write_nixos_report(reports, Path(arguments.nixos_report))
    failed = any(_fails(found, strict=arguments.strict) for report in reports for found in report.diagnostics)
    return EXIT_FINDINGS if failed else EXIT_VALID


def _only_configuration(
    arguments: argparse.Namespace, context: Context
) -> AuthenticationConfiguration | None:
    """The configuration that workflows are checked against, if it is valid. CommandError if there are several."""
    if not arguments.workflow:
        return None
    if len(arguments.files) > 1 or arguments.files == ["-"]:
        raise CommandError("--workflow compares with one configuration: give one FILE")
    from kube_oidc.commands.configurations import single
    from kube_oidc.commands.reading import read

    (name,) = arguments.files
    checked = single(name, read(name), context).checked
    return checked.configuration if checked.accepted else None


def _fails(found: Diagnostic, *, strict: bool) -> bool:
    """A warning about our own age isn't about the file, so --strict doesn't count it."""
    if found.severity is Severity.ERROR:
        return True
    return strict and found.severity is Severity.WARNING and found.code != UNKNOWN_VERSION


def _program(name: str) -> str:
    """The program a shell would run, with its path; a bare name that isn't on PATH is a file in this folder."""
    import shutil

    is_file = os.sep in name or (not shutil.which(name) and os.path.isfile(name))  # noqa: PTH113
    return os.path.abspath(name) if is_file else name  # noqa: PTH100 - Path("./name") would lose the folder


def _explain(code: str) -> int:
    from kube_oidc.rules.engine.registry import known_ids
    from kube_oidc.rules.pages import page_of

    page = page_of(code)
    if page is None:
        raise CommandError(f"--explain: unknown finding {code!r}{did_you_mean(code, sorted(known_ids()))}")
    sys.stdout.write(page.text)
    return EXIT_VALID


def _without(
    reports: list[FileReport], ignored: list[str], acknowledged: Mapping[str, str]
) -> list[FileReport]:
    """The reports without suppressed findings; the last report lists suppressions that had no effect."""
    if not ignored and not acknowledged:
        return reports
    from dataclasses import replace

    from kube_oidc.rules.engine.registry import known_ids
    from kube_oidc.rules.engine.run_rules import without
    from kube_oidc.rules.suppressions import unused_acknowledgement, unused_option

    for flag, codes in (("--ignore", ignored), ("--acknowledged", acknowledged)):
        if unknown := sorted(set(codes) - known_ids()):
            raise CommandError(
                f"{flag}: unknown finding {unknown[0]!r}{did_you_mean(unknown[0], sorted(known_ids()))}"
            )
    left = [(report, *without(report.diagnostics, {*ignored, *acknowledged})) for report in reports]
    used = frozenset().union(*(used for _, _, used in left))
    unused = [unused_option(code) for code in sorted(set(ignored) - used)]
    unused += [
        unused_acknowledgement(code, f'{_ACKNOWLEDGED}."{code}"') for code in sorted(set(acknowledged) - used)
    ]
    kept = [
        replace(
            report,
            diagnostics=diagnostics,
            suppressed=report.suppressed + len(report.diagnostics) - len(diagnostics),
        )
        for report, diagnostics, _ in left
    ]
    if not kept:
        return []
    return [*kept[:-1], replace(kept[-1], diagnostics=kept[-1].diagnostics + tuple(unused))]


def _write_nixos_report(reports: list[FileReport], path: Path) -> None:
    from kube_oidc.commands.atomic import write
    from kube_oidc.report.nixos import render_nixos

    try:
        write(path, render_nixos(reports), 0o644)
    except OSError as error:
        raise CommandError(f"--nixos-report {path}: {error.strerror}") from None


def _fix(reports: list[FileReport], *, write_files: bool) -> int:
    """Show or write the certain fixes; return 0, or 1 if an error is left."""
    from kube_oidc.commands.edits import edited
    from kube_oidc.commands.reading import read
    from kube_oidc.report.edits import render_diff

    by_file: dict[str, list[Diagnostic]] = {}
    for report in reports:
        by_file.setdefault(report.path, []).extend(report.diagnostics)
    total = 0
    for path, found in by_file.items():
        if path == "<stdin>" or not any(each.edit for each in found):
            continue
        try:
            before = read(path).decode()
        except UnicodeDecodeError:
            raise CommandError(f"--fix: {path} is not UTF-8") from None
        after, count = edited(before, found)
        total += count
        sys.stdout.write(render_diff(path, found, color=use_color()))
        if write_files:
            _replace_file(Path(path), after)
    left = sum(
        found.severity is Severity.ERROR for each in by_file.values() for found in each if not found.edit
    )
    done = "fixed" if write_files else "can be fixed: add --write"
    sys.stdout.write(f"{total} {done}; {left} errors need a person\n")
    return EXIT_FINDINGS if left or (total and not write_files) else EXIT_VALID


def _replace_file(path: Path, text: str) -> None:
    from kube_oidc.commands.atomic import write

    try:
        write(path, text, path.stat().st_mode & 0o777)
    except OSError as error:
        raise CommandError(f"--fix: cannot write {path}: {error.strerror}") from None


def _print(reports: list[FileReport], arguments: argparse.Namespace) -> None:
    how, strict = arguments.format, arguments.strict
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
    if how == "junit":
        from kube_oidc.report.junit import render_junit

        sys.stdout.write(render_junit(reports, strict=strict))
        return
    if how == "nixos":
        from kube_oidc.report.nixos import render_build_log

        sys.stdout.write(render_build_log(reports, strict=strict))
        return
    from kube_oidc.report.text import render_text

    folded = frozenset() if arguments.infos or not _has_infos(reports) else _finding_ids()
    sys.stdout.write(render_text(reports, color=use_color(), width=width(), folded=folded))


def _has_infos(reports: list[FileReport]) -> bool:
    return any(found.severity is Severity.INFO for report in reports for found in report.diagnostics)


def _finding_ids() -> frozenset[str]:
    from kube_oidc.rules.engine.registry import known_ids

    return known_ids()
