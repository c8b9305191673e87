"""The pages about kubeadm and Talos: the files they show are valid, and where the flag says they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest
import yaml
from kube_oidc.cli import main

from pages.page import ROOT

HOW_TO: Final = ROOT / "docs/how-to"
BLOCK: Final = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEAD: Final = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt: []
"""


def blocks(page: str) -> list[str]:
    found: list[str] = BLOCK.findall((HOW_TO / page).read_text("utf-8"))
    return found


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str]]:
    """The exit code of `check --strict` on a file with this text, and what it printed."""

    def run(text: str) -> tuple[int, str]:
        file = tmp_path / "talos.yaml"
        file.write_text(text)
        return main(["check", "--strict", str(file)]), capsys.readouterr().out.replace(f"{tmp_path}/", "")

    return run


@pytest.mark.parametrize("nth", [0, 1])
def test_the_patches_for_talos_are_valid_and_without_findings(
    nth: int, check: Callable[[str], tuple[int, str]]
) -> None:
    status, printed = check(blocks("talos.md")[nth])
    assert (status, printed.count("1 valid, 0 errors, 0 warnings")) == (0, 1), printed


def test_the_page_shows_what_check_prints(check: Callable[[str], tuple[int, str]]) -> None:
    _, printed = check(blocks("talos.md")[0])
    assert f"$ kube-oidc check talos.yaml\n{printed}" in (HOW_TO / "talos.md").read_text("utf-8")


def test_what_kubeadm_opens_to_anonymous_requests_is_valid(check: Callable[[str], tuple[int, str]]) -> None:
    assert check(HEAD + blocks("kubeadm.md")[1])[0] == 0


def mounted(volumes: list[dict[str, Any]], file: str) -> bool:
    """Whether the folder of the file is mounted at the same path, so that a renamed file is seen."""
    folder = str(PurePosixPath(file).parent)
    return any(volume["hostPath"] == volume["mountPath"] == folder for volume in volumes)


def test_the_flag_names_a_file_in_a_mounted_folder() -> None:
    kubeadm = yaml.safe_load(blocks("kubeadm.md")[0])["apiServer"]
    [flag] = kubeadm["extraArgs"]
    assert flag["name"] == "authentication-config"
    assert mounted(kubeadm["extraVolumes"], flag["value"])
    assert flag["value"] in (HOW_TO / "kubeadm.md").read_text("utf-8").partition("## 2.")[0]
    talos = yaml.safe_load(blocks("talos.md")[1])
    file = talos["cluster"]["apiServer"]["extraArgs"]["authentication-config"]
    assert [written["path"] for written in talos["machine"]["files"]] == [file]
    assert mounted(talos["cluster"]["apiServer"]["extraVolumes"], file)


def test_every_finding_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    named = set(re.findall(r"`((?:grant|pull|long)-[a-z-]+)`", text))
    assert len(named) >= 4
    assert [
        code for code in named if not (HOW_TO.parent / "findings.md").read_text().count(f"## {code}\n")
    ] == []
