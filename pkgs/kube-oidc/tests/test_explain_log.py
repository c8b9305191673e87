"""`kube-oidc explain --log` on real lines of kube-apiserver: recorded by tests/e2e/test_refusal_lines.py."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from kube_oidc.authn.refused_log import refusals
from kube_oidc.cli import main

FOLDER = Path(__file__).parent / "recorded"
FILE = FOLDER / "refusals.yaml"
ROWS = [json.loads(line) for line in (FOLDER / "refusals.jsonl").read_text().splitlines()]
ALL = ["jwt[0]", "jwt[1]", "jwt[2]", "jwt[3]"]
# case → step, field (with all four entries if the reason doesn't say which), part of what it needs
WANTED = {
    "audience": ("audience", "jwt[0].issuer.audiences", 'an aud that contains "k8s", not ["other"]'),
    "audience-of-several": ("audience", "jwt[1].issuer.audiences", 'an aud that contains ["blue" "green"]'),
    "expired": ("times", "issuer", "an exp after now; this one ended at 20"),
    "not-yet-valid": ("times", "issuer", "an nbf at most 60 s from now"),
    "foreign-key": ("signature", "issuer", "a signature by one of the issuer's current keys"),
    "altered": ("signature", "issuer", "a signature by one of the issuer's current keys"),
    "unsigned": ("signature", "issuer", "256 to 512, not none"),
    "edwards": ("signature", "issuer", "256 to 512, not EdDSA"),
    "hmac": ("signature", "issuer", "256 to 512, not HS256"),
    "claim-of-wrong-type": ("audience", "issuer", "registered claims of the right type"),
    "username-missing": (
        "username",
        "jwt[1].claimMappings.username",
        "a claim email with a string (claim not present)",
    ),
    "username-of-wrong-type": ("username", "jwt[1].claimMappings.username", "a claim email with a string"),
    "groups-of-wrong-type": (
        "groups",
        "jwt[0].claimMappings.groups",
        "a claim groups with a string or a list",
    ),
    "required-missing": ("rules", "jwt[0].claimValidationRules[0]", "a claim team"),
    "required-differs": ("rules", "jwt[0].claimValidationRules[0]", "team to be web, not ops, and others"),
    "rule-false": ("rules", "jwt[0].claimValidationRules[1]", "in ['push', 'release'] to be true"),
    "rule-without-message": ("rules", "jwt[0].claimValidationRules[2]", "claims.level >= 3 to be true"),
    "rule-fails": ("rules", "jwt[0].claimValidationRules[2]", "a claim level, which the token doesn't have"),
    "user-rule": ("user rules", "jwt[0].userValidationRules[0]", "'r:root') to be true"),
    "email-not-verified": (
        "username",
        "jwt[1].claimMappings.username",
        "an email_verified that is true, or none",
    ),
    "email-verified-of-wrong-type": (
        "username",
        "jwt[1].claimMappings.username",
        "an email_verified that is true",
    ),
    "expression-fails": (
        "username",
        "jwt[2].claimMappings.username",
        "a claim name, which the token doesn't have",
    ),
    "expression-of-wrong-type": ("username", "jwt[2].claimMappings.username", "another type of value"),
    "expression-empty": ("username", "jwt[2].claimMappings.username", "a username that isn't empty"),
    "groups-expression-fails": ("groups", "jwt[2].claimMappings.groups", "a claim roles, which the token"),
    "groups-expression-of-wrong-type": ("groups", "jwt[2].claimMappings.groups", "another type of value"),
    "uid-missing": ("uid", "jwt[2].claimMappings.uid", "a claim uid with a string"),
    "keys-missing": ("signature", "issuer.url", "the issuer's keys"),
    "unknown-issuer": ("issuer", "issuer.url", "an iss that is one of these URLs"),
    "not-a-token": ("issuer", "issuer.url", "an iss that is one of these URLs"),
}


@pytest.fixture
def explain(capsys, monkeypatch):
    def call(log: str, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        try:
            status = main(["explain", str(FILE), "--log", log, *arguments])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def test_every_minor_has_every_case() -> None:
    cases = {
        minor: {row["case"] for row in ROWS if row["kubernetes"] == minor}
        for minor in ("1.30", "1.36", "1.37")
    }
    assert cases == {minor: set(WANTED) for minor in cases}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kubernetes']}-{row['case']}" for row in ROWS])
def test_a_real_line_leads_to_the_field(explain, row) -> None:
    step, field, needs = WANTED[row["case"]]
    status, output, errors = explain(
        row["line"], "--format", "json", "--kubernetes-version", row["kubernetes"]
    )
    assert (status, errors) == (1, "")
    document = json.loads(output)
    expected = [field] if field.startswith("jwt") else [f"{entry}.{field}" for entry in ALL]
    assert [found["field"] for found in document["fields"]] == expected
    assert document["step"] == step
    assert needs in document["needs"]
    assert document["remedies"]
    assert all(remedy and "{" not in remedy for remedy in document["remedies"])


def test_what_was_accepted_before_depends_on_the_version(explain) -> None:
    line = ROWS[0]["line"]
    assert "audience, after issuer, signature\n" in explain(line)[1]
    assert "audience, after issuer\n" in explain(line, "--kubernetes-version", "1.30")[1]


LINE = next(row["line"] for row in ROWS if row["case"] == "rule-false")
REASON = json.loads('"' + LINE.partition('err="')[2])[len("[invalid bearer token, ") : -1]


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"Nov 30 20:07:39 node k3s[108]: {LINE}",
        f"2026-11-30T20:07:39.9Z stderr F {LINE}",
        json.dumps(
            {
                "ts": 1.0,
                "msg": "Unable to authenticate the request",
                "err": f"[invalid bearer token, {REASON}]",
            }
        ),
        f"[invalid bearer token, {REASON}]",
        f"[{REASON}, invalid bearer token]",
        REASON,
        f"[invalid bearer token, service account token has expired, {REASON}]",
    ],
)
def test_a_line_comes_in_many_forms(text: str) -> None:
    assert list(refusals(text)) == [REASON]


def test_other_authenticators_reasons_and_other_lines() -> None:
    line = 'E1130 1:1:1.1 1 authentication.go:75] "Unable to authenticate the request" err="{}"'
    assert list(refusals(line.format("[invalid bearer token, service account token has expired]"))) == [
        "service account token has expired"
    ]
    other = 'E1130 1:1:1.1 1 x.go:1] "Something else" err="oidc: verify token: no"'
    assert list(refusals(f"{other}\n{line.format('invalid bearer token')}\n")) == ["invalid bearer token"]
    assert list(refusals("nothing of that kind\n")) == []


def test_a_log_is_counted_by_reason(explain, tmp_path) -> None:
    log = tmp_path / "kube-apiserver.log"
    log.write_text("".join(f"{row['line']}\n" for row in ROWS))
    minors = len({row["kubernetes"] for row in ROWS})
    for arguments in ((str(log), ""), ("-", log.read_text())):
        status, output, _ = explain(arguments[0], stdin=arguments[1])
        assert status == 1
        assert f"refused ({2 * minors} times): invalid bearer token\n" in output
        assert output.count("refused") > 20


def test_a_log_without_refusals(explain, tmp_path) -> None:
    (tmp_path / "log").write_text("I1130 1:1:1.1 1 x.go:1] started\n")
    assert explain(str(tmp_path / "log")) == (
        0,
        "no refused tokens in this log: it has no `Unable to authenticate the request`\n",
        "",
    )


def test_a_reason_that_no_entry_gives_points_to_another_file(explain) -> None:
    output = explain('oidc: verify token: oidc: expected audience "theirs" got ["k8s"]')[1]
    assert "no entry of this file refuses tokens like this: has the API server loaded another?" in output
    assert "this isn't a reason of the AuthenticationConfiguration" in explain("oidc: something new")[1]


@pytest.mark.parametrize(
    ("log", "further", "reason"),
    [
        ("no-such-file", [], "cannot read no-such-file: No such file"),
        ("E1130 something was refused", [], "paste the one with `Unable to authenticate the request`"),
        (LINE, ["--can", "get pods", "--rbac", "x"], "--log is about tokens that became no user"),
        (LINE, ["--claims", "-"], "not allowed with argument"),
        (LINE, ["--repository", "a/b"], "remove --repository"),
    ],
)
def test_what_is_no_log_is_refused(explain, log, further, reason) -> None:
    status, output, errors = explain(log, *further)
    assert (status, output) == (2, "")
    assert reason in errors


def test_a_token_in_a_line_is_not_repeated(explain) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
    for form in ("text", "json"):
        status, output, errors = explain(f"oidc: verify token: malformed jwt: {token}", "--format", form)
        assert (status, errors) == (1, "")
        assert token not in output
