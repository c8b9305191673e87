"""The options of a NixOS machine in a flake, as `nix eval` prints them."""

from __future__ import annotations

import json
import subprocess
from typing import Final

from kube_oidc.ci.workflow import WorkflowError

_OPTIONS: Final = "o: { inherit (o) issuers grants; }"


def options_of(machine: str) -> object:
    """services.kube-oidc's issuers and grants of FLAKE#HOST; WorkflowError if Nix can't evaluate them."""
    flake, found, host = machine.partition("#")
    if not found or not host or '"' in host or flake.startswith("-"):
        raise WorkflowError(f"--flake {machine!r}: expected FLAKE#HOST, such as .#server")
    attribute = f'{flake or "."}#nixosConfigurations."{host}".config.services.kube-oidc'
    command = ["nix", "--extra-experimental-features", "nix-command flakes", "eval", "--json", attribute]
    try:
        done = subprocess.run(  # noqa: S603 - Nix, with the user's own flake
            [*command, "--apply", _OPTIONS], stdout=subprocess.PIPE, check=False
        )
    except FileNotFoundError:
        raise WorkflowError("nix not found on PATH: run this where Nix is, or use --options FILE") from None
    except OSError as error:
        raise WorkflowError(f"cannot run nix: {error.strerror}") from None
    if done.returncode:
        raise WorkflowError(f"nix can't evaluate {attribute}: see its error above")
    try:
        return json.loads(done.stdout)
    except (ValueError, RecursionError):
        raise WorkflowError(f"nix printed something other than JSON for {attribute}") from None
