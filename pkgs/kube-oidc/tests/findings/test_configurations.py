"""Whole configurations as people write them: each loose one is found, each tight one stays silent, the proof holds."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from kube_oidc.authenticate import Authenticated, Authenticator
from kube_oidc.checker import check
from kube_oidc.findings import Subject, examine
from kube_oidc.kubernetes_version import DEFAULT
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.validation import Context

Entry = dict[str, Any]
GITHUB: Final = "https://token.actions.githubusercontent.com"
GITLAB: Final = "https://gitlab.example.org/gitlab"
FORGEJO: Final = "https://git.example.org/api/actions"
KEYCLOAK: Final = "https://sso.example.org/realms/main"
DEX: Final = "https://dex.example.org/dex"
KANIDM: Final = "https://idm.example.org/oauth2/openid/kubernetes"
PUSH: Final = 'claims.event_name == "push"'
MINE: Final = 'claims.repository_owner_id == "5"'
VERIFIED: Final = "claims.?email_verified.orValue(false) == true"
BOUND: Final = "claims.exp - claims.iat <= 86400"

COLLISION: Final = "username-collision medium"
CHOSEN: Final = "author-controlled-claim medium"
ENVIRONMENT: Final = "environment-without-ref medium"
ADDRESS: Final = "email-unverified"
OPTIONAL: Final = "optional-claim-unguarded medium"
TWO: Final = "ambiguous-username medium"
PART: Final = "unanchored-match"
DASHED: Final = '"x:" + claims.repository.replace("/", "-")'
SYSTEM: Final = "system-username medium"


def of(url: str, username: str = "sub", prefix: str = "x:", *rules: str, groups: str = "") -> Entry:
    """One entry; a user name in braces or quotes is an expression."""
    is_claim = username.isidentifier()
    name = {"claim": username, "prefix": prefix} if is_claim else {"expression": username}
    mappings: Entry = {"username": name}
    if groups:
        mappings["groups"] = {"expression": groups}
    return {
        "issuer": {"url": url, "audiences": ["cluster"]},
        "claimMappings": mappings,
        "claimValidationRules": [{"expression": rule} for rule in (*rules, BOUND)],
    }


def job(username: str, *rules: str, groups: str = "", url: str = GITHUB) -> Entry:
    return of(url, username, "gh:", MINE, PUSH, *rules, groups=groups)


CASES: Final[dict[str, tuple[list[Entry], list[str]]]] = {
    "two login servers, one prefix": (
        [of(KEYCLOAK, "preferred_username", "oidc:"), of(DEX, "preferred_username", "oidc:")],
        ["username-collision high"],
    ),
    "two login servers, one prefix, numbers": ([of(KEYCLOAK, "sub", "oidc:"), of(DEX, "sub", "oidc:")], []),
    "one prefix begins with the other": (
        [of(KEYCLOAK, "preferred_username", "a:"), of(DEX, "preferred_username", "a:b:")],
        [COLLISION],
    ),
    "one prefix begins with the other, in the other order": (
        [of(DEX, "preferred_username", "a:b:"), of(KEYCLOAK, "preferred_username", "a:")],
        [COLLISION],
    ),
    "one prefix begins with the other, and no name has a colon": (
        [
            of(KEYCLOAK, "preferred_username", "a:", '!claims.preferred_username.contains(":")'),
            of(DEX, "preferred_username", "a:b:"),
        ],
        [],
    ),
    "two prefixes": ([of(KEYCLOAK, "preferred_username", "a:"), of(DEX, "preferred_username", "b:")], []),
    "a forge and people, one prefix": (
        [
            of(FORGEJO, "sub", "oidc:", 'claims.repository_owner == "adam"', PUSH),
            of(KEYCLOAK, "preferred_username", "oidc:"),
        ],
        [COLLISION],
    ),
    "a forge and people by number, one prefix": (
        [
            of(FORGEJO, "sub", "oidc:", 'claims.repository_owner == "adam"', PUSH),
            of(KEYCLOAK, "sub", "oidc:"),
        ],
        [],
    ),
    "two forges, one prefix": (
        [
            of(GITHUB, "sub", "ci:", MINE, PUSH),
            of(FORGEJO, "sub", "ci:", 'claims.repository_owner == "adam"', PUSH),
        ],
        [COLLISION],
    ),
    "two forges, one prefix, other owners": (
        [
            of(GITHUB, "sub", "ci:", 'claims.repository_owner == "my-org"', MINE, PUSH),
            of(FORGEJO, "sub", "ci:", 'claims.repository_owner == "adam"', PUSH),
        ],
        [],
    ),
    "an enterprise's own issuer beside GitHub's": (
        [of(GITHUB, "sub", "gh:", MINE, PUSH), of(GITHUB + "/acme", "sub", "gh:", PUSH)],
        [],
    ),
    "a display name": ([of(KANIDM, "name", "sso:")], [CHOSEN]),
    "a nickname": ([of(KEYCLOAK, '"sso:" + claims.nickname')], [CHOSEN]),
    "first name and last name": (
        [of(KEYCLOAK, '"sso:" + claims.given_name + "." + claims.family_name')],
        [CHOSEN],
    ),
    "a display name behind the number": ([of(KEYCLOAK, '"sso:" + claims.sub + ":" + claims.name')], []),
    "a rule on a display name": ([of(KEYCLOAK, "sub", "sso:", 'claims.name == "Ada"')], [CHOSEN]),
    "a rule that a display name is there": ([of(KEYCLOAK, "sub", "sso:", "has(claims.name)")], []),
    "the login name": ([of(KEYCLOAK, "preferred_username", "sso:")], []),
    "a group by an address": (
        [of(KEYCLOAK, groups='claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []')],
        [f"{ADDRESS} high"],
    ),
    "a group by an address that may say nothing": (
        [
            of(
                KEYCLOAK,
                "sub",
                "x:",
                "claims.?email_verified.orValue(true) == true",
                groups='claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [f"{ADDRESS} medium"],
    ),
    "a group by a verified address": (
        [
            of(
                KEYCLOAK,
                "sub",
                "x:",
                VERIFIED,
                groups='claims.email.endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [OPTIONAL],
    ),
    "a group by a verified address, asked for in the expression": (
        [
            of(
                KEYCLOAK,
                groups=f'{VERIFIED} && claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [],
    ),
    "a group by the address itself": (
        [of(KEYCLOAK, groups='["mail:" + claims.?email.orValue("none")]')],
        [f"{ADDRESS} high"],
    ),
    "an environment by its claim": ([job("sub", 'claims.environment == "production"')], [ENVIRONMENT]),
    "an environment by its claim, and the branch": (
        [job("sub", 'claims.environment == "production"', 'claims.ref == "refs/heads/main"')],
        [],
    ),
    "an environment by its claim, and the branch in the name": (
        [job('"gh:" + claims.environment + ":" + claims.ref', 'claims.environment == "production"')],
        [],
    ),
    "an environment by its claim, where the subject has the branch all the same": (
        [of("https://gitlab.com", "sub", "gl:", 'claims.project_id == "7"', 'claims.environment == "prod"')],
        [],
    ),
    "an environment if there is one": (
        [
            job(
                "sub",
                '!has(claims.environment) || claims.environment == "production"',
                'claims.ref == "refs/heads/main"',
            )
        ],
        [],
    ),
    "a repository's slash replaced": ([of(FORGEJO, DASHED, "", PUSH)], [TWO]),
    "a repository's slash replaced, one owner": (
        [of(FORGEJO, DASHED, "", PUSH, 'claims.repository_owner == "adam"')],
        [],
    ),
    "a repository's slash replaced, one owner's number": ([job(DASHED)], []),
    "owner and repository by a dash": (
        [
            of(
                FORGEJO,
                '"x:" + claims.repository_owner + "-" + claims.repository.split("/")[1]',
                "",
                PUSH,
            )
        ],
        [TWO],
    ),
    "owner and repository with nothing between": (
        [of(FORGEJO, '"x:" + claims.repository_owner + claims.repository.split("/")[1]', "", PUSH)],
        [TWO],
    ),
    "owner and repository by a colon": (
        [
            of(
                FORGEJO,
                '"x:" + claims.repository_owner + ":" + claims.repository.split("/")[1]',
                "",
                PUSH,
            )
        ],
        [],
    ),
    "owner and repository as they are": ([of(FORGEJO, '"x:" + claims.repository', "", PUSH)], []),
    "repository and full ref by a dash": (
        [of(FORGEJO, '"x:" + claims.repository + "-" + claims.ref', "", PUSH)],
        [],
    ),
    "project and bare ref by a dash": (
        [
            of(
                "https://gitlab.com",
                '"x:" + claims.project_path + "-" + claims.ref',
                "",
                'claims.namespace_id == "7"',
            )
        ],
        [TWO],
    ),
    "project and bare ref by a colon": (
        [
            of(
                "https://gitlab.com",
                '"x:" + claims.project_path + ":" + claims.ref',
                "",
                'claims.namespace_id == "7"',
            )
        ],
        [],
    ),
    "project's number and bare ref by a dash": (
        [
            of(
                "https://gitlab.com",
                '"x:" + claims.project_id + "-" + claims.ref',
                "",
                'claims.namespace_id == "7"',
            )
        ],
        [],
    ),
    "one name for all": ([of(FORGEJO, '"x:deployer"', "", PUSH, 'claims.repository_owner == "adam"')], []),
    "the address before its at": (
        [of(KEYCLOAK, '"x:" + claims.email.split("@")[0]', "", VERIFIED)],
        [TWO],
    ),
    "the address before its at, of one domain": (
        [
            of(
                KEYCLOAK,
                '"x:" + claims.email.split("@")[0]',
                "",
                VERIFIED,
                'claims.email.endsWith("@example.org")',
            )
        ],
        [],
    ),
    "the whole address": ([of(KEYCLOAK, '"x:" + claims.email', "", VERIFIED)], []),
    "the address in small letters": ([of(KEYCLOAK, '"x:" + claims.email.lowerAscii()', "", VERIFIED)], []),
    "a workflow on any branch": (
        [
            of(
                FORGEJO,
                "repository",
                "x:",
                PUSH,
                'claims.workflow_ref.startsWith("adam/site/.forgejo/workflows/deploy.yaml@")',
            )
        ],
        [CHOSEN],
    ),
    "a workflow on any branch, whose name has the branch": (
        [job("sub", 'claims.workflow_ref.startsWith("my-org/site/.github/workflows/deploy.yaml@")')],
        [],
    ),
    "a workflow on one branch": (
        [
            of(
                FORGEJO,
                "repository",
                "x:",
                PUSH,
                'claims.workflow_ref == "adam/site/.forgejo/workflows/deploy.yaml@refs/heads/main"',
            )
        ],
        [],
    ),
    "a workflow on any branch, and the branch": (
        [
            of(
                FORGEJO,
                "repository",
                "x:",
                PUSH,
                'claims.workflow_ref.startsWith("adam/site/.forgejo/workflows/deploy.yaml@")',
                'claims.ref == "refs/heads/main"',
            )
        ],
        [],
    ),
    "a reusable workflow at any ref": (
        [
            job(
                "repository",
                'claims.job_workflow_ref.matches("^my-org/ci/[.]github/workflows/deploy[.]yaml@.*$")',
            )
        ],
        [CHOSEN],
    ),
    "a group by a part of a name": (
        [of(KEYCLOAK, groups='claims.?preferred_username.orValue("").contains("admin") ? ["admins"] : []')],
        [f"{PART} medium"],
    ),
    "a group by the beginning of a subject": (
        [job("sub", groups='claims.sub.startsWith("repo:my-org/site") ? ["deployers"] : []')],
        [f"{PART} medium"],
    ),
    "a group by a closed beginning of a subject": (
        [job("sub", groups='claims.sub.startsWith("repo:my-org/site:") ? ["deployers"] : []')],
        [],
    ),
    "a group by a whole name": (
        [job("sub", groups='claims.repository == "my-org/site" ? ["deployers"] : []')],
        [],
    ),
    "a group for all but some": (
        [job("sub", groups='claims.sub.contains("evil") ? [] : ["deployers"]')],
        [],
    ),
    "a group by a pattern": (
        [job("sub", groups='claims.repository.matches("my-org/site") ? ["deployers"] : []')],
        [f"{PART} medium"],
    ),
    "a group by a pattern with both its ends": (
        [job("sub", groups='claims.repository.matches("^my-org/site$") ? ["deployers"] : []')],
        [],
    ),
    "a name behind system:": ([job('"system:serviceaccount:ci:" + claims.repository_id')], [SYSTEM]),
    "a name that only looks so": ([job('"systems:" + claims.repository_id')], []),
}


def configuration(entries: list[Entry]) -> AuthenticationConfiguration:
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    checked = check(json.dumps(head | {"jwt": entries}).encode(), Context(DEFAULT))
    assert checked.accepted, checked.diagnostics
    assert checked.configuration is not None
    return checked.configuration


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str) -> None:
    entries, expected = CASES[name]
    subject = Subject(configuration(entries))
    assert all(entry.ordinary is not None for entry in subject.entries), "no token was found that comes in"
    found = [f"{about.id} {finding.confidence or about.confidence}" for about, finding in examine(subject)]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("name", [name for name, (_, expected) in CASES.items() if expected])
def test_the_proof_is_accepted(name: str) -> None:
    made = configuration(CASES[name][0])
    for _, finding in examine(Subject(made)):
        if finding.proof is not None:
            position = finding.path.steps[1]
            assert finding.proof["iss"] == made.jwt[int(position)].issuer.url
            assert isinstance(Authenticator(made).authenticate(json.dumps(finding.proof)), Authenticated)
