"""kube-oidc gives every file in verdicts/ the verdict of kube-apiserver, with the same errors.

A file whose verdict depends on a flag names it in a comment, `# kube-apiserver: --flag=value`, and the first minor that
has the flag in another, `# since: 1.34`. Both get the flag.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.verdict.versions import NEWEST, Difference, KubernetesVersion

from e2e.harness import recording
from e2e.harness.binaries import DEFAULT_MINOR, MINOR, VERSION, Binaries, adapted
from e2e.harness.referee import refusal
from e2e.harness.world import adapted_file

FOLDER = Path(__file__).parent / "verdicts"


def files_of(folder: str) -> list[Path]:
    """The folder's files that the minor under test can be asked about."""
    return [
        adapted_file(file)
        for file in sorted((FOLDER / folder).glob("*.yaml"))
        if first_minor(file) <= VERSION
    ]


def first_minor(file: Path) -> KubernetesVersion:
    """The first minor that has the file's flags."""
    found = re.search(r"^# since: (\S+)$", file.read_text(), re.M)
    return KubernetesVersion.parse(found[1] if found else "1.0")


WRONG = files_of("wrong")
RIGHT = files_of("right")
PREFIX_MISSING = adapted_file(FOLDER / "wrong" / "prefix-missing.yaml")
PLAIN = adapted_file(FOLDER / "right" / "plain.yaml")
# 1.33 and earlier reject v1, in which PLAIN is for later binaries; 1.30 doesn't know this field.
ANONYMOUS = adapted_file(FOLDER / "right" / "anonymous-health.yaml")
# 1.33 and earlier write neither.
INVALID = "invalid authentication configuration: "
NOT_LOADED = 'failed to load authentication configuration from file "{}": '
# CEL syntax errors have our own wording (docs/decisions/syntax-errors.md).
SYNTAX_ERROR = "Syntax error"
# The API server checks this flag later, and doesn't name the issuer.
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
def test_an_invalid_file_is_rejected_with_the_same_errors(
    binaries: Binaries, checked: dict[str, dict[str, Any]], tmp_path: Path, file: Path
) -> None:
    said = refusal(binaries.path("kube-apiserver"), file, flags_of(file), tmp_path)
    verdict = checked[str(file)]
    if said is None and MINOR != DEFAULT_MINOR:
        assert verdict["valid"], f"kube-apiserver {MINOR} accepts this file"
        return
    assert said is not None, "kube-apiserver accepts this file"
    assert not verdict["valid"], f"kube-apiserver says: {said}"
    said = said.removeprefix(INVALID).removeprefix(NOT_LOADED.format(file))
    ours = errors(verdict)
    if SYNTAX_ERROR in said:
        said, *ours = (text.split("ERROR: <input>:")[0] for text in (said, *ours))
    if SERVICE_ACCOUNT_ISSUER in said:
        ours = [text.removeprefix("jwt[0].") for text in ours]
    first = next(found for found in verdict["diagnostics"] if found["severity"] == "error")
    if first["code"] == "wrong-kind":  # the rest of the API server's message shows a file of some other kind
        assert said.startswith(first["message"].partition("…")[0].rstrip())
        return
    # A file that can't be decoded has one error there; kube-oidc also reports the ones behind it, each with its field.
    assert said in (together(ours), first["message"])


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_a_valid_file_is_accepted(
    binaries: Binaries, checked: dict[str, dict[str, Any]], tmp_path: Path, file: Path
) -> None:
    said = refusal(binaries.path("kube-apiserver"), file, flags_of(file), tmp_path)
    verdict = checked[str(file)]
    assert verdict["valid"] == (said is None), (said, verdict["diagnostics"])
    assert said is None or MINOR != DEFAULT_MINOR, said


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


def test_the_command_asks_the_binary(binaries: Binaries) -> None:
    verdicts = check([PREFIX_MISSING, PLAIN], ["--apiserver", str(binaries.path("kube-apiserver"))])
    assert [verdicts[str(file)]["valid"] for file in (PREFIX_MISSING, PLAIN)] == [False, True]
    [said] = [
        found["message"]
        for found in verdicts[str(PREFIX_MISSING)]["diagnostics"]
        if found["code"] == "apiserver-refuses"
    ]
    assert said.startswith("kube-apiserver says: ")
    assert "jwt[0].claimMappings.username.prefix: Required value" in said


def test_a_binary_of_another_version_is_named_as_the_reason(binaries: Binaries) -> None:
    flags = ["--kubernetes-version=1.33", "--apiserver", str(binaries.path("kube-apiserver"))]
    file = PLAIN if VERSION.has(Difference.FILE_V1) else ANONYMOUS
    remedies = {found["code"]: found["remedy"] for found in check([file], flags)[str(file)]["diagnostics"]}
    assert remedies["verdicts-differ"].startswith(
        f"the binary is Kubernetes {MINOR}, but the file was checked for 1.33"
    )


def test_the_binary_decides_for_a_minor_newer_than_the_newest_known(binaries: Binaries) -> None:
    newer = f"--kubernetes-version=1.{NEWEST.minor + 1}"
    flags = [newer, "--apiserver", str(binaries.path("kube-apiserver"))]
    verdicts = check([PREFIX_MISSING, PLAIN], flags)
    assert [verdicts[str(file)]["valid"] for file in (PREFIX_MISSING, PLAIN)] == [False, True]
    codes = [{found["code"] for found in verdict["diagnostics"]} for verdict in verdicts.values()]
    assert all("unknown-version" in found and "verdicts-differ" not in found for found in codes)


@pytest.mark.parametrize(("times", "is_accepted"), [(60, True), (2500, False)])
def test_the_binary_decides_what_the_checker_cannot(
    binaries: Binaries, tmp_path: Path, times: int, is_accepted: bool
) -> None:
    text = adapted((FOLDER / "right" / "rules.yaml").read_text())
    rule = f"      - expression: claims.sub.matches('{'(a{900}|b{900})' * times}')\n"
    file = tmp_path / "auth.yaml"
    file.write_text(text.replace("    claimValidationRules:\n", "    claimValidationRules:\n" + rule))
    verdict = check([file], [])[str(file)]
    assert [found["code"] for found in verdict["diagnostics"]] == ["cannot-decide"]
    assert not verdict["valid"]
    verdict = check([file], ["--apiserver", str(binaries.path("kube-apiserver"))])[str(file)]
    assert verdict["valid"] == is_accepted
    assert ("apiserver-refuses" in [found["code"] for found in verdict["diagnostics"]]) != is_accepted
