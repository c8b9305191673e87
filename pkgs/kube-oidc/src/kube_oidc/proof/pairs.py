"""Asks whether two tokens become the same user, or share a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kube_oidc.proof.problem import Claims, Problem, Question, Side, Subject, side
from kube_oidc.proof.question import Shown, shown
from kube_oidc.proof.search import NotDecided, Proved, search
from kube_oidc.proof.terms import Script, Term, and_, equal, ite, not_, or_, string
from kube_oidc.proof.values import STRING, guard_of, term_of


@dataclass(frozen=True, slots=True)
class Meeting:
    """When two tokens count as two identities, and when they meet.

    At least one of the claims in `differ` differs, and all in `same` are equal. Claims in `together` are equal in both
    tokens or in neither, such as a name and its number. They meet as the same user, or, with `by_group`, in a group
    that isn't in `not_groups`.
    """

    differ: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    by_group: bool = False
    not_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Two accepted tokens that meet."""

    first: Shown
    second: Shown


def ask_pair(
    subjects: tuple[Subject, Subject], questions: tuple[Question, Question], meeting: Meeting
) -> ShownPair | Proved | NotDecided:
    """Two accepted tokens, each as its question has it, that are different identities and meet."""

    def pose() -> Problem:
        script = Script()
        one, other = (
            side(script, subject, question, name=name, others=1)
            for subject, question, name in zip(subjects, questions, ("a", "b"), strict=True)
        )
        script.require(one.entry.accepted)
        script.require(other.entry.accepted)
        _constrain(script, one, other, meeting)
        return Problem(
            (one, other), assumed=one.as_in_sample()
        )  # finding the other one is a question about one token

    def confirm(tokens: tuple[Claims, ...]) -> ShownPair | None:
        one, other = (shown(*each) for each in zip(subjects, questions, tokens, strict=True))
        return ShownPair(one, other) if one and other and _meets(one, other, meeting) else None

    return search(pose, confirm)


def _constrain(script: Script, one: Side, other: Side, meeting: Meeting) -> None:
    def is_same(claim: str) -> Term:
        return script.named(_same(script, one, other, claim))

    if meeting.differ:
        script.require(or_(*(not_(is_same(claim)) for claim in meeting.differ)))
    script.require(and_(*(is_same(claim) for claim in meeting.same)))
    for left, right in meeting.together:
        script.require(equal(is_same(left), is_same(right)))
    if meeting.by_group:
        script.require(_share_group(one, other, meeting.not_groups))
    else:
        script.require(equal(one.entry.username, other.entry.username))


def _same(script: Script, one: Side, other: Side, claim: str) -> Term:
    """Whether both claims are the same text or both are absent; for other kinds, anything."""
    (present, value), (other_present, other_value) = (each.token.claim((claim,)) for each in (one, other))
    empty = string("")
    texts = and_(guard_of(value, STRING), guard_of(other_value, STRING))
    equal_texts = equal(term_of(value, STRING, empty), term_of(other_value, STRING, empty))
    same = equal_texts if texts.value is True else ite(texts, equal_texts, script.fresh("Bool", "same"))
    return and_(equal(present, other_present), or_(not_(present), same))


def _share_group(one: Side, other: Side, excluded: Sequence[str]) -> Term:
    empty = string("")
    lists = one.entry.groups, other.entry.groups
    pairs = [groups.has_more for groups in lists if not groups.witnessed]
    for guard, value in lists[0].elements:
        text = term_of(value, STRING, empty)
        counts = and_(guard, *(not_(equal(text, string(name))) for name in excluded))
        for other_guard, other_value in lists[1].elements:
            pairs.append(and_(counts, other_guard, equal(text, term_of(other_value, STRING, empty))))
    return or_(*pairs)


def _meets(one: Shown, other: Shown, meeting: Meeting) -> bool:
    """Whether the tokens are as `meeting` has it, for certain."""

    def is_same(claim: str) -> bool:
        return bool(one.claims.get(claim) == other.claims.get(claim))

    shared = set(one.user.groups) & set(other.user.groups) - set(meeting.not_groups)
    met = bool(shared) if meeting.by_group else one.user.username == other.user.username
    differ = not meeting.differ or not all(map(is_same, meeting.differ))
    together = all(is_same(left) == is_same(right) for left, right in meeting.together)
    return met and differ and together and all(map(is_same, meeting.same))
