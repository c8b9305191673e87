"""Asks whether two identities of an issuer become the same user, or get the same group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.rules.engine.attacker import constant_groups, value_of
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model

_REFS: Final = frozenset({"ref", "ref_path", "ref_type"})
_EMAIL: Final = "email"
_SUBJECT: Final = "sub"


class Met(NamedTuple):
    """The claims of two tokens, the claim that tells them apart, and the name that both get."""

    one: Claims
    other: Claims
    claim: str
    name: str


class _Question(NamedTuple):
    """Two identities: they differ in one of these claims, are the same in others, and names belong to numbers."""

    differ: tuple[str, ...]
    same: tuple[str, ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()


def met(entry: IssuerUnderReview, mapping: str) -> Met | None:
    """Returns two identities with one user name (`username`), or with one group that isn't constant (`groups`)."""
    questions = _of_jobs(entry, mapping) if entry.provider.is_ci else _of_people(entry, mapping)
    return next((found for found in (_ask(entry, mapping, one) for one in questions) if found), None)


def _of_jobs(entry: IssuerUnderReview, mapping: str) -> Iterator[_Question]:
    trust = entry.provider.trust
    read = {place[0] for place in entry.sources(mapping)}
    repository = tuple(trust[what] for what in ("repositories", "names", "repositoryIds") if what in trust)
    refs = _REFS | {trust.get("refs", "")}
    names = {*repository, *_with_repository(entry)}
    if read == {_SUBJECT} or not repository:
        return  # the provider makes it of all of these
    pairs = [(trust[name], trust[number]) for name, number in _NUMBERED if name in trust and number in trust]
    together = tuple(pairs)
    if read & names and (mapping == "username" or read <= names | refs):
        yield _Question(repository, together=together)
    if read & refs and "refs" in trust and (mapping == "username" or read <= names | refs):
        yield _Question((trust["refs"],), repository, together, tuple(_pushes(entry)))


_NUMBERED: Final = (("repositories", "repositoryIds"), ("owners", "ownerIds"))


def _with_repository(entry: IssuerUnderReview) -> set[str]:
    """Returns the claims whose text contains the repository, by the provider's file."""
    called = {name for name, known in entry.provider.claims.items() if known.get("calledWorkflow")}
    made = {
        relation.claim
        for relation in token_model(entry).relations
        for template in relation.templates
        if any(
            not isinstance(part, str) and part.name == entry.provider.trust.get("repositories")
            for part in template
        )
    }
    return called | made


def _pushes(entry: IssuerUnderReview) -> Iterator[str]:
    """Yields conditions on jobs whose subject contains the ref."""
    if entry.provider.event_claim:
        events = ", ".join(f'"{event}"' for event in entry.provider.default_events)
        yield f"{value_of(entry, entry.provider.event_claim)} in [{events}]"
    if "environments" in entry.provider.trust:
        yield f"{value_of(entry, entry.provider.trust['environments'])} == ''"


def _of_people(entry: IssuerUnderReview, mapping: str) -> Iterator[_Question]:
    if mapping != "username" or {place[0] for place in entry.sources(mapping)} <= {_SUBJECT}:
        return
    unique = [name for name, known in token_model(entry).claims.items() if known.unique]
    others = tuple((_SUBJECT, name) for name in dict.fromkeys((*unique, _EMAIL)) if name != _SUBJECT)
    yield _Question((_SUBJECT,), together=others)


def _ask(entry: IssuerUnderReview, mapping: str, asked: _Question) -> Met | None:
    from kube_oidc.proof.pairs import Meeting, ShownPair, ask_pair  # noqa: PLC0415
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415
    from kube_oidc.proof.search import NotDecided  # noqa: PLC0415 - only if there is a question

    subject = Subject(entry.model, entry.version, entry.sample_claims or {})
    question = Question(claims=asked.conditions)
    by_group = mapping == "groups"
    meeting = Meeting(
        asked.differ, asked.same, asked.together, by_group, constant_groups(entry) if by_group else ()
    )
    answer = ask_pair((subject, subject), (question, question), meeting)
    if isinstance(answer, NotDecided):
        entry.undecided["two that become one"] = answer.reason
    if not isinstance(answer, ShownPair):
        return None
    one, other = answer.first, answer.second
    claim = next(name for name in asked.differ if one.claims.get(name) != other.claims.get(name))
    shared = [
        group for group in one.user.groups if group in other.user.groups and group not in meeting.not_groups
    ]
    return Met(one.claims, other.claims, claim, shared[0] if by_group else one.user.username)
