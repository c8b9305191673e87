"""Finds the claims of a token that an issuer accepts, and derives others from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Outcome
from kube_oidc.rules.engine.claims_affecting import claims_affecting
from kube_oidc.rules.engine.facts import Comparison, Facts, Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model

_SHORT_LIFETIME_SECONDS: Final = 60
_MAX_ATTEMPTS: Final = 300
_MAX_ROUNDS: Final = 4
_MAX_PARTS: Final = 8
_PARTS: Final = re.compile(r"[:/,|@]")
_MISSING: Final = object()


def sample_claims(entry: IssuerUnderReview) -> Claims | None:
    """Returns claims that this issuer accepts, similar to the provider's example token; None if none were found.

    Tries the values that the rules compare claims with, claim by claim, as long as authentication gets further. Claims
    that depend on others follow them, so that the token is one that the issuer can sign. If none is found, the solver
    is asked for any.
    """
    claims, accepted = _search(entry)
    if not accepted:
        return _any_accepted(entry, claims)
    consistent = _consistent(entry, claims)
    return consistent if entry.user(consistent) is not None else claims


def _consistent(entry: IssuerUnderReview, claims: Claims) -> Claims:
    """Returns the claims with those changed that follow from the ones that the rules determine."""
    from kube_oidc.proof.completion import completed  # noqa: PLC0415 - rarely needed

    model, usual = token_model(entry), entry.provider.example
    if not model.broken(claims):
        return claims
    found = completed(model, claims, {name for name in claims if claims[name] != usual.get(name)}, usual)
    return claims if any(model.differences(found)) else found


def _any_accepted(entry: IssuerUnderReview, closest: Claims) -> Claims | None:
    """Returns the claims of any token that is accepted, as close to these as possible."""
    from kube_oidc.proof.question import Question, Shown, Subject, ask  # noqa: PLC0415 - rarely needed

    answer = ask(Subject(entry.model, entry.version, closest), Question())
    return answer.claims if isinstance(answer, Shown) else None


def closest_claims(entry: IssuerUnderReview) -> Claims:
    """Returns the claims with which authentication got furthest, accepted or not."""
    return _search(entry)[0]


def _search(entry: IssuerUnderReview) -> tuple[Claims, bool]:
    tried = candidates(entry)
    claims = seed_claims(entry)
    for path, values in tried.items():
        if values and (get(claims, path) is _MISSING or _demanded(entry, path)):
            _set(claims, path, values[0])
    outcome, attempts = entry.outcome(claims), 0
    read = claims_affecting(entry, outcome)
    for _ in range(_MAX_ROUNDS):
        before = outcome
        for path, values in tried.items():
            for value in values:
                if isinstance(outcome, Authenticated) or attempts > _MAX_ATTEMPTS:
                    return claims, isinstance(outcome, Authenticated)
                attempts += 1
                if read is not None and path[0] not in read:
                    continue
                trial = put(claims, path, value)
                reached = entry.outcome(trial)
                if _progress(reached) > _progress(outcome):
                    claims, outcome, read = trial, reached, claims_affecting(entry, reached)
        if isinstance(outcome, Authenticated) or outcome is before:
            break
    return claims, isinstance(outcome, Authenticated)


def seed_claims(entry: IssuerUnderReview) -> Claims:
    """Returns the provider's example token with this issuer and audience."""
    audiences = entry.model.issuer.audiences
    claims = entry.provider.example | {
        "iss": entry.model.issuer.url,
        "aud": audiences[0] if audiences else "",
    }
    for rule in entry.model.claim_validation_rules:
        if rule.claim:
            claims[rule.claim] = rule.required_value
    return claims


def get(claims: Mapping[str, Any], path: Place) -> Any:
    """Returns the value at this path; see `is_missing`."""
    value: Any = claims
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return _MISSING
        value = value[step]
    return value


def is_missing(value: object) -> bool:
    """Did `get` find no value?"""
    return value is _MISSING


def put(claims: Mapping[str, Any], path: Place, value: Any) -> Claims:
    """Returns a copy with this value at this path; the rest is shared with the original."""
    changed: Claims = dict(claims)
    _set(changed, path, value)
    return changed


def _set(claims: Claims, path: Place, value: Any) -> None:
    """Changes the claims in place, but copies nested objects, which may be shared."""
    inside = claims
    for step in path[:-1]:
        below = inside.get(step)
        inside[step] = dict(below) if isinstance(below, dict) else {}
        inside = inside[step]
    inside[path[-1]] = value


def without(claims: Mapping[str, Any], claim: str) -> Claims:
    """Returns a copy without this claim."""
    return {name: value for name, value in claims.items() if name != claim}


