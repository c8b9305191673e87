"""CI jobs: which claims depend on each other, so that a constructed token is one that the issuer would sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.name_template import NameTemplate, template

# Variable of a subject template → field of `trust` in kube_oidc/providers that names its claim.
_TRUST: Final = {
    "repository": "repositories",
    "owner": "owners",
    "name": "names",
    "repositoryId": "repositoryIds",
    "ownerId": "ownerIds",
    "ref": "refs",
    "environment": "environments",
}
_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"
_PULL: Final = "refs/pull/"


def subjects(entry: IssuerUnderReview) -> Iterator[tuple[NameTemplate, Mapping[str, Any]]]:
    """Yields every template of `sub` for this provider, with its entry in the provider's file."""
    for form in entry.provider.facts.get("subjects", ()):
        yield template(form["template"]), form


def is_default_subject(entry: IssuerUnderReview, subject: str) -> bool:
    """Does `sub` have one of the provider's default formats? True if it isn't known to have any."""
    forms = [form for form, _ in subjects(entry)]
    return not forms or any(form.match_name(subject) is not None for form in forms)


def can_be_subject(entry: IssuerUnderReview, subject: str) -> bool:
    """Can `sub` have this value? A customized one is made of `claim:value` pairs, so it begins with a claim's name.

    Source: GitHub's "Customizing the subject claims for an organization or repository"; GitLab's
    `ci_id_token_sub_claim_components`.
    """
    if is_default_subject(entry, subject):
        return True
    if not entry.provider.has_custom_subjects:
        return False
    first, colon, _ = subject.partition(":")
    return bool(colon) and first in subject_beginnings(entry)


def subject_beginnings(entry: IssuerUnderReview) -> set[str]:
    """Returns what `sub` has before its first colon; empty if the issuer's subjects don't all begin so."""
    begins: set[str] = set()
    for form, _ in subjects(entry):
        first = form.parts[0]
        if not isinstance(first, str) or ":" not in first:
            return set()
        begins.add(first.partition(":")[0])
    return begins | set(entry.provider.claims) if begins and entry.provider.has_custom_subjects else begins


def of_event(entry: IssuerUnderReview, form: Mapping[str, Any], claims: Claims) -> Iterator[Claims]:
    """Yields the job's claims for a subject template of an event; unchanged for other templates.

    A pull request has its own ref. At GitHub it is the base branch after the merge, which workflows with
    `on.pull_request.types: [closed]` see.
    """
    trust = entry.provider.trust
    if "event" not in form:
        yield claims
        return
    claims = claims | {trust["events"]: form["event"]}
    ref = trust.get("refs", "")
    if "ref" not in form or str(claims.get(ref, "")).startswith(_PULL):
        yield claims
        return
    yield claims | {ref: form["ref"]}
    if form.get("baseRefOnceMerged"):
        yield claims


def claim_of(entry: IssuerUnderReview, variable: str) -> str | None:
    """Returns the claim that contains this variable; None if there is none."""
    if variable == "refType":
        return "ref_type"
    if variable == "refName":  # GitLab's; other providers have the full ref in `ref`
        return "ref" if entry.provider.trust.get("refs") != "ref" else None
    return entry.provider.trust.get(_TRUST.get(variable, ""))


def of_subject(entry: IssuerUnderReview, subject: str) -> Iterator[Claims]:
    """Yields claims of jobs with this subject, for each template that matches."""
    for form, facts in subjects(entry):
        found = form.match_name(subject)
        if found is not None:
            yield from of_event(entry, facts, with_variables(entry, found) | {"sub": subject})


def of_claim(entry: IssuerUnderReview, claim: str, value: str) -> Claims:
    """Returns the claims of a job with this value, and a subject that fits it."""
    variables = {variable: value for variable in _TRUST if claim_of(entry, variable) == claim}
    if not variables:
        return {**(entry.sample_claims or {}), claim: value}
    claims = with_variables(entry, variables) | {claim: value}
    usual = str((entry.sample_claims or {}).get("sub", ""))
    for form, _ in subjects(entry):
        before = form.match_name(usual)
        if before is not None:
            known = before | {name: text for name, text in _complete(variables).items() if name in before}
            claims["sub"] = "".join(
                part if isinstance(part, str) else known[part.name] for part in form.parts
            )
            break
    return claims


def with_variables(entry: IssuerUnderReview, variables: Mapping[str, str]) -> Claims:
    """Returns the sample token's claims with these variables replaced wherever they occur."""
    claims: Claims = dict(entry.sample_claims or {})
    for variable, value in _complete(variables).items():
        claim = claim_of(entry, variable)
        if claim is not None and (claim in claims or variable in variables):
            claims[claim] = value
    example, mine = entry.provider.example, _workload(entry)
    repository = claims.get(claim_of(entry, "repository") or "")
    for claim, value in claims.items():
        untouched = isinstance(value, str) and value == example.get(claim) and claim != "sub"
        if untouched and mine and mine in value and isinstance(repository, str):
            claims[claim] = value.replace(mine, repository)
    return claims


def _complete(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns them with derived ones: the owner of the repository, the ref of a short name, and the other way round."""
    known = dict(variables)
    if "owner" in known and "name" in known:
        known.setdefault("repository", f"{known['owner']}/{known['name']}")
    if "repository" in known:
        owner, _, name = known["repository"].rpartition("/")
        known |= {"owner": known.get("owner", owner), "name": known.get("name", name)}
    if "refName" in known:
        kind = _TAG if known.get("refType") == "tag" else _BRANCH
        known.setdefault("ref", kind + known["refName"])
    elif known.get("ref", "").startswith((_BRANCH, _TAG)):
        known["refType"] = "tag" if known["ref"].startswith(_TAG) else "branch"
        known["refName"] = known["ref"].removeprefix(_TAG).removeprefix(_BRANCH)
    return known


def _workload(entry: IssuerUnderReview) -> str:
    return str(entry.provider.facts.get("exampleWorkload", {}).get("repository", ""))
