"""The reference agrees with the real kube-apiserver binary."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.harness.binaries import Binaries
from kube_oidc.verdict.apiserver import Flags, refusal

from differential.oracle.cases import all_cases
from differential.oracle.process import Reference

NAMES = [
    "yaml: the post's file",
    "yaml: second document",
    "yaml: second document that is broken",
    "yaml: first document empty",
    "yaml: document end",
    "yaml: unknown fields in many places",
    "yaml: duplicate deep inside",
    "yaml: wrong case inside",
    "yaml: two wrong types",
    "yaml: prefix of a colon",
    "yaml: merge after the key",
    "yaml: key that is a map",
    "yaml: template",
    "yaml: null in a list of structs",
    "yaml: folded block that does not compile",
    "bytes: empty",
    "bytes: bom",
    "bytes: crlf",
    "bytes: json with both cases",
    "bytes: json and more",
    "issuer: many faults at once",
    "issuer: disallowed",
    "issuer: anonymous off with two conditions",
    "issuer: policy that Go must quote",
    "issuer: no entries",
    "claims: groups by comprehension over any",
    "claims: claims in a user rule",
    "claims: everything good",
    "authority: key",
    "authority: one",
    "url: 'https://issuer.example:80:90'",
    "url: 'https://::1'",
    "65 issuers",
]
CASES = {case.name: case for case in all_cases()}


@pytest.mark.parametrize("name", [name for name in NAMES if name in CASES])
def test_the_reference_says_what_the_binary_says(
    name: str, binaries: Binaries, default_reference: Reference, tmp_path: Path
) -> None:
    case = CASES[name]
    file = tmp_path / "file.yaml"
    file.write_bytes(case.config)
    said = refusal(binaries.path("kube-apiserver"), file, Flags(case.issuers))
    answer = default_reference.validate(case.config, case.issuers or ("https://kubernetes.default.svc",))
    expected = answer["decodeError"] or answer.get("aggregate")
    if case.issuers:  # at startup, this rule is checked elsewhere, without the entry's number
        expected = expected.replace("jwt[0].", "")
    if expected and expected.startswith(
        "Object 'Kind' is missing in "
    ):  # `refusal` leaves out the file's text
        expected = "Object 'Kind' is missing"
    assert (said is None) == answer["valid"], said
    assert expected is None or _normal(expected) in _normal(said or ""), said


def test_every_name_above_is_a_case() -> None:
    assert set(NAMES) - set(CASES) == set()


def _normal(text: str) -> str:
    return " ".join(text.split())
