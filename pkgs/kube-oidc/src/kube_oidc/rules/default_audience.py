"""The audience is the one that the CI system puts by itself.

Without `&audience=` a job's token is for its owner (`https://github.com/OWNER`,
`https://HOST/OWNER`), and every job of the owner hands such tokens to whatever asks for one: a
registry, a cloud, an action that was taken over. Each of them could pass it on to this cluster. An
audience of the cluster's own names whom the token is for.

Bad: the default.

    issuer: {url: "https://token.actions.githubusercontent.com", audiences: ["https://github.com/my-org"]}

Good: this cluster, asked for by name.

    issuer: {url: "https://token.actions.githubusercontent.com", audiences: [my-cluster]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "default-audience",
    "An audience that every job has",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://docs.github.com/en/actions/reference/security/oidc",
    'services.kube-oidc.issuers.github.audiences = [ "k8s.example.org" ];',
)


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every audience that a job's token has without asking."""
    for entry in subject.entries:
        for position, audience in enumerate(entry.model.issuer.audiences):
            if _default(entry, audience):
                path = entry.path.child("issuer", "audiences").index(position)
                message = (
                    f"{audience!r} is the audience of every token that a job asks for without naming one"
                )
                # CircleCI's own variable always has it; another needs a command in the job.
                confidence = Confidence.LOW if entry.provider.id == "circleci" else None
                remedy = Remedy("audiences: [a name of this cluster's own]")
                yield Finding(path, message, remedy, confidence=confidence)


def _default(entry: Entry, audience: str) -> bool:
    url = entry.model.issuer.url
    match entry.provider.id:
        case "github":
            return re.fullmatch(r"https://github\.com/[^/]+", audience) is not None
        case "forgejo":
            host = url.removesuffix("/").removesuffix("/api/actions")
            return re.fullmatch(re.escape(host) + "/[^/]+", audience) is not None
        case "vercel":
            return re.fullmatch(r"https://vercel\.com/[^/]+", audience) is not None
        case "codefresh":
            return audience == "https://g.codefresh.io"
        case "circleci":
            return url.rstrip("/").endswith(f"/{audience}")
    return False
