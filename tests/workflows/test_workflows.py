"""The project's own CI workflows, and those of the templates; `make lint` checks them with zizmor as well."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
from e2e.harness.binaries import MissingProgramError, locate

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted(
    path for folder in (ROOT, *ROOT.glob("templates/*")) for path in folder.glob(".*/workflows/*.yml")
)
# Valid in Forgejo and unknown to actionlint: a runner's labels, and actions by URL.
FORGEJO_ONLY: Final = (
    r'^label "(docker|kvm)" is unknown',
    r'^specifying action "https://github\.com/[^"/]+/[^"/]+@[0-9a-f]{40}" in invalid format because ',
)
PINNED: Final = re.compile(r"uses: (https://github\.com/)?[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_actionlint_passes(path: Path) -> None:
    try:
        program = locate("actionlint").path("actionlint")
    except MissingProgramError as error:
        pytest.skip(str(error))
    ignored = FORGEJO_ONLY if ".forgejo" in path.parts else ()
    options = [word for pattern in ignored for word in ("-ignore", pattern)]
    checked = subprocess.run(
        [program, "-no-color", "-oneline", *options, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.stdout + checked.stderr == ""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    uses = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.match(line)] == []


@pytest.mark.parametrize("forge", [".forgejo", ".github"])
def test_the_forges_run_both_checks(forge: str) -> None:
    text = (ROOT / forge / "workflows/ci.yml").read_text()
    assert "run: .ci/run\n" in text
    assert "run: nix flake check" in text


@pytest.mark.parametrize("forge", [".forgejo", ".github"])
def test_templates_share_their_workflow(forge: str) -> None:
    texts = {path.read_text() for path in FILES if "templates" in path.parts and forge in path.parts}
    assert len(texts) == 1
