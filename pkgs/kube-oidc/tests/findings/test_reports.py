"""Findings in the output of `check`: formats, suppressions, --ignore, --explain, --strict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

from .examples import CONFIG_IDS, GRANTS_AUTH, example


def bad(name: str) -> Path:
    return example(name, "bad")


def diagnostics(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict]]:
    status = main(["check", *arguments, "--format", "json"])
    [file] = json.loads(capsys.readouterr().out)["files"]
    return status, file["diagnostics"]


def suppressed_by(tmp_path: Path, comment: str, *, above: bool = False) -> str:
    """The bad example of system-groups with a comment at the line of the finding, or above it."""
    lines = [line for line in bad("system-groups").read_text().splitlines() if "userValidation" not in line]
    place = next(number for number, line in enumerate(lines) if "groups:" in line)
    if above:
        lines.insert(place, f"    {comment}")
    else:
        lines[place] += f" {comment}"
    path = tmp_path / "suppressed.yaml"
    path.write_text("\n".join(lines[: place + 1 + above]) + "\n")
    return str(path)


def test_findings_are_warnings_and_fail_with_strict(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(bad("system-groups"))
    status, found = diagnostics(capsys, path)
    assert (status, [each["code"] for each in found]) == (0, ["system-groups"])
    assert found[0]["field"] == "jwt[0].claimMappings.groups.claim"
    assert found[0]["line"] == bad("system-groups").read_text().split("groups:")[0].count("\n") + 1
    assert '"system:masters"' in found[0]["message"]
    assert "userValidationRules:" in found[0]["remedy"]
    assert diagnostics(capsys, path, "--strict")[0] == 1


def test_an_issuer_without_a_sample_token_is_reported_as_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = '  - expression: claims.sub.matches("^[a-z]{3}$") && claims.sub.size() == 4'
    path = tmp_path / "auth.yaml"
    path.write_text((example("long-lived-token", "good")).read_text() + rule + "\n")
    status, found = diagnostics(capsys, str(path))
    assert (status, [(each["code"], each["field"]) for each in found]) == (
        0,
        [("findings-incomplete", "jwt[0]")],
    )
    assert "could not construct a token" in found[0]["message"]
    assert "kube-oidc explain" in found[0]["remedy"]
    assert diagnostics(capsys, str(path), "--strict")[0] == 1


def test_a_finding_names_the_nixos_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = tmp_path / "options.json"
    options.write_text(json.dumps({"jwt[0]": "services.kube-oidc.issuers.sso"}))
    _, found = diagnostics(capsys, str(bad("system-groups")), "--option-map", str(options))
    assert found[0]["option"] == "services.kube-oidc.issuers.sso.claimMappings.groups.claim"


def test_a_file_with_unknown_fields_has_no_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auth.yaml"
    path.write_text(bad("system-groups").read_text() + "unknown: 1\n")
    _, found = diagnostics(capsys, str(path))
    assert "system-groups" not in {each["code"] for each in found}


@pytest.mark.parametrize("above", [False, True])
def test_a_suppression_with_a_reason_removes_the_finding(tmp_path, capsys, above: bool) -> None:
    path = suppressed_by(
        tmp_path, "# kube-oidc: ignore system-groups this realm has no such group", above=above
    )
    _, found = diagnostics(capsys, path)
    assert "system-groups" not in {each["code"] for each in found}
    assert "unused-waiver" not in {each["code"] for each in found}


COMMENT = "# kube-oidc: ignore system-groups this is text"
STRINGS = {
    "block scalar": f"|\n      {COMMENT}",
    "double quotes": f'"a\n      {COMMENT}"',
    "single quotes": f"'a\n      {COMMENT}'",
}


@pytest.mark.parametrize("name", STRINGS)
def test_a_suppression_inside_a_string_has_no_effect(tmp_path, capsys, name: str) -> None:
    """The string ends on the line above the finding's."""
    head = bad("system-groups").read_text().partition("  claimMappings:")[0]
    rule = f"  userValidationRules:\n  - expression: 'true'\n    message: {STRINGS[name]}\n"
    mappings = '{username: {claim: preferred_username, prefix: "sso:"}, groups: {claim: groups, prefix: ""}}'
    path = tmp_path / "auth.yaml"
    path.write_text(f"{head}{rule}  claimMappings: {mappings}\n")
    _, found = diagnostics(capsys, str(path))
    assert "system-groups" in {each["code"] for each in found}
    assert "unused-waiver" not in {each["code"] for each in found}


