"""shared-audience: files of several clusters are compared with each other."""

from __future__ import annotations

import json
from pathlib import Path

from kube_oidc.cli import main

from .examples import example


def test_an_audience_of_two_clusters_is_reported_if_they_are_checked_together(tmp_path: Path, capsys) -> None:
    text = example("long-lived-token", "good").read_text()
    (tmp_path / "one.yaml").write_text(text)
    (tmp_path / "two.yaml").write_text(text.replace("sso:", "other:"))
    (tmp_path / "copy.yaml").write_text(text + "# the same, for the next API server of the cluster\n")
    assert main(["check", str(tmp_path), "--format", "json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    codes = [[each["code"] for each in file["diagnostics"]] for file in files]
    assert codes == [["shared-audience"]] * 3
    assert main(["check", str(tmp_path / "one.yaml"), str(tmp_path / "copy.yaml"), "--format", "json"]) == 0
    assert all(not file["diagnostics"] for file in json.loads(capsys.readouterr().out)["files"])
