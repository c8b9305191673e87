"""`kube-oidc migrate -- FLAGS`: converts `--oidc-*` flags to a file, NixOS options or a patch."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_VALID, CommandError
from kube_oidc.commands.reading import read, read_or_stdin
from kube_oidc.inputs.yaml_values import MAX_BYTES
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion, requested

if TYPE_CHECKING:
    from kube_oidc.migrate.flags import OidcFlags
    from kube_oidc.migrate.sources import FoundFlags
    from kube_oidc.model import JWTAuthenticator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="file with the flags: systemd unit, manifest, configuration of a distribution, Nix, Terraform or script; "
        "- for standard input",
    )
    source.add_argument("flags", nargs="*", default=[], metavar="FLAGS", help="the flags, after --")
    parser.add_argument(
        "--to",
        choices=("yaml", "nix", "patch"),
        default="yaml",
        help="default: %(default)s; patch: for the configuration of Talos, kubeadm, k3s, kind, k0s or RKE1 in --from",
    )
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

    if arguments.source is None and not arguments.flags:
        raise CommandError(
            "missing flags: use --from FILE, or put the flags after `--`: -- --oidc-issuer-url=…"
        )
    version = _version(arguments.kubernetes_version)
    notes: list[str] = []
    try:
        found = _found(arguments)
        flags = parse(found.words)
        migrated = migrate(flags, lambda file: _authority(arguments, found, file, notes))
        text = _rendered(arguments, found, flags, migrated.authenticator, version)
    except MigrateError as error:
        place = f"{arguments.source}: " if arguments.source else ""
        raise CommandError(f"{place}{error}") from None
    for note in (*notes, *migrated.notes):
        print(f"kube-oidc migrate: {note}", file=sys.stderr)  # noqa: T201
    sys.stdout.write(text)
    return EXIT_VALID


def _rendered(
    arguments: argparse.Namespace,
    found: FoundFlags,
    flags: OidcFlags,
    authenticator: JWTAuthenticator,
    version: KubernetesVersion,
) -> str:
    from kube_oidc.migrate.render import render_nix, render_yaml

    if arguments.to == "nix":
        return render_nix(authenticator, arguments.issuer_name)
    text = render_yaml(authenticator, version)
    if arguments.to == "yaml":
        return text
    from kube_oidc.migrate.patches import render_patch

    return render_patch(found, flags, text, arguments.source or "FILE")


def _version(text: str | None) -> KubernetesVersion:
    if text is None:
        return DEFAULT
    try:
        return requested(text)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _found(arguments: argparse.Namespace) -> FoundFlags:
    from kube_oidc.migrate.sources import FoundFlags, distribution_words, flags_in

    if arguments.source is None:
        return FoundFlags(list(distribution_words(arguments.flags)))
    if arguments.source == "-":
        return flags_in(read_or_stdin("-", MAX_BYTES).decode("utf-8", "replace"), "")
    return flags_in(_read(arguments.source), arguments.source)


def _authority(arguments: argparse.Namespace, found: FoundFlags, file: str, notes: list[str]) -> str:
    """The CA's text. If the file is on another machine, a text that the API server rejects until it is replaced."""
    remedy = "; use --certificate-authority for a local copy"
    if arguments.certificate_authority:
        return _read(arguments.certificate_authority)
    try:
        return _read(file, remedy)
    except CommandError:
        if arguments.source is None:
            raise
    host = found.host_path(file)
    notes.append(
        f"certificate authority: put the text of {host} from the API server's machine into "
        f"certificateAuthority, or run this again with --certificate-authority and a copy of it"
    )
    return f"REPLACE THIS WITH THE TEXT OF {host}"


def _read(file: str, remedy: str = "") -> str:
    try:
        return read(file, MAX_BYTES).decode()
    except CommandError as error:
        raise CommandError(f"{error}{remedy}") from None
    except ValueError:
        raise CommandError(f"{file} is not text") from None
