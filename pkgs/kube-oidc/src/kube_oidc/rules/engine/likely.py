"""Tokens to try before the solver is asked: most answers are among them, in a hundredth of the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final

from kube_oidc.providers.model import Controller
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.branch_variants import branch_variants
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview, token_model
from kube_oidc.rules.engine.workloads import of_claim, with_variables

_LIKE: Final = ("x{0}", "{0}-evil", "{0}x", "{0}{0}", "{0}{1}", "evil/{0}", "{2}")
_MAX_WORDS: Final = 40
_MAX_TOKENS: Final = 1000
_NUMBER: Final = "999999999"


def owners(entry: IssuerUnderReview, words: Iterable[str]) -> Iterator[Claims]:
    """Yields jobs of a stranger, and of owners whose names resemble a word of the file."""
    claim = entry.provider.trust.get("owners", "")
    pattern = token_model(entry).claims[claim].pattern if claim else ""
    names = ["stranger"]
    for word in islice((word for word in words if len(word) > 1), _MAX_WORDS):
        names += [form.format(word, word[-1], word[: len(word) // 2]) for form in _LIKE]
        names += [word.replace(".", "x")] if "." in word else []
    names = [name for name in names if re.fullmatch(pattern, name)] if pattern else names
    return islice(_of_owners(entry, names), _MAX_TOKENS)


def _of_owners(entry: IssuerUnderReview, names: list[str]) -> Iterator[Claims]:
    """Yields each with its own people, and started by the people of the sample token."""
    people = [
        name for name, one in token_model(entry).claims.items() if one.controller is Controller.PULL_REQUEST
    ]
    for usual in _usual(entry):
        for owner in names:
            for other in attacker_claims(entry, usual, owner):
                yield other
                yield other | {name: usual[name] for name in people if name in usual}


def repositories(entry: IssuerUnderReview) -> Iterator[Claims]:
    """Yields jobs of another repository of the same owner."""
    trust = entry.provider.trust
    claim = trust.get("repositories", trust.get("names", ""))
    numbers = {trust["repositoryIds"]: _NUMBER} if "repositoryIds" in trust else {}
    for usual in islice(_usual(entry), _MAX_TOKENS):
        owner, slash, _ = str(usual.get(claim, "")).rpartition("/")
        other = of_claim(entry, claim, f"{owner}{slash}other")
        changed = {
            name: value for name, value in other.items() if value != (entry.sample_claims or {}).get(name)
        }
        yield usual | changed | {name: value for name, value in numbers.items() if name in usual}


def refs(entry: IssuerUnderReview, claim: str, names: Iterable[str]) -> Iterator[Claims]:
    """Yields jobs of branches and tags whose names resemble these."""
    for name in islice(names, _MAX_WORDS):
        for ref in (
            f"refs/heads/evil/{name}",
            f"refs/tags/{name}",
            f"refs/heads/x{name}",
            f"refs/tags/x{name}",
            f"refs/tags/x/{name}",
            f"refs/heads/{name[:-1]}",
            f"refs/heads/{name.upper()}",
            f"refs/heads/refs/tags/{name}",
        ):
            yield of_claim(entry, claim, ref)


def splits(entry: IssuerUnderReview, name: str) -> Iterator[Claims]:
    """Yields jobs whose repository and ref make this name when one follows the other."""
    for position in range(1, min(len(name), _MAX_SPLITS)):
        for skipped in (0, 1):  # without and with a separator
            repository, ref = name[:position], name[position + skipped :]
            if "/" in repository.strip("/") and ref:
                for kind in ("refs/heads/", "refs/tags/", ""):
                    yield with_variables(entry, {"repository": repository, "ref": kind + ref})


_MAX_SPLITS: Final = 100
_NAMES: Final = ("a", "a-b", "site", "site-evil", "other")
_REFS: Final = (
    *("refs/heads/main", "refs/tags/main", "refs/heads/x/main", "refs/heads/b-main"),
    *("refs/heads/b/main", "refs/heads/-main", "refs/heads/mainx"),
)


def jobs(entry: IssuerUnderReview) -> Iterator[Claims]:
    """Yields jobs of several repositories and refs whose names run together easily."""
    trust, sample = entry.provider.trust, entry.sample_claims or {}
    usual = str(sample.get(trust.get("repositories", ""), ""))
    owner = usual.rpartition("/")[0] or str(sample.get(trust.get("owners", ""), "a"))
    called = {name for name, known in entry.provider.claims.items() if known.get("calledWorkflow")}
    kept = {name: sample[name] for name in called if name in sample}
    repositories = [usual, *(f"{one}/{name}" for one in (owner, f"{owner}-a") for name in _NAMES)]
    for number, (repository, ref) in enumerate(product(repositories, (None, *_REFS))):
        variables = {"repository": repository} | ({"ref": ref} if ref is not None else {})
        claims = with_variables(entry, variables)
        if repository != usual and trust.get("repositoryIds", "") in claims:
            claims[trust["repositoryIds"]] = str(1000 + number // (len(_REFS) + 1))
        yield claims
        yield claims | kept


def _usual(entry: IssuerUnderReview) -> Iterator[Claims]:
    """Yields the sample token, variants for the branches of a rule, and tokens without one of the optional claims."""
    sample = entry.sample_claims
    if sample is None:
        return
    yield from branch_variants(entry, sample)
    for claim, known in entry.provider.claims.items():
        if known["optional"] and claim in sample:
            yield {name: value for name, value in sample.items() if name != claim}
