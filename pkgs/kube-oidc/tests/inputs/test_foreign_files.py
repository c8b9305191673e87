"""A file that isn't ours is rejected in our own words, in every command and format: its content may be secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from kube_oidc.cli import main

from inputs.foreign import CANARY, FOREIGN

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://issuer.example, audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""
COMMANDS = {
    **{f"check {how}": f"check FILE --format {how}" for how in ("text", "json", "sarif", "github", "nixos")},
    "check strict": "check FILE --strict --pedantic",
    "check rbac": "check CONFIG --rbac FILE",
    "check options": "check CONFIG --option-map FILE",
    "check acknowledged": "check CONFIG --acknowledged FILE",
    "explain": "explain FILE --claims CLAIMS",
    "explain json": "explain FILE --claims CLAIMS --format json",
    "explain claims": "explain CONFIG --claims FILE",
    "explain token": "explain CONFIG --token-file FILE",
    "explain keys": "explain CONFIG --token-file FILE --keys FILE",
    "explain rbac": "explain CONFIG --claims CLAIMS --rbac FILE",
    "access": "access FILE",
    "access rbac": "access CONFIG --rbac FILE --format json",
    "access compare": "access CONFIG --compare FILE",
    "status": "status FILE --only issuers --timeout 1s",
    "status kubeconfig": "status --kubeconfig FILE --timeout 1s",
    "migrate": "migrate --from FILE",
    "kubeconfig": "kubeconfig --from FILE --audience a",
    "workflow": "workflow --options FILE --deployment a --image b",
}
# What the user asks to show: claims that became a user, and roles with their rules.
SHOWN = {("explain rbac", "role.yaml"), ("access rbac", "role.yaml"), ("check rbac", "role.yaml")}


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_of_it_is_printed(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, claims = tmp_path / "config.yaml", tmp_path / "claims.json"
    config.write_text(CONFIG)
    claims.write_text('{"iss": "https://issuer.example", "aud": "a", "sub": "s", "exp": 4102444800}')
    for name, text in FOREIGN.items():
        if (command, name) in SHOWN:
            continue
        file = tmp_path / name
        file.write_text(text)
        places = {"FILE": str(file), "CONFIG": str(config), "CLAIMS": str(claims)}
        status = main([places.get(word, word) for word in COMMANDS[command].split()])
        captured = capsys.readouterr()
        assert CANARY not in captured.out + captured.err, name
        assert "Traceback" not in captured.err, name
        if COMMANDS[command].startswith("check FILE"):
            assert status == 1, name


def test_thirty_kinds_are_tried() -> None:
    assert len(FOREIGN) >= 30
    assert all(CANARY in text or "password" in text for text in FOREIGN.values())
