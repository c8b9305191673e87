"""Permissions split into comparable pieces: one verb on one resource in one namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from kube_oidc.rbac import Grant, Request, Rule
from kube_oidc.rbac.matches import allows

MAX_RIGHTS_PER_RULE: Final = 20_000  # pieces of one rule; one that makes more is a piece of its own


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """`namespace` is empty if cluster-wide, `name` is empty for all objects, `url` is set for non-resource URLs."""

    namespace: str
    api_group: str = ""
    resource: str = ""
    name: str = ""
    url: str = ""
    verb: str = ""

    @property
    def place(self) -> tuple[str, str, str, str, str]:
        """All but the verb."""
        return self.namespace, self.api_group, self.resource, self.name, self.url


def lost(before: Iterable[Grant], after: Iterable[Grant]) -> tuple[Right, ...]:
    """The permissions of `before` that no rule of `after` grants."""
    rules = [(grant.namespace, rule) for grant in after for rule in grant.rules]
    kept = {right for grant in after for right in rights_of(grant)}
    own = {right for grant in before for right in rights_of(grant)}
    return tuple(sorted(right for right in own - kept if not _given(right, rules)))


def rights_of(grant: Grant) -> Iterator[Right]:
    """The grant's permissions, piece by piece."""
    for rule in grant.rules:
        yield from _rights(grant.namespace, rule)


def words(rights: Iterable[Right]) -> tuple[str, ...]:
    """`get, patch deployments.apps in blog`: a line for each resource and place."""
    verbs: dict[tuple[str, str, str, str, str], list[str]] = {}
    for right in rights:
        verbs.setdefault(right.place, []).append(right.verb)
    grouped: dict[tuple[str, ...], list[tuple[str, str, str, str, str]]] = {}
    for place, some in verbs.items():
        grouped.setdefault((place[0], ", ".join(some), place[3]), []).append(place)
    return tuple(_line(key, places) for key, places in grouped.items())


def _line(key: tuple[str, ...], places: list[tuple[str, str, str, str, str]]) -> str:
    namespace, verbs, name = key
    what = ", ".join(_resource(group, resource, url) for _, group, resource, _, url in places)
    verbs = "do anything with" if verbs == "*" else verbs
    return f"{verbs} {what}{f' named {name}' if name else ''} in {namespace or 'the whole cluster'}"


def _resource(group: str, resource: str, url: str) -> str:
    if url:
        return f"the URL {url}"
    if resource == "*":
        return "every resource" if group == "*" else f"every resource of {group or 'core'}"
    return f"{resource} of any API group" if group == "*" else f"{resource}.{group}" if group else resource


def _rights(namespace: str, rule: Rule) -> Iterator[Right]:
    if rule.non_resource_urls:
        yield from (
            Right(namespace, url=url, verb=verb)
            for url, verb in _combined(rule.non_resource_urls, rule.verbs)
        )
        return
    names = rule.resource_names or ("",)
    for group, resource, name, verb in _combined(rule.api_groups, rule.resources, names, rule.verbs):
        yield Right(namespace, group, resource, name, "", verb)


def _combined(*lists: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The first of all combinations, as many as are looked at."""
    for position, combination in enumerate(product(*lists)):
        if position >= MAX_RIGHTS_PER_RULE:
            return
        yield combination


def _given(right: Right, rules: list[tuple[str, Rule]]) -> bool:
    """Whether one of these rules grants the permission, including wildcards."""
    resource, _, subresource = right.resource.partition("/")
    request = Request(
        right.verb, right.api_group, resource, subresource, right.name, right.namespace, right.url
    )
    return any(
        allows(rule, request)
        for namespace, rule in rules
        if namespace in ("", right.namespace) and (right.name or not rule.resource_names)
    )
