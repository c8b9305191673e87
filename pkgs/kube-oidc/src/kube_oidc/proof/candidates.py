"""Texts that a hard question may have an answer among, made from the constants in the expressions.

Restricting each claim to a few texts is an assumption: it may give a token, and never a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from kube_oidc.proof import regex
from kube_oidc.proof.claims import Token
from kube_oidc.proof.terms import Term
from kube_oidc.proof.values import STRING, term_of
from kube_oidc.verdict.cel.literal_checks import children
from kube_oidc.verdict.cel.syntax import Literal, Node

_MOST: Final = 150  # texts for each claim
_LONGEST: Final = 60  # characters of a constant


def constants(trees: Iterable[Node]) -> list[str]:
    """The text constants of expressions, without repetition."""
    found: dict[str, None] = {}
    for tree in trees:
        stack = [tree]
        while stack:
            node = stack.pop()
            stack.extend(children(node))
            if isinstance(node, Literal) and isinstance(node.value, str) and 0 < len(node.value) <= _LONGEST:
                found[node.value] = None
    return list(found)


def among_candidates(token: Token, texts: list[str]) -> list[Term]:
    """Each text of the token is one of a few."""
    found = list(dict.fromkeys(["mallory", "999", *_variants(texts)]))[:_MOST]
    language = regex.union([regex.literal(text) for text in found if _is_simple(text)])
    return [regex.in_language(term, language) for term in _terms(token)]


def _terms(token: Token) -> Iterator[Term]:
    for variable in token.variables.values():
        if STRING in variable.texts:
            yield variable.texts[STRING]
        if variable.items is not None:
            yield from (
                term_of(value, STRING, Term("String", '""', "")) for _, value in variable.items.elements
            )


def _variants(texts: list[str]) -> Iterator[str]:
    """Longer, doubled and nested forms of the constants, first those that are names on a forge."""
    for text in texts:
        half = len(text) // 2
        plain = text.strip("/")
        yield from (
            text,
            plain,
            f"x{plain}",
            f"{plain}x",
            f"{text}{text}",
            f"{text[:half]}{text}{text[half:]}",
        )
        yield from (
            f"x{text}",
            f"{text}x",
            f"{plain}/site",
            f"x{plain}/site",
            f"{plain}x/site",
            f"{text}{text}/site",
        )


def _is_simple(text: str) -> bool:
    return all(ord(character) < 0x2FFFF for character in text)
