"""What `explain` is given: a token, or claims. Nothing of a token goes into an error."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import read_or_stdin


def text_of(name: str) -> str:
    """The file's text, without the mark that Windows begins one with; `-` is standard input."""
    try:
        return read_or_stdin(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{name} cannot be read: it is not UTF-8") from None


def token_of(text: str) -> str:
    """The token as the API server gets it: without white space around, and ended by a space."""
    return text.strip().partition(" ")[0]


def payload_of(token: str) -> bytes:
    """The payload of a compact JWT; CommandError where no authenticator of the API server would take the token."""
    from kube_oidc.authn import base64url

    if token.lower() == "bearer":
        raise CommandError(
            f"the token file begins with {token!r}, the header's word: it must hold the token alone"
        )
    if token.startswith("{"):
        raise CommandError("the token file holds JSON and no token: --claims takes claims")
    refusal = "the token file holds no compact JWT (three parts in base64url without padding, with dots)"
    parts = token.split(".")
    if len(parts) != 3 or not token.isprintable():
        raise CommandError(refusal)
    try:
        return base64url.decode(parts[1])
    except ValueError:
        raise CommandError(refusal) from None


def claims_of(text: str) -> Iterator[str]:
    """One payload, or one a line; what is nested too deep is left to the walk, which has the words for it."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text)
    else:
        yield text


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):  # U+2028 may stand in a claim
        if not line.strip():
            continue
        try:
            json.loads(line)
        except json.JSONDecodeError as error:
            place = f"line {number}, column {error.colno}"
            raise CommandError(f"--claims: {place} is no JSON: {error.msg}") from None
        except (ValueError, RecursionError):
            pass
        yield line
