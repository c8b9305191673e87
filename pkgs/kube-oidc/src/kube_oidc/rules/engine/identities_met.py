"""Asks whether two identities of an issuer become the same user, or get the same group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.rules.engine import likely
from kube_oidc.rules.engine.attacker import constant_groups, value_of
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.verdict.cel.scope import Scope

_REFS: Final = frozenset({"ref", "ref_path"})
_REF_TYPE: Final = "ref_type"
_HARDER: Final = 8
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
    questions = tuple(_of_jobs(entry, mapping) if entry.provider.is_ci else _of_people(entry, mapping))
    for find in (_likely, _ask) if entry.provider.is_ci else (_ask,):
        for asked in questions:
            if (found := find(entry, mapping, asked)) is not None:
                return found
    return None


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
    made_of = names | refs | {_REF_TYPE}
    if read & names and (mapping == "username" or read <= made_of):
        yield _Question(repository, together=together)
    if read & refs and "refs" in trust and (mapping == "username" or read <= made_of):
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
    read, model = {place[0] for place in entry.sources(mapping)}, token_model(entry)
    if mapping != "username" or read <= {_SUBJECT} or not read <= set(model.claims):
        return  # of a claim that an administrator added, it isn't known whether two accounts can share it
    unique = [name for name, known in model.claims.items() if known.unique]
    others = tuple((_SUBJECT, name) for name in dict.fromkeys((*unique, _EMAIL)) if name != _SUBJECT)
    # Providers compare names without case, and their subjects have no separators.
    texts = (value_of(entry, name) for _, name in others)
    conditions = [f"{text}.lowerAscii() == {text}" for text in texts]
    conditions.append('claims.sub.matches("^[0-9A-Za-z-]+$")')
    yield _Question((_SUBJECT,), together=others, conditions=tuple(conditions))


def _likely(entry: IssuerUnderReview, mapping: str, asked: _Question) -> Met | None:
    """Returns two tokens among the ones to try first."""
    from kube_oidc.proof.problem import is_true  # noqa: PLC0415

    model, constant, known = token_model(entry), constant_groups(entry), dict[str, list[Claims]]()
    for claims in map(model.repaired, likely.jobs(entry)):
        user = entry.user(claims)
        if user is None or any(model.differences(claims)):
            continue
        if not all(is_true(text, Scope.CLAIMS, claims, entry.version) for text in asked.conditions):
            continue
        names = {user.username} if mapping == "username" else set(user.groups) - set(constant)
        for name in sorted(names):
            for other in known.get(name, ()):
                if (claim := _differ(asked, claims, other)) is not None:
                    return Met(other, claims, claim, name)
            known.setdefault(name, []).append(claims)
    return None


def _differ(asked: _Question, one: Claims, other: Claims) -> str | None:
    """Returns the claim in which they differ, if they are the two identities that are asked for."""

    def is_same(claim: str) -> bool:
        return bool(one.get(claim) == other.get(claim))

    if not all(map(is_same, asked.same)) or any(is_same(a) != is_same(b) for a, b in asked.together):
        return None
    return next((claim for claim in asked.differ if not is_same(claim)), None)


def _ask(entry: IssuerUnderReview, mapping: str, asked: _Question) -> Met | None:
    from kube_oidc.proof.pairs import Meeting, ShownPair, ask_pair  # noqa: PLC0415
    from kube_oidc.proof.problem import Question, Subject  # noqa: PLC0415
    from kube_oidc.proof.search import NotDecided  # noqa: PLC0415
    from kube_oidc.proof.solver import STEPS  # noqa: PLC0415 - only if there is a question

    steps = (
        STEPS if not entry.provider.is_ci else STEPS // _HARDER
    )  # of jobs, most are found before the solver is asked
    subject = Subject(entry.model, entry.version, entry.sample_claims or {}, steps)
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
