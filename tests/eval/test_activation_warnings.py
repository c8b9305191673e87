"""Findings at nixos-rebuild: reported next to the file, printed at activation, acknowledged, or failing the build."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from eval.test_derivation import build

ISSUER: Final = """
issuers.sso = {
  url = "https://sso.example.org/realms/main";
  audiences = [ "kubernetes" ];
  claimMappings.username = { claim = "sub"; prefix = "sso:"; };
  claimMappings.groups = { claim = "groups"; prefix = ""; };
};
"""
GUARD: Final = """
issuers.sso.userValidationRules = [
  { expression = "user.groups.all(group, !group.startsWith('system:'))"; message = "no"; }
];
"""
AGREED: Final = 'acknowledgedFindings."system-groups" = "this realm has no such group";'


@pytest.fixture
def machine(evaluate: Callable[[str], Any]) -> Callable[[str], dict[str, Any]]:
    """The derivation's attributes, and the activation script of a master with these settings."""

    def make(settings: str) -> dict[str, Any]:
        made: dict[str, Any] = evaluate(f"""
          let
            system = evaluate.machine [
              evaluate.master
              {{ services.kube-oidc = {{ checkConfig = "static"; {settings} }}; }}
            ];
            file = system.services.kube-oidc.configFile;
          in
          {{
            inherit (file) acknowledged config grants optionMap script;
            report = file.report.outPath;
            activation = system.system.activationScripts.kube-oidc-findings.text;
          }}
        """)
        return made

    return make


def report(folder: Path) -> str:
    return (folder / "report").read_text()


def activate(made: dict[str, Any], folder: Path, current: Path) -> str:
    """What the activation prints, on a machine whose current system is `current`, if it exists."""
    text = made["activation"].replace(made["report"], str(folder / "report"))
    text = text.replace("/run/current-system", str(current))
    done = subprocess.run(
        ["bash", "-e", "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_finding_names_option_remedy_and_acknowledgement(machine, tmp_path: Path) -> None:
    made = machine(ISSUER)
    built = build(made, tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    printed = activate(made, tmp_path, tmp_path)
    assert printed == report(tmp_path)
    option = "services.kube-oidc.issuers.sso"
    assert (
        f"warning: {option}.claimMappings.groups.claim: a token can be in the group 'system:masters'"
        in printed
    )
    assert f"{option}.userValidationRules = [" in printed
    assert 'services.kube-oidc.acknowledgedFindings."system-groups" = "why it is right here";' in printed


def test_nothing_is_printed_at_boot(machine, tmp_path: Path) -> None:
    made = machine(ISSUER)
    build(made, tmp_path)
    assert activate(made, tmp_path, tmp_path / "not-made-yet") == ""


@pytest.mark.parametrize("settings", [ISSUER + GUARD, ISSUER + AGREED])
def test_fixed_or_acknowledged_findings_are_not_reported(machine, tmp_path: Path, settings: str) -> None:
    made = machine(settings + "failOnFindings = true;")
    built = build(made, tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    assert activate(made, tmp_path, tmp_path) == ""


def test_stale_acknowledgement_is_reported(machine, tmp_path: Path) -> None:
    made = machine(ISSUER + GUARD + AGREED)
    assert build(made, tmp_path).returncode == 0
    printed = activate(made, tmp_path, tmp_path)
    option = 'services.kube-oidc.acknowledgedFindings."system-groups"'
    assert f"warning: {option}: acknowledging 'system-groups' has no effect" in printed
    assert f"remove {option}" in printed


@pytest.mark.parametrize("settings", [ISSUER, ISSUER + GUARD + AGREED])
def test_finding_fails_the_build_if_requested(machine, tmp_path: Path, settings: str) -> None:
    built = build(machine(settings + "failOnFindings = true;"), tmp_path)
    assert built.returncode == 1
    assert 'services.kube-oidc.acknowledgedFindings."ID" = "reason"' in built.stdout
    assert "system-groups" in built.stdout
    assert not (tmp_path / "out.yaml").exists()


FORGEJO: Final = """
issuers.forgejo = {
  provider = "forgejo";
  host = "git.example.org";
  audiences = [ "kubernetes" ];
  trust.owners = [ "adam" ];
};
"""
GRANTS: Final = {
    "everything": (
        'workload = { repository = "adam/site"; ref = "refs/heads/main"; }; '
        'clusterRole = "cluster-admin"; clusterWide = true;',
        "warning: services.kube-oidc.grants.site: the user 'forgejo:repo:adam/site:ref:refs/heads/main' has full",
    ),
    "unreachable": (
        'user = [ "forgejo:repo:eve/site:ref:refs/heads/main" ]; namespace = "site"; preset = "deploy";',
        "warning: services.kube-oidc.grants.site: https://git.example.org/api/actions produces names like it",
    ),
    "misspelled": (
        'user = [ "forgejo:repo:adam/site:ref:ref/heads/main" ]; namespace = "site"; preset = "deploy";',
        'write name: "forgejo:repo:adam/site:ref:refs/heads/main"',
    ),
}


@pytest.mark.parametrize("name", GRANTS)
def test_finding_on_a_grant_names_the_grant(machine, tmp_path: Path, name: str) -> None:
    settings, expected = GRANTS[name]
    made = machine(f'{FORGEJO} grants.site = {{ issuer = "forgejo"; {settings} }};')
    built = build(made, tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    assert expected in activate(made, tmp_path, tmp_path)


def test_deploy_grant_has_no_findings(machine, tmp_path: Path) -> None:
    grant = 'issuer = "forgejo"; namespace = "site"; preset = "deploy";'
    workload = 'workload = { repository = "adam/site"; ref = "refs/heads/main"; };'
    made = machine(f"{FORGEJO} grants.site = {{ {grant} {workload} }}; failOnFindings = true;")
    built = build(made, tmp_path)
    assert built.returncode == 0, built.stdout + built.stderr
    assert activate(made, tmp_path, tmp_path) == ""
