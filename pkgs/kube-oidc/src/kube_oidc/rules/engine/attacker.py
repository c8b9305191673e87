"""Attackers: whose tokens a question is about, as conditions in CEL on the claims of these tokens.

What an attacker has nothing to do with is what the file names: each condition excludes the texts of the file, and the
rest is what the provider's model allows. An answer is then a token of someone that the file doesn't mean, or a proof
that it lets in no one else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.providers.model import ClaimModel, Controller
from kube_oidc.rules.engine import likely
from kube_oidc.rules.engine.facts import Facts
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.verdict.cel.syntax import Call, ListLiteral, Literal, Node

_WORD: Final = re.compile(r"[\w.-]+")
_NUMBERED: Final = re.compile(r"(.+)-(\d+)")  # a name with its number, as in some subjects
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*")
_PATTERN: Final = ("matches", "find", "findAll")
_REF: Final = re.compile(r"refs/(?:heads|tags)/")
_PARTS_OF_REFS: Final = frozenset(
    {"refs", "heads", "tags", "pull", "merge", "head", "ref", "branch", "tag", ""}
)
_REF_CLAIMS: Final = ("ref", "ref_path")
_NOTHING: Final = r"[^\s\S]"
_CUSTOM: Final = ClaimModel((), "", optional=True, controller=Controller.OWNER)
# OpenID Connect's claims about the login, which say nothing about who it is.
_LOGIN: Final = frozenset({"iss", "aud", "azp", "exp", "iat", "nbf", "jti", "email_verified"})


@dataclass(frozen=True, slots=True)
class Attacker:
    """`conditions` are true for every token of theirs; `likely` yields tokens to try first; `who` is for messages."""

    name: str
    who: str
    conditions: tuple[str, ...]
    likely: Callable[[], Iterator[Claims]] = field(default=lambda: iter(()), compare=False, repr=False)


def another_owner(entry: IssuerUnderReview) -> Attacker | None:
    """Returns anyone else with an account there; None if the provider's tokens don't say whose they are.

    An identifier in the file, such as a repository's number, says whose it is as well; a person's doesn't.
    """
    words, claims = known_words(entry), _of_owner(entry)
    if not claims or _reads_unknown_subject(entry):
        return None
    conditions = tuple(_is_none_of(entry, claim, words) for claim in claims)
    who = "a job of an owner that the file doesn't name"
    return Attacker("another owner", who, conditions, lambda: likely.owners(entry, words))


def _of_owner(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns the claims that say whose the job is: names of owners, and identifiers that the provider assigns."""
    trust, read = entry.provider.trust, {place[0] for place in places_read(entry)}
    named = [trust[option] for option in ("owners", "ownerIds", "repositoryIds") if option in trust]
    others = (
        claim
        for claim in entry.provider.claims_of_format("id")
        if claim in read and token_model(entry).claims[claim].controller is Controller.ISSUER
    )
    return tuple(dict.fromkeys((*named, *others))) if {"owners", "ownerIds"} & set(trust) else ()


def _reads_unknown_subject(entry: IssuerUnderReview) -> bool:
    """Do rules read a subject whose parts aren't known? Then nothing follows from it."""
    is_known = any(relation.claim == "sub" for relation in token_model(entry).relations)
    return not is_known and any(place[0] == "sub" for place in places_read(entry))


def another_repository(entry: IssuerUnderReview) -> Attacker:
    """Returns another repository than the ones that the file names."""
    trust, words = entry.provider.trust, known_words(entry)
    conditions = [
        f"!{value_of(entry, trust[option])}.matches({_text(f'^(.*/)?{_either(words)}$')})"
        for option in ("repositories", "repositoryIds", "names")
        if option in trust
    ]
    who = "a job of a repository that the file doesn't name"
    return Attacker("another repository", who, tuple(conditions), lambda: likely.repositories(entry))


