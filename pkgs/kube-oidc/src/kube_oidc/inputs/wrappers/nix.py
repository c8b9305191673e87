"""Nix source: indented strings, strings, and literal attribute sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.inputs.embedded import Text, dedented, joined
from kube_oidc.inputs.literals import SKIPPED, Language, Token, objects, quoted, tokens
from kube_oidc.inputs.tree import as_json
from kube_oidc.inputs.wrapper import KIND, Found, Source, Wrapper

_ESCAPES: Final = re.compile(r"''(\$|'|\\.)")
_NIX: Final = re.compile(r"''\s*\n|^\s*\{[^{}:\n]*\}:\s*$|\b(?:toJSON|writeText|toYAML|mkIf|mkForce)\b", re.M)


def _string(source: Text, start: int) -> Token | None:
    if source.text[start] == '"':
        return quoted(source, start)
    if not source.text.startswith("''", start):
        return None
    position = start + 2
    while True:
        end = source.text.find("''", position)
        if end < 0:
            return Token(start, len(source.text), text=source.part(start + 2, len(source.text)))
        if source.text[end + 2 : end + 3] not in ("$", "'", "\\"):
            return Token(start, end + 2, text=_indented(source.part(start + 2, end)))
        position = end + 3


def _indented(body: Text) -> Text:
    """The value of `''…''`: without the first empty line, the common indentation and the escapes."""
    first = body.text.find("\n")
    if first >= 0 and not body.text[:first].strip():
        body = body.part(first + 1, len(body.text))
    lines = [line for line in body.text.splitlines() if line.strip()]
    body = dedented(body, min((len(line) - len(line.lstrip(" ")) for line in lines), default=0))
    parts, position = [], 0
    for match in _ESCAPES.finditer(body.text):
        plain = {"$": "$", "'": "''"}.get(match[1], match[1][-1])
        parts += [body.part(position, match.start()), body.constant(plain, match.start())]
        position = match.end()
    return joined([*parts, body.part(position, len(body.text))])


_LANGUAGE: Final = Language(
    _string,
    SKIPPED,
    re.compile(r"-?\d+(?:\.\d+)?(?![\w/])|[A-Za-z_][\w'-]*|\+\+|//"),
    frozenset({"="}),
    ";",
)


def _extract(source: Source) -> Iterator[Found]:
    found = tokens(source.text, _LANGUAGE)
    for value in objects(found, _LANGUAGE, "kind", KIND):
        yield Found(as_json(value, source.text), "an attribute set", value.is_computed(), exact=False)
    for token in found:
        if token.text is not None and KIND in token.text.text and token.text.text != KIND:
            yield Found(token.text, "a string")


def _recognizes(source: Source) -> bool:
    if source.node is not None:
        return False
    return source.suffix == ".nix" or (not source.suffix and _NIX.search(source.text.text) is not None)


WRAPPER: Final = Wrapper(
    name="Nix source",
    recognizes=_recognizes,
    extracts=_extract,
    hint="evaluate it and check the result: nix eval --raw .#ATTRIBUTE | kube-oidc check -",
    renders="nix eval --raw .#ATTRIBUTE | kube-oidc check -",
    specific=3,
)
