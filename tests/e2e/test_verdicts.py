"""Every file in verdicts/ gets the same verdict, in the same words, from kube-oidc and kube-apiserver.

A file whose verdict depends on a flag names it in a comment, `# kube-apiserver: --flag=value`; both get it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.verdict.versions import NEWEST

from e2e.harness import recording
from e2e.harness.binaries import DEFAULT_MINOR, MINOR, Binaries
from e2e.harness.referee import refusal
from e2e.harness.world import adapted_file

FOLDER = Path(__file__).parent / "verdicts"
WRONG = [adapted_file(file) for file in sorted((FOLDER / "wrong").glob("*.yaml"))]
RIGHT = [adapted_file(file) for file in sorted((FOLDER / "right").glob("*.yaml"))]
REJECTED = "invalid authentication configuration: "
UNREADABLE = 'failed to load authentication configuration from file "{}": '
# Syntax errors in CEL have our own wording (docs/decisions/syntax-errors.md).
PARSER = "Syntax error"
# A rule of the flags, which the API server applies later and without saying which issuer it means.
SERVICE_ACCOUNT_ISSUER = "URL must not overlap with disallowed issuers"


def flags_of(file: Path) -> list[str]:
    marker = "# kube-apiserver: "
    lines = [line.removeprefix(marker) for line in file.read_text().splitlines() if line.startswith(marker)]
    return " ".join(lines).split()


def check(files: list[Path], flags: list[str]) -> dict[str, dict[str, Any]]:
    """What `kube-oidc check` says, by file."""
    version = (
        [] if any("--kubernetes-version" in flag for flag in flags) else [f"--kubernetes-version={MINOR}"]
    )
    command = [
        sys.executable,
        "-m",
        "kube_oidc",
        "check",
        "--format=json",
        *version,
        *flags,
        *map(str, files),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return {file["path"]: file for file in json.loads(done.stdout)["files"]}


@pytest.fixture(scope="module")
def checked() -> dict[str, dict[str, Any]]:
    """What `kube-oidc check` says of every file; one call for all that need no flag."""
    flagged = [file for file in WRONG + RIGHT if flags_of(file)]
    plain = [file for file in WRONG + RIGHT if file not in flagged]
    found = check(plain, [])
    for file in flagged:
        found |= check([file], flags_of(file))
    return found


def errors(verdict: dict[str, Any]) -> list[str]:
    """Its errors as the API server writes them."""
    found = [diagnostic for diagnostic in verdict["diagnostics"] if diagnostic["severity"] == "error"]
    return [": ".join(filter(None, (diagnostic["field"], diagnostic["message"]))) for diagnostic in found]


def together(texts: list[str]) -> str:
    """Several errors as `k8s.io/apimachinery/pkg/util/errors` joins them."""
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_a_wrong_file_is_refused_in_the_same_words(
    binaries: Binaries, checked: dict[str, dict[str, Any]], tmp_path: Path, file: Path
) -> None:
    words = refusal(binaries.path("kube-apiserver"), file, flags_of(file), tmp_path)
    verdict = checked[str(file)]
    if words is None and MINOR != DEFAULT_MINOR:
        assert verdict["valid"], f"kube-apiserver {MINOR} takes this file"
        return
    assert words is not None, "kube-apiserver takes this file"
    assert not verdict["valid"], f"kube-apiserver says: {words}"
    unreadable = UNREADABLE.format(file)
    if words.startswith(unreadable):
        # The first error is the API server's; kube-oidc goes on to say what stands behind it.
        first = next(item for item in verdict["diagnostics"] if item["severity"] == "error")
        assert first["message"] == words.removeprefix(unreadable)
        return
    ours, theirs = together(errors(verdict)), words.removeprefix(REJECTED)
    if PARSER in theirs:
        ours, theirs = (text.split("ERROR: <input>:")[0] for text in (ours, theirs))
    if SERVICE_ACCOUNT_ISSUER in theirs:
        ours = ours.removeprefix("jwt[0].")
    assert ours == theirs


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_a_right_file_is_taken(
    binaries: Binaries, checked: dict[str, dict[str, Any]], tmp_path: Path, file: Path
) -> None:
    words = refusal(binaries.path("kube-apiserver"), file, flags_of(file), tmp_path)
    verdict = checked[str(file)]
    assert verdict["valid"] == (words is None), (words, verdict["diagnostics"])
    assert words is None or MINOR != DEFAULT_MINOR, words


def test_the_package_has_these_answers(binaries: Binaries, tmp_path: Path) -> None:
    if MINOR != DEFAULT_MINOR:
        pytest.skip(f"the package has the answers of {DEFAULT_MINOR}")
    recording.keep(
        "flags.jsonl",
        [
            {
                "name": file.stem,
                "config": file.read_text(),
                "flags": flags,
                "said": refusal(binaries.path("kube-apiserver"), file, flags, tmp_path),
            }
            for file in sorted(WRONG + RIGHT)
            if (flags := flags_of(file))
        ],
    )


def test_the_binary_itself_can_be_asked_through_the_command(binaries: Binaries) -> None:
    apiserver = ["--apiserver", str(binaries.path("kube-apiserver"))]
    wrong, right = FOLDER / "wrong" / "prefix-missing.yaml", FOLDER / "right" / "plain.yaml"
    verdicts = check([wrong, right], apiserver)
    assert [verdicts[str(wrong)]["valid"], verdicts[str(right)]["valid"]] == [False, True]
    said = [diagnostic["message"] for diagnostic in verdicts[str(wrong)]["diagnostics"]]
    assert any("kube-apiserver says: " + REJECTED in message for message in said)


def test_a_binary_of_another_version_is_named_as_the_reason(binaries: Binaries) -> None:
    file = FOLDER / "right" / "plain.yaml"
    flags = ["--kubernetes-version=1.33", "--apiserver", str(binaries.path("kube-apiserver"))]
    remedies = {found["code"]: found["remedy"] for found in check([file], flags)[str(file)]["diagnostics"]}
    assert remedies["verdicts-differ"].startswith(
        f"the binary is Kubernetes {MINOR}, but the file was checked for 1.33"
    )


def test_the_binary_decides_for_a_minor_newer_than_the_newest_known(binaries: Binaries) -> None:
    newer = f"--kubernetes-version=1.{NEWEST.minor + 1}"
    flags = [newer, "--apiserver", str(binaries.path("kube-apiserver"))]
    wrong, right = FOLDER / "wrong" / "prefix-missing.yaml", FOLDER / "right" / "plain.yaml"
    verdicts = check([wrong, right], flags)
    assert [verdicts[str(file)]["valid"] for file in (wrong, right)] == [False, True]
    codes = {file: {found["code"] for found in verdicts[str(file)]["diagnostics"]} for file in (wrong, right)}
    assert "unknown-version" in codes[wrong] & codes[right]
    assert "verdicts-differ" not in codes[wrong] | codes[right]


@pytest.mark.parametrize(("times", "is_taken"), [(60, True), (2500, False)])
def test_what_the_checker_cannot_decide_is_valid_by_the_binarys_word_alone(
    binaries: Binaries, tmp_path: Path, times: int, is_taken: bool
) -> None:
    text = (FOLDER / "right" / "rules.yaml").read_text()
    rule = f"      - expression: claims.sub.matches('{'(a{900}|b{900})' * times}')\n"
    file = tmp_path / "auth.yaml"
    file.write_text(text.replace("    claimValidationRules:\n", "    claimValidationRules:\n" + rule))
    verdict = check([file], [])[str(file)]
    assert [found["code"] for found in verdict["diagnostics"]] == ["cannot-decide"]
    assert not verdict["valid"]
    verdict = check([file], ["--apiserver", str(binaries.path("kube-apiserver"))])[str(file)]
    assert verdict["valid"] == is_taken
    assert ("apiserver-refuses" in [found["code"] for found in verdict["diagnostics"]]) != is_taken
