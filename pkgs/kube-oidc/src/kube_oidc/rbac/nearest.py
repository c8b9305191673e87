"""For a denied request: the grants closest to allowing it, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.model import UserInfo
from kube_oidc.rbac.matches import allows
from kube_oidc.rbac.model import AUTHENTICATED, Request, Rule
from kube_oidc.rbac.names import Difference, differences
from kube_oidc.rbac.policy import Grant, Policy, username_of
from kube_oidc.rbac.question import resource_of

MAX_GRANTS_SHOWN: Final = 3
MISSING_ROLE: Final = "role that does not exist"
_MAX_WEIGHT_FOR_ANOTHER_USER: Final = 3  # weight of what differs in another user's grant
_ALL_NAMESPACES: Final = "the whole cluster"


@dataclass(frozen=True, slots=True)
class Near:
    """A grant that would allow the request without these differences."""

    grant: Grant
    rule: Rule | None
    differences: tuple[Difference, ...]


def nearest(
    policy: Policy, user: UserInfo, request: Request, builtin: frozenset[tuple[str, str]]
) -> tuple[Near, ...]:
    """The closest grants, at most three; of bindings with the names `builtin`, only those that name the user.

    A grant for another user counts if that name is similar and it nearly allows the request; a grant for this user
    always counts, as it is the one to extend.
    """
    found = [
        near
        for binding in policy.bindings
        for subject in binding.subjects
        if (near := _near(policy.grant(binding, subject), user, request)) and _telling(near, builtin, user)
    ]
    least = min(map(_weight, found), default=0)
    return tuple(_one_of_each([near for near in found if _weight(near) == least]))[:MAX_GRANTS_SHOWN]


def _one_of_each(found: list[Near]) -> Iterator[Near]:
    seen = set()
    for near in found:
        if near.grant.binding not in seen:
            seen.add(near.grant.binding)
            yield near


def _telling(near: Near, builtin: frozenset[tuple[str, str]], user: UserInfo) -> bool:
    binding, subject = near.grant.binding, near.grant.subject
    if (binding.namespace, binding.name) in builtin:
        return subject.name == user.username or subject.name in set(user.groups) - {AUTHENTICATED}
    return True


def _near(grant: Grant, user: UserInfo, request: Request) -> Near | None:
    whom = _subject(grant, user)
    where = _namespace(grant, request)
    rules = grant.role.rules if grant.role else ()
    if request.path and grant.namespace:
        return None
    for rule in rules:
        if allows(rule, request):
            return Near(grant, rule, (*whom, *where)) if whom is not None else None
    if whom is None or (whom and grant.role is None):
        return None
    if grant.role is None:
        return Near(grant, None, (*where, Difference(MISSING_ROLE, "", grant.binding.role_name)))
    near = _nearest_rule(grant, request, (*whom, *where))
    return near if near and (not whom or _weight(near) <= _MAX_WEIGHT_FOR_ANOTHER_USER) else None


def _subject(grant: Grant, user: UserInfo) -> tuple[Difference, ...] | None:
    """Empty if the grant is for this user, None if it is for an unrelated one."""
    subject = grant.subject
    if subject.kind == "Group":
        if subject.name in user.groups:
            return ()
        if subject.name == user.username:
            return (Difference("kind of subject", "a user", "the group of this name", 0),)
        near = [found for group in user.groups if (found := differences(group, subject.name, "group"))]
        return min(near, key=len, default=None)
    name = username_of(subject, grant.binding)
    if name == user.username:
        return ()
    if subject.name in user.groups:
        return (Difference("kind of subject", "a group", "the user of this name", 0),)
    return differences(user.username, name)


def _namespace(grant: Grant, request: Request) -> tuple[Difference, ...]:
    if not grant.namespace or grant.namespace == request.namespace:
        return ()
    return (Difference("namespace", request.namespace or _ALL_NAMESPACES, grant.namespace),)


def _nearest_rule(grant: Grant, request: Request, where: tuple[Difference, ...]) -> Near | None:
    """The closest rule of the user's own grant; rules about unrelated resources don't help."""
    best: Near | None = None
    for rule in grant.rules:
        found = Near(grant, rule, (*where, *_of_rule(rule, request)))
        if best is None or _weight(found) < _weight(best):
            best = found
    return best


def _weight(near: Near) -> int:
    return sum(each.weight for each in near.differences)


def _of_rule(rule: Rule, request: Request) -> Iterator[Difference]:
    if request.verb not in rule.verbs and "*" not in rule.verbs:
        yield Difference("verb", request.verb, ", ".join(rule.verbs))
    if request.path:
        if not any(url in ("*", request.path) for url in rule.non_resource_urls):
            yield Difference("path", request.path, ", ".join(rule.non_resource_urls), 2)
        return
    same_group = request.api_group in rule.api_groups or "*" in rule.api_groups
    wanted = f"{request.resource}/{request.subresource}" if request.subresource else request.resource
    if not {wanted, "*", f"*/{request.subresource}"} & set(rule.resources):
        there = ", ".join(resource_of(each, "", _group(rule)) for each in rule.resources)
        here = resource_of(request.resource, request.subresource, request.api_group)
        close = wanted.partition("/")[0] in {each.partition("/")[0] for each in rule.resources}
        yield Difference("resource", here, there, 1 if close and same_group else 3)
    elif not same_group:
        there = ", ".join(group or '""' for group in rule.api_groups)
        yield Difference("API group", request.api_group or '""', there)
    if rule.resource_names and request.name not in rule.resource_names:
        yield Difference("name", request.name, ", ".join(rule.resource_names))


def _group(rule: Rule) -> str:
    return rule.api_groups[0] if len(rule.api_groups) == 1 and rule.api_groups[0] != "*" else ""
