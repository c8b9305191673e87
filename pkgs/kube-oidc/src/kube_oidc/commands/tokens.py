"""The input of `explain`: a token or claims. Error messages never contain parts of a token."""

from __future__ import annotations

import json
import sys
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


def given_token(text: str) -> str:
    """The token in the text, with notes on stderr about what was around it. CommandError if it isn't an ID token."""
    from kube_oidc.ci.credentials.as_given import NotATokenError, as_given

    try:
        given = as_given(text)
    except NotATokenError as error:
        raise CommandError(f"the token file {error}") from None
    if given.removed:
        around = " and ".join(given.removed)
        _note(f"the file has {around} around the token; sent like that, it gets 401")
    return given.token


def payload_of(token: str) -> bytes:
    """The payload of a compact JWT; CommandError if the text isn't one."""
    from kube_oidc.authn import base64url
    from kube_oidc.ci.credentials.as_given import is_access_token

    refusal = "the token file doesn't contain a JWT (three base64url parts, separated by dots)"
    parts = token.split(".")
    if len(parts) != 3 or not token.isprintable() or token.startswith("{"):
        raise CommandError(f"{refusal}; an access token or a request token isn't an ID token")
    try:
        payload = base64url.decode(parts[1])
    except ValueError:
        raise CommandError(refusal) from None
    if is_access_token(_json(parts[0]), _json(parts[1])):
        _note(
            "this is an access token; the issuer's response has the ID token in `id_token` (scope `openid`)"
        )
    return payload


def _json(part: str) -> object:
    from kube_oidc.authn import base64url

    try:
        return json.loads(base64url.decode(part))
    except (ValueError, RecursionError):
        return None


def _note(text: str) -> None:
    print(f"kube-oidc explain: {text}", file=sys.stderr)  # noqa: T201


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
