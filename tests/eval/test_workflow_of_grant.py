"""`kube-oidc workflow --options --grant` on the files of the module's evaluation, as in the how-to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

OPTIONS = """
  (o: { inherit (o) issuers grants; }) (evaluate.machine [ {
    services.kube-oidc = {
      enable = true;
      issuers.forgejo = { provider = "forgejo"; host = "git.example.org"; audiences = [ "k8s" ]; };
      issuers.lab = { provider = "gitlab"; host = "lab.example.org"; audiences = [ "k8s" ]; };
      grants.blog = {
        issuer = "forgejo";
        workload = { repository = "adam/site"; ref = "refs/heads/release"; };
        namespace = "site";
        preset = "deploy";
      };
      grants.shop = {
        issuer = "lab";
        workload = [ { repository = "adam/shop"; tag = "v1"; } ];
        namespace = [ "shop" ];
        rules = [ { apiGroups = [ "apps" ]; resources = [ "deployments" ]; verbs = [ "get" "patch" ]; } ];
      };
    };
  } ]).services.kube-oidc
"""


@pytest.fixture
def workflow(evaluate: Callable[[str], Any], tmp_path: Path) -> Callable[[str], tuple[Any, str]]:
    """The workflow of a grant, parsed, and the notes printed with it."""
    file = tmp_path / "grants.json"
    file.write_text(json.dumps(evaluate(OPTIONS)))

    def make(grant: str) -> tuple[Any, str]:
        words = [
            "workflow",
            "--options",
            file,
            "--grant",
            grant,
            "--deployment",
            "app",
            "--image",
            "adam/app",
        ]
        command = [sys.executable, "-m", "kube_oidc", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return yaml.safe_load(done.stdout), done.stderr

    return make


def test_a_forgejo_grant_is_a_forgejo_job(workflow: Callable[[str], tuple[Any, str]]) -> None:
    document, notes = workflow("blog")
    job = document["jobs"]["deploy"]
    assert document[True] == {"push": {"branches": ["release"]}}  # YAML 1.1 reads `on` as true
    assert (job["enable-openid-connect"], job["env"]["AUDIENCE"], notes) == (True, "k8s", "")
    assert "kubectl rollout status deployment/app --namespace site" in job["steps"][-2]["run"]


def test_a_gitlab_grant_is_a_gitlab_job(workflow: Callable[[str], tuple[Any, str]]) -> None:
    document, notes = workflow("shop")
    assert document["deploy"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_TAG == "v1"'}]
    assert document["deploy"]["id_tokens"] == {"KUBE_ID_TOKEN": {"aud": "k8s"}}
    assert "grant 'shop' doesn't allow list, watch on deployments.apps" in notes


FLAKE = """
{
  outputs = _: {
    nixosConfigurations."a.b".config.services.kube-oidc = {
      issuers.forgejo = { provider = "forgejo"; audiences = [ "k8s" ]; };
      grants.blog = {
        issuer = "forgejo";
        namespace = [ "site" ];
        workload = [ { repository = "adam/site"; ref = "refs/heads/release"; } ];
      };
    };
  };
}
"""


def test_a_flake_is_evaluated_by_nix(tmp_path: Path) -> None:
    """In one command; a host's name may contain a dot."""
    if shutil.which("nix") is None:
        pytest.skip("nix is not installed")
    (tmp_path / "flake.nix").write_text(FLAKE)
    command = [
        sys.executable,
        "-m",
        "kube_oidc",
        "workflow",
        "--grant",
        "blog",
        "--deployment",
        "app",
        "--image",
        "a",
    ]
    settings = "sandbox = false\nbuild-users-group =\nsubstituters =\n"
    environment = os.environ | {"NIX_CONFIG": settings, "HOME": str(tmp_path)}

    def run(flake: str) -> subprocess.CompletedProcess[str]:
        words = [*command, "--flake", flake]
        return subprocess.run(
            words, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    done = run(f"path:{tmp_path}#a.b")
    assert done.returncode == 0, done.stderr
    document = yaml.safe_load(done.stdout)
    assert document[True] == {"push": {"branches": ["release"]}}
    assert document["jobs"]["deploy"]["env"]["AUDIENCE"] == "k8s"
    done = run(f"path:{tmp_path}#c")
    assert (done.returncode, done.stdout) == (2, "")
    assert "kube-oidc workflow: nix can't evaluate" in done.stderr.splitlines()[-1]
