"""Kubernetes' authenticator confirms findings: the bad example accepts the token, the good one rejects it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import kube_oidc.rules
import pytest
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.registry import CONFIG_RULE, folder_of, folders_with, id_of
from kube_oidc.rules.engine.run_rules import run_rules
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

CONFIG_IDS = [id_of(name) for name in folders_with(CONFIG_RULE)]
NOW = 1767225600  # 2026-01-01


def example(name: str, kind: str) -> Path:
    return Path(kube_oidc.rules.__file__).parent / folder_of(name) / f"{kind}.yaml"


def proofs() -> Iterator[tuple[str, dict]]:
    for name in CONFIG_IDS:
        configuration = check(example(name, "bad").read_bytes(), Context(DEFAULT)).configuration
        assert configuration is not None
        for about, finding in run_rules(ConfigUnderReview(configuration, now=NOW)):
            if about.id == name and finding.proof is not None:
                yield name, finding.proof


PROOFS = dict(proofs())


@pytest.mark.parametrize("name", CONFIG_IDS)
@pytest.mark.parametrize("kind", ["bad", "good"])
def test_kubernetes_takes_both_files(default_reference, name: str, kind: str) -> None:
    answer = default_reference.validate(example(name, kind).read_text(), [])
    assert answer["valid"], answer


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_kubernetes_accepts_the_token_only_with_the_bad_file(default_reference, name: str) -> None:
    payload = json.dumps(PROOFS[name])
    was, now = (
        default_reference.authenticate(example(name, kind).read_text(), payload, NOW)
        for kind in ("bad", "good")
    )
    assert was["authenticated"], was
    assert not now["authenticated"] or now["user"] != was["user"]
