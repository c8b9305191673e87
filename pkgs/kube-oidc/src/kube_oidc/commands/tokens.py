"""What `explain` is given: a token, or claims. Nothing of a token goes into an error."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import read_or_stdin


def text_of(name: str) -> str:
    """The file's text; `-` is standard input."""
    try:
        return read_or_stdin(name).decode()
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
