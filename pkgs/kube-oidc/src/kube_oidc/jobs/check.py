"""Checks a workflow against the configuration and RBAC: which tokens do its jobs get, and can they do what they try?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Refused
from kube_oidc.diagnostics import Diagnostic, Location, Severity
from kube_oidc.jobs.kubectl import Opaque, needs
from kube_oidc.jobs.model import Forge, Job, Trigger
from kube_oidc.jobs.unsafe import unsafe
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, UserInfo
from kube_oidc.providers.made_token import MadeTokenError
from kube_oidc.providers.provider import Provider, provider_of
from kube_oidc.providers.runs import Run, tokens_of_run
from kube_oidc.rbac import Policy, Request, with_authenticated_group
from kube_oidc.rbac.question import described
from kube_oidc.verdict.versions import KubernetesVersion

_MAY_REQUEST = {
    Forge.GITHUB: "add `permissions: {id-token: write}` to the job",
    Forge.FORGEJO: "add `enable-openid-connect: true` to the job, and to the caller of a reusable workflow",
    Forge.GITLAB: "add `id_tokens:` with an `aud` to the job",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """What jobs are checked against; `policy` is None without RBAC. `repository` is OWNER/NAME.

    `namespace` is the kubeconfig's, for commands that name none.
    """

    configuration: AuthenticationConfiguration
    version: KubernetesVersion
    policy: Policy | None
    repository: str
    namespace: str = ""


def check(jobs: Sequence[Job], cluster: Cluster) -> Iterator[Diagnostic]:
    """The findings on jobs that request ID tokens, in the file's order."""
    found = [
        diagnostic for job in jobs if job.requests or job.may_request for diagnostic in _of_job(job, cluster)
    ]
    yield from sorted(found, key=lambda each: each.location.line if each.location else 0)


def _of_job(job: Job, cluster: Cluster) -> Iterator[Diagnostic]:
    if not job.may_request:
        message = (
            f"job {job.name} requests an ID token, but may not: the variables for it are empty or missing"
        )
        yield _found("token-not-allowed", Severity.ERROR, job.line, message, _MAY_REQUEST[job.forge])
        return
    entries = _entries(job, cluster)
    if not entries:
        urls = ", ".join(entry.issuer.url for entry in cluster.configuration.jwt) or "none"
        message = (
            f"job {job.name} gets tokens from an issuer that isn't in the configuration, which has: {urls}"
        )
        yield _found("job-without-issuer", Severity.WARNING, job.line, message)
        return
    yield from _audiences(job, [entry for entry, _ in entries])
    yield from _tokens(job, cluster, entries)
    for found in unsafe(job):
        yield _found(found.code, Severity.WARNING, found.line, found.message, found.remedy)


def _entries(job: Job, cluster: Cluster) -> list[tuple[JWTAuthenticator, Provider]]:
    found = [(entry, provider_of(entry.issuer.url)) for entry in cluster.configuration.jwt]
    return [
        (entry, provider) for entry, provider in found if provider.facts.get("workflow") == job.forge.value
    ]


def _audiences(job: Job, entries: Sequence[JWTAuthenticator]) -> Iterator[Diagnostic]:
    known = list(dict.fromkeys(audience for entry in entries for audience in entry.issuer.audiences))
    for line in dict.fromkeys(job.audiences):
        if line.text not in known:
            message = f"job {job.name} requests the audience {line.text!r}; the issuer has {', '.join(known)}"
            remedy = f"request {known[0]}" if known else None
            yield _found("job-audience-unknown", Severity.ERROR, line.number, message, remedy)


def _tokens(
    job: Job, cluster: Cluster, entries: Sequence[tuple[JWTAuthenticator, Provider]]
) -> Iterator[Diagnostic]:
    """Each run: is its token accepted, and can its user do what the job does?"""
    refused: list[tuple[Trigger, str]] = []
    users: dict[str, tuple[Trigger, UserInfo]] = {}
    for trigger in job.triggers:
        outcomes = list(_outcomes(trigger, job, cluster, entries))
        for outcome in outcomes:
            if isinstance(outcome, UserInfo):
                users.setdefault(outcome.username, (trigger, outcome))
        if outcomes and not any(isinstance(outcome, UserInfo) for outcome in outcomes):
            refused.append((trigger, next(text for text in outcomes if isinstance(text, str))))
    for trigger, reason in refused:
        message = f"job {job.name}: the token of {_run(trigger)} is refused: {reason}"
        severity = Severity.INFO if users else Severity.ERROR
        yield _found(
            "job-token-refused", severity, job.line, message, "remove the event from `on:`, or trust it"
        )
    if cluster.policy is not None and users:
        yield from _permissions(job, cluster, cluster.policy, list(users.values()))


def _run(trigger: Trigger) -> str:
    return f"{trigger.event} to {trigger.ref}" + (" (an example)" if trigger.is_any else "")


def _outcomes(
    trigger: Trigger, job: Job, cluster: Cluster, entries: Sequence[tuple[JWTAuthenticator, Provider]]
) -> Iterator[UserInfo | str]:
    """The user of each token that this run can get, or why it is refused."""
    authenticator = Authenticator(cluster.configuration, cluster.version)
    for entry, provider in entries:
        run = Run(
            cluster.repository,
            trigger.ref,
            event=trigger.event if trigger.event != "merge_request_event" else "",
            environment=job.environment if "$" not in job.environment else "",
            workflow=job.path.rpartition("/")[2],
        )
        try:
            tokens = list(tokens_of_run(provider, entry.issuer.url, entry.issuer.audiences[0], run))
        except MadeTokenError:
            continue
        for token in tokens:
            outcome = authenticator.authenticate(json.dumps(dict(token.claims)))
            if isinstance(outcome, Authenticated):
                yield outcome.user
            elif isinstance(outcome, Refused):
                yield outcome.reason


def _permissions(
    job: Job, cluster: Cluster, policy: Policy, users: Sequence[tuple[Trigger, UserInfo]]
) -> Iterator[Diagnostic]:
    """Requests that no user of the job can make. One format of the subject is enough: a job has one at a time."""
    opaque: list[Opaque] = []
    denied: dict[tuple[int, Request], list[str]] = {}
    for need in needs(job.script, cluster.namespace):
        if isinstance(need, Opaque):
            opaque.append(need)
        elif not any(
            policy.allows(with_authenticated_group(user), need.request).allowed for _, user in users
        ):
            same = replace(need.request, verb="", name="")
            denied.setdefault((need.line.number, same), []).append(need.request.verb)
    trigger, user = users[0]
    for (line, request), verbs in denied.items():
        what = described(replace(request, verb=", ".join(dict.fromkeys(verbs))))
        message = f"{user.username} ({_run(trigger)}) cannot {what}, which this line needs"
        remedy = "grant it (a Role and a RoleBinding for this user), or correct the binding's subject"
        yield _found("job-cannot", Severity.ERROR, line, message, remedy)
    if opaque:
        names = ", ".join(dict.fromkeys(each.what for each in opaque))
        message = f"job {job.name}: what {names} needs depends on files that are not read"
        yield _found("job-not-checked", Severity.INFO, opaque[0].line.number, message)


def _found(code: str, severity: Severity, line: int, message: str, remedy: str | None = None) -> Diagnostic:
    return Diagnostic(code, severity, message, location=Location(line, 1), remedy=remedy)
