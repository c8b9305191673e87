"""The builder's script, run with the real checker: only a valid file comes out; errors name the option."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

# Where the stubs of pkgs.nix put everything.
STORE: Final = "/nix/store/00000000000000000000000000000000"
ISSUER: Final = """
issuers.forgejo = {
  provider = "forgejo";
  host = "git.example.org";
  audiences = [ "kubernetes" ];
};
"""


def build(
    made: dict[str, Any], folder: Path, apiserver: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the builder's script as Nix does: its inputs as files, its output as $out, errors end it."""
    script = made["script"]
    for name, text in (("auth.yaml", "config"), ("options.json", "optionMap"), ("rbac.json", "grants"),
                       ("acknowledged.json", "acknowledged")):  # fmt: skip
        (folder / name).write_text(made[text])
        script = script.replace(f"{STORE}-{name}", str(folder / name))
    if apiserver is not None:
        script = script.replace(made["judge"], str(apiserver))
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "report": str(folder / "report"),
        "out": str(folder / "out.yaml"),
    }
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def derivation(evaluate: Callable[[str], Any]) -> Callable[..., dict[str, Any]]:
    """Config, option map and script of the derivation that a master with these settings builds."""

    def make(settings: str, check: str = '"static"') -> dict[str, Any]:
        made: dict[str, Any] = evaluate(f"""
          let
            system = evaluate.machine [
              evaluate.master
              {{ services.kube-oidc = {{ checkConfig = {check}; {settings} }}; }}
            ];
            file = system.services.kube-oidc.configFile;
          in
          {{
            inherit (file) acknowledged config grants optionMap script;
            judge = system.services.kube-oidc.checkPackage.outPath + "/bin/kube-apiserver";
          }}
        """)
        return made

    return make


def test_valid_file_is_built_as_rendered(derivation: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    made = derivation(ISSUER)
    built = build(made, tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (tmp_path / "out.yaml").read_text() == made["config"]
    assert "checking /etc/kube-oidc/auth.yaml for Kubernetes 1.36" in built.stdout


WRONG: Final = {
    "an expression that does not compile": (
        'issuers.forgejo.claimValidationRules = [ { expression = "claims.a &&"; } ];',
        "services.kube-oidc.issuers.forgejo.claimValidationRules[0]",
    ),
    "an expression of another type": (
        'issuers.forgejo.claimValidationRules = [ { expression = "claims.a"; } ];',
        "services.kube-oidc.issuers.forgejo.claimValidationRules[0].expression",
    ),
    "a rule that follows those of trust": (
        'issuers.forgejo = { trust.owners = [ "adam" ]; claimValidationRules = [ { expression = "1"; } ]; };',
        "services.kube-oidc.issuers.forgejo.claimValidationRules[0].expression",
    ),
    "a URL without https": (
        'issuers.forgejo.url = "http://git.example.org/api/actions";',
        "services.kube-oidc.issuers.forgejo.url",
    ),
    "a certificate authority that is none": (
        'issuers.forgejo.certificateAuthority = "nothing";',
        "services.kube-oidc.issuers.forgejo.certificateAuthority",
    ),
    "an unknown field in settings": (
        "issuers.forgejo.settings.issuer.later = true;",
        "services.kube-oidc.issuers.forgejo.settings.issuer.later",
    ),
    "a reserved key of extra": (
        'issuers.forgejo.claimMappings.extra = [{ key = "k8s.io/x"; valueExpression = "claims.sub"; }];',
        "services.kube-oidc.issuers.forgejo.claimMappings.extra[0].key",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_invalid_file_fails_the_build_and_names_the_option(
    name: str, derivation: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    settings, option = WRONG[name]
    built = build(derivation(ISSUER + settings), tmp_path)
    assert built.returncode == 1, built.stdout + built.stderr
    assert option in built.stdout + built.stderr
    assert not (tmp_path / "out.yaml").exists()


@pytest.fixture
def apiserver(binaries: Any) -> Path:
    """The real kube-apiserver."""
    return Path(binaries.path("kube-apiserver"))


def test_the_real_api_server_agrees(
    derivation: Callable[..., dict[str, Any]], apiserver: Path, tmp_path: Path
) -> None:
    built = build(derivation(ISSUER, check="true"), tmp_path, apiserver)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "and kube-apiserver 1.36" in built.stdout
    assert (tmp_path / "out.yaml").exists()


def test_the_option_map_is_json(derivation: Callable[..., dict[str, Any]]) -> None:
    assert json.loads(derivation(ISSUER)["optionMap"])["jwt[0]"] == "services.kube-oidc.issuers.forgejo"
