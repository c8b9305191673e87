"""Match is not anchored and accepts other values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.facts import Comparison, Place
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Expression, IssuerUnderReview
from kube_oidc.rules.engine.lookalike_values import PART, lookalike_values
from kube_oidc.rules.engine.tokens import get, put

RULE: Final = RuleMetadata(
    id="unanchored-match",
    title="Match is not anchored and accepts other values",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/using-api/cel/",
)
_PATTERN: Final = ("matches", "find", "findAll")
_UNRELATED: Final = ("zz", "zz@zz.invalid", "zz:zz/zz:zz")
# Claims that identify the owner; matching a part of a branch or file name may be intended.
_WHOSE: Final = frozenset(
    {
        "sub",
        "email",
        "hd",
        "repository",
        "repository_owner",
        "project_path",
        "namespace_path",
        "organization_slug",
        "pipeline_slug",
        "terraform_organization_name",
        "terraform_full_workspace",
        "owner",
        "account_name",
        "job_workflow_ref",
        "workflow_ref",
        "ci_config_ref_uri",
        "preferred_username",
    }
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each such call in a rule that a lookalike value passes too."""
    for entry in config.entries:
        for read in entry.rules:
            asked = (Asked(comparison.place, comparison) for comparison in read.facts.comparisons)
            yield from _rule(entry, read, (*asked, *_of_parts(read)))
        for read in entry.user_rules:
            yield from _rule(entry, read, _of_the_name(entry, read))
        yield from _groups(entry)


def _rule(entry: IssuerUnderReview, read: Expression, every: Iterable[Asked]) -> Iterator[Finding]:
    """Reports each claim and call once: a loop checks many strings in the same way."""
    reported: set[tuple[Place, str]] = set()
    for asked in every:
        key = asked.place, asked.comparison.operator
        for finding in _comparison(entry, read, asked) if key not in reported else ():
            reported.add(key)
            yield finding


def _groups(entry: IssuerUnderReview) -> Iterator[Finding]:
    """Reports groups that the expression also gives to lookalikes."""
    read, sample_claims = entry.mappings.get("groups"), entry.sample_claims
    if read is None or sample_claims is None:
        return
    for comparison in read.facts.comparisons:
        place, text, operator = comparison.place, comparison.value, comparison.operator
        if not isinstance(text, str) or not text or not isinstance(get(sample_claims, place), str):
            continue
        others = [_groups_of(entry, place, value) for value in _UNRELATED]
        given = _groups_of(entry, place, _meant(operator, text)).difference(*others)
        scheme = _scheme(entry) if place == ("sub",) else ""
        for named in lookalike_values(operator, text, text, scheme) if given else ():
            if given <= _groups_of(entry, place, named):
                name = ".".join(place)
                message = f'{operator}("{text}") also gives {", ".join(sorted(given))} to "{named}" in {name}'
                claims = put(sample_claims, place, named)
                yield Finding(
                    read.path, message, Remedy(_remedy(operator, name, text)), claims, Confidence.MEDIUM
                )
                return


def _meant(operator: str, text: str) -> str:
    from kube_oidc.rules.engine.patterns import alternatives  # noqa: PLC0415 - most files have none

    samples = alternatives(text) if operator in _PATTERN else ()
    return samples[0].sample if samples else text


def _groups_of(entry: IssuerUnderReview, place: Place, value: str) -> frozenset[str]:
    user = entry.user(put(entry.sample_claims or {}, place, value))
    return frozenset(user.groups) if user is not None else frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison of the claim at `place`; the user name is `prefix` followed by the claim."""

    place: Place
    comparison: Comparison
    prefix: str = ""


def _of_parts(read: Expression) -> Iterator[Asked]:
    """Yields comparisons with a part of a claim, for functions that extract one."""
    compared = {comparison.place for comparison in read.facts.comparisons}
    for where in sorted(read.facts.reads - compared):
        if where[-1] in _WHOSE:
            texts = dict.fromkeys(text.removeprefix("^").removesuffix("$") for text in read.facts.text)
            yield from (Asked(where, Comparison(where, PART, text)) for text in texts)


def _of_the_name(entry: IssuerUnderReview, read: Expression) -> Iterator[Asked]:
    """Yields comparisons in a user validation rule, applied to the claim at the end of the user name."""
    user = entry.user(entry.sample_claims) if entry.sample_claims is not None else None
    for comparison in read.facts.comparisons:
        for source in entry.sources("username"):
            value = get(entry.sample_claims or {}, source)
            if user is None or comparison.place != ("username",) or not isinstance(value, str):
                continue
            if user.username.endswith(value):
                yield Asked(source, comparison, user.username[: len(user.username) - len(value)])


def _comparison(entry: IssuerUnderReview, read: Expression, asked: Asked) -> Iterator[Finding]:
    sample_claims, text, operator = entry.sample_claims, asked.comparison.value, asked.comparison.operator
    if sample_claims is None or not isinstance(text, str) or not text:
        return
    usual = get(sample_claims, asked.place)
    if not isinstance(usual, str):
        return
    scheme = _scheme(entry) if asked.place == ("sub",) else ""
    for named in lookalike_values(operator, text, asked.prefix + usual, asked.prefix + scheme):
        other = named.removeprefix(asked.prefix)
        claims = put(sample_claims, asked.place, other)
        if named.startswith(asked.prefix) and entry.user(claims) is not None:
            if not _demands(entry, asked.place):
                return
            name = ".".join(asked.place)
            question = f'"{text}"' if operator == PART else f'{operator}("{text}")'
            message = f'{question} also accepts "{other}" in {name}'
            is_closed = "/" in text.removeprefix(asked.prefix).removeprefix(scheme).lstrip("^/")
            sure = asked.place[-1] in _WHOSE and other.startswith(scheme)
            sure = sure and not (is_closed and operator in ("startsWith", *_PATTERN))
            confidence = Confidence.HIGH if sure else Confidence.MEDIUM
            yield Finding(read.path, message, Remedy(_remedy(operator, name, text)), claims, confidence)
            return


def _demands(entry: IssuerUnderReview, place: Place) -> bool:
    """Are unrelated values refused? If not, the call excludes values instead of requiring one."""
    others = (put(entry.sample_claims or {}, place, text) for text in _UNRELATED)
    return all(entry.user(claims) is None for claims in others)


def _scheme(entry: IssuerUnderReview) -> str:
    """Returns `repo:`, the prefix of every subject of this CI system; empty for other issuers."""
    sub = str(entry.provider.example.get("sub", ""))
    return sub[: sub.find(":") + 1] if entry.provider.is_ci else ""


def _remedy(operator: str, name: str, text: str) -> str:
    match operator:
        case "startsWith":
            return f'include the delimiter: claims.{name}.startsWith("{text}/"), or compare the whole claim with =='
        case "endsWith":
            return f'include the delimiter: claims.{name}.endsWith("@{text}"), or compare the whole claim with =='
        case "matches" | "find" | "findAll":
            anchored = f"^{text.removeprefix('^').removesuffix('$')}$"
            return f'anchor the pattern: claims.{name}.matches("{anchored}")'
    return f'compare the whole claim: claims.{name} == "…"'
