"""Asks whether a token exists that two versions of an entry treat differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kube_oidc.authn.authenticate import Authenticated, Outcome, Refused
from kube_oidc.proof.entry import SymbolicEntry, expressions, witnesses_needed
from kube_oidc.proof.models import audience
from kube_oidc.proof.problem import Claims, Problem, Question, Subject, side
from kube_oidc.proof.search import NotDecided, Proved, search
from kube_oidc.proof.terms import FALSE, Script, Term, and_, equal, not_, or_, string
from kube_oidc.proof.values import STRING, ListValue, term_of

_OTHERS: Final = 3  # elements that a comparison of groups asks about


@dataclass(frozen=True, slots=True)
class Changed:
    """A token that is treated differently, with both outcomes."""

    claims: Claims
    before: Outcome
    after: Outcome


Answer = Changed | Proved | NotDecided


def newly_accepted(old: Subject, new: Subject) -> Answer:
    """A token that only the new entry accepts."""
    return _ask(
        old,
        new,
        lambda was, becomes: and_(becomes.accepted, not_(was.accepted)),
        lambda before, after: isinstance(before, Refused) and isinstance(after, Authenticated),
    )


def newly_refused(old: Subject, new: Subject) -> Answer:
    """A token that only the old entry accepts."""
    return _ask(
        old,
        new,
        lambda was, becomes: and_(was.accepted, not_(becomes.accepted)),
        lambda before, after: isinstance(before, Authenticated) and isinstance(after, Refused),
    )


def renamed(old: Subject, new: Subject) -> Answer:
    """A token that both entries accept, and that becomes a different user."""
    return _ask(old, new, _renamed, _is_renamed)


def _ask(
    old: Subject,
    new: Subject,
    wanted: Callable[[SymbolicEntry, SymbolicEntry], Term],
    fits: Callable[[Outcome, Outcome], bool],
) -> Answer:
    audiences = tuple(dict.fromkeys((*new.model.issuer.audiences, *old.model.issuer.audiences)))

    def pose() -> Problem:
        script = Script()
        others = witnesses_needed(list(expressions(old.model)), old.version) + _OTHERS
        issuer = replace(new.model.issuer, audiences=audiences)
        one = side(script, new, Question(), others=others, issuer=issuer)
        unknowns, unexpressed = one.entry.unknowns, one.entry.unexpressed
        was = SymbolicEntry(
            old.model, old.version, script, one.token, "old", unexpressed=unexpressed, unknowns=unknowns
        )
        if set(old.model.issuer.audiences) != set(new.model.issuer.audiences):
            for subject, entry in ((new, one.entry), (old, was)):
                entry.require(audience(one.token, subject.model.issuer.audiences))
        script.require(wanted(was, one.entry))
        return Problem((one,))

    def confirm(tokens: tuple[Claims, ...]) -> Changed | None:
        [claims] = tokens
        before, after = old.outcome(claims), new.outcome(claims)
        return Changed(claims, before, after) if fits(before, after) else None

    return search(pose, confirm)


def _renamed(was: SymbolicEntry, becomes: SymbolicEntry) -> Term:
    different = [not_(equal(was.username, becomes.username)), not_(equal(was.uid, becomes.uid))]
    one, other = was.model.claim_mappings, becomes.model.claim_mappings
    if one.groups != other.groups:
        different += [_has_other(was.groups, becomes.groups), _has_other(becomes.groups, was.groups)]
    if one.extra != other.extra:
        different.append(was.script.fresh("Bool", "extra"))
    return and_(was.accepted, becomes.accepted, or_(*different))


def _has_other(groups: ListValue, others: ListValue) -> Term:
    """Whether the first list has a group that the second one lacks."""
    empty = string("")
    found = [FALSE if groups.witnessed else groups.has_more]
    for guard, value in groups.elements:
        text = term_of(value, STRING, empty)
        same = [and_(there, equal(text, term_of(other, STRING, empty))) for there, other in others.elements]
        found.append(and_(guard, not_(or_(*same))))
    return or_(*found)


def _is_renamed(before: Outcome, after: Outcome) -> bool:
    both = isinstance(before, Authenticated) and isinstance(after, Authenticated)
    return both and before.user != after.user  # type: ignore[union-attr]
