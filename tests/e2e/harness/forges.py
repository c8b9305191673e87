"""GitHub and GitLab as issuers, according to their documentation: claims, subjects, lifetimes, requests and errors.

Sources: docs.github.com "OpenID Connect reference" and the changelog of 2026-04-23 (immutable subjects);
docs.gitlab.com "OpenID Connect (OIDC) Authentication Using ID Tokens".
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from e2e.harness.issuer import Claims, Issuer, Mint, Run

GITHUB_HOST: Final = "token.actions.githubusercontent.com"
GITHUB_SERVICE: Final = "run-actions-1-azure-eastus.actions.githubusercontent.com"
GITLAB_HOST: Final = "gitlab.com"
SHA: Final = "2d0d1b6cc9bdbb2a5fd0f7c6a1c0f3ee9a4f1b3a"


@dataclass(frozen=True, slots=True)
class GitHubRun(Run):
    """A run at GitHub; `has_numbers`: the repository was created, renamed or moved after 2026-07-15."""

    repository: str = "octo-org/site"
    owner_id: int = 65
    repository_id: int = 74
    environment: str = ""

    @property
    def subject(self) -> str:
        """Of the environment, else of a pull request, else of the ref."""
        owner, _, name = self.repository.partition("/")
        path = f"{owner}@{self.owner_id}/{name}@{self.repository_id}" if self.has_numbers else self.repository
        if self.environment:
            return f"repo:{path}:environment:{self.environment}"
        return f"repo:{path}:" + ("pull_request" if self.event == "pull_request" else f"ref:{self.ref}")

    def claims(self, version: int = 0) -> Claims:
        """What GitHub says about the run; every claim is a string."""
        owner = self.repository.split("/")[0]
        workflow = f"{self.repository}/.github/workflows/deploy.yaml@{self.ref}"
        return ({"environment": self.environment} if self.environment else {}) | {
            "actor": "octocat",
            "actor_id": "12",
            "base_ref": self.base_ref,
            "event_name": self.event,
            "head_ref": self.head_ref,
            "job_workflow_ref": workflow,
            "job_workflow_sha": SHA,
            "jti": secrets.token_hex(16),
            "ref": self.ref,
            "ref_protected": "true" if self.ref == "refs/heads/main" else "false",
            "ref_type": "tag" if self.ref.startswith("refs/tags/") else "branch",
            "repository": self.repository,
            "repository_id": str(self.repository_id),
            "repository_owner": owner,
            "repository_owner_id": str(self.owner_id),
            "repository_visibility": "private",
            "run_attempt": "1",
            "run_id": str(self.run_id),
            "run_number": "10",
            "runner_environment": "self-hosted",
            "sha": SHA,
            "workflow": "deploy",
            "workflow_ref": workflow,
            "workflow_sha": SHA,
        }


@dataclass(frozen=True, slots=True)
class GitLabRun(Run):
    """A job at GitLab; `event` is CI_PIPELINE_SOURCE."""

    repository: str = "group/site"
    owner_id: int = 72
    repository_id: int = 20
    is_protected: bool = True

    @property
    def subject(self) -> str:
        """The project, and its branch or tag by the short name."""
        kind = "tag" if self.ref.startswith("refs/tags/") else "branch"
        return f"project_path:{self.repository}:ref_type:{kind}:ref:{self.short_ref}"

    @property
    def short_ref(self) -> str:
        """CI_COMMIT_REF_NAME."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")

    def claims(self, version: int = 0) -> Claims:
        """What GitLab says about the job; numbers are strings, but for runner_id."""
        return {
            "ci_config_ref_uri": f"{GITLAB_HOST}/{self.repository}//.gitlab-ci.yml@{self.ref}",
            "ci_config_sha": SHA,
            "job_id": "302",
            "jti": secrets.token_hex(16),
            "namespace_id": str(self.owner_id),
            "namespace_path": self.repository.rpartition("/")[0],
            "pipeline_id": "574",
            "pipeline_source": self.event,
            "project_id": str(self.repository_id),
            "project_path": self.repository,
            "project_visibility": "private",
            "ref": self.short_ref,
            "ref_path": self.ref,
            "ref_protected": "true" if self.is_protected else "false",
            "ref_type": "tag" if self.ref.startswith("refs/tags/") else "branch",
            "runner_environment": "self-hosted",
            "runner_id": 1,
            "sha": SHA,
            "user_email": "ada@example.org",
            "user_id": "1",
            "user_login": "ada",
        }


