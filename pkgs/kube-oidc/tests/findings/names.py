"""User names that a configuration makes, as people write them: loose ones and tight ones."""

from __future__ import annotations

from typing import Final

from .made import (
    CHOSEN,
    COLLISION,
    DASHED,
    DEX,
    ENVIRONMENT,
    FORGEJO,
    GITHUB,
    KANIDM,
    KEYCLOAK,
    MINE,
    PUSH,
    SYSTEM,
    TWO,
    VERIFIED,
    Cases,
    job,
    of,
)

CASES: Final[Cases] = {
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
    "a name behind system:": ([job('"system:serviceaccount:ci:" + claims.repository_id')], [SYSTEM]),
    "a name that only looks so": ([job('"systems:" + claims.repository_id')], []),
}
