"""The users and groups that an entry can produce, one line each: exact if the rules pin them, else as a pattern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kube_oidc.rules.engine.facts import Place
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.name_template import NameTemplate, Placeholder
from kube_oidc.rules.engine.pins import Pin, allowed_values, pins
from kube_oidc.rules.engine.tokens import get, is_missing
from kube_oidc.rules.engine.workloads import claim_of, subjects

MAX_NAMES_SHOWN: Final = 12

Pins = Mapping[Place, tuple[Pin, ...]]


def users(identities: Identities) -> tuple[str, ...]:
    """Each pattern with a known token; `…` marks parts that the file doesn't determine."""
    entry, demands = identities.entry, pins(identities.entry)
    if entry.sample_claims is None:
        return ()
    found: dict[str, None] = {}
    for form in identities.user_templates:
        for shown in _pinned(entry, form, demands):
            name = _sample(entry, shown)
            if name is None or identities.by_trial("User", name) is not None:
                found[str(shown)] = None
    return _few(found)


def groups(identities: Identities) -> tuple[str, ...]:
    """The patterns of its groups; rules don't pin them, as a token can have many groups."""
    return _few(dict.fromkeys(str(form) for form in identities.group_templates))


def _few(found: Mapping[str, None]) -> tuple[str, ...]:
    names = tuple(found)
    more = len(names) - MAX_NAMES_SHOWN
    return names if more <= 0 else (*names[:MAX_NAMES_SHOWN], f"… and {more} more")


def _pinned(entry: IssuerUnderReview, form: NameTemplate, demands: Pins) -> Iterator[NameTemplate]:
    """The pattern with pinned values filled in; a CI job's subject in each of its formats."""
    values = {
        placeholder.name: known
        for placeholder in form.parts
        if isinstance(placeholder, Placeholder)
        and placeholder.place
        and (known := allowed_values(demands.get(placeholder.place, ())))
    }
    holes = [part for part in form.parts if isinstance(part, Placeholder)]
    templates = list(subjects(entry))
    if len(holes) == 1 and holes[0].place == ("sub",) and templates and "sub" not in values:
        shape = _shape(demands.get(("sub",), ()))
        if shape is not None:
            yield _inside(form, shape)
            return
        for template, _ in templates:
            for subject in _job(entry, template, demands):
                yield _inside(form, subject)
        return
    yield from form.filled(values)


def _shape(demands: tuple[Pin, ...]) -> NameTemplate | None:
    """`repo:adam/…` if a rule requires a prefix of the subject."""
    starts = [pin.values[0] for pin in demands if pin.operator == "startsWith"]
    return NameTemplate((max(starts, key=len), Placeholder("…", ("sub",)))) if starts else None


def _job(entry: IssuerUnderReview, template: NameTemplate, demands: Pins) -> Iterator[NameTemplate]:
    """The subject's pattern with the rules' values for repository, ref and so on."""
    values: dict[str, tuple[str, ...]] = {}
    for placeholder in template.parts:
        if isinstance(placeholder, Placeholder):
            claim = claim_of(entry, placeholder.name)
            known = allowed_values(demands.get((claim,), ())) if claim else None
            if known is not None:
                values[placeholder.name] = known
    owner = claim_of(entry, "owner")
    owners = allowed_values(demands.get((owner,), ())) if owner else None
    if "repository" in values or owners is None:
        yield from template.filled(values)
        return
    for one in owners:
        split = NameTemplate(tuple(part for whole in template.parts for part in _split(whole, one)))
        yield from split.filled(values)


def _split(part: str | Placeholder, owner: str) -> tuple[str | Placeholder, ...]:
    if isinstance(part, Placeholder) and part.name == "repository":
        return (f"{owner}/", Placeholder("name", (), "[^:@]+"))
    return (part,)


def _inside(form: NameTemplate, subject: NameTemplate) -> NameTemplate:
    """The pattern with the subject's pattern in place of its placeholder."""
    return NameTemplate(tuple(part for whole in form.parts for part in _replaced(whole, subject)))


def _replaced(part: str | Placeholder, subject: NameTemplate) -> tuple[str | Placeholder, ...]:
    return subject.parts if isinstance(part, Placeholder) else (part,)


def _sample(entry: IssuerUnderReview, form: NameTemplate) -> str | None:
    """An example of this pattern, filled in from a sample token; None if unknown."""
    assert entry.sample_claims is not None
    name = ""
    for part in form.parts:
        if isinstance(part, str):
            name += part
            continue
        value = _usual(entry, part)
        if value is None:
            return None
        name += value
    return name


def _usual(entry: IssuerUnderReview, placeholder: Placeholder) -> str | None:
    assert entry.sample_claims is not None
    if placeholder.place:
        value = get(entry.sample_claims, placeholder.place)
        return value if isinstance(value, str) and placeholder.name != "…" else None
    if placeholder.place is None:
        return None
    if placeholder.name in ("name", "owner"):
        repository = str(entry.sample_claims.get(claim_of(entry, "repository") or "", "owner/name"))
        owner, _, name = repository.rpartition("/")
        return name if placeholder.name == "name" else owner
    value = get(entry.sample_claims, (claim_of(entry, placeholder.name) or "",))
    return str(value) if not is_missing(value) else {"environment": "production"}.get(placeholder.name, "1")
