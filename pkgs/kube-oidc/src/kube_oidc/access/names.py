"""The users and groups that an entry makes, in one line each: pinned where the rules pin them, else by their form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kube_oidc.rules.entry import Entry
from kube_oidc.rules.facts import Place
from kube_oidc.rules.forms import Form, Hole
from kube_oidc.rules.identities import Identities
from kube_oidc.rules.pins import Pin, allowed_values, pins
from kube_oidc.rules.tokens import get, is_missing
from kube_oidc.rules.workloads import claim_of, subjects

MOST: Final = 12

Pins = Mapping[Place, tuple[Pin, ...]]


def users(identities: Identities) -> tuple[str, ...]:
    """Each form that a token was found for; `…` stands for what cannot be told from the file."""
    entry, demands = identities.entry, pins(identities.entry)
    if entry.ordinary is None:
        return ()
    found: dict[str, None] = {}
    for form in identities.user_forms:
        for shown in _pinned(entry, form, demands):
            name = _sample(entry, shown)
            if name is None or identities.makes("User", name) is not None:
                found[str(shown)] = None
    return _few(found)


def groups(identities: Identities) -> tuple[str, ...]:
    """The forms of its groups; no claim pins them, since a token may be in many."""
    return _few(dict.fromkeys(str(form) for form in identities.group_forms))


def _few(found: Mapping[str, None]) -> tuple[str, ...]:
    names = tuple(found)
    return names if len(names) <= MOST else (*names[:MOST], f"… and {len(names) - MOST} more")


def _pinned(entry: Entry, form: Form, demands: Pins) -> Iterator[Form]:
    """The form with what the rules pin written into it; a CI job's subject in each of its own forms."""
    values = {
        hole.name: known
        for hole in form.parts
        if isinstance(hole, Hole) and hole.place and (known := allowed_values(demands.get(hole.place, ())))
    }
    holes = [part for part in form.parts if isinstance(part, Hole)]
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


def _shape(demands: tuple[Pin, ...]) -> Form | None:
    """`repo:adam/…` where a rule says how the subject begins."""
    starts = [pin.values[0] for pin in demands if pin.operator == "startsWith"]
    return Form((max(starts, key=len), Hole("…", ("sub",)))) if starts else None


def _job(entry: Entry, template: Form, demands: Pins) -> Iterator[Form]:
    """The subject's form with what the rules say of repository, ref and the rest."""
    values: dict[str, tuple[str, ...]] = {}
    for hole in template.parts:
        if isinstance(hole, Hole):
            claim = claim_of(entry, hole.name)
            known = allowed_values(demands.get((claim,), ())) if claim else None
            if known is not None:
                values[hole.name] = known
    owner = claim_of(entry, "owner")
    owners = allowed_values(demands.get((owner,), ())) if owner else None
    if "repository" in values or owners is None:
        yield from template.filled(values)
        return
    for one in owners:
        split = Form(tuple(part for whole in template.parts for part in _split(whole, one)))
        yield from split.filled(values)


def _split(part: str | Hole, owner: str) -> tuple[str | Hole, ...]:
    if isinstance(part, Hole) and part.name == "repository":
        return (f"{owner}/", Hole("name", (), "[^:@]+"))
    return (part,)


def _inside(form: Form, subject: Form) -> Form:
    """The form with the subject's in the place of its hole."""
    return Form(tuple(part for whole in form.parts for part in _replaced(whole, subject)))


def _replaced(part: str | Hole, subject: Form) -> tuple[str | Hole, ...]:
    return subject.parts if isinstance(part, Hole) else (part,)


def _sample(entry: Entry, form: Form) -> str | None:
    """A name of this form, with what the ordinary token has in its holes; None where that is not known."""
    assert entry.ordinary is not None
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


def _usual(entry: Entry, hole: Hole) -> str | None:
    assert entry.ordinary is not None
    if hole.place:
        value = get(entry.ordinary, hole.place)
        return value if isinstance(value, str) and hole.name != "…" else None
    if hole.place is None:
        return None
    if hole.name in ("name", "owner"):
        repository = str(entry.ordinary.get(claim_of(entry, "repository") or "", "owner/name"))
        owner, _, name = repository.rpartition("/")
        return name if hole.name == "name" else owner
    value = get(entry.ordinary, (claim_of(entry, hole.name) or "",))
    return str(value) if not is_missing(value) else {"environment": "production"}.get(hole.name, "1")
