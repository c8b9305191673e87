"""Every rule of Kubernetes' validation, against what kube-apiserver's own packages answered (recorded/)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.cli import main
from kube_oidc.diagnostics import Severity
from kube_oidc.verdict.validate_file import check
from recorded.rows import rows, verdicts
from recorded.verdicts import Agreement, Case, compare, context

REFUSED = "invalid authentication configuration: "
CASES = list(verdicts("validation.jsonl"))


@pytest.mark.parametrize(
    ("case", "minor", "answer"), CASES, ids=[f"{minor}: {case.name}" for case, minor, _ in CASES]
)
def test_the_verdict_is_the_api_servers(case: Case, minor: str, answer: dict[str, Any]) -> None:
    compared = compare(case, minor, answer)
    assert compared.agreement is Agreement.SAME, str(compared)


@pytest.mark.parametrize("row", list(rows("flags.jsonl")), ids=lambda row: row["name"])
def test_flags_count_as_they_do_for_the_binary(
    row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "auth.yaml").write_text(row["config"])
    main(["check", "--format=json", *row["flags"], str(tmp_path / "auth.yaml")])
    [file] = json.loads(capsys.readouterr().out)["files"]
    errors = [found for found in file["diagnostics"] if found["severity"] == Severity.ERROR]
    ours = [": ".join(filter(None, (error["field"], error["message"]))) for error in errors]
    theirs = [row["said"].removeprefix(REFUSED)] if row["said"] else []
    if "disallowed issuers" in (
        row["said"] or ""
    ):  # the binary checks this flag apart, without the entry's number
        ours = [text.removeprefix("jwt[0].") for text in ours]
    assert ours == theirs


def test_what_cannot_be_decided_is_an_error() -> None:
    [case] = [case for case, _, _ in CASES if case.name == "claims: everything good"]
    undecidable = case.config.replace(b"claims.exp - claims.iat <= 86400", rb"claims.a.matches('\\p{Greek}')")
    assert undecidable != case.config
    [error] = check(undecidable, context("1.36")).diagnostics
    assert (error.code, error.severity) == ("cannot-decide", Severity.ERROR)
