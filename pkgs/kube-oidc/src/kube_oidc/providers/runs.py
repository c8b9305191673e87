"""The tokens that a job of a forge gets, from the provider's file: one for each version and format of `sub`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from kube_oidc.providers.made_token import PLACEHOLDER, MadeToken, MadeTokenError, filled
from kube_oidc.providers.provider import Provider

_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"
_FIXED: Final = frozenset({"iss", "aud", "sub"})
_STAND_INS: Final = {
    "ownerId": ("--owner-id", "OWNER-ID"),
    "repositoryId": ("--repository-id", "REPOSITORY-ID"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One job; an empty text is unknown.

    `base_ref` is a pull request's target; `workflow` is a file's name, or with `@` the whole claim.
    """

    repository: str
    ref: str = f"{_BRANCH}main"
    base_ref: str = ""
    event: str = ""
    environment: str = ""
    workflow: str = ""
    owner_id: str = ""
    repository_id: str = ""
    version: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The variables of a subject's template (schema.json: subjects)."""
        owner, _, name = self.repository.rpartition("/")
        return {
            "repository": self.repository,
            "owner": owner,
            "name": name,
            "ownerId": self.owner_id or _STAND_INS["ownerId"][1],
            "repositoryId": self.repository_id or _STAND_INS["repositoryId"][1],
            "ref": self.ref,
            "refName": self.ref.removeprefix(_BRANCH).removeprefix(_TAG),
            "refType": "tag" if self.ref.startswith(_TAG) else "branch",
            "environment": self.environment,
        }


def tokens_of_run(provider: Provider, url: str, audience: str, run: Run) -> Iterator[MadeToken]:
    """Every token that such a job gets from this issuer; MadeTokenError if there is no such job."""
    if not run.ref.startswith("refs/"):
        raise MadeTokenError(f"--ref {run.ref!r}: expected a full ref, such as {_BRANCH}{run.ref or 'main'}")
    if "/" not in run.repository.strip("/"):
        raise MadeTokenError(f"--repository {run.repository!r}: expected OWNER/NAME")
    for release in _releases(provider, run.version):
        for form, job, when in _forms(provider, run, release):
            claims = _claims(provider, job, release)
            claims |= {"iss": url, "aud": audience, "sub": _subject(provider, job, form)}
            used = PLACEHOLDER.findall(form.get("template", ""))
            unknown = [option for name, (option, text) in _STAND_INS.items() if job.variables[name] == text]
            named = "numbers" if "repositoryId" in used else "names"
            subject = f"{named} in the subject" if _has_two_formats(provider, release) else ""
            title = ", ".join(filter(None, (f"{provider.title} {_shown(release)}".rstrip(), subject, when)))
            yield MadeToken(title, claims, tuple(unknown))


def _releases(provider: Provider, wanted: str) -> list[int | None]:
    """The versions whose tokens differ, or the wanted one; None for a provider without versions."""
    facts = (*provider.claims.values(), *provider.subjects)
    since = {int(text) for each in facts if (text := str(each.get("since", ""))).isdigit()}
    if not wanted:
        return [*sorted({first - 1 for first in since} | since)] or [None]
    if not since:
        raise MadeTokenError(
            f"--forge-version {wanted}: tokens of {provider.title} don't depend on a version"
        )
    if not wanted.isdigit():
        raise MadeTokenError(f"--forge-version {wanted!r}: expected a major version, such as {max(since)}")
    return [int(wanted)]


def _has_two_formats(provider: Provider, release: int | None) -> bool:
    """Whether this version's subjects contain a repository's name or its number."""
    forms = [form["template"] for form in provider.subjects if _has(form, release)]
    return len({"{repositoryId}" in form for form in forms}) > 1


def _shown(release: int | None) -> str:
    return "" if release is None else str(release)


def _has(facts: Mapping[str, Any], release: int | None) -> bool:
    """Whether this version has the claim or format; one since a date can be there or not."""
    since = str(facts.get("since", ""))
    return release is None or not since.isdigit() or release >= int(since)