def other_refs(entry: IssuerUnderReview) -> Iterator[Attacker]:
    """Yields anyone who can push a branch or tag that only resembles one in the file; nothing if it names none.

    It ends in the name, is a part of it, or is written in another case. One question about all of them is harder.
    """
    claim, texts = entry.provider.trust.get("refs"), tuple(_texts_on_refs(entry))
    names = sorted(
        {text.rstrip("/").rpartition("/")[2] for text in texts if not _is_family(text)} - _PARTS_OF_REFS
    )
    if claim is None or not names:
        return
    value, either = value_of(entry, claim), _either(names)
    meant = (*(text for text in texts if _REF.match(text)), *(f"refs/heads/{name}" for name in names))
    others = (
        f"!({value} in {_list(dict.fromkeys(meant))})",
        *(f"!{value}.startsWith({_text(text)})" for text in _families(entry) if _REF.match(text)),
    )
    shorter = _either(name[:-1] for name in names if len(name) > 1)
    patterns = [f"heads/.+/{either}", f"heads/[^/]+{either}", f"heads/(?:{shorter}|(?i:{either}))"]
    patterns += [] if any("refs/tags" in text for text in texts) else [f"tags/.*{either}"]
    for pattern in patterns:
        resembles = f"{value}.matches({_text(f'^refs/{pattern}$')})"
        who = "anyone who can push a branch or tag whose name resembles the one in the file"
        yield Attacker(
            "anyone who can push", who, (resembles, *others), lambda: likely.refs(entry, claim, names)
        )


def _families(entry: IssuerUnderReview) -> Iterator[str]:
    """Yields beginnings that rules ask for, so that all refs that begin so are meant."""
    for read in (*entry.rules, *entry.mappings.values(), *entry.user_rules):
        for one in read.facts.comparisons:
            if isinstance(one.value, str) and one.operator != "_!=_" and _is_family(one.value):
                yield one.value


def any_account(entry: IssuerUnderReview) -> Attacker:
    """Returns anyone who registers an account and chooses what people choose: profile, user name."""
    model, texts = token_model(entry), known_texts(entry)
    conditions = (
        each
        for claim in sorted({place[0] for place in places_read(entry)} | {"sub"})
        for each in _of_account(entry, claim, model.claims.get(claim, _CUSTOM), texts)
    )
    return Attacker(
        "any account", "anyone who registers an account and chooses its profile", tuple(conditions)
    )


def another_group(entry: IssuerUnderReview, claim: str) -> Attacker:
    """Returns members of no group, or of groups that the file names neither whole nor by a prefix with a separator."""
    texts = known_texts(entry)
    prefixes = [text for text in texts if _is_family(text)]
    suffixes = [text for text in texts if text and not text[0].isalnum()]
    tests = [
        f"!(g in {_list(texts)})",
        *(f"!g.startsWith({_text(text)})" for text in prefixes),
        *(f"!g.endsWith({_text(text)})" for text in suffixes),
    ]
    account = any_account(entry).conditions
    own = tuple(each for each in account if each != _lacks(claim))
    needed = value_of(entry, claim, needed=True)
    groups = f"{_lacks(claim)} || dyn({needed}).all(g, {' && '.join(tests)})"
    return Attacker("another group", f"a member of {claim} that the file doesn't name", (*own, groups))


def _of_account(
    entry: IssuerUnderReview, claim: str, known: ClaimModel, texts: tuple[str, ...]
) -> Iterator[str]:
    """Yields what a claim of a stranger's account can't be."""
    if claim in _LOGIN or known.controller is Controller.ANYONE:
        return
    value = value_of(entry, claim)
    domains = [text for text in texts if "." in text or text.startswith("@")]
    match known.controller:
        case Controller.ISSUER if known.unique or claim == "sub":
            yield f"!({value} in {_list(texts)})"
        case Controller.REGISTRATION if claim == "email" or known.unique:
            yield f"!({value} in {_list(texts)})"
            yield from (
                f"!{value}.endsWith({_text(text)})" for text in domains if claim == "email" or text[0] == "@"
            )
        case Controller.OWNER:
            yield _lacks(claim)


def places_read(entry: IssuerUnderReview) -> tuple[tuple[str, ...], ...]:
    """Returns the claims that rules and the groups mapping read."""
    rules = [place for read in entry.rules for place in read.facts.reads]
    required = [(rule.claim,) for rule in entry.model.claim_validation_rules if rule.claim]
    return tuple(dict.fromkeys((*rules, *required, *entry.sources("groups"))))


