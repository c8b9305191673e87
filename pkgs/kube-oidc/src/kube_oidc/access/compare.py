"""Compares two configurations and their RBAC: which access was added or removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kube_oidc.access.model import Access, Holder, Issuer, Power, power_of
from kube_oidc.access.proofs import Absence, settled
from kube_oidc.access.rights import Right, lost, rights_of
from kube_oidc.access.witnesses import Kind, Witness, witnesses
from kube_oidc.diagnostics import Diagnostic, Severity
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, PrefixedClaimOrExpression
from kube_oidc.rbac import Grant
from kube_oidc.rules.engine.config import ConfigUnderReview


@dataclass(frozen=True, slots=True)
class Change:
    """A field of an entry before and after; empty if absent."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class IssuerChange:
    """An issuer of either side. `kind` is added, removed or changed; the issuers of both sides are None or set."""

    url: str
    kind: str
    before: Issuer | None
    after: Issuer | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions of one side that the other lacks.

    `every` has each right; of these `single` are the ones of bindings that both sides have, and `grants` gives the
    others as a whole.
    """

    every: tuple[Right, ...] = ()
    single: tuple[Right, ...] = ()
    grants: tuple[Grant, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every)

    @property
    def power(self) -> Power:
        """The power of the worst; of single rights by whether they only read."""
        powers = [power_of(grant) for grant in self.grants]
        for right in self.single:
            if right.verb == "*" and "*" in (right.resource, right.url):
                powers.append(Power.EVERYTHING)
            else:
                powers.append(Power.READ if right.verb in ("get", "list", "watch") else Power.WRITE)
        return max(powers, default=Power.NOTHING)


@dataclass(frozen=True, slots=True)
class HolderChange:
    """A user or group with gained and lost permissions; `issuers` can produce it now, or else could before."""

    kind: str
    name: str
    issuers: tuple[str, ...]
    gained: Rights
    lost: Rights


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole change from `before` to `after`; `absences` are the kinds of change that no token was shown for."""

    before: Access
    after: Access
    anonymous: Change | None
    issuers: tuple[IssuerChange, ...]
    witnesses: tuple[Witness, ...]
    absences: tuple[Absence, ...]
    holders: tuple[HolderChange, ...]
    new_findings: tuple[tuple[str, Diagnostic], ...]
    gone_findings: tuple[tuple[str, Diagnostic], ...]

    @property
    def is_empty(self) -> bool:
        """Whether access is unchanged."""
        return not (self.anonymous or self.issuers or self.witnesses or self.holders)


def compare(old: tuple[ConfigUnderReview, Access], new: tuple[ConfigUnderReview, Access]) -> Comparison:
    """The change from the old side to the new one."""
    (old_subject, before), (new_subject, after) = old, new
    shown = witnesses(old_subject, new_subject)
    answers = tuple(settled(old_subject, new_subject, shown))
    return Comparison(
        before,
        after,
        _anonymous(old_subject.configuration, new_subject.configuration),
        tuple(_issuers(old, new)),
        _worst_first((*shown, *(answer for answer in answers if isinstance(answer, Witness)))),
        tuple(answer for answer in answers if isinstance(answer, Absence)),
        tuple(_holders(before, after)),
        _beyond(after, before),
        _beyond(before, after),
    )


def _worst_first(tokens: Iterable[Witness]) -> tuple[Witness, ...]:
    return tuple(sorted(tokens, key=lambda token: list(Kind).index(token.kind)))


def _anonymous(old: AuthenticationConfiguration, new: AuthenticationConfiguration) -> Change | None:
    before, after = _anonymous_words(old), _anonymous_words(new)
    return None if before == after else Change("anonymous", before, after)


def _anonymous_words(configuration: AuthenticationConfiguration) -> str:
    anonymous = configuration.anonymous
    if anonymous is None:
        return "set by the API server's flag"
    if not anonymous.enabled:
        return "anonymous requests are refused"
    where = ", ".join(anonymous.conditions)
    return f"anonymous requests are accepted{f' for {where}' if where else ' for all paths'}"


def _issuers(
    old: tuple[ConfigUnderReview, Access], new: tuple[ConfigUnderReview, Access]
) -> Iterator[IssuerChange]:
    befores = {entry.model.issuer.url: position for position, entry in enumerate(old[0].entries)}
    afters = {entry.model.issuer.url: position for position, entry in enumerate(new[0].entries)}
    for url in dict.fromkeys((*befores, *afters)):
        before = old[1].issuers[befores[url]] if url in befores else None
        after = new[1].issuers[afters[url]] if url in afters else None
        if before is None or after is None:
            yield IssuerChange(url, "removed" if before else "added", before, after, ())
            continue
        models = old[0].entries[befores[url]].model, new[0].entries[afters[url]].model
        if models[0] != models[1]:
            yield IssuerChange(url, "changed", before, after, tuple(_changes(*models, before, after)))


