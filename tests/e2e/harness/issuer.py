"""An issuer of ID tokens that answers like Forgejo Actions 15 or 16, unless a test makes it misbehave.

Paths, claims and status codes are Forgejo's, as observed on Forgejo 16:
`/api/actions/.well-known/openid-configuration` and `keys`, and the token request of a running job,
`/api/actions/_apis/pipelines/workflows/RUN/idtoken?placeholder=true`.
Every claim of a job is a string, `ref_protected` (always "false") and the numbers included.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

LIFETIME_SECONDS: Final = 3600
Claims = dict[str, Any]
Mint = Callable[["Issuer", Claims], str]  # how a job's claims become the token it gets


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a GET; `headers` are those besides its type and length."""

    status: HTTPStatus
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


Behaviour = Callable[[str, Reply], Reply]  # what becomes of the answer to the request for this target


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a workflow, as Forgejo knows it."""

    repository: str = "adam/technowizardry.net"
    ref: str = "refs/heads/main"
    event: str = "push"
    head_ref: str = ""
    base_ref: str = ""
    run_id: int = 4711
    owner_id: int = 2
    repository_id: int = 17
    has_numbers: bool = False  # whether the repository's subject contains its numbers

    @property
    def subject(self) -> str:
        """`pull_request` for that event, the ref for every other: workflow_call too, whatever started the caller."""
        owner, _, name = self.repository.partition("/")
        path = f"{owner}-{self.owner_id}/{name}-{self.repository_id}" if self.has_numbers else self.repository
        return f"repo:{path}:" + ("pull_request" if self.event == "pull_request" else f"ref:{self.ref}")

    def claims(self, version: int = 16) -> Claims:
        """What this version of Forgejo says about the run; the issuer adds the registered claims."""
        owner = self.repository.split("/")[0]
        ref_type = "tag" if self.ref.startswith("refs/tags/") else "branch"
        numbers = {
            "actor_id": str(self.owner_id),
            "repository_id": str(self.repository_id),
            "repository_owner_id": str(self.owner_id),
        }
        return (numbers if version >= 16 else {}) | {
            "actor": "forgejo-actions" if self.event == "schedule" else owner,
            "base_ref": self.base_ref,
            "event_name": self.event,
            "head_ref": self.head_ref,
            "ref": self.ref,
            "ref_protected": "false",
            "ref_type": "" if self.event == "pull_request" else ref_type,
            "repository": self.repository,
            "repository_owner": owner,
            "run_attempt": "1",
            "run_id": str(self.run_id),
            "run_number": "42",
            "sha": "2c26b46b68ffc68ff99b453c1d30413413422d70",
            "workflow": "deploy.yaml",
            "workflow_ref": f"{self.repository}/.forgejo/workflows/deploy.yaml@{self.ref}",
        }


@dataclass(slots=True)
class Issuer:
    """Signs tokens with its own key, and remembers the tokens it gave out.

    `algorithm` is its ID_TOKEN_SIGNING_ALGORITHM: RS256, or EdDSA, which no API server accepts.
    """

    host: str
    port: int = 0
    version: int = 16
    algorithm: str = "RS256"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    key_id: str = "forgejo-1"
    tokens: list[str] = field(default_factory=list)
    behaviour: Behaviour = field(default=lambda _, reply: reply)
    ahead: int = 0  # seconds that its clock is ahead
    lifetime: int = LIFETIME_SECONDS  # of its tokens, in seconds
    _edwards: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    _jobs: dict[str, tuple[Run, Mint]] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _saved: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The issuer URL, as in every token."""
        return f"https://{self.host}/api/actions"

    def sign(self, claims: Claims, key: rsa.RSAPrivateKey | None = None) -> str:
        """The claims as a token; with `key`, signed by a stranger who claims to be this issuer."""
        own = self._edwards if self.algorithm == "EdDSA" else self.key
        return jwt.encode(claims, key or own, algorithm=self.algorithm, headers={"kid": self.key_id})

    def save_settings(self, repository: str) -> None:
        """Saves a repository's settings, even unchanged: Forgejo 16 then puts its numbers into its subject."""
        if self.version >= 16:
            self._saved.add(repository)

    def claims(self, run: Run, audience: str) -> Claims:
        """Everything that Forgejo puts into the token of this run, for this audience, now."""
        now = int(self.now())
        run = replace(run, has_numbers=run.has_numbers or run.repository in self._saved)
        registered = {"iss": self.url, "sub": run.subject, "aud": audience, "iat": now, "nbf": now}
        return run.claims(self.version) | registered | {"exp": now + self.lifetime}

    @contextmanager
    def job(self, run: Run, mint: Mint | None = None) -> Iterator[dict[str, str]]:
        """The environment a running job requests its tokens with; rejected once the job is over."""
        request_token = secrets.token_urlsafe(32)
        self._jobs[request_token] = (run, mint or Issuer.sign)
        base = f"{self.url}/_apis/pipelines/workflows/{run.run_id}/idtoken?placeholder=true"
        try:
            yield {"ACTIONS_ID_TOKEN_REQUEST_URL": base, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": request_token}
        finally:
            del self._jobs[request_token]
            self._ended.add(request_token)

    def discovery(self) -> dict[str, object]:
        """The discovery document."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/keys",
            "subject_types_supported": ["public"],
            "response_types_supported": ["id_token"],
            "claims_supported": ["sub", "aud", "exp", "iat", "iss", "nbf", *Run().claims(self.version)],
            "id_token_signing_alg_values_supported": [self.algorithm],
            "scopes_supported": ["openid"],
        }

    def keys(self) -> dict[str, object]:
        """The key set that verifies its tokens."""
        if self.algorithm == "EdDSA":
            wanted = OKPAlgorithm.to_jwk(self._edwards.public_key(), as_dict=True)
        else:
            key = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            wanted = {name: key[name] for name in ("kty", "n", "e")}
        return {"keys": [wanted | {"alg": self.algorithm, "kid": self.key_id, "use": "sig"}]}

    def token(self, path: str, query: dict[str, list[str]], authorization: str) -> tuple[HTTPStatus, object]:
        """The answer to a job's token request."""
        scheme, _, request_token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return HTTPStatus.UNAUTHORIZED, "Bad authorization header"
        if request_token in self._ended:
            return HTTPStatus.INTERNAL_SERVER_ERROR, "task is not running"
        if request_token not in self._jobs:
            return HTTPStatus.INTERNAL_SERVER_ERROR, "Error runner api parsing authorization token"
        run, mint = self._jobs[request_token]
        if path != f"/api/actions/_apis/pipelines/workflows/{run.run_id}/idtoken":
            return HTTPStatus.BAD_REQUEST, "run-id does not match"
        audience = query.get("audience", [f"https://{self.host}/{run.repository.split('/')[0]}"])[0]
        token = mint(self, self.claims(run, audience))
        self.tokens.append(token)
        return HTTPStatus.OK, {"value": token}

    def now(self) -> float:
        """The time by its clock, in seconds since 1970."""
        return time.time() + self.ahead

    def rotate(self) -> None:
        """A new key takes the old one's place, in the key set and in tokens."""
        self.key = rsa.generate_private_key(65537, 2048)
        self.key_id = f"{self.key_id}+"

    def reply(self, target: str, authorization: str) -> Reply:
        """The answer as it goes out: Forgejo's, or what the behaviour makes of it."""
        status, body = self.answer(target, authorization)
        if isinstance(body, str):
            good = Reply(status, body.encode(), "text/plain;charset=utf-8")
        else:
            good = Reply(status, json.dumps(body).encode())
        return self.behaviour(target, good)

    def answer(self, target: str, authorization: str) -> tuple[HTTPStatus, object]:
        """Status and body for a GET; a string is Forgejo's plain-text error."""
        parts = urlsplit(target)
        match parts.path:
            case "/api/actions/.well-known/openid-configuration":
                return HTTPStatus.OK, self.discovery()
            case "/api/actions/.well-known/keys":
                return HTTPStatus.OK, self.keys()
            case path if path.endswith("/idtoken"):
                return self.token(path, parse_qs(parts.query), authorization)
        return HTTPStatus.NOT_FOUND, "Not found."
