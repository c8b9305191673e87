"""`kube-oidc explain`: which user does a token become, or why is it refused?"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kube_oidc.commands import EXIT_FINDINGS, EXIT_VALID, CommandError
from kube_oidc.kubernetes_version import DEFAULT, KubernetesVersion

if TYPE_CHECKING:
    from kube_oidc.authenticate import Authenticator, Outcome, Step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("file", metavar="FILE", help="the AuthenticationConfiguration")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--token-file", metavar="FILE", help="a file with the ID token; - reads standard input"
    )
    source.add_argument(
        "--claims", metavar="FILE", help="the claims as JSON, or one JSON object a line; - as above"
    )
    parser.add_argument(
        "--at", metavar="SECONDS", type=float, help="the time to judge exp and nbf by, as Unix time"
    )
    parser.add_argument(
        "--kubernetes-version", metavar="X.Y", default=str(DEFAULT), help="default: %(default)s"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 every token becomes a user, 1 one is refused or undecided, 2 could not run."""
    authenticator = _authenticator(arguments)
    now = arguments.at
    if arguments.token_file is not None:
        payloads: Iterator[str | bytes] = iter([_token_payload(_text(arguments.token_file))])
        now = time.time() if now is None else now
    else:
        payloads = _claims(_text(arguments.claims))
    refused = False
    for payload in payloads:
        outcome = authenticator.authenticate(payload, now)
        refused |= not _is_authenticated(outcome)
        if arguments.format == "json":
            sys.stdout.write(json.dumps(as_json(outcome), ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(as_text(outcome))
    return EXIT_FINDINGS if refused else EXIT_VALID


def _is_authenticated(outcome: Outcome) -> bool:
    from kube_oidc.authenticate import Authenticated

    return isinstance(outcome, Authenticated)


def _authenticator(arguments: argparse.Namespace) -> Authenticator:
    from kube_oidc.authenticate import Authenticator
    from kube_oidc.checker import check
    from kube_oidc.diagnostics import Severity
    from kube_oidc.validation import Context

    try:
        version = KubernetesVersion.parse(arguments.kubernetes_version)
        data = Path(arguments.file).read_bytes()
    except ValueError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{arguments.file} cannot be read: {error.strerror}") from None
    checked = check(data, Context(version))
    if not checked.accepted or checked.configuration is None:
        first = next(found for found in checked.diagnostics if found.severity is Severity.ERROR)
        place = f"{first.field}: " if first.field else ""
        raise CommandError(
            f"the API server refuses {arguments.file}, so no token becomes anybody: {place}{first.message}\n"
            f"`kube-oidc check {arguments.file}` lists everything"
        )
    return Authenticator(checked.configuration, version)


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CommandError(f"{name} cannot be read: {reason}") from None


def _token_payload(token: str) -> bytes:
    """The payload of a compact JWT; nothing of the token goes into an error."""
    import base64
    import binascii

    parts = token.strip().split(".")
    try:
        _, payload, _ = parts
        padded = payload + "=" * (-len(payload) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise CommandError("the token file holds no compact JWT (three base64url parts with dots)") from None


def _claims(text: str) -> Iterator[str]:
    """One payload, or one a line."""
    try:
        json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        for number, line in enumerate(lines, 1):
            try:
                json.loads(line)
            except ValueError as error:
                raise CommandError(f"--claims: line {number} is no JSON object: {error}") from None
            yield line
    else:
        yield text


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The documented JSON of one outcome."""
    from kube_oidc.authenticate import Authenticated, Undecided

    steps = [{"name": step.name, "field": step.field, "result": step.result} for step in outcome.steps]
    if isinstance(outcome, Authenticated):
        user = outcome.user
        shown = {
            "username": user.username,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
        }
        return {"authenticated": True, "issuer": outcome.issuer, "user": shown, "steps": steps}
    answer = {"authenticated": False, "reason": outcome.reason, "steps": steps}
    if isinstance(outcome, Undecided):
        answer["undecided"] = True
    return answer


def as_text(outcome: Outcome) -> str:
    """The steps, then the user or the reason."""
    from kube_oidc.authenticate import Authenticated, Undecided

    lines = [_step(step) for step in outcome.steps]
    if isinstance(outcome, Authenticated):
        lines.append("  signature    not checked")
        lines.append(f"this token becomes the user {outcome.user.username}")
        lines.append(f"  groups: {', '.join([*outcome.user.groups, 'system:authenticated'])}")
        if outcome.user.uid:
            lines.append(f"  uid: {outcome.user.uid}")
        lines += [f"  extra {key}: {', '.join(values)}" for key, values in outcome.user.extra.items()]
    elif isinstance(outcome, Undecided):
        lines.append(f"cannot decide: {outcome.reason}")
    else:
        lines.append(f"refused: {outcome.reason}")
    return "\n".join(lines) + "\n"


def _step(step: Step) -> str:
    return f"  {step.name:<12} {step.result}  ({step.field})"
