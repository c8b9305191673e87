"""Rules for the issuers beside GitHub, and which issuer a URL is of."""

from __future__ import annotations

import pytest
from kube_oidc.providers.files import providers
from kube_oidc.providers.provider import provider_of

from .made import FORGEJO, GITHUB, KEYCLOAK, PUSH, assert_found, of

GITLAB = "https://gitlab.com"
BUILDKITE = "https://agent.buildkite.com"
GOOGLE = "https://accounts.google.com"
TERRAFORM = "https://app.terraform.io"
VERCEL = "https://oidc.vercel.com"
CODEFRESH = "https://oidc.codefresh.io"
PULUMI = "https://api.pulumi.com/oidc/v2"
SIGSTORE = "https://oauth2.sigstore.dev/auth"
COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e"
STRANGER = "shared-issuer-unpinned high"
WORKSPACE = "workspace-unpinned medium"
MUTABLE = "mutable-claim-pinned medium"
PART = "unanchored-match"
TYPE = "string-compared-as-boolean high"

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
    "Forgejo, a subject without numbers": (
        FORGEJO,
        ['claims.sub == "repo:adam/site:ref:refs/heads/main"', PUSH],
        ["subject-form low"],
    ),
    "Forgejo, an owner's subjects with numbers": (
        FORGEJO,
        ['claims.sub.startsWith("repo:adam-2/")', PUSH],
        [],
    ),
    "Forgejo, a reusable workflow": (
        FORGEJO,
        ['claims.repository_owner == "a"', 'claims.event_name in ["push", "workflow_call"]'],
        ["pull-request-target-unpinned high"],
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rules_for_other_issuers(name: str) -> None:
    url, rules, expected = ELSEWHERE[name]
    assert_found(([of(url, "sub", "ci:", *rules)], expected))


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
    assert (known.facts if known.known else None, known.shared) == (providers().get(provider), shared)
