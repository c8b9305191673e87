"""A question in words, `patch deployments.apps/scale`, or the API server's own refusal → the request it means."""

from __future__ import annotations

import re
from typing import Final

from kube_oidc.rbac.model import Objects, Request

SYNTAX: Final = "VERB RESOURCE[.GROUP][/SUBRESOURCE] [NAME], or VERB /PATH"
_FORBIDDEN: Final = re.compile(
    r'cannot (?P<verb>\S+) (?:resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)"| at the cluster scope)?|path "(?P<path>[^"]+)")'
)
_FORBIDDEN_NAME: Final = re.compile(r'"(?P<name>[^"]+)" is forbidden')
_FORBIDDEN_USER: Final = re.compile(r'User "(?P<user>[^"]*)" cannot ')
_OLD_GROUPS: Final = frozenset({"extensions"})  # Kubernetes' roles still have them, API servers do not


class QuestionError(Exception):
    """The text is no question; the message says what one looks like."""


def parse(text: str, namespace: str, objects: Objects) -> Request:
    """The request; a resource without a group has the one that the roles in `objects` know it in.

    Of a refusal (`… is forbidden: User "x" cannot get resource "y" in API group "z" in the namespace "n"`) its own
    namespace counts. Source of that text: `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`.
    """
    if refused := _FORBIDDEN.search(text):
        return _of_refusal(refused, text)
    words = text.split()
    if len(words) == 2 and words[1].startswith("/"):
        return Request(words[0], path=words[1])
    if len(words) not in (2, 3):
        raise QuestionError(f"{text!r} is no question: {SYNTAX}")
    resource, group, subresource = _resource(words[1], text)
    if group is None:
        group = group_of(resource, objects)
    return Request(words[0], group, resource, subresource, "".join(words[2:]), namespace)


def user_of_refusal(text: str) -> str | None:
    """The user that the API server refused; None if the text is not a refusal."""
    found = _FORBIDDEN_USER.search(text)
    return found["user"] if found else None


def group_of(resource: str, objects: Objects) -> str:
    """The API group in which roles name this resource; the core group if none does, or several do."""
    rules = [rule for role in objects.roles for rule in role.rules if resource in rule.resources]
    groups = dict.fromkeys(group for rule in rules for group in rule.api_groups)
    found = [group for group in groups if group not in _OLD_GROUPS and group != "*"]
    return found[0] if len(found) == 1 else ""


def described(request: Request) -> str:
    """`patch deployments.apps/scale "blog" in namespace site`."""
    if request.path:
        return f"{request.verb} {request.path}"
    named = f' "{request.name}"' if request.name else ""
    where = f"in namespace {request.namespace}" if request.namespace else "in the whole cluster"
    return f"{request.verb} {resource_of(request.resource, request.subresource, request.api_group)}{named} {where}"


def resource_of(resource: str, subresource: str, group: str) -> str:
    """`deployments.apps/scale`, the way kubectl writes it."""
    return resource + (f".{group}" if group else "") + (f"/{subresource}" if subresource else "")


def _of_refusal(refused: re.Match[str], text: str) -> Request:
    if refused["path"]:
        return Request(refused["verb"], path=refused["path"])
    resource, _, subresource = refused["resource"].partition("/")
    name = _FORBIDDEN_NAME.search(text)
    namespace = refused["namespace"] or ""
    return Request(
        refused["verb"], refused["group"], resource, subresource, name["name"] if name else "", namespace
    )


def _resource(word: str, text: str) -> tuple[str, str | None, str]:
    """Resource, group (None if none is named), subresource; the group may be on either side of the slash."""
    before, _, after = word.partition("/")
    resource, dot, group = before.partition(".")
    subresource, second, other = after.partition(".")
    if not resource or (dot and second) or "/" in after:
        raise QuestionError(f"{text!r} is no question: {SYNTAX}")
    return resource, (group or other) if dot or second else None, subresource
