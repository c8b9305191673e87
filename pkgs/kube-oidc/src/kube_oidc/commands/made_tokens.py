"""`explain` without a token: those that a job or a person would get from the file's issuers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.providers.files import providers

if TYPE_CHECKING:
    from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator
    from kube_oidc.providers.made_token import MadeToken
    from kube_oidc.providers.provider import Provider

_OF_JOBS = ("ref", "event", "environment", "workflow", "forge_version", "owner_id", "repository_id")
_OF_PEOPLE = ("email", "username", "groups")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that describe a job or a person."""
    parser.add_argument(
        "--provider",
        choices=sorted(providers()),
        metavar="NAME",
        help="the issuer's type, if the file has several: " + ", ".join(sorted(providers())),
    )
    job = parser.add_argument_group("the tokens of a job")
    job.add_argument("--repository", metavar="OWNER/NAME", help="the job's repository")
    job.add_argument("--ref", metavar="REF", help="default: refs/heads/main")
    job.add_argument("--event", metavar="NAME", help="default: push, or pull_request for refs/pull/…")
    job.add_argument("--environment", metavar="NAME", help="the job's environment")
    job.add_argument("--workflow", metavar="FILE", help="the workflow's file, or PATH@REF of a reusable one")
    job.add_argument("--forge-version", metavar="N", help="default: every version whose tokens differ")
    job.add_argument(
        "--owner-id", metavar="N", help="the owner's number, for subjects and rules with numbers"
    )
    job.add_argument("--repository-id", metavar="N", help="the repository's number")
    person = parser.add_argument_group("the token of a person")
    person.add_argument("--email", metavar="ADDRESS", help="a verified address")
    person.add_argument("--username", metavar="NAME", help="the name at the issuer")
    person.add_argument("--groups", metavar="NAME,NAME", help="groups at the issuer")


def is_asked(arguments: argparse.Namespace) -> bool:
    """Whether a job or a person is described. CommandError if the options don't belong together."""
    of_jobs = [name for name in _OF_JOBS if getattr(arguments, name) is not None]
    of_people = [name for name in _OF_PEOPLE if getattr(arguments, name) is not None]
    if of_jobs and not arguments.repository:
        raise CommandError(f"--{of_jobs[0].replace('_', '-')} requires --repository OWNER/NAME")
    if arguments.repository and of_people:
        raise CommandError(f"--repository is a job's and --{of_people[0]} a person's: use one of them")
    if arguments.provider and not (arguments.repository or of_people):
        raise CommandError("--provider requires --repository for a job, or --email, --username or --groups")
    return bool(arguments.repository or of_people)


def tokens(arguments: argparse.Namespace, configuration: AuthenticationConfiguration) -> Iterator[MadeToken]:
    """The tokens, for every issuer in the file that can be meant. CommandError if none can."""
    from kube_oidc.providers.made_token import MadeTokenError

    notes: dict[str, None] = {}
    try:
        for entry, provider in _entries(arguments, configuration):
            for token in _of_entry(arguments, entry, provider):
                yield token
                notes |= dict.fromkeys(_notes(token, provider, arguments))
    except MadeTokenError as error:
        raise CommandError(str(error)) from None
    for note in notes:
        print(f"kube-oidc explain: {note}", file=sys.stderr)  # noqa: T201


def _entries(
    arguments: argparse.Namespace, configuration: AuthenticationConfiguration
) -> list[tuple[JWTAuthenticator, Provider]]:
    from kube_oidc.providers.provider import provider_of, provider_with_id

    found = [(entry, provider_of(entry.issuer.url)) for entry in configuration.jwt]
    if not arguments.provider:
        is_job = arguments.repository is not None
        chosen = [(entry, provider) for entry, provider in found if provider.is_ci == is_job]
        what = "a forge's; use --provider if one is at an unusual URL" if is_job else "for people"
    else:
        wanted = providers()[arguments.provider]
        chosen = [(entry, provider) for entry, provider in found if provider.facts is wanted]
        chosen = chosen or [
            (entry, provider_with_id(arguments.provider, entry.issuer.url))
            for entry, provider in found
            if not provider.known
        ]
        what = wanted["title"]
    if not chosen:
        urls = ", ".join(entry.issuer.url for entry, _ in found) or "none"
        raise CommandError(f"no issuer in {arguments.file} is {what}; it has: {urls}")
    return chosen


def _of_entry(
    arguments: argparse.Namespace, entry: JWTAuthenticator, provider: Provider
) -> Iterator[MadeToken]:
    url, audience = entry.issuer.url, entry.issuer.audiences[0]
    if arguments.repository is None:
        from kube_oidc.providers.logins import Person, token_of_person

        groups = tuple(filter(None, (arguments.groups or "").split(",")))
        person = Person(arguments.email or "", arguments.username or "", groups)
        yield token_of_person(provider, url, audience, person, [entry.claim_mappings.groups.claim])
        return
    from kube_oidc.providers.runs import Run, tokens_of_run

    run = Run(
        repository=arguments.repository,
        ref=arguments.ref or "refs/heads/main",
        event=arguments.event or "",
        environment=arguments.environment or "",
        workflow=arguments.workflow or "",
        owner_id=arguments.owner_id or "",
        repository_id=arguments.repository_id or "",
        version=arguments.forge_version or "",
    )
    yield from tokens_of_run(provider, url, audience, run)


def _notes(token: MadeToken, provider: Provider, arguments: argparse.Namespace) -> Iterator[str]:
    """What to add for an exact answer, if the token has stand-ins."""
    numbers = [option for option in token.unknown if option.startswith("--")]
    if numbers:
        command = provider.facts.get("numbersCommand", "")
        command = command.replace("{repository}", arguments.repository)
        command = command.replace("{host}", provider.parameters.get("host", "HOST"))
        yield f"for the numbers, add {' and '.join(numbers)}{command and f'; this prints them: {command}'}"
    known = [*provider.default_events, *provider.refused_events]
    if arguments.event and known and arguments.event not in known:
        yield f"unknown event {arguments.event!r}: {provider.title} has {', '.join(known)} and a few others"
    if arguments.environment and "environments" not in provider.trust:
        yield f"tokens of {provider.title} don't contain the environment"
    if "sub" in token.unknown:
        yield "SUBJECT is what the issuer assigns to the person; `explain --token-file` shows the real one"
