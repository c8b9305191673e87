"""A comparison as sections of lines, for every output format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.access.compare import Comparison, HolderChange, IssuerChange, Rights
from kube_oidc.access.model import Issuer, power_of
from kube_oidc.access.rights import words
from kube_oidc.access.witnesses import Kind, Witness
from kube_oidc.access.words import role_words, rule_words, where
from kube_oidc.authn.authenticate import Authenticated, Outcome
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Problem
from kube_oidc.report.words import pluralize

_MAX_HOLDERS_SHOWN: Final = 100  # users and groups in a section; the JSON has them all
_MAX_RULES_SHOWN: Final = 4  # of a role that are written out
_MAX_CLAIMS_SHOWN: Final = 5  # of a token


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a rule or a token, shown verbatim."""

    text: str


@dataclass(frozen=True, slots=True)
class FindingId(Code):
    """The id of a finding, which a page explains."""


Part = str | Code


@dataclass(frozen=True, slots=True)
class Line:
    """One line, `depth` levels in."""

    depth: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its lines."""

    title: str
    lines: tuple[Line, ...]


def line(depth: int, *parts: Part) -> Line:
    """A line of these parts."""
    return Line(depth, parts)


def sections(change: Comparison, problems: Iterable[Problem]) -> Iterator[Section]:
    """The sections, worst first and what only narrows access last, without empty ones."""
    found = (
        Section("Newly accepted tokens", tuple(_tokens(change, Kind.LET_IN))),
        Section("Tokens that become a different user", tuple(_tokens(change, Kind.RENAMED))),
        Section("Gained permissions", tuple(_holders(change.holders, gained=True))),
        Section("New findings", tuple(_findings(change.new_findings))),
        Section("Not decided", tuple(_undecided(change))),
        Section("Changed issuers", tuple(_issuers(change))),
        Section("Newly refused tokens", tuple(_tokens(change, Kind.SHUT_OUT))),
        Section("Lost permissions", tuple(_holders(change.holders, gained=False))),
        Section("Resolved findings", tuple(_findings(change.gone_findings))),
        Section("Invalid or unreadable RBAC objects", tuple(_problems(problems))),
    )
    return (section for section in found if section.lines)


def verdict(change: Comparison) -> str:
    """Whether anyone new gets in, and otherwise what else widens, in one sentence."""
    kinds = {witness.kind for witness in change.witnesses}
    if Kind.LET_IN in kinds:
        return "Someone new gets in."
    if change.anonymous is not None and "accepted" in change.anonymous.after:
        return "Anonymous requests get in."
    widened = ["some tokens become different users"] if Kind.RENAMED in kinds else []
    gain = [holder for holder in change.holders if holder.gained]
    if gain:
        everyone = any(not holder.issuers for holder in gain)
        widened.append("everyone gains permissions" if everyone else "permissions are gained")
    but = f", but {' and '.join(widened)}" if widened else ""
    if any(not absence.is_proved for absence in change.absences if absence.kind is not Kind.SHUT_OUT):
        return f"No one new was found to get in (not proved){but}."
    return f"No one new gets in{but}."


def summary(change: Comparison) -> str:
    """The summary, in one or two sentences."""
    if change.is_empty:
        return "No change in access."
    gain = sum(bool(holder.gained) for holder in change.holders)
    lose = sum(bool(holder.lost) for holder in change.holders)
    return (
        f"Newly accepted tokens: {_shown(change, Kind.LET_IN)}; "
        f"newly refused: {_shown(change, Kind.SHUT_OUT)}; "
        f"different user: {_shown(change, Kind.RENAMED)}. "
        f"Gained permissions: {gain}; lost permissions: {lose}."
    )


def _shown(change: Comparison, kind: Kind) -> str:
    count = sum(witness.kind is kind for witness in change.witnesses)
    if count:
        return f"{count} shown"
    absences = [absence for absence in change.absences if absence.kind is kind]
    return "none: proved" if absences and all(absence.is_proved for absence in absences) else "none found"


def _tokens(change: Comparison, kind: Kind) -> Iterator[Line]:
    for witness in change.witnesses:
        if witness.kind is kind:
            yield line(0, "a token of ", Code(witness.issuer), *_telling(witness))
            yield line(1, "before: ", *_outcome(witness.before))
            yield line(1, "after: ", *_outcome(witness.after))


def _undecided(change: Comparison) -> Iterator[Line]:
    words = {Kind.LET_IN: "newly accepted", Kind.SHUT_OUT: "newly refused", Kind.RENAMED: "a different user"}
    for absence in change.absences:
        if not absence.is_proved:
            yield line(
                0, f"whether a token is {words[absence.kind]}: ", Code(absence.issuer), f": {absence.reason}"
            )


def _telling(witness: Witness) -> Iterator[Part]:
    some = dict(list(witness.telling.items())[:_MAX_CLAIMS_SHOWN])
    if some:
        yield " with "
        yield Code(json.dumps(some, ensure_ascii=False))
        if len(some) < len(witness.telling):
            yield f" and {pluralize(len(witness.telling) - len(some), 'more claim')}"
    if witness.absent:
        yield " without "
        yield Code(", ".join(witness.absent))


def _outcome(outcome: Outcome) -> Iterator[Part]:
    if isinstance(outcome, Authenticated):
        yield "the user "
        yield Code(outcome.user.username)
        if outcome.user.groups:
            yield " in "
            yield Code(", ".join(outcome.user.groups))
    else:
        yield "refused: "
        yield Code(outcome.reason.strip())


def _holders(holders: Iterable[HolderChange], *, gained: bool) -> Iterator[Line]:
    some = [(holder, holder.gained if gained else holder.lost) for holder in holders]
    some = [(holder, rights) for holder, rights in some if rights]
    for holder, rights in some[:_MAX_HOLDERS_SHOWN]:
        yield line(0, f"{holder.kind} ", Code(holder.name), *_by(holder.issuers))
        yield from _rights(rights)
    if len(some) > _MAX_HOLDERS_SHOWN:
        yield line(0, f"and {len(some) - _MAX_HOLDERS_SHOWN} more")


def _rights(rights: Rights) -> Iterator[Line]:
    for grant in rights.grants:
        power = power_of(grant).name.lower()
        yield line(1, f"{power}: ", Code(role_words(grant)), " in ", Code(where(grant)))
        if len(grant.rules) <= _MAX_RULES_SHOWN:
            yield from (line(2, Code(rule_words(rule))) for rule in grant.rules)
    yield from (line(1, Code(text)) for text in words(rights.single))


def _by(issuers: tuple[str, ...]) -> Iterator[Part]:
    for position, url in enumerate(issuers[:3]):
        yield " and " if position else ", from "
        yield Code(url)
    if len(issuers) > 3:
        yield f" and {len(issuers) - 3} more"


def _issuers(change: Comparison) -> Iterator[Line]:
    if change.anonymous:
        yield line(0, f"anonymous: {change.anonymous.before} → {change.anonymous.after}")
    told = {witness.issuer for witness in change.witnesses}
    for issuer in change.issuers:
        yield line(0, f"{issuer.kind}: ", Code(issuer.url))
        yield from _changes(issuer)
        if issuer.kind == "changed" and issuer.url not in told:
            yield line(1, "no token was found that the two sides treat differently")


def _changes(issuer: IssuerChange) -> Iterator[Line]:
    whole = (issuer.after if issuer.kind == "added" else issuer.before) if not issuer.changes else None
    if whole is not None and issuer.kind != "changed":
        yield from _whole(whole)
    for one in issuer.changes:
        if one.field == "rule":
            yield line(
                1, "no longer requires: " if one.before else "requires: ", Code(one.before or one.after)
            )
        else:
            yield line(1, f"{one.field}: ", Code(one.before or "none"), " → ", Code(one.after or "none"))
    if issuer.before and issuer.after:
        was, becomes = issuer.before.users, issuer.after.users
        for title, names in (
            ("no longer produces users: ", [name for name in was if name not in becomes]),
            ("produces users: ", [name for name in becomes if name not in was]),
        ):
            if names:
                yield line(1, title, *_names(names))


def _whole(issuer: Issuer) -> Iterator[Line]:
    yield line(1, "audience: ", *_names(issuer.audiences))
    for condition in issuer.conditions:
        yield line(1, "requires: ", Code(condition.words))
    if not issuer.conditions:
        yield line(1, "takes every token it issues")
    yield line(1, "users: ", *_names(issuer.users))
    if issuer.groups:
        yield line(1, "groups: ", *_names(issuer.groups))


def _names(names: Iterable[str]) -> Iterator[Part]:
    listed = list(names)
    for position, name in enumerate(listed):
        if position:
            yield ", "
        yield Code(name)
    if not listed:
        yield "none (could not construct a token)"


def _findings(pairs: Iterable[tuple[str, Diagnostic]]) -> Iterator[Line]:
    for url, found in pairs:
        about = (Code(url), " ") if url else ()
        yield line(0, *about, f"{found.severity}: ", Code(found.message), " (", FindingId(found.code), ")")


def _problems(problems: Iterable[Problem]) -> Iterator[Line]:
    for problem in problems:
        yield line(0, Code(str(problem)), ": ", problem.remedy)
