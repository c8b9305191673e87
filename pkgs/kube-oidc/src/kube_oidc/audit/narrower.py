"""Compares what grants allow with what was used: unused grants, and the rules that would have been enough."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kube_oidc.audit.events import GrantKey, Used
from kube_oidc.audit.usage import Audit
from kube_oidc.rbac import Binding, Policy
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.model import Rule


@dataclass(frozen=True, slots=True)
class Narrower:
    """A grant that allows more than was used. `enough` are rules for the used requests, `unused` what they lack."""

    binding: Binding
    enough: tuple[Rule, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """A grant without requests in the period; `last` is the time of the last one in the log, or empty."""

    binding: Binding
    last: str


def unused(audit: Audit, bindings: Iterable[Binding], days: int) -> Iterator[Unused]:
    """The grants that no request used in the last `days` days of the log."""
    since = _moment(audit.last) - timedelta(days=days) if audit.last else None
    for binding in bindings:
        count = audit.grants.get(GrantKey(binding.namespace, binding.name))
        if count is None or (since is not None and _moment(count.last) < since):
            yield Unused(binding, count.last if count else "")


def days_covered(audit: Audit) -> float:
    """The days between the first and the last request of the log."""
    if not audit.first:
        return 0.0
    return (_moment(audit.last) - _moment(audit.first)) / timedelta(days=1)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def narrower(audit: Audit, bindings: Iterable[Binding], policy: Policy) -> Iterator[Narrower]:
    """The used grants whose rules allow more than was used, with the rules that would have been enough."""
    used = used_by_grant(audit)
    for binding in bindings:
        key = GrantKey(binding.namespace, binding.name)
        if key not in used or is_builtin(binding) or not binding.subjects:
            continue
        rules = policy.grant(binding, binding.subjects[0]).rules
        left = tuple(dict.fromkeys(words for rule in rules for words in _unused(rule, used[key])))
        if left:
            yield Narrower(binding, enough(used[key]), left)


def used_by_grant(audit: Audit) -> Mapping[GrantKey, frozenset[Used]]:
    """What was used of each grant, by all identities."""
    found: dict[GrantKey, set[Used]] = {}
    for identity in audit.identities.values():
        for key, use in identity.grants.items():
            found.setdefault(key, set()).update(use.used)
    return {key: frozenset(every) for key, every in found.items()}


def enough(used: Iterable[Used]) -> tuple[Rule, ...]:
    """The fewest rules that allow these requests, without wildcards."""
    verbs: dict[tuple[str, str], set[str]] = {}
    paths: dict[str, set[str]] = {}
    for one in used:
        if one.resource:
            verbs.setdefault((one.api_group, resource_of(one)), set()).add(one.verb)
        else:
            paths.setdefault(one.path, set()).add(one.verb)
    by_verbs: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), each in sorted(verbs.items()):
        by_verbs.setdefault((group, tuple(sorted(each))), []).append(resource)
    resources = [Rule(each, (group,), tuple(names)) for (group, each), names in by_verbs.items()]
    urls = [Rule(tuple(sorted(each)), non_resource_urls=(path,)) for path, each in sorted(paths.items())]
    return (*resources, *urls)


def resource_of(used: Used) -> str:
    """`deployments` or `deployments/scale`."""
    return f"{used.resource}/{used.subresource}" if used.subresource else used.resource


def _unused(rule: Rule, used: frozenset[Used]) -> Iterator[str]:
    """`create deployments.apps` for what the rule allows and no request used; a wildcard is unused beyond what was."""
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                is_wildcard = "*" in (group, resource, verb)
                if is_wildcard or not any(
                    (one.api_group, resource_of(one), one.verb) == (group, resource, verb) for one in used
                ):
                    yield f"{verb} {resource}.{group}" if group else f"{verb} {resource}"
