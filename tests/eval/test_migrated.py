"""What `kube-oidc migrate --to nix` writes: the module makes the very file of `--to yaml` out of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

FLAGS = {
    "the least": [],
    "no prefix": ["--oidc-username-prefix=-", "--oidc-username-claim=preferred_username"],
    "email": ["--oidc-username-claim=email"],
    "groups": ["--oidc-groups-claim=groups", "--oidc-groups-prefix=oidc:"],
    "groups as they are": ["--oidc-groups-claim=groups"],
    "required claims": ["--oidc-required-claim=hd=example.org", "--oidc-required-claim=team=${a}\"b\\c''\td"],
    "authority": ["--oidc-ca-file={authority}"],
}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("flags_of", FLAGS)
def test_both_forms_make_one_file(evaluate: Callable[[str], Any], tmp_path: Path, flags_of: str) -> None:
    authority, module = tmp_path / "ca.pem", tmp_path / "module.nix"
    authority.write_text(PEM)
    flags = ["--oidc-issuer-url=https://issuer.example.org", "--oidc-client-id=kubernetes"]
    flags += [flag.replace("{authority}", str(authority)) for flag in FLAGS[flags_of]]

    def migrated(form: str) -> str:
        command = [
            sys.executable,
            "-m",
            "kube_oidc",
            "migrate",
            "--to",
            form,
            "--issuer-name",
            "in",
            "--",
            *flags,
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    module.write_text(migrated("nix"))
    rendered = evaluate(f"evaluate.file [ {module} ]")
    assert yaml.safe_load(rendered) == yaml.safe_load(migrated("yaml"))
