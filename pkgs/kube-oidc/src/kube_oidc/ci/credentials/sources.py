"""Where a job finds its ID token: one source for each CI, found by the variables that CI sets, and a file.

Sources: docs.github.com "OpenID Connect reference", forgejo.org/docs "Security OpenID Connect",
docs.gitlab.com "OpenID Connect (OIDC) Authentication Using ID Tokens", buildkite.com/docs
"buildkite-agent oidc", circleci.com/docs "OIDC tokens with custom claims".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from kube_oidc.ci.credentials.secret import Secret
from kube_oidc.ci.credentials.token import CredentialError, IdentityToken, parse
from kube_oidc.net.deadline import Deadline

_MAX_FILE_BYTES: Final = 1 << 20


class Request(NamedTuple):
    """A request for a token with this audience (empty: any), from this environment, within the deadline."""

    audience: str
    environment: Mapping[str, str]
    deadline: Deadline
    variable: str = ""
    file: str = ""


class Source(NamedTuple):
    """`signs`: variables and values that identify the CI system. `fresh`: it issues a new token per request."""

    title: str
    signs: tuple[tuple[str, str], ...]
    fetch: Callable[[Request], IdentityToken]
    fresh: bool


def _forgejo(request: Request) -> IdentityToken:
    return _from_endpoint(
        request,
        "add `enable-openid-connect: true` to the job (Forgejo 15 and its runner 12.5 or later; Gitea issues "
        "no ID tokens); pull requests from forks never get one",
    )


def _github(request: Request) -> IdentityToken:
    return _from_endpoint(
        request,
        "add `permissions: id-token: write` to the job, and to the caller of a reusable workflow; pull "
        "requests from forks never get one",
    )


def _from_endpoint(request: Request, remedy: str) -> IdentityToken:
    from kube_oidc.ci.credentials.endpoint import request_token  # noqa: PLC0415 - http.client

    return request_token(request.environment, request.audience, request.deadline, remedy)


def _gitlab(request: Request) -> IdentityToken:
    """GitLab puts each token into a variable that the job declares under `id_tokens:`."""
    if request.variable:
        return _variable(request)
    tokens = dict(_tokens_for(request.audience, request.environment))
    if len(tokens) == 1:
        return next(iter(tokens.values()))
    if tokens:
        names = ", ".join(sorted(tokens))
        raise CredentialError(f"several variables contain such a token: choose one with --variable ({names})")
    raise CredentialError(
        f"no variable contains an ID token for the audience {request.audience!r}: add this to the job: "
        f"`id_tokens: {{ KUBE_ID_TOKEN: {{ aud: {request.audience} }} }}`"
    )


def _tokens_for(audience: str, environment: Mapping[str, str]) -> list[tuple[str, IdentityToken]]:
    found = []
    for name, value in environment.items():
        if value.startswith("eyJ") and value.count(".") == 2:
            try:
                token = parse(Secret(value), f"${name}")
            except CredentialError:
                continue
            if audience in token.audiences:
                found.append((name, token))
    return found


def _variable(request: Request) -> IdentityToken:
    value = request.environment.get(request.variable)
    if not value:
        raise CredentialError(
            f"${request.variable} is not set; in GitLab, the job declares it under `id_tokens:`"
        )
    return parse(Secret(value.strip()), f"${request.variable}")


def _buildkite(request: Request) -> IdentityToken:
    from kube_oidc.ci.credentials.agent import ask  # noqa: PLC0415 - subprocess

    command = ["buildkite-agent", "oidc", "request-token", "--audience", request.audience]
    return parse(ask(command, request.deadline), "the output of buildkite-agent")


def _circleci(request: Request) -> IdentityToken:
    """$CIRCLE_OIDC_TOKEN_V2 if its audience (the organization's ID) is the requested one, otherwise a new token."""
    value = request.environment.get("CIRCLE_OIDC_TOKEN_V2")
    if value:
        token = parse(Secret(value), "$CIRCLE_OIDC_TOKEN_V2")
        if not request.audience or request.audience in token.audiences:
            return token
    import json  # noqa: PLC0415

    from kube_oidc.ci.credentials.agent import ask  # noqa: PLC0415

    command = ["circleci", "run", "oidc", "get", "--claims", json.dumps({"aud": request.audience})]
    return parse(ask(command, request.deadline), "the output of circleci")


def _file(request: Request) -> IdentityToken:
    from kube_oidc.net.bounded import call_with_timeout  # noqa: PLC0415 - threading

    try:
        text = call_with_timeout(lambda: _text(request.file), request.deadline.remaining())
    except TimeoutError:
        raise CredentialError(
            f"no data from {request.file} within {request.deadline.seconds:g} s: is it a pipe without a writer?"
        ) from None
    except OSError as error:
        raise CredentialError(f"cannot read {request.file}: {error.strerror}") from None
    except ValueError:
        raise CredentialError(f"{request.file} is not a JWT: not text") from None
    return parse(Secret(text.strip()), request.file)


def _text(name: str) -> str:
    """The file's content; ValueError if it isn't text or is larger than any token."""
    with open(name, "rb") as file:  # noqa: PTH123 - pathlib takes longer to load than the file
        data = file.read(_MAX_FILE_BYTES + 1)
    if len(data) > _MAX_FILE_BYTES:
        raise ValueError
    return data.decode("utf-8")


SOURCES: Final[Mapping[str, Source]] = {
    "forgejo": Source(
        "Forgejo Actions", (("FORGEJO_ACTIONS", "true"), ("GITEA_ACTIONS", "true")), _forgejo, True
    ),
    "github": Source("GitHub Actions", (("GITHUB_ACTIONS", "true"),), _github, True),
    "gitlab": Source("GitLab CI", (("GITLAB_CI", "true"),), _gitlab, False),
    "buildkite": Source("Buildkite", (("BUILDKITE", "true"),), _buildkite, True),
    "circleci": Source("CircleCI", (("CIRCLECI", "true"),), _circleci, False),
    "variable": Source("the named variable", (), _variable, False),
    "file": Source("the file", (), _file, False),
}
PLACES: Final = tuple(name for name, source in SOURCES.items() if source.signs)


def find(request: Request) -> str:
    """The source's name: the given file or variable, or the detected CI system; otherwise CredentialError."""
    if request.file:
        return "file"
    if request.variable:
        return "variable"
    for name, source in SOURCES.items():
        if any(request.environment.get(variable) == value for variable, value in source.signs):
            return name
    if request.environment.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
        return "github"  # a container in a job, say, that was given this and no more
    looked_for = ", ".join(f"${source.signs[0][0]}" for source in SOURCES.values() if source.signs)
    raise CredentialError(
        f"this does not look like a CI job ({looked_for}: none is true); name the source with --source, "
        "--variable or --file"
    )
