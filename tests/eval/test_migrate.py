"""What `kube-oidc migrate --to nix` writes: the module takes it, and makes the very file of `--to yaml` out of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

FLAGS: Final = {
    "the least": [],
    "no prefix": ["--oidc-username-prefix=-", "--oidc-username-claim=preferred_username"],
    "email": ["--oidc-username-claim=email"],
    "groups": ["--oidc-groups-claim=groups", "--oidc-groups-prefix=oidc:"],
    "groups as they are": ["--oidc-groups-claim=groups"],
    "required claims": ["--oidc-required-claim=hd=example.org", "--oidc-required-claim=team=${a}\"b\\c''\td"],
    "quotes": ["--oidc-client-id=a${b}c\"d''e", "--oidc-username-prefix=it's:"],
    "authority": ["--oidc-ca-file={authority}"],
}
PEM: Final = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def migrate(to: str, flags: list[str]) -> str:
    """The command's standard output; the issuer has a name that is a keyword of Nix."""
    command = [sys.executable, "-m", "kube_oidc", "migrate", "--to", to, "--issuer-name", "in", "--", *flags]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("name", FLAGS)
def test_options_and_file_agree(name: str, evaluate: Callable[[str], Any], tmp_path: Path) -> None:
    authority, module = tmp_path / "ca.pem", tmp_path / "module.nix"
    authority.write_text(PEM)
    flags = ["--oidc-issuer-url=https://sso.example.org", "--oidc-client-id=kubernetes"]
    flags += [flag.replace("{authority}", str(authority)) for flag in FLAGS[name]]
    module.write_text(migrate("nix", flags))
    made = evaluate(f"""
      {{
        file = evaluate.file [ evaluate.master {module} ];
        refusals = evaluate.refusals [ evaluate.master {module} ];
      }}
    """)
    assert made["refusals"] == []
    assert yaml.safe_load(made["file"]) == yaml.safe_load(migrate("yaml", flags))
