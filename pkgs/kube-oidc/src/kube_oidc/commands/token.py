"""`kube-oidc token`: the CI job's ID token: plain, as an ExecCredential for kubectl, or its claims.

Uses only the standard library, and little of it: kubectl runs this before its first request.
"""

from __future__ import annotations

import argparse
import os
import sys

from kube_oidc.ci.credentials import (
    PLACES,
    CredentialError,
    IdentityToken,
    Request,
    identity_token,
    is_early,
    is_expired,
)
from kube_oidc.commands import EXIT_VALID, CommandError
from kube_oidc.commands.arguments import add_renamed, duration
from kube_oidc.net.deadline import DEFAULT_SECONDS, Deadline

_EXPIRED = "the new token has already expired according to this machine's clock: the clock is minutes fast"
_EARLY = "the new token is not valid yet according to this machine's clock: the clock is minutes slow"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--audience", default="", metavar="A", help="an audience from the cluster's jwt[].issuer.audiences"
    )
    parser.add_argument("--source", choices=list(PLACES), help="the CI system; detected by default")
    parser.add_argument(
        "--variable", default="", metavar="NAME", help="environment variable with the token (GitLab)"
    )
    parser.add_argument("--file", metavar="FILE", help="file with the token")
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--exec-credential",
        nargs="?",
        const="",
        metavar="VERSION",
        type=_version,
        help="print an ExecCredential for kubectl: v1 or v1beta1; default: what kubectl asks for",
    )
    output.add_argument("--decode", action="store_true", help="print only the claims, as JSON")
    parser.add_argument(
        "--timeout",
        type=duration,
        default=DEFAULT_SECONDS,
        metavar="DURATION",
        help="time limit for everything; default: %(default)gs",
    )
    add_renamed(parser, "--deadline", "--timeout", "timeout", duration)


def run(arguments: argparse.Namespace) -> int:
    """Print the result and return 0. CommandError if there is no token.

    Unexpected exceptions are reported only by type and place, as their text may contain the token.
    """
    try:
        token = identity_token(_request(arguments), arguments.source or "")
        text = _render(token, arguments)
        if is_expired(token) or is_early(token):
            note = _EXPIRED if is_expired(token) else _EARLY
            print(f"kube-oidc token: {note}", file=sys.stderr)  # noqa: T201
    except (CredentialError, CommandError) as error:
        raise CommandError(str(error)) from None
    except Exception as error:  # noqa: BLE001
        raise CommandError(_unexpected(error)) from None
    sys.stdout.write(text + "\n")
    return EXIT_VALID


def _version(text: str) -> str:
    if text not in ("", "v1", "v1beta1"):
        raise argparse.ArgumentTypeError("v1 or v1beta1")
    return text


def _request(arguments: argparse.Namespace) -> Request:
    if arguments.file and arguments.variable:
        raise CommandError("--file and --variable are mutually exclusive")
    if not (arguments.audience or arguments.file or arguments.variable):
        raise CommandError("missing --audience: use one from the cluster's jwt[].issuer.audiences")
    deadline = Deadline(arguments.timeout)
    return Request(arguments.audience, os.environ, deadline, arguments.variable, arguments.file or "")


def _render(token: IdentityToken, arguments: argparse.Namespace) -> str:
    if arguments.decode:
        import json

        return json.dumps(token.claims, indent=2, ensure_ascii=False)
    if arguments.exec_credential is not None:
        from kube_oidc.ci.credentials.exec_credential import asked_version, render

        return render(token, arguments.exec_credential or asked_version(os.environ))
    return token.secret.reveal()


def _unexpected(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}, line {trace.tb_lineno}" if trace else "nowhere"
    return f"{type(error).__name__} in {place}: please report this as a bug in kube-oidc"
