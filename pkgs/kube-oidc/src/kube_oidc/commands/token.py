"""`kube-oidc token`: the CI job's own ID token, plain, as ExecCredential for kubectl, or its claims.

Standard library only, and little of it: kubectl calls this before its first request.
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
from kube_oidc.commands.arguments import seconds
from kube_oidc.net.deadline import DEFAULT_SECONDS, Deadline

_EXPIRED = "the new token has expired already by this machine's clock: the clock is ahead by minutes"
_EARLY = "the new token is not valid yet by this machine's clock: the clock is behind by minutes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "--audience", default="", metavar="A", help="as the cluster's jwt[].issuer.audiences has it"
    )
    parser.add_argument("--source", choices=list(PLACES), help="where from; found by itself in a CI job")
    parser.add_argument("--variable", default="", metavar="NAME", help="the variable that holds it (GitLab)")
    parser.add_argument("--file", metavar="FILE", help="the file that holds it")
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--exec-credential",
        nargs="?",
        const="",
        metavar="VERSION",
        type=_version,
        help="for kubectl: client.authentication.k8s.io/v1, or v1beta1 where it or kubectl says so",
    )
    output.add_argument("--decode", action="store_true", help="the claims alone, as JSON")
    parser.add_argument(
        "--deadline",
        type=seconds,
        default=DEFAULT_SECONDS,
        metavar="SECONDS",
        help="for all of it; default: %(default)g",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the result on stdout, 2 with the reason on stderr.

    An exception nobody expected is named by type and place alone: its text might hold the token.
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
        raise CommandError("--file and --variable: name one of them")
    if not (arguments.audience or arguments.file or arguments.variable):
        raise CommandError("say which audience the token is for: --audience, as in jwt[].issuer.audiences")
    deadline = Deadline(arguments.deadline)
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
    return f"{type(error).__name__} in {place}: please report this as a bug of kube-oidc"
