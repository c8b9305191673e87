"""`kube-oidc explain`: which user a token becomes, or why it is refused; and what that user can do."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError, made_tokens, permissions
from kube_oidc.commands.arguments import add_timeout, moment
from kube_oidc.commands.configuration import load_valid_config
from kube_oidc.commands.reading import read
from kube_oidc.commands.terminal import use_color
from kube_oidc.commands.tokens import claims_of, given_token, payload_of, text_of
from kube_oidc.verdict.versions import DEFAULT, requested

if TYPE_CHECKING:
    from kube_oidc.authn.authenticate import Authenticator, Outcome, SignatureCheck
    from kube_oidc.commands.permissions import Rights


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help="the AuthenticationConfiguration; - for standard input"
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--token-file", metavar="FILE", help="file with the ID token; - for standard input")
    source.add_argument(
        "--claims",
        metavar="FILE",
        help="file with claims: a JSON object, or one per line; - for standard input",
    )
    source.add_argument(
        "--log",
        metavar="LINE|FILE",
        help="kube-apiserver's log, or its line about a refused token; - for standard input",
    )
    signature = parser.add_mutually_exclusive_group()
    signature.add_argument(
        "--online", action="store_true", help="verify the token's signature with the issuer's keys"
    )
    signature.add_argument("--keys", metavar="FILE", help="verify it with the keys in this JSON Web Key Set")
    parser.add_argument(
        "--at",
        metavar="SECONDS",
        type=moment,
        help="Unix time to compare exp and nbf with; default: now for a token, no check for claims",
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    add_timeout(parser, "time limit for --online, for reading with --live, and for each --can question")
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="default: %(default)s; json: one line per token",
    )
    made_tokens.add_arguments(parser)
    permissions.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 if every token becomes a user who can do everything in --can, otherwise 1.

    CommandError: usage or I/O error.
    """
    _take_file(arguments)
    _check_source(arguments)
    authenticator = _authenticator(arguments)
    if arguments.log is not None:
        from kube_oidc.commands.refused_tokens import explain_log

        return explain_log(arguments.log, authenticator, arguments.format)
    rights = permissions.rights_of(arguments, authenticator.version)
    now = arguments.at
    check: SignatureCheck | None = None
    if arguments.token_file is not None:
        token = given_token(text_of(arguments.token_file))
        payloads: Iterator[tuple[str, str | bytes]] = iter([("", payload_of(token))])
        now = time.time() if now is None else now
        check = _signature_check(arguments, token)
    elif arguments.claims is not None:
        payloads = (("", payload) for payload in claims_of(text_of(arguments.claims)))
    else:
        made = made_tokens.tokens(arguments, authenticator.configuration)
        payloads = ((token.title, json.dumps(dict(token.claims))) for token in made)
    well = [
        _explain(
            title,
            payload,
            authenticator,
            authenticator.authenticate(payload, now, check),
            rights,
            arguments.format,
        )
        for title, payload in payloads
    ]
    if not well:
        raise CommandError(f"--claims {arguments.claims}: no claims found")
    return EXIT_VALID if all(well) else EXIT_FINDINGS


def _take_file(arguments: argparse.Namespace) -> None:
    """FILE after the words of --can, which argparse takes for one of them."""
    if arguments.file is None and arguments.can and len(arguments.can[-1]) > 1:
        arguments.file = arguments.can[-1].pop()
    if arguments.file is None:
        raise CommandError("missing FILE: the AuthenticationConfiguration, or - for standard input")


def _check_source(arguments: argparse.Namespace) -> None:
    """CommandError unless exactly one source of tokens is given."""
    given = any(each is not None for each in (arguments.token_file, arguments.claims, arguments.log))
    is_made = made_tokens.is_asked(arguments)
    if given and is_made:
        raise CommandError("a token, claims or a log say who it is: remove --repository, --email …")
    if not (given or is_made):
        raise CommandError(
            "missing the token: add --token-file or --claims; --log for the API server's log; --repository "
            "OWNER/NAME for a job's tokens; or --email, --username and --groups for a person's"
        )
    if (arguments.online or arguments.keys) and arguments.token_file is None:
        raise CommandError("--online and --keys require --token-file: claims have no signature")
    if arguments.log is not None and (arguments.rbac or arguments.live or arguments.can):
        raise CommandError("--log is about tokens that became no user: remove --rbac, --live and --can")


