"""Which provider an issuer URL belongs to, and whether it is shared with strangers."""

from __future__ import annotations

import pytest
from kube_oidc.providers.files import providers
from kube_oidc.providers.provider import provider_of

GITHUB = "https://token.actions.githubusercontent.com"
FORGEJO = "https://git.example.org/api/actions"
KEYCLOAK = "https://sso.example.org/realms/main"
GITLAB = "https://gitlab.com"
TERRAFORM = "https://app.terraform.io"
VERCEL = "https://oidc.vercel.com"
COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e"


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
def test_the_issuer_url_identifies_the_provider(url: str, provider: str, shared: bool) -> None:
    known = provider_of(url)
    assert (known.facts if known.known else None, known.shared) == (providers().get(provider), shared)
