"""Every finding's remedy in NixOS options evaluates, for an issuer with that finding."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import kube_oidc.rules
import pytest
from kube_oidc.rules.engine.registry import CONFIG_RULE, folders_with

RULES: Final = Path(kube_oidc.rules.__file__).parent
AUTHORITY: Final = Path(__file__).parent / "fixtures/ca.pem"

# From the remedy's example: the fixed issuer, and the rest of the configuration.
BASE = """
  github = { provider = lib.mkDefault "github";
    audiences = lib.mkDefault [ "k8s.example.org" ]; trust.ownerIds = lib.mkDefault [ "65" ]; };
  sso = { url = lib.mkDefault "https://sso.example.org"; audiences = [ "kubernetes" ];
    claimMappings.username = { claim = lib.mkDefault "sub"; prefix = lib.mkDefault "sso:"; }; };
  guests = { url = "https://guests.example.org"; audiences = [ "kubernetes" ];
    claimMappings.username = { claim = "sub"; prefix = lib.mkDefault "g:"; };
    claimMappings.groups = { claim = "groups"; prefix = lib.mkDefault "g:"; }; };
  entra = { provider = lib.mkDefault "entra";
    organization = lib.mkDefault "11111111-2222-3333-4444-555555555555"; audiences = [ "kubernetes" ]; };
  google = { provider = "google"; audiences = [ "1234567890-abc.apps.googleusercontent.com" ];
    trust.owners = lib.mkDefault [ "example.org" ]; };
"""


@pytest.mark.parametrize("folder", folders_with(CONFIG_RULE))
def test_remedy_in_options_is_accepted(folder: str, evaluate: Callable[[str], Any]) -> None:
    page = (RULES / folder / "page.md").read_text()
    [example] = re.findall(r"```nix\n(.*?)```", page, re.DOTALL)
    remedy = example.replace("./ca.crt", str(AUTHORITY))
    groups = 'sso.claimMappings.groups = { claim = "groups"; prefix = lib.mkDefault "sso:"; };'
    groups = "" if ".sso.claimMappings.groups = {" in remedy else groups
    refusals = evaluate(f"""
      let inherit (evaluate) lib; in
      evaluate.refusals [
        evaluate.master
        {{ services.kube-oidc.issuers = {{ {BASE} {groups} }}; }}
        {{ {remedy} }}
      ]
    """)
    assert refusals == []
