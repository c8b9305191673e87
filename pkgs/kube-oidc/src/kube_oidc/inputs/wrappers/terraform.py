"""Terraform and OpenTofu: heredocs, strings, and constant objects in `yamlencode` and `jsonencode`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.inputs.embedded import Text, dedented
from kube_oidc.inputs.literals import Language, Token, objects, quoted, tokens
from kube_oidc.inputs.tree import as_json
from kube_oidc.inputs.wrapper import KIND, Found, Source, Wrapper

_HEREDOC: Final = re.compile(r"<<(-?)[ \t]*\"?(\w+)\"?[ \t]*\r?\n")
_BLOCK: Final = re.compile(r"^(?:resource|module|locals|variable|data|provider|terraform)\b[^=\n]*\{", re.M)
_CALL: Final = re.compile(r"\b(?:yamlencode|jsonencode|base64encode)\(")


def _string(source: Text, start: int) -> Token | None:
    if source.text[start] == '"':
        return quoted(source, start)
    heredoc = _HEREDOC.match(source.text, start)
    if heredoc is None:
        return None
    end = re.compile(rf"^[ \t]*{heredoc[2]}\b", re.M).search(source.text, heredoc.end())
    body = source.part(heredoc.end(), end.start() if end else len(source.text))
    lines = [line for line in body.text.splitlines() if line.strip()]
    if heredoc[1]:
        body = dedented(body, min((len(line) - len(line.lstrip()) for line in lines), default=0))
    return Token(start, end.end() if end else len(source.text), text=body)


_LANGUAGE: Final = Language(
    _string,
    re.compile(r"\s+|#[^\n]*|//[^\n]*|/\*.*?\*/", re.S),
    re.compile(r"-?\d+(?:\.\d+)?|[A-Za-z_][\w-]*"),
    frozenset({"=", ":"}),
    "",
)


def _extract(source: Source) -> Iterator[Found]:
    found = tokens(source.text, _LANGUAGE)
    for value in objects(found, _LANGUAGE, "kind", KIND):
        yield Found(as_json(value, source.text), "an object", value.is_computed(), exact=False)
    for token in found:
        if token.text is not None and KIND in token.text.text and token.text.text != KIND:
            yield Found(token.text, "a string")


def _recognizes(source: Source) -> bool:
    if source.node is not None:
        return False
    if source.suffix in (".tf", ".tfvars", ".hcl", ".tofu"):
        return True
    return not source.suffix and (
        _BLOCK.search(source.text.text) is not None or _CALL.search(source.text.text) is not None
    )


WRAPPER: Final = Wrapper(
    name="Terraform source",
    recognizes=_recognizes,
    extracts=_extract,
    hint="render it and check the result: terraform plan -out=PLAN && terraform show -json PLAN",
    renders="terraform plan -out=PLAN && terraform show -json PLAN",
    specific=3,
)