def test_reports_count_what_was_suppressed(tmp_path, capsys) -> None:
    path = suppressed_by(tmp_path, "# kube-oidc: ignore system-groups this realm has no such group")
    main(["check", path])
    assert capsys.readouterr().out.endswith("0 errors, 0 warnings, 1 finding suppressed\n")
    main(["check", path, "--format", "json"])
    assert [file["suppressed"] for file in json.loads(capsys.readouterr().out)["files"]] == [1]
    main(["check", path, str(bad("system-groups")), "--ignore", "system-groups", "--format", "sarif"])
    [run] = json.loads(capsys.readouterr().out)["runs"]
    assert run["properties"] == {"suppressedFindings": 2}


def test_a_suppression_without_a_reason_is_an_error(tmp_path, capsys) -> None:
    status, found = diagnostics(capsys, suppressed_by(tmp_path, "# kube-oidc: ignore system-groups"))
    assert status == 1
    assert {"system-groups", "waiver-without-reason"} <= {each["code"] for each in found}


@pytest.mark.parametrize("name", ["private-key-in-ca", "no-such-finding"])
def test_a_suppression_without_effect_is_reported(tmp_path, capsys, name: str) -> None:
    _, found = diagnostics(capsys, suppressed_by(tmp_path, f"# kube-oidc: ignore {name} once it was so"))
    assert {"system-groups", "unused-waiver"} <= {each["code"] for each in found}


def test_ignore_removes_a_finding_and_reports_if_it_has_no_effect(capsys) -> None:
    _, found = diagnostics(capsys, str(bad("system-groups")), "--ignore", "system-groups")
    assert found == []
    _, found = diagnostics(capsys, str(example("system-groups", "good")), "--ignore", "system-groups")
    assert [each["code"] for each in found] == ["unused-waiver"]
    assert main(["check", str(bad("system-groups")), "--ignore", "no-such-finding"]) == 2


@pytest.mark.parametrize("name", sorted(CONFIG_IDS))
def test_explain_prints_the_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain", name]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"{name}: ")
    assert "Good: " in page


def test_explaining_an_unknown_finding_and_checking_no_file_are_usage_errors(capsys) -> None:
    assert main(["check", "--explain", "no-such-finding"]) == 2
    assert main(["check"]) == 2


def test_annotations_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(bad("system-groups")), "--format", "github"])
    [line] = capsys.readouterr().out.splitlines()
    head, _, text = line.removeprefix("::").partition("::")
    assert head.startswith("warning file=")
    assert "title=kube-oidc system-groups" in head
    assert ",line=" in head
    assert "%0A" in text


def sarif(capsys: pytest.CaptureFixture[str]) -> dict:
    main(["check", *(str(bad(name)) for name in sorted(CONFIG_IDS)), "--format", "sarif"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_sarif_has_a_rule_for_every_result(capsys: pytest.CaptureFixture[str]) -> None:
    [run] = sarif(capsys)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {result["ruleId"] for result in run["results"]} == set(rules) >= CONFIG_IDS
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        [location] = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1


@pytest.mark.slow
def test_sarif_meets_githubs_requirements(capsys: pytest.CaptureFixture[str]) -> None:
    """https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""
    document = sarif(capsys)
    assert document["$schema"].endswith("sarif-2.1.0.json")
    assert document["version"] == "2.1.0"
    [run] = document["runs"]
    assert run["tool"]["driver"]["name"]
    for rule in run["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        if rule["id"] in CONFIG_IDS:
            assert 0 < len(rule["fullDescription"]["text"]) <= 1024
            assert rule["help"]["text"] and rule["help"]["markdown"]
            assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
            assert len(rule["properties"]["tags"]) <= 20
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("error", "warning", "note", "none")
        [place] = [location["physicalLocation"] for location in result["locations"]]
        assert place["artifactLocation"]["uri"]
        assert len(result["partialFingerprints"]) >= 1


def test_sarif_contains_findings_on_grants(capsys: pytest.CaptureFixture[str]) -> None:
    objects = str(example("grant-secrets", "bad"))
    main(["check", str(GRANTS_AUTH), "--rbac", objects, "--format", "sarif"])
    document = json.loads(capsys.readouterr().out)
    rules = {rule["id"]: rule for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    assert "resourceNames" in rules["grant-secrets"]["help"]["text"]
