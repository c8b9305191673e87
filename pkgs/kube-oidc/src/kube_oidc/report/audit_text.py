"""An audit of the log as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kube_oidc.audit.events import GrantKey, Used
from kube_oidc.audit.narrower import Narrower, Unused, days_covered, resource_of
from kube_oidc.audit.usage import Audit, Count, Identity
from kube_oidc.rbac.builtin import builtin_names
from kube_oidc.report import printable
from kube_oidc.report.words import pluralize
from kube_oidc.serialize.yaml import dumps

_MAX_REFUSALS_SHOWN = 10


def render_text(
    audit: Audit, narrower: Sequence[Narrower], unused: Sequence[Unused], days: int | None
) -> str:
    """One paragraph per identity, then refused tokens, unused grants, and rules that would have been enough."""
    parts = [list(_summary(audit))]
    ordered = sorted(audit.identities.values(), key=lambda one: (one.issuer, one.name))
    parts += [list(_identity(identity)) for identity in ordered]
    if not ordered:
        parts.append(["no request of an identity from these issuers"])
    if audit.unauthenticated.requests:
        parts.append(list(_unauthenticated(audit.unauthenticated)))
    if days is not None:
        parts.append(list(_unused(audit, unused, days)))
    parts += [list(_narrower(one)) for one in narrower]
    return "\n\n".join("\n".join(map(printable.line, lines)) for lines in parts) + "\n"


def _summary(audit: Audit) -> Iterator[str]:
    period = f", from {_day(audit.first)} to {_day(audit.last)}" if audit.first else ""
    yield f"{pluralize(audit.requests, 'request')} in {pluralize(audit.log.lines, 'line')}{period}"
    if audit.log.unreadable:
        yield f"{pluralize(audit.log.unreadable, 'line')} skipped:"
        yield from (f"  {fault}" for fault in audit.log.faults)
        if audit.log.unreadable > len(audit.log.faults):
            yield f"  … and {audit.log.unreadable - len(audit.log.faults)} more"


def _day(time: str) -> str:
    """Seconds are enough to read."""
    return time[:19] + "Z" if len(time) > 19 else time


def _times(count: Count) -> str:
    return f"{pluralize(count.requests, 'request')}, last {_day(count.last)}"


def _identity(identity: Identity) -> Iterator[str]:
    issuer = f"  ({identity.issuer})" if identity.issuer else ""
    yield f"user {identity.name}{issuer}"
    yield f"  {_times(identity.total)}"
    for name, count in identity.impersonated_by.items():
        yield f"  impersonated by {name}: {_times(count)}"
    builtin = Count()
    for key, use in sorted(identity.grants.items()):
        if key in builtin_names():
            builtin.requests += use.total.requests
            builtin.last = max(builtin.last, use.total.last)
            continue
        yield f"  {grant_name(key)}, {use.role}: {_times(use.total)}"
        for words in _used(use.used):
            yield f"    {words}"
    if builtin.requests:
        yield f"  by Kubernetes' built-in bindings: {_times(builtin)}"
    yield from _refused(identity)


def _used(used: dict[Used, Count]) -> Iterator[str]:
    """`get, patch deployments.apps in blog`: one line per resource."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for one in used:
        verbs.setdefault((target(one), one.namespace), set()).add(one.verb)
    for (name, namespace), every in sorted(verbs.items()):
        yield f"{', '.join(sorted(every))} {name}{f' in {namespace}' if namespace else ''}"


def _refused(identity: Identity) -> Iterator[str]:
    ordered = sorted(identity.refused.items(), key=lambda item: -item[1].requests)
    for used, count in ordered[:_MAX_REFUSALS_SHOWN]:
        where = f" in {used.namespace}" if used.namespace else ""
        yield f"  refused: {used.verb} {target(used)}{where}: {_times(count)}"
    if len(ordered) > _MAX_REFUSALS_SHOWN:
        yield f"  … and {len(ordered) - _MAX_REFUSALS_SHOWN} more kinds of refusals"


def _unauthenticated(count: Count) -> Iterator[str]:
    yield f"refused credentials (401): {_times(count)}"
    yield "  the audit log doesn't have the reason; the API server's own log does (Unable to authenticate the request)"


def _unused(audit: Audit, unused: Sequence[Unused], days: int) -> Iterator[str]:
    covered = days_covered(audit)
    yield f"grants without a request in {pluralize(days, 'day')}: {len(unused)}"
    if covered < days:
        yield f"  the log covers only {covered:.1f} days: include older files to be sure"
    for one in unused:
        last = f"last request {_day(one.last)}" if one.last else "no request in the log"
        yield f"  {one.binding}, {one.binding.role_kind} {one.binding.role_name}: {last}"


def _narrower(one: Narrower) -> Iterator[str]:
    yield f"{one.binding}, {one.binding.role_kind} {one.binding.role_name}: allows more than was used"
    yield f"  unused: {', '.join(one.unused)}"
    yield "  these rules would have been enough:"
    for line in dumps([rule_document(rule) for rule in one.enough]).splitlines():
        yield f"    {line}"


def rule_document(rule: object) -> dict[str, list[str]]:
    """A rule as a Role has it; absent lists are left out."""
    names = ("apiGroups", "resources", "nonResourceURLs", "verbs")
    fields = ("api_groups", "resources", "non_resource_urls", "verbs")
    values = {name: list(getattr(rule, field)) for name, field in zip(names, fields, strict=True)}
    return {name: value for name, value in values.items() if value}


def grant_name(key: GrantKey) -> str:
    """`RoleBinding blog/deploy` or `ClusterRoleBinding view`."""
    return f"RoleBinding {key.namespace}/{key.name}" if key.namespace else f"ClusterRoleBinding {key.name}"


def target(used: Used) -> str:
    """`deployments.apps`, `pods/log`, or a path."""
    if not used.resource:
        return used.path
    return f"{resource_of(used)}.{used.api_group}" if used.api_group else resource_of(used)
