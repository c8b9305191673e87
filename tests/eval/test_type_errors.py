"""What Nix prints for a value that an option doesn't accept: the option's full name and the type in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest

HERE: Final = Path(__file__).parent

# Settings of services.kube-oidc → what the error must contain.
ERRORS: Final = {
    "issuers.forgejo.trust.owner = [ ];": (
        "`services.kube-oidc.issuers.forgejo.trust.owner' does not exist",
        "Did you mean owners?",
        "nix-test-module",
    ),
    "issuers.forgejo.certificate = null;": ("`services.kube-oidc.issuers.forgejo.certificate'", "It has: "),
    'issuers.forgejo.trust = "adam";': ("`services.kube-oidc.issuers.forgejo.trust'", "attribute set"),
    'issuers.forgejo.trust = lib.mkIf true "adam";': (
        "`services.kube-oidc.issuers.forgejo.trust'",
        "attribute set",
    ),
    'issuers.forgejo = "adam";': ("`services.kube-oidc.issuers.forgejo'", "submodule"),
    'issuers.forgejo.audiences = "kubernetes";': (
        "`services.kube-oidc.issuers.forgejo.audiences'",
        "list of string",
    ),
    'kubernetesVersion = "v1.36";': ("`services.kube-oidc.kubernetesVersion'", 'such as "1.36"'),
    'grants.site.namespace = "Site";': ("`services.kube-oidc.grants.site.namespace", "lower-case letters"),
    'grants.site.name = "a/b";': ("`services.kube-oidc.grants.site.name'", "name of a Kubernetes object"),
    'grants.other.preset = "deploy";': ("`services.kube-oidc.grants.other.issuer'", "no value"),
    "grants.site.workload = 7;": ("`services.kube-oidc.grants.site.workload'", "one or more of"),
}


@pytest.mark.parametrize("settings", ERRORS)
def test_error_names_option_and_type(settings: str, nix: Callable[..., CompletedProcess[str]]) -> None:
    answer = nix(
        "nix-instantiate", "--eval", "--strict", "--json", "--expr",
        f"""
          let
            lib = import <nixpkgs/lib>;
            evaluate = import {HERE}/evaluate.nix {{ inherit lib; }};
            module = {{ _file = "nix-test-module"; services.kube-oidc = {{ {settings} }}; }};
            system = evaluate.machine [
              evaluate.master evaluate.forgejo module
              {{ services.kube-oidc.grants.site.issuer = "forgejo"; }}
            ];
          in
          [ (evaluate.refusalsOf system) system.services.kube-oidc.grants.site ]
        """,
    )  # fmt: skip
    assert answer.returncode != 0
    error = answer.stderr
    assert [words for words in ERRORS[settings] if words not in error] == []
    assert "[a-z" not in error, "a bare regular expression"
