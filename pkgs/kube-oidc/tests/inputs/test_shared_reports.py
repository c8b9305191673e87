"""Each file of ../shared/cases/reports behaves as its README says; skipped without that folder."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from kube_oidc.cli import main

REPORTS = Path(__file__).resolve().parents[4].parent / "shared/cases/reports"
pytestmark = pytest.mark.skipif(
    not REPORTS.is_dir(), reason="../shared/cases/reports is not next to the project"
)

# Command line, exit codes, what is printed, and what isn't. AUTH-dependent TLS cases are in test_public_reports.py.
CASES: list[tuple[str, int, list[str], list[str]]] = [
    *(
        (
            f"check kind-missing-prints-secrets.yaml --format {how}", 1,
            ["Object 'Kind' is missing"], ["c2VjcmV0", "LS0t"],
        )
        for how in ("text", "json", "sarif", "github")
    ),
    ("access kind-missing-prints-secrets.yaml", 2, ["Talos machine configuration"], ["c2VjcmV0", "LS0t"]),
    ("status kind-missing-prints-secrets.yaml --only issuers", 2, ["Talos"], ["c2VjcmV0", "LS0t"]),
    ("token --file token-in-quotes.jwt --exec-credential", 2, ["from the file expired"], ["eyJ"]),
    (
        "check rbac-subject-no-such-sub.auth.yaml --rbac rbac-subject-no-such-sub.rbac.yaml", 0,
        ["[subject-of-nobody]"], [],
    ),
    (
        "check rbac-subject-repo-only.auth.yaml --rbac rbac-subject-repo-only.rbac.yaml", 0,
        ["[subject-of-nobody]", "only a customized subject format"], [],
    ),
    (
        "explain nearest-group-label.auth.yaml --claims nearest-group-label.claims.json "
        "--rbac nearest-group-label.rbac.yaml --can 'list pods'", 1,
        ["group: [kubernetes:admin] here, kubernetes:admin there"], ["user name:"],
    ),
    (
        "check witness-of-another-repository.yaml", 0,
        ["'gh:repo:acme/app:ref:refs/heads/main'"], ["octo-org"],
    ),
    (
        "check findings-incomplete-split.yaml --rbac findings-incomplete-split.rbac.yaml", 0,
        ["the user 'gha:deploy.yml' has full access"], ["[findings-incomplete]"],
    ),
    (
        "access findings-incomplete-split.yaml --rbac findings-incomplete-split.rbac.yaml", 0,
        ["  User gha:deploy.yml\n    ClusterRole cluster-admin in the whole cluster"], ["bindings of users"],
    ),
    *(
        (f"migrate --from {name}", 0, ["url: https://", "kind: AuthenticationConfiguration"], ["found no"])
        for name in (
            "migrate-talos.yaml", "migrate-kind.yaml", "migrate-kcp.yaml", "migrate-kubeadm-configmap.yaml",
            "migrate-rke1.yml", "migrate-k0s.yaml", "migrate-kops.yaml", "migrate-minikube.sh",
        )
    ),
    (
        "migrate --from migrate-k3d-node-filter.sh", 0,
        ["url: https://keycloak:8443/realms/x\n", "- headlamp\n"], ["@server"],
    ),
    ("check configmap-wrapper.yaml", 0, ["configmap-wrapper.yaml:19:"], []),
    ("access configmap-wrapper.yaml", 0, ["https://iam-staging.example.cloud"], []),
    ("check hcl-is-not-yaml.tfvars", 0, ["hcl-is-not-yaml.tfvars:29:"], []),
    ("check base64-of-the-file.txt", 0, ["base64-of-the-file.txt:1:1"], []),
    ("check ca-that-is-no-ca.yaml", 0, ["not a CA (basicConstraints CA:FALSE)"], []),
    ("check claim-is-a-value.auth.yaml", 0, ["[claim-is-value]"], []),
    (
        "explain claim-is-a-value.auth.yaml --claims claim-is-a-value.claims.json", 1,
        ["is the value of user_name and email"], [],
    ),
    (
        "explain audience-of-people.auth.yaml --claims audience-of-people.claims.json", 1,
        ["MatchAny", "expected audience"], [],
    ),
    ("explain audience-of-people.auth.yaml --token-file token-endpoint-answer.json", 1, ["`.value`"], ["eyJ"]),
    (
        "kubeconfig --from kubeconfig-insecure-with-ca.kubeconfig --audience k8s --certificate-authority CA", 0,
        ["certificate-authority-data"], ["insecure"],
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_report_is_answered(
    case: tuple[str, int, list[str], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command, expected, shown, hidden = case
    monkeypatch.chdir(REPORTS)
    words = shlex.split(command)
    if "CA" in words:
        from test_token.conftest import Authority

        words[words.index("CA")] = str(Authority(tmp_path).file)
    assert main(words) == expected
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert [part for part in shown if part not in text] == []
    assert [part for part in hidden if part in text] == []


def test_the_commands_in_scripts_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPORTS)
    for name, url in (
        ("migrate-k3d-node-filter.sh", "https://keycloak:8443/realms/x\n"),
        ("migrate-minikube.sh", "https://token.actions.githubusercontent.com\n"),
    ):
        words = shlex.split(Path(name).read_text())
        assert words[0] == "kube-oidc"
        assert main(words[1:]) == 0
        assert f"url: {url}" in capsys.readouterr().out
