"""Every provider's example token with its example's configuration, evaluated by Kubernetes' own packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from differential.oracle.process import Reference, ReferenceMissingError
from kube_oidc.providers.files import providers

ROOT: Final = Path(__file__).parents[2]
KNOWN: Final = providers()
# forgejo's example has another host than the other tests.
ELSEWHERE: Final = {"forgejo": {"iss": "https://git.technowizardry.net/api/actions", "aud": "forgejo"}}


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest) -> Iterator[Reference]:
    """Kubernetes' own validation and authenticator."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        try:
            opened = Reference()
        except ReferenceMissingError as error:
            pytest.skip(str(error))
    with opened:
        yield opened


def configuration(name: str) -> str:
    """The example's file."""
    return (ROOT / "examples" / name / "auth.yaml").read_text()


def subjects(name: str) -> set[str]:
    """The user of the example's grant."""
    objects = yaml.safe_load_all((ROOT / "examples" / name / "rbac.yaml").read_text())
    return {subject["name"] for item in objects for subject in item.get("subjects", [])}


def token(name: str, **changes: object) -> dict[str, Any]:
    """The provider's example token for the example's configuration; claims that are None are omitted."""
    claims = KNOWN[name]["example"]
    if name not in ELSEWHERE:
        audience = yaml.safe_load(configuration(name))["jwt"][0]["issuer"]["audiences"][0]
        claims = claims | {"aud": audience}
    else:
        story = {
            "repository": "adam/technowizardry.net",
            "sub": "repo:adam/technowizardry.net:ref:refs/heads/main",
        }
        claims = claims | ELSEWHERE[name] | story
    return {claim: value for claim, value in (claims | changes).items() if value is not None}


def judge(reference: Reference, name: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The API server's answer to a token with these claims, just issued."""
    return reference.authenticate(configuration(name), json.dumps(claims), int(claims["iat"]) + 1)


@pytest.mark.parametrize("name", KNOWN)
def test_the_examples_file_is_valid(name: str, reference: Reference) -> None:
    answer = reference.validate(configuration(name))
    assert answer["valid"], answer


@pytest.mark.parametrize("name", KNOWN)
def test_example_token_is_the_grants_user(name: str, reference: Reference) -> None:
    answer = judge(reference, name, token(name))
    assert answer["authenticated"], answer
    user = answer["user"]
    assert subjects(name) & {user["username"], *(user.get("groups") or [])}, user


def test_forgejos_grant_covers_both_formats_of_the_subject(reference: Reference) -> None:
    named = "repo:adam/technowizardry.net:ref:refs/heads/main"
    numbered = "repo:adam-2/technowizardry.net-17:ref:refs/heads/main"
    ids = {"repository_id": "17", "repository_owner_id": "2", "actor_id": "2"}
    for claims in ({"sub": named}, {"sub": named} | ids, {"sub": numbered} | ids):
        answer = judge(reference, "forgejo", token("forgejo", **claims))
        assert answer["user"]["username"] in subjects("forgejo"), answer


OUTSIDE: Final = ("pull_request_target", "pull_request", "issue_comment", None)

# Tokens that must be rejected: description and claims.
STRANGERS: Final = [
    *((name, {"event_name": event}) for name in ("forgejo", "github") for event in OUTSIDE),
    ("forgejo", {"event_name": "workflow_call"}),
    ("forgejo", {"event_name": "workflow_call", "ref": "refs/pull/1/head"}),
    ("forgejo", {"sub": "repo:adam-2/technowizardry.net-17:ref:refs/heads/main", "repository_owner": "adam-2"}),
    ("forgejo", {"repository_owner": "eve"}),
    ("forgejo", {"repository_owner": None}),
    ("forgejo", {"repository_owner": "adam-2"}),
    ("github", {"repository_owner_id": "66"}),
    ("github", {"repository_owner_id": 65}),
    ("github", {"repository_id": None}),
    ("gitlab", {"project_id": "21"}),
    ("gitlab", {"ref_protected": "false"}),
    ("gitlab", {"ref_protected": False}),
    ("gitlab", {"ref_protected": None}),
    ("gitlab", {"pipeline_source": "merge_request_event"}),
    ("buildkite", {"organization_id": None}),
    ("buildkite", {"organization_id": "00000000-0000-0000-0000-000000000000"}),
    ("circleci", {"oidc.circleci.com/ssh-rerun": True}),
    ("circleci", {"oidc.circleci.com/ssh-rerun": None}),
    ("circleci", {"oidc.circleci.com/project-id": None}),
    ("terraform", {"terraform_organization_id": "org-0000000000000000"}),
    ("terraform", {"terraform_organization_id": None}),
    ("vercel", {"iss": "https://oidc.vercel.com"}),
    ("vercel", {"owner_id": "team_00000000000000000000000000"}),
    ("vercel", {"environment": "development"}),
    ("codefresh", {"account_id": "000000000000000000000000"}),
    ("pulumi", {"https://pulumi.com/org_id": "00000000-0000-0000-0000-000000000000"}),
    ("sigstore", {"email": "eve@example.org"}),
    ("sigstore", {"email_verified": False}),
    ("sigstore", {"email_verified": None}),
    ("google", {"hd": None}),
    ("google", {"hd": "example.com"}),
    *((name, {"aud": "another"}) for name in KNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes"), STRANGERS, ids=str)
def test_a_stranger_is_refused(name: str, changes: dict[str, object], reference: Reference) -> None:
    answer = judge(reference, name, token(name, **changes))
    assert not answer["authenticated"], answer


def test_a_refusal_names_the_option(reference: Reference) -> None:
    answer = judge(reference, "forgejo", token("forgejo", repository_owner="eve"))
    assert "services.kube-oidc.issuers.forgejo.trust.owners" in answer["error"]


def test_boolean_ref_protected_is_accepted(reference: Reference) -> None:
    assert judge(reference, "gitlab", token("gitlab", ref_protected=True))["authenticated"]


@pytest.mark.parametrize("name", KNOWN)
def test_every_provider_has_an_example(name: str) -> None:
    assert (ROOT / "examples" / name / "configuration.nix").exists()