def _changes(old: JWTAuthenticator, new: JWTAuthenticator, before: Issuer, after: Issuer) -> Iterator[Change]:
    one, other = old.issuer, new.issuer
    fields: list[tuple[str, str, str]] = [
        ("issuer.audiences", ", ".join(one.audiences), ", ".join(other.audiences)),
        ("issuer.discoveryURL", one.discovery_url or "", other.discovery_url or ""),
        (
            "issuer.certificateAuthority",
            *_authorities(one.certificate_authority, other.certificate_authority),
        ),
        ("issuer.egressSelectorType", one.egress_selector_type, other.egress_selector_type),
        ("claimMappings.username", *_both(old.claim_mappings.username, new.claim_mappings.username)),
        ("claimMappings.groups", *_both(old.claim_mappings.groups, new.claim_mappings.groups)),
        ("claimMappings.uid", _uid(old), _uid(new)),
        ("claimMappings.extra", _extra(old), _extra(new)),
    ]
    for field, was, becomes in fields:
        if was != becomes:
            yield Change(field, was, becomes)
    rules = [[(condition.words, condition.text) for condition in side.conditions] for side in (before, after)]
    for words, text in rules[0]:
        if (words, text) not in rules[1]:
            yield Change("rule", words, "")
    for words, text in rules[1]:
        if (words, text) not in rules[0]:
            yield Change("rule", "", words)


def _authorities(old: str, new: str) -> tuple[str, str]:
    """Describe the CA in words instead of printing certificates."""
    if old == new:
        return "", ""
    return ("one" if old else "the system's"), (
        "another" if old and new else "one" if new else "the system's"
    )


def _both(old: PrefixedClaimOrExpression, new: PrefixedClaimOrExpression) -> tuple[str, str]:
    return _mapping(old), _mapping(new)


def _mapping(mapping: PrefixedClaimOrExpression) -> str:
    if mapping.expression:
        return mapping.expression
    return f"claim {mapping.claim} with the prefix {mapping.prefix!r}" if mapping.claim else "none"


def _uid(entry: JWTAuthenticator) -> str:
    return entry.claim_mappings.uid.expression or entry.claim_mappings.uid.claim


def _extra(entry: JWTAuthenticator) -> str:
    return "; ".join(f"{one.key}: {one.value_expression}" for one in entry.claim_mappings.extra)


def _holders(before: Access, after: Access) -> Iterator[HolderChange]:
    """Principals with changed permissions, those that gained the most first; those of every token before others."""
    sides = [_reached(before), _reached(after)]
    changes = []
    for name in dict.fromkeys((*sides[0], *sides[1])):
        (were, was), (are, becomes) = (side.get(name, ((), None)) for side in sides)
        old, new = (holder.grants if holder else () for holder in (was, becomes))
        gained, gone = _rights(new, old), _rights(old, new)
        if gained or gone:
            changes.append(HolderChange(*name, are or were, gained, gone))
    yield from sorted(changes, key=_severity)


def _severity(change: HolderChange) -> tuple[int, int, bool, str, str]:
    everyone = not change.issuers
    return -change.gained.power, -change.lost.power, not everyone, change.kind, change.name


def _rights(grants: Sequence[Grant], others: Sequence[Grant]) -> Rights:
    """The permissions in the first that the second lacks."""
    every = lost(grants, others)
    if not every:
        return Rights()
    missing = set(every)
    known = {(grant.namespace, grant.binding.name) for grant in others}
    own = [grant for grant in grants if (grant.namespace, grant.binding.name) not in known]
    whole = [(grant, rights) for grant in own if not missing.isdisjoint(rights := set(rights_of(grant)))]
    told = set().union(*(rights for _, rights in whole))
    single = tuple(right for right in every if right not in told)
    once = {(grant.namespace, grant.binding.role_key): grant for grant, _ in whole}
    return Rights(every, single, tuple(once.values()))


Reached = dict[tuple[str, str], tuple[tuple[str, ...], Holder]]


def _reached(report: Access) -> Reached:
    """The names that the issuers can produce, with those issuers."""
    reached: Reached = {}
    for issuer in report.issuers:
        for holder in issuer.holders:
            urls, _ = reached.get((holder.kind, holder.name), ((), holder))
            reached[holder.kind, holder.name] = (*urls, issuer.url), holder
    for holder in (*report.everyone, *report.anonymous):
        reached[holder.kind, holder.name] = (), holder
    return reached


def _beyond(report: Access, other: Access) -> tuple[tuple[str, Diagnostic], ...]:
    """The findings of this side that the other lacks, with their issuers."""
    known = {(url, found.code, found.message) for url, found in _found(other)}
    beyond = (pair for pair in _found(report) if (pair[0], pair[1].code, pair[1].message) not in known)
    return tuple(sorted(beyond, key=lambda pair: list(Severity).index(pair[1].severity)))


def _found(report: Access) -> Sequence[tuple[str, Diagnostic]]:
    pairs = [(issuer.url, found) for issuer in report.issuers for found in issuer.findings]
    grave = (
        found for some in report.on_bindings.values() for found in some if found.severity is not Severity.INFO
    )
    return [*pairs, *(("", found) for found in (*report.findings, *grave))]
