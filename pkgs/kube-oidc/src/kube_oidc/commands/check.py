"""`kube-oidc check`: is the file valid for this Kubernetes version, and safe?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.diagnostics import Diagnostic, Severity
from kube_oidc.kubernetes_version import DEFAULT, NEWEST, OLDEST, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.apiserver import Flags
    from kube_oidc.report import FileReport
    from kube_oidc.validation import Context

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


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
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 valid, 1 errors (with --strict, warnings too), 2 could not run."""
    if arguments.explain:
        return _explain(arguments.explain)
    if not arguments.files:
        raise CommandError("name a file, a folder, or - for standard input")
    context, flags = _context(arguments)
    option_map = _option_map(arguments.option_map)
    reports = [
        _report(name, data, context, flags, arguments.apiserver, option_map)
        for name, data in _inputs(arguments.files)
    ]
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


def _context(arguments: argparse.Namespace) -> tuple[Context, Flags]:
    from kube_oidc.apiserver import BinaryError, Flags
    from kube_oidc.apiserver import version as binary_version
    from kube_oidc.validation import Context

    try:
        version = DEFAULT
        if arguments.kubernetes_version:
            version = KubernetesVersion.parse(arguments.kubernetes_version)
        elif arguments.apiserver:
            version = binary_version(Path(arguments.apiserver))
    except (ValueError, BinaryError) as error:
        raise CommandError(str(error)) from None
    if not OLDEST <= version <= NEWEST:
        raise CommandError(f"Kubernetes {version} is not known here: {OLDEST} to {NEWEST} are")
    issuers = tuple(arguments.service_account_issuer)
    egress = True if arguments.egress_selector_config_file else (False if arguments.apiserver else None)
    gates = _gates(arguments.feature_gates)
    context = Context(version, issuers, gates, arguments.anonymous_auth is not None, egress)
    flags = Flags(
        issuers, arguments.anonymous_auth, arguments.feature_gates, arguments.egress_selector_config_file
    )
    return context, flags


def _gates(text: str | None) -> frozenset[tuple[str, bool]]:
    gates = set()
    for part in (text or "").split(","):
        name, equals, value = part.strip().partition("=")
        if not name:
            continue
        if not equals or value.lower() not in ("true", "false", "t", "f", "1", "0"):
            raise CommandError(f"--feature-gates: {part!r} is not NAME=true or NAME=false")
        gates.add((name, value.lower() in ("true", "t", "1")))
    return frozenset(gates)


def _option_map(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        options = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise CommandError(f"--option-map {path}: {error}") from None
    if not isinstance(options, dict):
        raise CommandError(f"--option-map {path}: an object of field path → option is expected")
    return {str(field): str(option) for field, option in options.items()}


def _inputs(names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Every file to check, with its bytes; of a folder, what names the kind AuthenticationConfiguration."""
    for name in names:
        if name == "-":
            yield "<stdin>", sys.stdin.buffer.read()
        elif Path(name).is_dir():
            yield from _folder(Path(name))
        else:
            yield name, _read(Path(name))


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    found = False
    for path in sorted(folder.rglob("*")):
        if path.suffix in _SUFFIXES and path.is_file():
            data = _read(path)
            if b"AuthenticationConfiguration" in data:
                found = True
                yield str(path), data
    if not found:
        raise CommandError(f"{folder}: no AuthenticationConfiguration in its .yaml, .yml and .json files")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _report(
    name: str, data: bytes, context: Context, flags: Flags, binary: str | None, option_map: dict[str, str]
) -> FileReport:
    import time

    from kube_oidc.checker import check
    from kube_oidc.findings.checked import findings
    from kube_oidc.report import FileReport

    checked = check(data, context, option_map)
    found = tuple(findings(data, checked, context.version, option_map, time.time()))
    if binary is None:
        return FileReport(name, checked.diagnostics + found)
    verdict = _second_opinion(data, flags, Path(binary), checked.accepted)
    return FileReport(name, checked.diagnostics + found + verdict)


def _second_opinion(data: bytes, flags: Flags, binary: Path, accepted: bool) -> tuple[Diagnostic, ...]:
    """The binary's own verdict; where it differs from ours, that is an error by itself."""
    import tempfile

    from kube_oidc.apiserver import BinaryError, refusal

    try:
        with tempfile.NamedTemporaryFile(suffix=".yaml") as copy:
            copy.write(data)
            copy.flush()
            refused = refusal(binary, Path(copy.name), flags)
            refused = refused and refused.replace(copy.name, "FILE")
    except BinaryError as error:
        raise CommandError(str(error)) from None
    if refused is None and accepted:
        return ()
    if refused is not None and not accepted:
        return (Diagnostic("apiserver-refuses", Severity.INFO, f"{binary.name} says: {refused}"),)
    verdict = "accepts this file" if refused is None else f"refuses this file: {refused}"
    remedy = "believe the API server, and please report this file as a bug of kube-oidc"
    return (Diagnostic("verdicts-differ", Severity.ERROR, f"{binary.name} {verdict}", remedy=remedy),)
