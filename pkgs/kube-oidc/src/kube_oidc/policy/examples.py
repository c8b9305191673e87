"""Tests examples: makes every token that the job or person can get, authenticates it, and asks RBAC."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome, Refused
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, UserInfo
from kube_oidc.policy.model import Example, Result, Status
from kube_oidc.providers.files import providers
from kube_oidc.providers.logins import Person, token_of_person
from kube_oidc.providers.made_token import MadeToken, MadeTokenError
from kube_oidc.providers.provider import Provider, provider_of, provider_with_id
from kube_oidc.providers.runs import Run, tokens_of_run
from kube_oidc.rbac import Policy, with_authenticated_group
from kube_oidc.rbac.model import Objects
from kube_oidc.rbac.question import QuestionError, parse
from kube_oidc.verdict.versions import KubernetesVersion

_RUN_FIELDS = {
    "repository": "repository",
    "ref": "ref",
    "event": "event",
    "environment": "environment",
    "workflow": "workflow",
    "ownerId": "owner_id",
    "repositoryId": "repository_id",
    "forgeVersion": "version",
}


class ExampleError(Exception):
    """The example can't be tested; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class World:
    """The configuration and the RBAC objects that expectations are about; `rbac` is False if none were given."""

    configuration: AuthenticationConfiguration
    version: KubernetesVersion
    policy: Policy
    objects: Objects
    rbac: bool


def results(world: World, examples: tuple[Example, ...]) -> Iterator[Result]:
    """The result of each example."""
    authenticator = Authenticator(world.configuration, world.version)
    for example in examples:
        try:
            yield _result(world, authenticator, example)
        except (ExampleError, MadeTokenError, QuestionError) as error:
            yield Result(example.line, example.name, Status.ERROR, str(error))


def _result(world: World, authenticator: Authenticator, example: Example) -> Result:
    if (example.can or example.cannot) and not world.rbac:
        raise ExampleError("can and cannot need Roles and bindings: set rbac in the file, or --rbac")
    tokens = [token for entry in _entries(world, example) for token in _tokens(entry, example)]
    for token in tokens:
        outcome = authenticator.authenticate(json.dumps(dict(token.claims)))
        if fault := _fault(world, example, outcome):
            title = f" ({token.title})" if len(tokens) > 1 else ""
            return Result(example.line, example.name, Status.FAILED, f"{fault}{title}", "shown", token.claims)
    return Result(example.line, example.name, Status.PASSED, how="shown")


def _entries(world: World, example: Example) -> list[tuple[JWTAuthenticator, Provider]]:
    """The issuers whose tokens are meant, with their providers."""
    found = [(entry, provider_of(entry.issuer.url)) for entry in world.configuration.jwt]
    wanted = example.issuer or (example.claims or {}).get("iss")
    if wanted:
        found = [(entry, provider) for entry, provider in found if entry.issuer.url == wanted]
    elif example.run is not None and (name := example.run.get("provider")):
        found = _of_provider(found, name)
    elif example.run is not None or example.person is not None:
        found = [
            (entry, provider) for entry, provider in found if provider.is_ci == (example.run is not None)
        ]
    if not found:
        urls = ", ".join(entry.issuer.url for entry in world.configuration.jwt) or "none"
        raise ExampleError(f"names no issuer of the configuration, which has: {urls}")
    if example.claims is not None and len(found) > 1:
        raise ExampleError("the configuration has several issuers: add issuer, or claims.iss")
    return found


def _of_provider(
    found: list[tuple[JWTAuthenticator, Provider]], name: str
) -> list[tuple[JWTAuthenticator, Provider]]:
    if name not in providers():
        raise ExampleError(f"unknown provider {name!r}: one of {', '.join(sorted(providers()))}")
    facts = providers()[name]
    known = [(entry, provider) for entry, provider in found if provider.facts is facts]
    return known or [
        (entry, provider_with_id(name, entry.issuer.url)) for entry, provider in found if not provider.known
    ]


def _tokens(entry: tuple[JWTAuthenticator, Provider], example: Example) -> Iterator[MadeToken]:
    model, provider = entry
    url, audience = model.issuer.url, model.issuer.audiences[0]
    if example.claims is not None:
        yield MadeToken("", {"iss": url, "aud": audience, **example.claims})
    elif example.run is not None:
        values = {field: str(example.run.get(name, "")) for name, field in _RUN_FIELDS.items()}
        yield from tokens_of_run(
            provider, url, audience, Run(**{**values, "ref": values["ref"] or "refs/heads/main"})
        )
    else:
        person: Mapping[str, Any] = example.person or {}
        someone = Person(person.get("email", ""), person.get("username", ""), tuple(person.get("groups", ())))
        yield token_of_person(provider, url, audience, someone, [model.claim_mappings.groups.claim])


def _fault(world: World, example: Example, outcome: Outcome) -> str:
    """What is not as expected; empty if nothing is."""
    if example.refused is not None:
        if isinstance(outcome, Authenticated):
            return f"should be refused, but becomes {outcome.user.username}"
        if example.refused and example.refused not in outcome.reason:
            return f"is refused for another reason: {outcome.reason}"
        return "" if isinstance(outcome, Refused) else f"can't be decided: {outcome.reason}"
    if not isinstance(outcome, Authenticated):
        return f"is refused: {outcome.reason}"
    return _fault_of_user(world, example, outcome.user)


def _fault_of_user(world: World, example: Example, user: UserInfo) -> str:
    if example.user is not None and user.username != example.user:
        return f"becomes {user.username}, expected {example.user}"
    if example.groups is not None and set(user.groups) != set(example.groups):
        return f"has the groups {_listed(user.groups)}, expected {_listed(example.groups)}"
    everywhere = with_authenticated_group(user)
    for questions, expected in ((example.can, True), (example.cannot, False)):
        for question in questions:
            decision = world.policy.allows(everywhere, parse(question, "", world.objects))
            if decision.allowed is not expected:
                because = f": {decision.reason}" if decision.reason else ""
                return f"{user.username} {'can' if decision.allowed else 'cannot'} {question}{because}"
    return ""


def _listed(groups: tuple[str, ...]) -> str:
    return ", ".join(groups) or "none"
