"""What is found in small configurations, one line each: both the loose ones and their tight neighbours."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kube_oidc.checker import check
from kube_oidc.findings import Subject, examine
from kube_oidc.findings.certificate import not_after
from kube_oidc.findings.provider import provider_of
from kube_oidc.findings.subject import Budget
from kube_oidc.golang.pem import blocks
from kube_oidc.kubernetes_version import DEFAULT, KubernetesVersion
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.validation import Context

HERE = Path(__file__).parent
GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
BUILDKITE = "https://agent.buildkite.com"
GOOGLE = "https://accounts.google.com"
FORGEJO = "https://git.example.org/api/actions"
KEYCLOAK = "https://sso.example.org/realms/main"
KANIDM = "https://idm.example.org/oauth2/openid/kubernetes"
TERRAFORM = "https://app.terraform.io"
VERCEL = "https://oidc.vercel.com"
CODEFRESH = "https://oidc.codefresh.io"
PULUMI = "https://api.pulumi.com/oidc/v2"
SIGSTORE = "https://oauth2.sigstore.dev/auth"
COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e"
SUB = {"claim": "sub", "prefix": "ci:"}
NAME = {"claim": "preferred_username", "prefix": "sso:"}
EMAIL = {"expression": '"sso:" + claims.email'}
PUSH = 'claims.event_name == "push"'
BOUND = "claims.exp - claims.iat <= 86400"  # what long-lived-token asks for, which is not the matter here

STRANGER = "shared-issuer-unpinned high"
WORKSPACE = "workspace-unpinned medium"
USER = "system-username"
GROUPS = "system-groups"
TARGET = "pull-request-target-unpinned high"
MUTABLE = "mutable-claim-pinned medium"
PART = "unanchored-match"
TYPE = "string-compared-as-boolean high"
NOBODY = "every-token-refused high"
OPTIONAL = "optional-claim-unguarded medium"

GROUP_MAPPINGS = {
    'dyn(claims.?groups.orValue([])).filter(g, !g.startsWith("system:"))': [],
    'dyn(claims.?groups.orValue([])).filter(g, g != "system:masters")': [f"{GROUPS} medium"],
    "dyn(claims.?groups.orValue([]))": [f"{GROUPS} high"],
    "claims.realm_access.roles": [f"{GROUPS} high"],
    "['system:masters']": [f"{GROUPS} medium"],
    "has(claims.groups) && 'admins' in dyn(claims.groups) ? ['system:masters'] : []": [f"{GROUPS} medium"],
    'claims.groups.split(",")': [NOBODY],
    'claims.groups.split(",").map(g, "sso:" + g)': [OPTIONAL],
}
PREFIXES = {
    "": [f"{USER} high", f"{GROUPS} high", "empty-prefix medium"],
    "sys": [f"{USER} high", f"{GROUPS} high"],
    "system:": [f"{USER} high", f"{GROUPS} high"],
    "system": [f"{USER} high", f"{GROUPS} high"],
    "systems:": [],
    "sso:": [],
}
PINS: dict[tuple[str, ...], list[str]] = {
    (): [STRANGER, TARGET],
    ('claims.repository_owner != "evil"', PUSH): [STRANGER],
    ("has(claims.repository_owner)", PUSH): [STRANGER],
    ('claims.repository_owner in ["a", "b"]',): [TARGET, MUTABLE],
    ('claims.repository_owner_id == "5"', PUSH): [],
    ('claims.repository_id == "5"', PUSH): [],
    ('claims.sub.startsWith("repo:a/")', PUSH): [MUTABLE, "subject-form low"],
    ('claims.sub.startsWith("repo:a")', PUSH): [f"{PART} high", MUTABLE],
    ('claims.sub.matches("repo:my-org/.*")', PUSH): [f"{PART} medium", MUTABLE, "subject-form low"],
    ('claims.sub.matches("^repo:my-org/[^:]+:ref:refs/heads/main$")', PUSH): [MUTABLE, "subject-form low"],
    ('claims.sub == "repo:a/b:environment:production"', PUSH): [
        "environment-without-ref medium",
        MUTABLE,
        "subject-form low",
    ],
    ('claims.sub.contains("my-org")', PUSH): [f"{PART} high", MUTABLE],
    ('claims.repository.contains("my-org")', PUSH): [f"{PART} high", STRANGER],  # stranger/my-org
    ('claims.sub == "repo:a/b:ref:refs/heads/main"',): [TARGET, MUTABLE, "subject-form low"],
    ('claims.repository_owner_id == "5" && claims.ref.startsWith("refs/heads/release")', PUSH): [
        f"{PART} medium"
    ],
    ('claims.repository_owner_id == "5" && claims.ref.startsWith("refs/tags/v")', PUSH): [],
    ('claims.repository_owner_id == "5" && claims.workflow == "deploy"', PUSH): [
        "author-controlled-claim medium"
    ],
    ('claims.repository_owner_id == "5" && claims.groups == "x"', PUSH): ["unknown-claim high"],
}
PEOPLE: dict[tuple[str, ...], list[str]] = {
    ("claims.email_verified == true",): [],
    ('claims.email_verified == "true"',): [TYPE],
    ('claims.email_verified == "true" || claims.email_verified == true',): [],
    ('"groups" in claims',): [NOBODY],
    ("size(claims) > 3",): [NOBODY],
    ("claims.exp - 3600 < claims.iat",): [NOBODY],
    ("claims.exp - claims.iat <= 3600",): [],
}
ADDRESSES: dict[tuple[str, ...], list[str]] = {
    ("claims.?email_verified.orValue(false) == true",): [],
    ("claims.email_verified == true", 'claims.email.endsWith("example.org")'): [f"{PART} high"],
    ("claims.email_verified == true", 'claims.email.endsWith("@example.org")'): [],
    ("!has(claims.email_verified) || claims.email_verified == true",): ["email-unverified medium"],
    ("claims.email_verified != null",): ["email-unverified high"],
}
ELSEWHERE = {
    "gitlab.com": (GITLAB, [], [STRANGER]),
    "gitlab.com, a project": (GITLAB, ['claims.project_path == "a/b"'], [MUTABLE]),
    "gitlab.com, a project's number": (GITLAB, ['claims.project_id == "7"'], []),
    "gitlab.com, a group's beginning": (
        GITLAB,
        ['claims.sub.startsWith("project_path:grp")'],
        [f"{PART} high", MUTABLE],
    ),
    "Buildkite": (BUILDKITE, [], [STRANGER]),
    "Buildkite, an organization": (BUILDKITE, ['claims.organization_slug == "acme"'], []),
    "Google": (GOOGLE, [], [STRANGER]),  # a service account of anybody's
    "Google, the client": (GOOGLE, ['claims.azp == "cluster"'], ["shared-issuer-unpinned medium"]),
    "Google, a domain": (GOOGLE, ['claims.hd == "example.org"'], []),
    "Google, addresses of a domain": (GOOGLE, ['claims.email.endsWith("@org.example")'], [WORKSPACE]),
    "Google, verified addresses of a domain": (
        GOOGLE,
        ['claims.email_verified == true && claims.email.endsWith("@org.example")'],
        [WORKSPACE],
    ),
    "Google, a domain's end": (
        GOOGLE,
        ['claims.email.endsWith("org.example")'],
        [f"{PART} high", WORKSPACE],
    ),
    "Google, an address behind its at": (
        GOOGLE,
        ['claims.email.split("@")[1] == "org.example"'],
        [WORKSPACE],
    ),
    "Google, addresses of a domain or the domain": (
        GOOGLE,
        ['claims.email.endsWith("@org.example") || claims.?hd.orValue("") == "org.example"'],
        [WORKSPACE],
    ),
    "Google, addresses of a domain, and the domain": (
        GOOGLE,
        ['claims.email.endsWith("@org.example") && claims.hd == "org.example"'],
        [],
    ),
    "Google, addresses of a domain, and some organization": (
        GOOGLE,
        ['claims.email.endsWith("@org.example") && has(claims.hd)'],
        [],
    ),
    "Google, one address": (GOOGLE, ['claims.email == "ada@org.example"'], []),
    "Google, some addresses": (GOOGLE, ['claims.email in ["ada@org.example", "bob@gmail.com"]'], []),
    "Google, one number": (GOOGLE, ['claims.sub == "110169484474386276334"'], []),
    "Google, one service account": (
        GOOGLE,
        ['claims.email == "deployer@project.iam.gserviceaccount.com"'],
        [],
    ),
    "Google, a project's service accounts": (
        GOOGLE,
        ['claims.email.endsWith("@project.iam.gserviceaccount.com")'],
        [],
    ),
    "Google, all service accounts": (
        GOOGLE,
        ['claims.email.endsWith(".gserviceaccount.com")'],
        [STRANGER],
    ),
    "Google, private mailboxes": (
        GOOGLE,
        ['claims.email.endsWith("@gmail.com")'],
        ["shared-issuer-unpinned medium"],
    ),
    "Google, a machine's project": (
        GOOGLE,
        ['claims.google.compute_engine.project_id == "project"'],
        [],
    ),
    "HCP Terraform": (TERRAFORM, [], [STRANGER]),
    "HCP Terraform, a phase": (TERRAFORM, ['claims.terraform_run_phase == "apply"'], [STRANGER]),
    "HCP Terraform, a workspace's name": (
        TERRAFORM,
        ['claims.terraform_workspace_name == "site"'],
        [STRANGER],
    ),
    "HCP Terraform, an organization": (
        TERRAFORM,
        ['claims.terraform_organization_name == "acme"'],
        [MUTABLE],
    ),
    "HCP Terraform, an organization's id": (TERRAFORM, ['claims.terraform_organization_id == "org-1"'], []),
    "HCP Terraform, a project's id": (TERRAFORM, ['claims.terraform_project_id == "prj-1"'], []),
    "HCP Terraform, a workspace's id": (TERRAFORM, ['claims.terraform_workspace_id == "ws-1"'], []),
    "HCP Terraform, a subject": (
        TERRAFORM,
        ['claims.sub == "organization:acme:project:Default Project:workspace:site:run_phase:apply"'],
        [MUTABLE],
    ),
    "HCP Terraform, a subject's beginning": (
        TERRAFORM,
        ['claims.sub.startsWith("organization:acme:")'],
        [MUTABLE],
    ),
    "HCP Terraform, a subject's beginning without its colon": (
        TERRAFORM,
        ['claims.sub.startsWith("organization:acme")'],
        [f"{PART} high", MUTABLE],
    ),
    "HCP Terraform, a subject's end": (
        TERRAFORM,
        ['claims.sub.endsWith(":workspace:site:run_phase:apply")'],
        [STRANGER],
    ),
    "Terraform Enterprise": ("https://terraform.example.org", [], []),
    "Vercel, everybody's": (VERCEL, [], [STRANGER]),
    "Vercel, production": (VERCEL, ['claims.environment == "production"'], [STRANGER]),
    "Vercel, a project's name": (VERCEL, ['claims.project == "website"'], [STRANGER]),
    "Vercel, a team": (VERCEL, ['claims.owner == "acme"'], [MUTABLE]),
    "Vercel, a team's id": (VERCEL, ['claims.owner_id == "team_1"'], []),
    "Vercel, a project's id": (VERCEL, ['claims.project_id == "prj_1"'], []),
    "Vercel, a subject": (
        VERCEL,
        ['claims.sub == "owner:acme:project:website:environment:production"'],
        [MUTABLE],
    ),
    "Vercel, a team's own": (VERCEL + "/acme", [], []),
    "Codefresh": (CODEFRESH, [], [STRANGER]),
    "Codefresh, a pipeline's name": (CODEFRESH, ['claims.pipeline_name == "site/deploy"'], [STRANGER]),
    "Codefresh, a repository": (
        CODEFRESH,
        ['claims.scm_repo_url == "https://github.com/acme/site"'],
        [STRANGER],
    ),
    "Codefresh, an account": (CODEFRESH, ['claims.account_name == "acme"'], [MUTABLE]),
    "Codefresh, an account's id": (CODEFRESH, ['claims.account_id == "5"'], []),
    "Codefresh, a pipeline's id": (CODEFRESH, ['claims.pipeline_id == "6"'], []),
    "Codefresh, a subject's account": (CODEFRESH, ['claims.sub.startsWith("account:5:")'], []),
    "Pulumi": (PULUMI, [], [STRANGER]),
    "Pulumi, an environment's name": (
        PULUMI,
        ['claims["https://pulumi.com/current_env"] == "site/production"'],
        [STRANGER],
    ),
    "Pulumi, an organization": (PULUMI, ['claims["https://pulumi.com/org"] == "acme"'], [MUTABLE]),
    "Pulumi, an organization's id": (PULUMI, ['claims["https://pulumi.com/org_id"] == "o"'], []),
    "Pulumi, a subject's organization": (PULUMI, ['claims.sub.startsWith("pulumi:org:o:env:")'], []),
    "Sigstore": (SIGSTORE, [], [STRANGER]),
    "Sigstore, a connector": (
        SIGSTORE,
        ['claims.federated_claims.connector_id == "https://github.com/login/oauth"'],
        [STRANGER],
    ),
    "Sigstore, an address": (SIGSTORE, ['claims.email == "ada@example.org"'], []),
    "Sigstore, a subject": (SIGSTORE, ['claims.sub == "Cg"'], []),
    "Cognito": (COGNITO, [], []),
    "Forgejo, a boolean": (
        FORGEJO,
        ['claims.repository_owner == "a"', PUSH, "claims.ref_protected != false"],
        [TYPE],
    ),
}


def configuration(
    url: str,
    rules: tuple[str, ...] | list[str] = (),
    username: dict[str, str] = SUB,
    groups: dict[str, str] | None = None,
    version: KubernetesVersion = DEFAULT,
) -> AuthenticationConfiguration:
    """One entry, which the API server has to accept."""
    mappings = {"username": username} | ({"groups": groups} if groups else {})
    entry = {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in (*rules, BOUND)],
    }
    head = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": [entry]}).encode(), Context(version))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


def found(config: AuthenticationConfiguration, version: KubernetesVersion = DEFAULT) -> list[str]:
    subject = Subject(config, version)
    return sorted(
        f"{about.id} {finding.confidence or about.confidence}" for about, finding in examine(subject)
    )


@pytest.mark.parametrize("expression", GROUP_MAPPINGS)
def test_groups_made_by_an_expression(expression: str) -> None:
    config = configuration(KEYCLOAK, (), NAME, {"expression": expression})
    assert found(config) == GROUP_MAPPINGS[expression]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_is_counted(prefix: str) -> None:
    username, groups = NAME | {"prefix": prefix}, {"claim": "groups", "prefix": prefix}
    assert found(configuration(KEYCLOAK, (), username, groups)) == sorted(PREFIXES[prefix])


@pytest.mark.parametrize("rules", PINS, ids=" and ".join)
def test_rules_for_github(rules: tuple[str, ...]) -> None:
    assert found(configuration(GITHUB, rules)) == sorted(PINS[rules])


@pytest.mark.parametrize("rules", PEOPLE, ids=" and ".join)
def test_rules_for_people(rules: tuple[str, ...]) -> None:
    assert found(configuration(KEYCLOAK, rules, NAME)) == PEOPLE[rules]


@pytest.mark.parametrize("rules", ADDRESSES, ids=" and ".join)
def test_rules_about_an_address(rules: tuple[str, ...]) -> None:
    assert found(configuration(KEYCLOAK, rules, EMAIL)) == ADDRESSES[rules]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rules_for_other_issuers(name: str) -> None:
    url, rules, expected = ELSEWHERE[name]
    assert found(configuration(url, rules)) == sorted(expected)


def test_what_fails_from_1_34_on_is_not_said_of_1_33() -> None:
    version = KubernetesVersion(1, 33)
    config = configuration(KEYCLOAK, ['"groups" in claims'], NAME, version=version)
    assert found(config, version) == []


def test_groups_that_always_end_in_a_domain_cannot_be_masters() -> None:
    assert found(configuration(KANIDM, (), NAME, {"claim": "groups", "prefix": ""})) == []


def test_nothing_is_claimed_when_there_is_no_time_to_show_it() -> None:
    config = configuration(KEYCLOAK, (), NAME, {"claim": "groups", "prefix": ""})
    assert not list(examine(Subject(config, budget=Budget(0))))


@pytest.mark.parametrize(
    ("url", "provider", "shared"),
    [
        (GITHUB, "github", True),
        (GITHUB + "/enterprise", "github", False),
        ("https://token.actions.acme.ghe.com", "github", False),
        ("https://ghes.example.org/_services/token", "github", False),
        (GITLAB, "gitlab", True),
        ("https://gitlab.example.org", "generic", False),
        (FORGEJO, "forgejo", False),
        (KEYCLOAK, "keycloak", False),
        (TERRAFORM, "terraform", True),
        (VERCEL, "vercel", True),
        (VERCEL + "/acme", "vercel", False),
        (COGNITO, "cognito", False),
        ("https://cognito-idp.example.org/eu-central-1_a1B2c3D4e", "generic", False),
        ("https://login.example.org", "generic", False),
    ],
)
def test_a_url_tells_the_provider(url: str, provider: str, shared: bool) -> None:
    known = provider_of(url)
    assert (known.id, known.shared) == (provider, shared)


@pytest.mark.parametrize("year", [2049, 2050])  # RFC 5280: UTCTime until 2049, GeneralizedTime from 2050 on
def test_the_end_of_a_certificate(year: int) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, end = ec.generate_private_key(ec.SECP256R1()), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(end)
    der = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert not_after(der) == end.timestamp()


def test_bytes_that_are_no_certificate_have_no_end() -> None:
    text = (HERE / "private-key-in-ca" / "bad.yaml").read_text().replace("      ", "")
    der = next(iter(blocks(text))).der
    assert not_after(der) is not None
    for size in range(0, 120, 7):
        assert not_after(der[:size]) is None
