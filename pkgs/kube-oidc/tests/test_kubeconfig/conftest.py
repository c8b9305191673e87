"""`kube-oidc kubeconfig`, and an authority to trust."""

from __future__ import annotations

from pathlib import Path

import pytest
from kube_oidc.cli import main

SERVER = "https://kubernetes.example.org:6443"


PEM = "-----BEGIN CERTIFICATE-----\nMIIBAuthority\n-----END CERTIFICATE-----\n"


CANARY = "canary-5e0c"


@pytest.fixture
def run(capsys):
    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main(["kubeconfig", *map(str, arguments)])
        except SystemExit as stop:
            status = int(str(stop.code))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_text(PEM)
    return file
