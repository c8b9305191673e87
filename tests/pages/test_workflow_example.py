"""examples/forgejo/workflow.yaml deploys with the very job that `kube-oidc workflow` writes."""

from __future__ import annotations

import shlex
from pathlib import Path

from kube_oidc.cli import main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "forgejo" / "workflow.yaml"


def test_the_example_has_the_generated_job(capsys) -> None:
    text = EXAMPLE.read_text()
    lines = [line.removeprefix("#").strip() for line in text.splitlines() if line.startswith("#   ")]
    words = shlex.split(" ".join(line.removesuffix("\\") for line in lines))
    assert words[0] == "kube-oidc"
    assert main(words[1:]) == 0
    generated = capsys.readouterr().out
    assert text.endswith(generated[generated.index("  deploy:\n") :])
