"""Every path from a grant to the cluster: each is reported, and what it resembles isn't."""

from __future__ import annotations

from pathlib import Path

import pytest
from kube_oidc.rbac import load
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.run_grant_rules import grant_diagnostics
from kube_oidc.rules.grant_escalation_path.paths import PATHS
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT

from ..examples import GRANTS_AUTH

CASES = Path(__file__).parents[6] / "shared/cases/rbac"
USER = "forgejo:repo:adam/site:ref:refs/heads/main"
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: deploy{namespace}}}
rules:
{rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}Binding
metadata: {{name: deploy{namespace}}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: User, name: "{user}"}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: deploy}}
"""


def warned(rbac: Path, auth: Path = GRANTS_AUTH) -> dict[str, str]:
    """The finding and severity of each code."""
    configuration = check(auth.read_bytes(), Context(DEFAULT)).configuration
    assert configuration is not None
    loaded = load([rbac])
    entries = ConfigUnderReview(configuration).entries
    found = dict(grant_diagnostics(loaded, entries, grants=Grants(entries, loaded.objects)))
    return {each.code: str(each.severity) for kept in found.values() for each in kept.diagnostics}


def granted(folder: Path, *rules: str, namespace: str = "") -> dict[str, str]:
    path = folder / "rbac.yaml"
    kind = "Role" if namespace else "ClusterRole"
    place = f", namespace: {namespace}" if namespace else ""
    text = "\n".join(f"- {{{rule}}}" for rule in rules)
    path.write_text(BINDING.format(kind=kind, namespace=place, rules=text, user=USER))
    return warned(path)


def rule(group: str, resource: str, verb: str, *names: str) -> str:
    named = f", resourceNames: {list(names)}" if names else ""
    return f'apiGroups: ["{group}"], resources: ["{resource}"], verbs: ["{verb}"]{named}'


EACH = [(path, verb) for path in PATHS for verb in path.verbs]


@pytest.mark.parametrize(("path", "verb"), EACH, ids=[f"{verb} {path.resource}" for path, verb in EACH])
def test_each_path_is_a_warning_in_the_whole_cluster(tmp_path: Path, path, verb: str) -> None:
    assert granted(tmp_path, rule(path.api_group, path.resource, verb))["grant-escalation-path"] == "warning"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.resource)
def test_reading_it_is_none(tmp_path: Path, path) -> None:
    verbs = {"list", "watch"} - set(path.verbs)
    assert granted(tmp_path, *(rule(path.api_group, path.resource, verb) for verb in verbs)) == {}


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path.cluster_scoped], ids=lambda path: path.resource
)
def test_a_role_binding_grants_nothing_of_what_is_cluster_scoped(tmp_path: Path, path) -> None:
    rules = [rule(path.api_group, path.resource, verb) for verb in path.verbs]
    assert "grant-escalation-path" not in granted(tmp_path, *rules, namespace="site")


@pytest.mark.parametrize(
    ("rules", "finding"),
    [
        ([rule("", "pods/ephemeralcontainers", "update")], "grant-exec"),
        ([rule("", "nodes/proxy", "get")], "grant-exec"),
        ([rule("", "secrets", "create")], "grant-secrets"),
        ([rule("", "secrets", "watch")], "grant-secrets"),
        ([rule("", "pods", "patch")], "grant-workloads"),
        ([rule("", "serviceaccounts/token", "create")], "grant-service-account-token"),
        ([rule("", "groups", "impersonate", "ci:deployers", "system:masters")], "grant-impersonation"),
        ([rule("authentication.k8s.io", "users", "impersonate:user-info")], "grant-impersonation"),
        ([rule("authentication.k8s.io", "nodes", "impersonate:arbitrary-node")], "grant-impersonation"),
        ([rule("authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount")], "grant-impersonation"),
        ([rule("", "pods", "impersonate-on:serviceaccount:create")], "grant-impersonation"),
        (
            [
                rule("rbac.authorization.k8s.io", "clusterroles", "bind", "view", "cluster-admin"),
                rule("rbac.authorization.k8s.io", "clusterrolebindings", "create"),
            ],
            "grant-escalation",
        ),
        (
            [
                rule("rbac.authorization.k8s.io", "clusterroles", "escalate", "deploy"),
                rule("rbac.authorization.k8s.io", "clusterroles", "update", "deploy"),
            ],
            "grant-escalation",
        ),
        ([rule("", "pods/*", "create")], "grant-wildcard"),
        (
            [rule("certificates.k8s.io", "signers", "approve", "a.example/x", "kubernetes.io/*")],
            "grant-escalation-path",
        ),
    ],
)  # fmt: skip
def test_other_paths_have_their_own_finding(tmp_path: Path, rules: list[str], finding: str) -> None:
    assert granted(tmp_path, *rules)[finding] == "warning"


@pytest.mark.parametrize(
    "rules",
    [
        [rule("certificates.k8s.io", "signers", "approve", "a.example/x")],
        [rule("", "groups", "impersonate", "ci:deployers")],
        [
            rule("rbac.authorization.k8s.io", "clusterroles", "bind", "view"),
            rule("rbac.authorization.k8s.io", "clusterrolebindings", "create"),
        ],
        [rule("apps", "deployments/scale", "patch")],
    ],
)
def test_a_limited_permission_is_none(tmp_path: Path, rules: list[str]) -> None:
    assert granted(tmp_path, *rules) == {}


def test_proxies_in_one_namespace_are_information(tmp_path: Path) -> None:
    assert granted(tmp_path, rule("", "services/proxy", "get"), namespace="site") == {
        "grant-escalation-path": "info"
    }


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases/rbac is not there")
def test_every_shared_case_is_a_warning() -> None:
    for path in sorted(CASES.glob("*.yaml")):
        if path.name != "auth.yaml":
            assert "warning" in warned(path, CASES / "auth.yaml").values(), path.name
