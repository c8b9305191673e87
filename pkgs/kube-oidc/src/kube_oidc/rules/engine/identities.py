"""Can an issuer produce this user or group? Constructs a token and tries it, then asks about all tokens.

The mapping's template splits the name into claims, the other claims are set as the provider would set them, and
`kube_oidc.authn.authenticate` decides whether such a token gets the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from kube_oidc.authn.attempt import Attempt
from kube_oidc.authn.programs import Programs, Refusal
from kube_oidc.model import UserInfo
from kube_oidc.rules.engine import likely
from kube_oidc.rules.engine.ask import ask
from kube_oidc.rules.engine.attacker import Attacker, named_in, value_of
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.rules.engine.name_formats import can_make
from kube_oidc.rules.engine.name_template import NameTemplate, templates_of
from kube_oidc.rules.engine.reach import claim_values_for
from kube_oidc.rules.engine.tokens import get, literals, put
from kube_oidc.rules.engine.workloads import can_be_subject, of_claim, of_subject
from kube_oidc.verdict.golang.unmarshal import Pairs
from kube_oidc.verdict.undecidable import Undecidable

_ANYONE: Final = Attacker("any token", "any token", ())
_SUBJECT: Final = "sub"
_MAX_QUESTIONS: Final = 100
_STEPS: Final = 4_000  # of the solver, for each question: there can be a hundred of them


@dataclass(frozen=True, slots=True)
class Reachable:
    """An issuer can produce the name with these claims; None if it was not tried because the budget is spent."""

    claims: Claims | None


@dataclass
class Identities:
    """The users and groups that an issuer can produce."""

    entry: IssuerUnderReview
    budget: TokenBudget = field(default_factory=TokenBudget)
    asks: bool = False  # about all tokens, if none was found
    undecided: dict[tuple[str, str], str] = field(
        default_factory=dict
    )  # kind and name → why nothing is known
    _questions: int = 0
    _users: dict[tuple[str, ...], UserInfo | None] = field(default_factory=dict)

    @cached_property
    def user_templates(self) -> tuple[NameTemplate, ...]:
        """Returns the templates of its user names."""
        return templates_of(self.entry, "username")

    @cached_property
    def group_templates(self) -> tuple[NameTemplate, ...]:
        """Returns the templates of its groups; none if tokens get no groups."""
        return templates_of(self.entry, "groups")

    def can_produce(self, kind: str, name: str) -> Reachable | None:
        """Returns a token that gets this `User` or `Group`; None if none was found."""
        found = self.by_trial(kind, name)
        if found is not None or not self.asks or not self._is_possible(kind, name):
            return found
        return self._asked(kind, name)

    def by_trial(self, kind: str, name: str) -> Reachable | None:
        """Returns a likely token that gets this `User` or `Group`; None if none of them does. Asks no solver."""
        if not self._is_possible(kind, name):
            return None
        if self._is_over:
            return Reachable(None)
        tokens = self._for_user(name) if kind == "User" else self._for_group(name)
        for claims in tokens:
            if self._becomes(kind, name, claims):
                return Reachable(claims)
            if self._is_over:
                return Reachable(None)
        return None

    def _is_possible(self, kind: str, name: str) -> bool:
        """Does the name have one of the templates, as far as that is known?"""
        has_sample = self.entry.sample_claims is not None
        return has_sample and any(self._fits(form, name) for form in self._forms(kind))

    def _asked(self, kind: str, name: str) -> Reachable | None:
        """Returns a token that the solver finds; None if there is none, or if that isn't decided."""
        if kind == "User" and not can_make(self.entry, name):
            return None
        if self._questions >= _MAX_QUESTIONS:
            self.undecided[kind, name] = "too many subjects"
            return None
        from kube_oidc.proof.question import Shown, quoted  # noqa: PLC0415
        from kube_oidc.proof.search import NotDecided  # noqa: PLC0415 - most names are found without

        self._questions += 1
        condition = f"user.username == {quoted(name)}" if kind == "User" else named_in((name,))
        for who in self._parsed(kind, name):
            answer = ask(self.entry, who, (condition,), _STEPS)
            if isinstance(answer, Shown):
                return Reachable(answer.claims)
            if isinstance(answer, NotDecided):
                self.undecided[kind, name] = answer.reason
        return None

    def _parsed(self, kind: str, name: str) -> Iterator[Attacker]:
        """Yields the attackers to ask about: anyone, or if the name is a subject, a job for each way to read it."""
        mapping, model = self.entry.model.claim_mappings.username, token_model(self.entry)
        prefix = mapping.prefix or ""
        is_subject = kind == "User" and mapping.claim == _SUBJECT and name.startswith(prefix)
        readings = model.readings(_SUBJECT, name.removeprefix(prefix)) if is_subject else None
        if readings is None:
            yield _ANYONE
            return
        from kube_oidc.proof.question import quoted  # noqa: PLC0415

        for reading in readings:
            conditions = (
                f"{value_of(self.entry, claim)} == {quoted(text)}" for claim, text in reading.items()
            )
            yield replace(_ANYONE, conditions=tuple(conditions))

    @property
    def _is_over(self) -> bool:
        """Is the budget spent, so that a refusal means nothing?"""
        return self.budget.spent or self.entry.budget.spent

    def _forms(self, kind: str) -> tuple[NameTemplate, ...]:
        return self.user_templates if kind == "User" else self.group_templates

    def _fits(self, form: NameTemplate, name: str) -> bool:
        """A cheap check whether the name can have this template."""
        if not name.startswith(form.beginning) or not self._carried(form):
            return False
        return not form.is_known or form.match_name(name) is not None

    def _carried(self, form: NameTemplate) -> bool:
        """Do a CI job's tokens have the template's claims? Issuers of people can send any claim."""
        provider = self.entry.provider
        holes = (part for part in form.parts if not isinstance(part, str))
        return not provider.is_ci or all(
            not placeholder.place or provider.carries(placeholder.place[0]) for placeholder in holes
        )

    def _becomes(self, kind: str, name: str, claims: Claims) -> bool:
        if kind == "User" and self._is_plain:
            user = self._mapped(claims)
            return user is not None and self._passes(replace(user, username=name))
        self.budget.steps -= 1
        user = self.entry.user(claims)
        return user is not None and name in ((user.username,) if kind == "User" else user.groups)

    def _mapped(self, claims: Claims) -> UserInfo | None:
        """Returns the user before userValidationRules. Tokens that are the same in all claims read are tried once."""
        key = tuple(str(get(claims, path)) for path in self._read)
        if key not in self._users:
            self.budget.steps -= 1
            self._users[key] = self._without_user_rules.user(claims)
        return self._users[key]

    def _passes(self, user: UserInfo) -> bool:
        model = self.entry.model
        if not model.user_validation_rules:
            return True
        with self.budget.charged(self._programs):
            try:
                Attempt(self._programs, model, Pairs(), self.entry.path, []).user_rules(user)
            except (Refusal, Undecidable):
                return False
        return True

    @cached_property
    def _programs(self) -> Programs:
        return Programs(self.entry.version)

    @cached_property
    def _without_user_rules(self) -> IssuerUnderReview:
        entry = self.entry
        model = replace(entry.model, user_validation_rules=())
        return IssuerUnderReview(entry.position, model, entry.version, entry.search, entry.budget)

    @cached_property
    def _is_plain(self) -> bool:
        """Is the user name a claim as it is, so that it is known before trying?"""
        mapping = self.entry.model.claim_mappings.username
        return bool(mapping.claim) and mapping.claim != "email"

    @cached_property
    def _read(self) -> tuple[Place, ...]:
        """Returns the claims that rules and the other mappings read."""
        mappings = self.entry.model.claim_mappings
        claims = {rule.claim for rule in self.entry.model.claim_validation_rules}
        claims |= {mappings.groups.claim, mappings.uid.claim}
        read = {path for expression in self.entry.expressions for path in expression.facts.reads}
        return tuple(sorted(read | {(claim,) for claim in claims if claim}))

    def _for_user(self, name: str) -> Iterator[Claims]:
        opaque = False
        for form in self.user_templates:
            filled = form.match_name(name)
            if filled is not None and form.is_known:
                yield from self._filled(form, filled)
            opaque |= not form.is_known
        if opaque and self.entry.sample_claims is not None:
            yield self.entry.sample_claims
        if opaque:
            yield from self._tried("username", name)
        if opaque and self.entry.provider.is_ci:
            beginning = next(form.beginning for form in self.user_templates if not form.is_known)
            model = token_model(self.entry)
            yield from map(model.repaired, likely.splits(self.entry, name.removeprefix(beginning)))

    def _for_group(self, name: str) -> Iterator[Claims]:
        assert self.entry.sample_claims is not None
        yield self.entry.sample_claims
        yield from self._compared()
        for form in self.group_templates:
            filled = form.match_name(name)
            for placeholder in form.parts:
                if filled and not isinstance(placeholder, str) and placeholder.place:
                    text = filled[placeholder.name]
                    if len(placeholder.place) == 1:
                        yield of_claim(self.entry, placeholder.place[0], text)
                    for value in claim_values_for(
                        self.entry, self.entry.sample_claims, placeholder.place, text
                    ):
                        yield put(self.entry.sample_claims, placeholder.place, value)
        if any(not form.is_known for form in self.group_templates):
            yield from self._tried("groups", name)

    def _filled(self, form: NameTemplate, filled: dict[str, str]) -> Iterator[Claims]:
        """Yields tokens whose claims fill the template's placeholders with these values."""
        assert self.entry.sample_claims is not None
        places = {
            placeholder.name: placeholder.place
            for placeholder in form.parts
            if not isinstance(placeholder, str) and placeholder.place
        }
        if list(places.values()) == [("sub",)] and self.entry.provider.facts.get("subjects"):
            subject = next(iter(filled.values()))
            tokens = list(of_subject(self.entry, subject))
            yield from tokens
            if tokens:
                return
        subject_of = next((name for name, place in places.items() if place == ("sub",)), None)
        if subject_of is not None and not can_be_subject(self.entry, filled[subject_of]):
            return
        claims = dict(self.entry.sample_claims)
        for name, place in places.items():
            if self.entry.provider.is_ci and len(place) == 1 and place != ("sub",):
                claims = {
                    **claims,
                    **_changes(self.entry.sample_claims, of_claim(self.entry, place[0], filled[name])),
                }
        for name, place in places.items():
            claims = put(claims, place, filled[name])
        yield claims

    def _compared(self) -> Iterator[Claims]:
        """Yields tokens with values that the groups expression compares claims with."""
        assert self.entry.sample_claims is not None
        read = self.entry.mappings.get("groups")
        for comparison in read.facts.comparisons if read else ():
            value: object = [comparison.value] if comparison.operator == "in list" else comparison.value
            if isinstance(comparison.value, str):
                yield put(self.entry.sample_claims, comparison.place, value)

    def _tried(self, mapping: str, name: str) -> Iterator[Claims]:
        """Yields tokens whose claims contain the name, or the name without a string from the file."""
        assert self.entry.sample_claims is not None
        texts = [text for text in literals(self.entry) if text]
        rests = [name, *(name.removeprefix(text) for text in texts if name.startswith(text))]
        rests += [name.removesuffix(text) for text in texts if name.endswith(text)]
        for place in self.entry.sources(mapping):
            for rest in dict.fromkeys(rests):
                for value in claim_values_for(self.entry, self.entry.sample_claims, place, rest):
                    yield put(self.entry.sample_claims, place, value)


def _changes(before: Claims, after: Claims) -> Claims:
    return {name: value for name, value in after.items() if before.get(name) != value}