@dataclass(slots=True)
class GitHub(Issuer):
    """Tokens are requested from another host than the issuer's, and live five minutes."""

    host: str = GITHUB_HOST
    key_id: str = "github-1"
    lifetime: int = 300

    @property
    def url(self) -> str:
        """The issuer URL, as in every token."""
        return f"https://{self.host}"

    def default_audience(self, run: Run) -> str:
        """The audience of a token that was requested without one."""
        return f"https://github.com/{run.repository.split('/')[0]}"

    def claims(self, run: Run, audience: str) -> Claims:
        """A token is valid five minutes before it is issued, against clocks that are behind."""
        claims = Issuer.claims(self, run, audience)
        return claims | {"nbf": claims["iat"] - 300}

    @contextmanager
    def job(self, run: Run, mint: Mint | None = None) -> Iterator[dict[str, str]]:
        """The variables of a job with `id-token: write`."""
        request_token = secrets.token_urlsafe(32)
        self._jobs[request_token] = (run, mint or Issuer.sign)
        base = f"https://{GITHUB_SERVICE}/{run.run_id}//idtoken/6f0e/9f1a?api-version=2.0"
        try:
            yield {"ACTIONS_ID_TOKEN_REQUEST_URL": base, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request_token}
        finally:
            del self._jobs[request_token]

    def answer(self, target: str, authorization: str) -> tuple[HTTPStatus, object]:
        """Discovery, keys, and the token request of a job."""
        parts = urlsplit(target)
        match parts.path:
            case "/.well-known/openid-configuration":
                return HTTPStatus.OK, self.discovery() | {"jwks_uri": f"{self.url}/.well-known/jwks"}
            case "/.well-known/jwks":
                return HTTPStatus.OK, self.keys()
            case path if "/idtoken/" in path:
                return self.token(path, parse_qs(parts.query), authorization)
        return HTTPStatus.NOT_FOUND, "Not found."

    def token(self, path: str, query: dict[str, list[str]], authorization: str) -> tuple[HTTPStatus, object]:
        """A new token with its length, which Forgejo leaves out; 401 for anything but the job's request token."""
        scheme, _, request_token = authorization.partition(" ")
        if scheme.lower() != "bearer" or request_token not in self._jobs:
            return HTTPStatus.UNAUTHORIZED, {"source": "actions-run-service", "statusCode": 401}
        run, mint = self._jobs[request_token]
        token = mint(self, self.claims(run, query.get("audience", [self.default_audience(run)])[0]))
        self.tokens.append(token)
        return HTTPStatus.OK, {"count": len(token), "value": token}


@dataclass(slots=True)
class GitLab(Issuer):
    """Tokens are variables of the job; there is no endpoint to request one from."""

    host: str = GITLAB_HOST
    key_id: str = "gitlab-1"

    @property
    def url(self) -> str:
        """The issuer URL, as in every token."""
        return f"https://{self.host}"

    def claims(self, run: Run, audience: str) -> Claims:
        """A token is valid five seconds before it is issued."""
        claims = Issuer.claims(self, run, audience)
        return claims | {"nbf": claims["iat"] - 5}

    def variables(self, run: Run, wanted: dict[str, dict[str, str]]) -> dict[str, str]:
        """The variables that the job's `id_tokens:` declares."""
        found = {name: self.sign(self.claims(run, facts["aud"])) for name, facts in wanted.items()}
        self.tokens += found.values()
        return found

    def answer(self, target: str, authorization: str) -> tuple[HTTPStatus, object]:
        """Discovery and keys."""
        match urlsplit(target).path:
            case "/.well-known/openid-configuration":
                return HTTPStatus.OK, self.discovery() | {"jwks_uri": f"{self.url}/oauth/discovery/keys"}
            case "/oauth/discovery/keys":
                return HTTPStatus.OK, self.keys()
        return HTTPStatus.NOT_FOUND, "Not found."