def _forms(provider: Provider, run: Run, release: int | None) -> Iterator[tuple[Mapping[str, Any], Run, str]]:
    """The formats of the job's subject, each with the job as it is then, and when that is.

    Of its environment, of its event, else of its ref (schema.json: subjects).
    """
    run = replace(run, event=run.event or _usual_event(provider, run.ref))
    forms = [form for form in provider.subjects if _has(form, release)]
    selectors = {form["selector"] for form in forms}
    of_event = [form for form in forms if form.get("event") == run.event]
    if run.environment and "environment" in selectors:
        chosen = [form for form in forms if form["selector"] == "environment"]
    else:
        chosen = of_event or [form for form in forms if form["selector"] == "ref"]
    own_ref = next((form["ref"] for form in of_event if "ref" in form), "")
    merged = any(form.get("baseRefOnceMerged") for form in of_event)
    for form in chosen or [{}]:
        if not own_ref or not run.ref.startswith((_BRANCH, _TAG)):
            yield form, run, ""
            continue
        base = run.variables["refName"]
        yield form, replace(run, ref=own_ref, base_ref=base), ""
        if merged and run.ref.startswith(_BRANCH):
            yield form, replace(run, base_ref=base), "once the pull request is merged"


def _usual_event(provider: Provider, ref: str) -> str:
    events = [form["event"] for form in provider.subjects if "event" in form]
    if not ref.startswith((_BRANCH, _TAG)) and events:
        return str(events[0])
    return next(iter(provider.default_events), "")


def _subject(provider: Provider, run: Run, form: Mapping[str, Any]) -> str:
    if "template" in form:
        return filled(form["template"], run.variables)
    return _replaced(provider, run, str(provider.example["sub"]))


def _claims(provider: Provider, run: Run, release: int | None) -> dict[str, Any]:
    """The claims of the documented example, with everything that the job determines replaced."""
    variables = run.variables
    claims = {
        name: _replaced(provider, run, value) if isinstance(value, str) and name not in _FIXED else value
        for name, value in provider.example.items()
        if _has(provider.claims.get(name, {}), release)
    }
    known = {
        "owners": variables["owner"],
        "names": variables["name"],
        "ownerIds": variables["ownerId"],
        "repositories": run.repository,
        "repositoryIds": variables["repositoryId"],
        "refs": run.ref,
        "events": run.event,
        "environments": run.environment,
        "workflows": run.workflow if "@" in run.workflow else "",
    }
    for option, claim in provider.trust.items():
        if known.get(option) and _has(provider.claims.get(claim, {}), release):
            claims[claim] = known[option]
    own = {"ref_type": variables["refType"], "base_ref": run.base_ref}
    if provider.trust.get("refs") != "ref":
        own["ref"] = variables["refName"]
    claims |= {name: value for name, value in own.items() if name in claims}
    claims |= {
        name: "12" for name, facts in provider.claims.items() if _is_new_number(name, facts, claims, release)
    }
    return claims | _related(provider, claims)


def _is_new_number(
    name: str, facts: Mapping[str, Any], claims: Mapping[str, Any], release: int | None
) -> bool:
    """A number that the documented example doesn't have yet."""
    return name not in claims and facts.get("format") == "id" and "since" in facts and _has(facts, release)


def _replaced(provider: Provider, run: Run, text: str) -> str:
    """A claim of the example with this job's repository, ref, workflow file and host."""
    example = provider.example
    text = text.replace(provider.example_repository or "\0", run.repository)
    ref = str(example.get(provider.trust.get("refs", ""), "\0"))
    text = re.sub(f"@{re.escape(ref)}$", lambda _: f"@{run.ref}", text)
    file = re.search(r"([^/]+)@", str(example.get(provider.trust.get("workflows", ""), "")))
    if file and run.workflow and "@" not in run.workflow:
        named = rf"(^|/){re.escape(file[1])}(?=@|$)"
        text = re.sub(named, lambda match: match[1] + run.workflow.rpartition("/")[2], text)
    host = urlsplit(str(example["iss"])).netloc
    return re.sub(f"^{re.escape(host)}/", f"{provider.parameters.get('host', host)}/", text)


def _related(provider: Provider, claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims that others determine (schema.json: relations)."""
    found = {}
    for relation in provider.facts.get("relations", ()):
        applies = all(
            name in claims and re.fullmatch(pattern or "", str(claims[name]))
            for name, pattern in relation.get("when", {}).items()
        )
        texts = relation["templates"]
        decided = len(texts) == 1 and all(name in claims for name in PLACEHOLDER.findall(texts[0]))
        if applies and decided and relation["claim"] in claims:
            found[relation["claim"]] = filled(texts[0], claims)
    return found