def _explain(
    title: str,
    payload: str | bytes,
    authenticator: Authenticator,
    outcome: Outcome,
    rights: Rights | None,
    form: str,
) -> bool:
    """Print one outcome; return whether the token becomes a user who can do everything asked."""
    from kube_oidc.authn.authenticate import Authenticated
    from kube_oidc.report import explanation, printable
    from kube_oidc.report.color import colored

    allowed = rights.of(outcome.user) if rights and isinstance(outcome, Authenticated) else None
    claims = json.loads(payload) if title else None
    remedy = _remedy(outcome, payload, authenticator)
    document = explanation.as_json(outcome, title, claims, remedy) if form == "json" else {}
    text = "" if document else explanation.as_text(outcome, title)
    if allowed and rights:
        from kube_oidc.report import permissions as report  # imports PyYAML, which isn't needed without RBAC

        if document:
            document["access"] = report.as_json(allowed, rights.missing)
        else:
            text += report.as_text(allowed, rights.missing)
    if remedy and not document:
        text += explanation.remedy_as_text(remedy)
    shown = printable.json_text(document) + "\n" if document else colored(text, color=use_color())
    sys.stdout.write(shown)
    answers = allowed.answers if allowed else ()
    return isinstance(outcome, Authenticated) and all(answer.allowed for answer in answers)


def _remedy(outcome: Outcome, payload: str | bytes, authenticator: Authenticator) -> str:
    """What to change so that the token isn't refused, or is an ID token; empty if nothing."""
    from kube_oidc.authn.authenticate import Refused
    from kube_oidc.authn.refusal_remedies import remedy

    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(claims, dict):
        return ""
    if not isinstance(outcome, Refused):
        return _of_service(claims)
    is_audience = "expected audience" in outcome.reason
    return (is_audience and _of_service(claims)) or remedy(
        outcome.reason, outcome.expression, claims, authenticator.configuration
    )


def _of_service(claims: Mapping[str, Any]) -> str:
    """What to send instead of a token for another service; empty if its audiences aren't known ones."""
    from kube_oidc.providers.provider import provider_of, service_of

    url, audiences = claims.get("iss"), claims.get("aud")
    if not isinstance(url, str):
        return ""
    provider = provider_of(url)
    for audience in audiences if isinstance(audiences, list) else [audiences]:
        service = service_of(provider, url, audience) if isinstance(audience, str) else None
        if service and provider.is_ci:
            return f"{audience!r} is the audience of {service}: request a token for this cluster's audience"
        if service:
            return (
                f"{audience!r} is the audience of {service}, so this is an access token: "
                "send the ID token (id_token, scope openid)"
            )
    return ""


def _signature_check(arguments: argparse.Namespace, token: str) -> SignatureCheck:
    from kube_oidc.authn.keys import KeySetError, parse
    from kube_oidc.issuers.verify_token import against_issuer, against_keys, without_keys

    if arguments.online:
        return against_issuer(token, arguments.timeout)
    if not arguments.keys:
        return without_keys(token)
    try:
        keys = parse(read(arguments.keys))
    except KeySetError as error:
        raise CommandError(f"{arguments.keys}: {error}") from None
    return against_keys(token, keys, arguments.keys)


def _authenticator(arguments: argparse.Namespace) -> Authenticator:
    from kube_oidc.authn.authenticate import Authenticator

    try:
        version = requested(arguments.kubernetes_version)
    except ValueError as error:
        raise CommandError(str(error)) from None
    _, configuration = load_valid_config(arguments.file, version, "no token is accepted")
    return Authenticator(configuration, version)
