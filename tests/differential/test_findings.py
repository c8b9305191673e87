"""What findings claim, asked of Kubernetes' own authenticator: the bad example takes the token, the good one not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kube_oidc.rules import IDS, Subject, examine
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

HERE = Path(__file__).resolve().parents[2] / "pkgs/kube-oidc/tests/findings"
NOW = 1767225600  # 2026-01-01


def proofs() -> Iterator[tuple[str, dict]]:
    for name in sorted(IDS):
        configuration = check((HERE / name / "bad.yaml").read_bytes(), Context(DEFAULT)).configuration
        assert configuration is not None
        for about, finding in examine(Subject(configuration, now=NOW)):
            if about.id == name and finding.proof is not None:
                yield name, finding.proof


PROOFS = dict(proofs())


@pytest.mark.parametrize("name", sorted(IDS))
@pytest.mark.parametrize("kind", ["bad", "good"])
def test_kubernetes_takes_both_files(default_reference, name: str, kind: str) -> None:
    answer = default_reference.validate((HERE / name / f"{kind}.yaml").read_text(), [])
    assert answer["valid"], answer


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_kubernetes_takes_the_token_with_the_bad_file_alone(default_reference, name: str) -> None:
    payload = json.dumps(PROOFS[name])
    was, now = (
        default_reference.authenticate((HERE / name / f"{kind}.yaml").read_text(), payload, NOW)
        for kind in ("bad", "good")
    )
    assert was["authenticated"], was
    assert not now["authenticated"] or now["user"] != was["user"]
