"""The input of `explain`: a token or claims. Error messages never contain parts of a token."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import read_or_stdin


def text_of(name: str) -> str:
    """The file's text without a byte order mark; `-` is standard input."""
    try:
        return read_or_stdin(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"cannot read {name}: not UTF-8") from None


def token_of(text: str) -> str:
    """The token as the API server reads it from the header: trimmed, up to the first space."""
    return text.strip().partition(" ")[0]


def payload_of(token: str, text: str = "") -> bytes:
    """The payload of a compact JWT; CommandError if the text isn't one. `text` is the whole file."""
    from kube_oidc.authn import base64url

    if token.lower() == "bearer":
        raise CommandError(
            f"the token file starts with {token!r}, which belongs in the HTTP header: leave only the token"
        )
    if token.startswith("{"):
        raise CommandError(_of_json(text or token))
    if token[:1] in ("'", '"'):
        raise CommandError("the token is in quotes: remove them (with jq, use `jq -r`)")
    refusal = "the token file doesn't contain a JWT (three base64url parts, separated by dots)"
    parts = token.split(".")
    if len(parts) != 3 or not token.isprintable():
        raise CommandError(refusal)
    try:
        return base64url.decode(parts[1])
    except ValueError:
        raise CommandError(refusal) from None


def _of_json(text: str) -> str:
    """What the file is instead of a token, and how to get the token out of it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    places = {".value": ("value",), ".id_token": ("id_token",), ".status.token": ("status", "token")}
    for place, keys in places.items():
        value: object = document
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str) and value.count(".") == 2:
            return (
                f"the token file contains a JSON answer, and the token is in `{place}`: use `jq -r {place}`"
            )
    return "the token file contains JSON, not a token: use --claims for claims"


def claims_of(text: str) -> Iterator[str]:
    """One payload, or one per line. The authenticator reports payloads that are nested too deeply."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text)
    else:
        yield text


def _lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines(): a claim may contain U+2028
        if not line.strip():
            continue
        try:
            json.loads(line)
        except json.JSONDecodeError as error:
            place = f"line {number}, column {error.colno}"
            raise CommandError(f"--claims: invalid JSON at {place}: {error.msg}") from None
        except (ValueError, RecursionError):
            pass
        yield line
