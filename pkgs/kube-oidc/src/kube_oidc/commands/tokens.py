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


def payload_of(token: str) -> bytes:
    """The payload of a compact JWT."""
    import base64
    import binascii

    parts = token.split(".")
    try:
        _, payload, _ = parts
        padded = payload + "=" * (-len(payload) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise CommandError("the token file holds no compact JWT (three base64url parts with dots)") from None


def claims_of(text: str) -> Iterator[str]:
    """One payload, or one a line; what is nested too deep is left to the walk, which has the words for it."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text)
    else:
        yield text


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
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