def literals(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns every string literal in the issuer's expressions."""
    found = [text for read in (*entry.expressions, *entry.user_rules) for text in read.facts.text]
    return tuple(dict.fromkeys(found))


def _progress(outcome: Outcome) -> tuple[bool, int]:
    return isinstance(outcome, Authenticated), len(outcome.steps)


def candidates(entry: IssuerUnderReview) -> dict[Place, list[Any]]:
    """Returns the values to try for every claim that the issuer reads, the most likely first."""
    found: dict[Place, list[Any]] = {}
    for read in entry.expressions:
        for path in sorted(read.facts.reads):
            found.setdefault(path, [])
        for comparison in read.facts.comparisons:
            found.setdefault(comparison.place, []).extend(_suggested(comparison))
        for path in read.facts.reads:
            usual = get(entry.provider.example, path)
            if isinstance(usual, list):
                found[path].extend([*usual, text] for text in dict.fromkeys(read.facts.text))
            found[path].extend([*_named(read.facts), *_owned(entry, path, read.facts.text)])
    mappings = entry.model.claim_mappings
    for claim in (mappings.username.claim, mappings.groups.claim, mappings.uid.claim):
        if claim:
            found.setdefault((claim,), [])
    users = list(dict.fromkeys(text for read in entry.user_rules for text in read.facts.text))
    for path, values in found.items():
        if not _fixed(path):
            known = get(entry.provider.example, path)
            usual = [] if is_missing(known) else [known]
            values.extend([*usual, *_users(entry, users, usual), "value", ["value"], True, 1])
            for text in _of_groups(entry, path, users):
                values.extend([text, [text]])
    tried = {path: values for path, values in found.items() if not _fixed(path)}
    return tried | {("exp",): _ends(entry)}


def _ends(entry: IssuerUnderReview) -> list[Any]:
    """Returns values of `exp`: the lifetimes in the expressions on it, and a short one for any other limit."""
    issued = entry.provider.example.get("iat")
    read = [read.facts for read in entry.expressions if ("exp",) in read.facts.reads]
    if not isinstance(issued, int) or not read:
        return []
    return [
        *(issued + number for facts in read for number in facts.numbers if number > 0),
        issued + _SHORT_LIFETIME_SECONDS,
    ]


def _fixed(path: Place) -> bool:
    return path[0] in ("iss", "aud", "exp", "iat", "nbf")


def _demanded(entry: IssuerUnderReview, path: Place) -> bool:
    """Does a rule compare this claim?"""
    return any(comparison.place == path for read in entry.rules for comparison in read.facts.comparisons)


def _suggested(comparison: Comparison) -> Iterator[Any]:
    value = comparison.value
    if not isinstance(value, str | int | float | None):
        return  # bytes, which no claim can be
    match comparison.operator:
        case "in list":
            yield [value]
        case "_!=_":
            return
        case "startsWith":
            yield f"{value}value"
        case "endsWith":
            yield f"value{value}"
        case "matches" | "find" | "findAll":
            yield from _samples(str(value))
        case _:
            yield value


def _samples(pattern: str) -> Iterator[str]:
    from kube_oidc.rules.engine.patterns import alternatives  # noqa: PLC0415 - most files have no pattern

    return (each.sample for each in alternatives(pattern))


def _named(facts: Facts) -> Iterator[str]:
    """Yields all string literals of the expression, their parts, and its numbers as strings."""
    texts = dict.fromkeys(facts.text)
    yield from texts
    yield from dict.fromkeys(str(number) for number in facts.numbers)
    for text in texts:
        parts = _PARTS.split(text)
        if 1 < len(parts) <= _MAX_PARTS:
            yield from (part for part in parts if part and part not in texts)


def _owned(entry: IssuerUnderReview, path: Place, texts: tuple[str, ...]) -> Iterator[str]:
    """Yields the provider's example with the expression's strings as the owner or repository."""
    usual = get(entry.provider.example, path)
    mine = str(entry.provider.facts.get("exampleWorkload", {}).get("repository", ""))
    if mine and isinstance(usual, str) and mine in usual:
        for part in (mine, *mine.split("/")):
            yield from (usual.replace(part, text) for text in dict.fromkeys(texts) if text.isprintable())
    if isinstance(usual, str) and "@" in usual:
        mailbox = usual.partition("@")[0]
        yield from (f"{mailbox}@{text}" for text in dict.fromkeys(texts) if "." in text and "@" not in text)
    if isinstance(usual, str):
        yield from _with_part(usual, texts)


def _with_part(usual: str, texts: tuple[str, ...]) -> Iterator[str]:
    """Yields the example with each of its parts replaced by each string, for expressions that split the claim."""
    separators = _PARTS.findall(usual)
    parts = _PARTS.split(usual)
    names = [text for text in dict.fromkeys(texts) if text and text.isprintable() and not _PARTS.search(text)]
    if not separators or len(parts) > _MAX_PARTS:
        return
    for position in range(len(parts)):
        for text in names[:_MAX_PARTS]:
            replaced = [*parts[:position], text, *parts[position + 1 :]]
            yield "".join(part + after for part, after in zip(replaced, [*separators, ""], strict=True))


def _of_groups(entry: IssuerUnderReview, path: Place, texts: list[str]) -> Iterator[str]:
    """Yields groups that user validation rules may require, if this claim is mapped to groups."""
    prefix = entry.model.claim_mappings.groups.prefix or ""
    if path in entry.sources("groups"):
        yield from (text.removeprefix(prefix) for text in texts if text.startswith(prefix))


def _users(entry: IssuerUnderReview, texts: list[str], usual: list[Any]) -> Iterator[str]:
    """Yields values that user validation rules may require of the user name's claim."""
    prefix = entry.model.claim_mappings.username.prefix or ""
    for text in texts:
        yield text.removeprefix(prefix)
        yield from (sample.removeprefix(prefix) for sample in _samples(text) if sample != text)
        for value in usual:
            if isinstance(value, str):
                yield value + text
                yield text.removeprefix(prefix) + value