def known_texts(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns the texts of the file that can name someone: literals and required values."""
    read = [rule.required_value for rule in entry.model.claim_validation_rules]
    every = (*entry.rules, *entry.user_rules, *entry.mappings.values())
    read += [text for each in every for text in each.facts.text]
    return tuple(dict.fromkeys(text for text in read if text))


def known_words(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns the words of these texts, of patterns also without backslashes."""
    texts = [form for text in known_texts(entry) for form in (text, text.replace("\\", ""))]
    words = [word for text in texts for word in (*_WORD.findall(text), text.strip("/"))]
    words += [part for word in words if (match := _NUMBERED.fullmatch(word)) for part in match.groups()]
    return tuple(dict.fromkeys(words))


def value_of(entry: IssuerUnderReview, claim: str, *, needed: bool = False) -> str:
    """Returns the claim in CEL: an empty text if the token lacks it, unless it is `needed`."""
    known = token_model(entry).claims.get(claim)
    is_name = _IDENTIFIER.fullmatch(claim) is not None
    if needed or (known is not None and not known.optional):
        return f"claims.{claim}" if is_name else f"claims[{_text(claim)}]"
    return f"claims.?{claim}.orValue('')" if is_name else f"claims[?{_text(claim)}].orValue('')"


def _lacks(claim: str) -> str:
    """Returns the condition that a token doesn't have the claim."""
    return f"!has(claims.{claim})" if _IDENTIFIER.fullmatch(claim) else f"!claims[?{_text(claim)}].hasValue()"


def constant_groups(entry: IssuerUnderReview) -> tuple[str, ...]:
    """Returns the texts in the groups expression that are whole groups: in its lists, or one side of a `? :`."""
    read = entry.mappings.get("groups")
    return tuple(dict.fromkeys(_constants(read.facts.tree))) if read is not None else ()


def _constants(node: Node) -> Iterator[str]:
    match node:
        case Literal(value=str(text)) if text:
            yield text
        case ListLiteral(elements=parts) | Call(function="_?_:_", arguments=[_, *parts]):
            for part in parts:
                yield from _constants(part)
        case Call(function="_+_", arguments=parts):
            yield from (text for part in parts if _is_list(part) for text in _constants(part))


def _is_list(node: Node) -> bool:
    """Is it a list, or one of several? A text that is joined with another isn't constant."""
    match node:
        case Call(function="_?_:_" | "_+_", arguments=parts):
            return any(map(_is_list, parts))
    return isinstance(node, ListLiteral)


def named_in(texts: Iterable[str]) -> str:
    """Returns the condition that the user is in one of these groups."""
    return f"user.groups.exists(g, g in {_list(texts)})"


def _is_none_of(entry: IssuerUnderReview, claim: str, words: Iterable[str]) -> str:
    value = value_of(entry, claim)
    if "/" in str(entry.provider.facts.get("formats", {}).get(_format(entry, claim), "")):
        return f"!{value}.matches({_text(f'^{_either(words)}(/.*)?$')})"
    return f"!({value} in {_list(word for word in words if '/' not in word)})"


def _format(entry: IssuerUnderReview, claim: str) -> str:
    return str(entry.provider.claims.get(claim, {}).get("format", ""))


def _texts_on_refs(entry: IssuerUnderReview) -> Iterator[str]:
    """Yields texts that are, or end in, the name of a branch or tag."""
    claims = {*_REF_CLAIMS, entry.provider.trust.get("refs")}
    for read in (*entry.rules, *entry.mappings.values(), *entry.user_rules):
        on_refs = any(place[0] in claims for place in read.facts.reads)
        for text in read.facts.text:
            if _REF.search(text) or (on_refs and not _is_condition_on_other(read.facts, text, claims)):
                for meant in _meant(read.facts, text):
                    found = _REF.search(meant)
                    yield meant[found.start() :] if found is not None else meant


def _meant(facts: Facts, text: str) -> Iterator[str]:
    """Yields the text, or texts that it matches if it is a pattern."""
    if not any(one.value == text and one.operator in _PATTERN for one in facts.comparisons):
        yield text
        return
    from kube_oidc.rules.engine.patterns import alternatives  # noqa: PLC0415 - most files have no pattern

    yield from (each.sample for each in alternatives(text))


def _is_condition_on_other(facts: Facts, text: str, claims: set[str | None]) -> bool:
    """Is the text only compared with claims that are no refs?"""
    comparisons = [one for one in facts.comparisons if one.value == text]
    return bool(comparisons) and not any(one.place[0] in claims for one in comparisons)


def _is_family(text: str) -> bool:
    """Does the text end in a separator, so that it names all that begins with it?"""
    return not text[-1:].isalnum() and text[-1:] not in ("$", ")", "*", "+", "?", "]")


def _either(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words)) or _NOTHING})"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
