"""`access` as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kube_oidc.access.model import Access, Holder, Issuer
from kube_oidc.access.words import holder_note, own, role_words, rule_words, where
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Grant, Loaded
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.report import printable
from kube_oidc.report.words import pluralize

_MAX_RULES_SHOWN = 5  # rules of a role that are written out


def render_text(report: Access, loaded: Loaded) -> str:
    """One paragraph per issuer, then everyone, names from no issuer, and findings."""
    parts = [*(_issuer(report, issuer) for issuer in report.issuers)]
    everyone = [holder for holder in (*report.everyone, *report.anonymous) if own(holder)]
    if everyone:
        parts.append(
            [
                "every accepted token, and anonymous requests",
                *_holders(report, everyone),
            ]
        )
    if report.unreachable:
        title = "bindings of users and groups that no issuer in this file can produce"
        parts.append([title, *_holders(report, report.unreachable)])
    if report.findings:
        parts.append(["findings on the file", *_findings(report.findings)])
    if loaded.problems:
        said = [(f"  {problem}", f"    remedy: {problem.remedy}") for problem in loaded.problems]
        parts.append(["problems in the RBAC files", *(line for lines in said for line in lines)])
    parts.append(list(_totals(report, loaded)))
    return "\n\n".join("\n".join(printable.line(line) for line in lines) for lines in parts) + "\n"


def _issuer(report: Access, issuer: Issuer) -> list[str]:
    title = f" ({issuer.provider})" if issuer.provider else ""
    lines = [f"{issuer.url}{title}  {issuer.field}"]
    lines.append(f"  audience  {', '.join(issuer.audiences)}")
    lines += _listed(
        "accepts", [condition.words for condition in issuer.conditions] or ["every token it issues"]
    )
    if issuer.outsiders is not None:
        lines += _listed("outsiders", [str(issuer.outsiders)])
    lines += _listed(
        "users", issuer.users or ["unknown: could not construct a token that these rules accept"]
    )
    lines += _listed("groups", issuer.groups or ["none"])
    lines += _holders(report, issuer.holders)
    if issuer.untried:
        lines.append(f"  {issuer.untried} more names in bindings match this pattern (too many to try)")
    elif not issuer.holders:
        lines.append("  no binding has a user or group from this issuer")
    return [*lines, *_findings(issuer.findings)]


def _listed(title: str, items: Iterable[str]) -> Iterator[str]:
    for position, item in enumerate(items):
        yield f"  {'' if position else title:<9} {item}"


def _holders(report: Access, holders: Iterable[Holder]) -> Iterator[str]:
    for holder in holders:
        note = holder_note(holder)
        yield f"  {holder.kind} {holder.name}{f': {note}' if note else ''}"
        for grant in holder.grants:
            if not (is_builtin(grant.binding) and note):
                yield from _grant(grant)
                yield from (f"      {line}" for line in _notes(report.about(grant)))


def _grant(grant: Grant) -> Iterator[str]:
    place = f"  [{grant.binding.kind} {grant.binding.name}, {grant.binding.place}]"
    yield f"    {role_words(grant)} in {where(grant)}{place}"
    shown = grant.rules if len(grant.rules) <= _MAX_RULES_SHOWN else grant.rules[: _MAX_RULES_SHOWN - 1]
    yield from (f"      {rule_words(rule)}" for rule in shown)
    if len(shown) < len(grant.rules):
        yield f"      and {len(grant.rules) - len(shown)} more rules"


def _notes(findings: Iterable[Diagnostic]) -> Iterator[str]:
    """Warnings and errors with their message, infos only by ID."""
    listed = list(findings)
    yield from (
        f"{found.severity}: {found.message} [{found.code}]" for found in listed if found.severity != "info"
    )
    if mild := sorted({found.code for found in listed if found.severity == "info"}):
        yield f"see also: {', '.join(mild)}"


def _findings(findings: Iterable[Diagnostic]) -> Iterator[str]:
    for found in findings:
        line = f" (line {found.location.line})" if found.location else ""
        yield f"  {found.severity}: {found.field}{line}: {found.message} [{found.code}]"


def _totals(report: Access, loaded: Loaded) -> Iterator[str]:
    holders = sum(len(issuer.holders) for issuer in report.issuers)
    grants = sum(len(own(holder)) for issuer in report.issuers for holder in issuer.holders)
    issuers = pluralize(len(report.issuers), "issuer")
    named = "1 user or group" if holders == 1 else f"{holders} users and groups"
    yield (
        f"{issuers}, {named} with {pluralize(grants, 'grant')}; "
        f"from no issuer: {len(report.unreachable)}; built into Kubernetes: {report.system_subjects}"
    )
    if loaded.ignored:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(loaded.ignored.items()))
        yield f"skipped (not RBAC): {kinds}"
