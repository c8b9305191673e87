"""Configurations in wrappers: each file in `files/` has at least one with the error that its URL isn't https."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kube_oidc.cli import main

FILES = Path(__file__).parent / "files"
SEVERAL = {"two-configurations.yaml": 2, "page.md": 2}
# A value in base64 has only the place where it begins.
ENCODED = {"secret-base64.yaml": "auth.yaml: ", "kubeadm-control-plane-base64.yaml": "content: "}


def check(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    main(["check", str(path), "--format", "json", *options])
    captured = capsys.readouterr()
    assert captured.err == ""
    files = json.loads(captured.out)["files"]
    return [{**found, "inside": file["inside"]} for file in files for found in file["diagnostics"]]


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_the_configuration_is_found_with_its_place(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = [each for each in check(path, capsys) if each["field"] == "jwt[0].issuer.url"]
    assert len(found) == SEVERAL.get(path.name, 1)
    assert len({each["line"] for each in found}) == len(found)
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    for each in found:
        assert "URL scheme must be https" in str(each["message"])
        line, column = each["line"], each["column"]
        assert isinstance(line, int)
        assert isinstance(column, int)
        text = lines[line - 1][column - 1 :]
        if path.name in ENCODED:
            assert lines[line - 1].partition(ENCODED[path.name])[2] == text
        else:
            assert text.lstrip('"').startswith(("url", "issuer.url"))
            assert "http://issuer.example" in text


def test_every_configuration_of_a_wrapper_says_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = {each["inside"] for each in check(FILES / "talos-inline-manifest.yaml", capsys)}
    assert found == 'a Talos machine configuration, cluster.inlineManifests[0].contents → data["auth.yaml"]'
