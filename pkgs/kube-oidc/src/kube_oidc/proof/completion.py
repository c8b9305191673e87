"""Claims that follow from others: what a token has to have besides the claims that a question is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from kube_oidc.providers.model import Relation, Template, TokenModel, shared_parts

_PASSES: Final = 3
_ANY: Final = r"[\s\S]+"


def claims_of(relation: Relation) -> set[str]:
    """The claims that a relation is about."""
    parts = (part for template in relation.templates for part in template)
    holes = {part.name for part in parts if not isinstance(part, str) and part.is_claim}
    return {relation.claim, *relation.when, *relation.unless, *holes}


def completed(
    model: TokenModel, claims: Mapping[str, Any], fixed: Set[str], sample: Mapping[str, Any]
) -> dict[str, Any]:
    """The claims with those changed that follow from the `fixed` ones, which stay, as far as that is possible."""
    found = dict(claims)
    for _ in range(_PASSES):
        wrong = model.broken(found)
        if not wrong:
            break
        sources = sorted(model.relations, key=lambda relation: relation.claim in fixed)  # the last one counts
        parts = {name: text for each in sources for name, text in shared_parts(each, found).items()}
        for relation in wrong:
            _repair(relation, found, fixed, sample, parts)
    return found


def _repair(
    relation: Relation,
    claims: dict[str, Any],
    fixed: Set[str],
    sample: Mapping[str, Any],
    shared: Mapping[str, str],
) -> None:
    """Sets the relation's claim from its parts, or its parts from the claim."""
    for template in relation.templates:
        if relation.claim not in fixed:
            text = _built(template, claims, sample.get(relation.claim), sample, shared)
            if text is not None:
                claims[relation.claim] = text
                return
        elif isinstance(claims.get(relation.claim), str):
            parts = _parts(
                template, claims[relation.claim], {name: claims[name] for name in fixed if name in claims}
            )
            if parts is not None:
                claims.update({name: text for name, text in parts.items() if name not in fixed})
                return


def _built(
    template: Template,
    claims: Mapping[str, Any],
    usual: object,
    sample: Mapping[str, Any],
    shared: Mapping[str, str],
) -> str | None:
    """The text of a template; holes that are no claims are filled with the shared parts, or as in the sample."""
    holes = {**holes_of(template, str(usual), sample), **shared}
    parts: list[str] = []
    for part in template:
        text = (
            part
            if isinstance(part, str)
            else claims.get(part.name)
            if part.is_claim
            else holes.get(part.name)
        )
        if not isinstance(text, str):
            return None
        parts.append(text)
    return "".join(parts)


def holes_of(template: Template, usual: str, sample: Mapping[str, Any]) -> dict[str, str]:
    """The texts in the holes of the sample's claim, or any short text."""
    found = re.fullmatch("".join(_pattern(template, sample)), usual)
    named = {part.name: part.pattern for part in template if not isinstance(part, str) and not part.is_claim}
    return {name: found[_group(name)] if found else _short(pattern) for name, pattern in named.items()}


def _short(pattern: str) -> str:
    candidates = ("x", "1", "main", "")
    return next((text for text in candidates if not pattern or re.fullmatch(pattern, text)), "x")


def _parts(template: Template, text: str, known: Mapping[str, Any]) -> dict[str, str] | None:
    """The claims in a text that a template made, or None if it can't have made it."""
    found = re.fullmatch("".join(_pattern(template, known)), text)
    names = [part.name for part in template if not isinstance(part, str) and part.is_claim]
    if found is None:
        return None
    return {name: found[_group(name)] for name in names if _group(name) in found.re.groupindex}


def _group(name: str) -> str:
    """The name of a group for a claim, whose own name may be a URL."""
    return f"g{name.encode().hex()}"


def _pattern(template: Template, known: Mapping[str, Any]) -> Iterator[str]:
    seen: set[str] = set()
    for part in template:
        if isinstance(part, str):
            yield re.escape(part)
        elif part.is_claim and isinstance(known.get(part.name), str):
            yield re.escape(known[part.name])
        elif part.name in seen:
            yield f"(?P={_group(part.name)})"
        else:
            seen.add(part.name)
            yield f"(?P<{_group(part.name)}>{part.pattern or _ANY})"
