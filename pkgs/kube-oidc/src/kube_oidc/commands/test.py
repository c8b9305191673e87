"""`kube-oidc test`: examples of tokens, and invariants proved for all tokens."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError, grants
from kube_oidc.commands.configuration import load_valid_config, version_of
from kube_oidc.commands.reading import read_or_stdin
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.policy.examples import World
    from kube_oidc.policy.model import Expectations, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="expectations (`kube-oidc schema expectations`); - for standard input",
    )
    parser.add_argument(
        "--config", metavar="PATH", help="the AuthenticationConfiguration; default: `config` in the file"
    )
    parser.add_argument(
        "--rbac",
        action="append",
        default=[],
        metavar="PATH",
        help="file or folder with Roles and bindings (repeatable); default: `rbac` in the file",
    )
    parser.add_argument(
        "--init",
        metavar="PATH",
        help="print a first file of expectations that hold for this AuthenticationConfiguration and --rbac",
    )
    parser.add_argument("--only-failures", action="store_true", help="text: leave out expectations that pass")
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "junit", "github"),
        default="text",
        help="default: %(default)s; github: annotations, also for Forgejo",
    )


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if every expectation passes, otherwise 1. CommandError: usage or I/O error."""
    version = version_of(arguments.kubernetes_version)
    if arguments.init is not None:
        if arguments.files or arguments.config:
            raise CommandError("--init PATH writes a new file: leave out FILE and --config")
        from kube_oidc.policy.first import first_file

        world = _world(arguments.init, arguments.rbac, version)
        sys.stdout.write(first_file(world, arguments.init, arguments.rbac))
        return EXIT_VALID
    if not arguments.files:
        raise CommandError(
            "missing FILE; `kube-oidc test --init auth.yaml --rbac manifests/` prints a first one"
        )
    from kube_oidc.report.policy import Tested, render

    files = [Tested(_shown(name), _results(name, arguments, version)) for name in arguments.files]
    sys.stdout.write(render(files, arguments.format, only_failures=arguments.only_failures))
    return EXIT_VALID if all(result.ok for file in files for result in file.results) else EXIT_FINDINGS


def _shown(name: str) -> str:
    return "<stdin>" if name == "-" else name


def _results(name: str, arguments: argparse.Namespace, version: KubernetesVersion) -> tuple[Result, ...]:
    from kube_oidc.policy import examples, invariants
    from kube_oidc.policy.load import ExpectationsError, load

    try:
        expected = load(read_or_stdin(name).decode("utf-8", "replace"))
    except ExpectationsError as error:
        raise CommandError(f"{_shown(name)}: {error}") from None
    world = _world(*_sources(name, expected, arguments), version)
    found = [
        *expected.faults,
        *examples.results(world, expected.examples),
        *invariants.results(world, expected.invariants),
    ]
    return tuple(sorted(found, key=lambda result: result.line))


def _sources(name: str, expected: Expectations, arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The configuration and the RBAC files: of the command line, or relative to the file."""
    folder = os.path.dirname(name) if name != "-" else ""  # noqa: PTH120 - keeps "./"
    config = arguments.config or (os.path.join(folder, expected.config) if expected.config else "")  # noqa: PTH118
    if not config:
        raise CommandError(f"{_shown(name)}: which configuration? Set `config` in the file, or use --config")
    return config, arguments.rbac or [os.path.join(folder, path) for path in expected.rbac]  # noqa: PTH118


def _world(config: str, rbac: list[str], version: KubernetesVersion) -> World:
    from kube_oidc.policy.examples import World
    from kube_oidc.rbac import with_builtin

    _, configuration = load_valid_config(config, version, "every token is refused")
    loaded, policy = grants.of_files(rbac, "--rbac", version)
    refused = [problem for problem in loaded.problems if problem.refused]
    if refused:
        raise CommandError(f"--rbac: {refused[0]} ({refused[0].remedy})")
    return World(configuration, version, policy, with_builtin(loaded.objects, version), bool(rbac))
