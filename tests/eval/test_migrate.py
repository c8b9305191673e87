"""What `kube-oidc migrate --to nix` writes, the module takes, and renders as `migrate --to yaml` does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

FLAGS: Final = {
    "plain": ["--oidc-issuer-url=https://sso.example.org", "--oidc-client-id=k"],
    "email": [
        "--oidc-issuer-url=https://sso.example.org",
        "--oidc-client-id=k",
        "--oidc-username-claim=email",
        "--oidc-groups-claim=groups",
        "--oidc-groups-prefix=oidc:",
        "--oidc-required-claim=hd=example.org",
    ],
    "quotes": [
        "--oidc-issuer-url=https://sso.example.org",
        "--oidc-client-id=a${b}c\"d''e",
        "--oidc-username-prefix=it's:",
    ],
}


def migrate(to: str, flags: list[str]) -> str:
    """The command's standard output."""
    command = [str(Path(sys.executable).parent / "kube-oidc"), "migrate", "--to", to, "--", *flags]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("name", FLAGS)
def test_options_and_file_say_the_same(name: str, evaluate: Callable[[str], Any]) -> None:
    made = evaluate(f"""
      let system = evaluate.machine [ evaluate.master ({migrate("nix", FLAGS[name])}) ];
      in {{
        configuration = system.services.kube-oidc.authenticationConfiguration;
        refusals = evaluate.refusals [ evaluate.master ({migrate("nix", FLAGS[name])}) ];
      }}
    """)
    assert made["refusals"] == []
    assert made["configuration"] == yaml.safe_load(migrate("yaml", FLAGS[name]))
