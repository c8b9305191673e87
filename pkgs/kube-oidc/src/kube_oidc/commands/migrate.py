"""`kube-oidc migrate -- FLAGS`: converts `--oidc-*` flags to a file or to NixOS options."""

from __future__ import annotations

import argparse
import sys

from kube_oidc.commands import EXIT_VALID, CommandError
from kube_oidc.commands.reading import read, read_or_stdin
from kube_oidc.inputs.yaml_values import MAX_BYTES
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion, requested


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="systemd unit, static pod manifest, or kubeadm, k3s or rke2 configuration; - for standard input",
    )
    source.add_argument("flags", nargs="*", default=[], metavar="FLAGS", help="the flags, after --")
    parser.add_argument("--to", choices=("yaml", "nix"), default="yaml", help="default: %(default)s")
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", help=f"determines the file's apiVersion; default: {DEFAULT}"
    )
    parser.add_argument(
        "--certificate-authority",
        metavar="FILE",
        help="read the CA from here instead of from --oidc-ca-file's path",
    )
    parser.add_argument(
        "--issuer-name",
        default="oidc",
        metavar="NAME",
        help="the issuer's name in Nix; default: %(default)s",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the result on stdout and notes on stderr; return 0. CommandError: usage or I/O error."""
    from kube_oidc.migrate import migrate
    from kube_oidc.migrate.flags import MigrateError, parse
    from kube_oidc.migrate.render import render_nix, render_yaml

    if arguments.source is None and not arguments.flags:
        raise CommandError(
            "missing flags: use --from FILE, or put the flags after `--`: -- --oidc-issuer-url=…"
        )
    version = _version(arguments.kubernetes_version)
    try:
        flags = parse(_words(arguments))
        migrated = migrate(flags, lambda file: _authority(arguments.certificate_authority or file))
    except MigrateError as error:
        place = f"{arguments.source}: " if arguments.source else ""
        raise CommandError(f"{place}{error}") from None
    for note in migrated.notes:
        print(f"kube-oidc migrate: {note}", file=sys.stderr)  # noqa: T201
    if arguments.to == "nix":
        sys.stdout.write(render_nix(migrated.authenticator, arguments.issuer_name))
    else:
        sys.stdout.write(render_yaml(migrated.authenticator, version))
    return EXIT_VALID


def _version(text: str | None) -> KubernetesVersion:
    if text is None:
        return DEFAULT
    try:
        return requested(text)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _words(arguments: argparse.Namespace) -> list[str]:
    from kube_oidc.migrate.sources import distribution_words, words_of

    if arguments.source is None:
        return list(distribution_words(arguments.flags))
    if arguments.source == "-":
        return words_of(read_or_stdin("-", MAX_BYTES).decode("utf-8", "replace"))
    return words_of(_read(arguments.source))


def _authority(file: str) -> str:
    return _read(file, "; use --certificate-authority for a local copy")


def _read(file: str, remedy: str = "") -> str:
    try:
        return read(file, MAX_BYTES).decode()
    except CommandError as error:
        raise CommandError(f"{error}{remedy}") from None
    except ValueError:
        raise CommandError(f"{file} is not text") from None
