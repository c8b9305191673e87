"""A question in kubectl's words, `patch deployment/blog -n shop`, or the API server's refusal → the request."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.rbac.model import Objects, Request
from kube_oidc.rbac.resources import COMMANDS, SUBRESOURCES, URL_VERBS, VERBS, all_names, named

SYNTAX: Final = "VERB RESOURCE[.GROUP][/NAME or /SUBRESOURCE] [NAME] [-n NAMESPACE], or VERB /PATH"
_FORBIDDEN: Final = re.compile(
    r'cannot (?P<verb>\S+) (?:resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]+)"| at the cluster scope)?|path "(?P<path>[^"]+)")'
)
_FORBIDDEN_NAME: Final = re.compile(r'"(?P<name>[^"]+)" is forbidden')
_FORBIDDEN_USER: Final = re.compile(r'User "(?P<user>[^"]*)" cannot ')
_OPTION: Final = re.compile(r"(?:^|\s)(-n|--namespace|--subresource)(?:=|\s+)(\S+)")
_EVERYWHERE: Final = re.compile(r"(?:^|\s)(?:-A|--all-namespaces)(?=\s|$)")
_KUBECTL: Final = re.compile(r"^\s*(?:kubectl\s+)?(?:auth\s+)?(?:can-i\s+)?")
_OLD_GROUPS: Final = frozenset({"extensions"})  # Kubernetes' roles still have them, API servers do not
_MAX_WORD: Final = 60  # characters that are compared with known words


class QuestionError(Exception):
    """The text is no question; the message says what one looks like."""


def parse(text: str, namespace: str, objects: Objects) -> Request:
    """The request. A resource has any name that kubectl accepts; without a group, the one in which it is known.

    Of a refusal (`… is forbidden: User "x" cannot get resource "y" in API group "z" in the namespace "n"`) its own
    namespace counts. Source of that text: `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`.
    """
    if refused := _FORBIDDEN.search(text):
        return _of_refusal(refused, text)
    plain, namespace, subresource = _options(text, namespace)
    words = plain.split()
    if len(words) == 2 and words[1].startswith("/"):
        return Request(words[0].lower(), path=words[1])
    if len(words) not in (2, 3):
        raise QuestionError(f"{text!r} is no question: {SYNTAX}")
    resource, group, below, name = _resource(words[1], text)
    if name and words[2:]:
        raise QuestionError(f"{text!r} is no question: it has two names; {SYNTAX}")
    known = named(resource, group)
    resource = known.name if known else resource
    if group is None:
        group = group_of(resource, objects)
    return Request(
        words[0].lower(), group, resource, subresource or below, name or "".join(words[2:]), namespace
    )


def _options(text: str, namespace: str) -> tuple[str, str, str]:
    """The words without kubectl's options; the namespace and the subresource that they name."""
    given: dict[str, str] = dict(_OPTION.findall(text))
    namespace = given.get("-n", given.get("--namespace", namespace))
    if _EVERYWHERE.search(text):
        namespace = ""
    plain = _KUBECTL.sub("", _EVERYWHERE.sub("", _OPTION.sub("", text)))
    return plain, namespace, given.get("--subresource", "")


def user_of_refusal(text: str) -> str | None:
    """The user that the API server refused; None if the text is not a refusal."""
    found = _FORBIDDEN_USER.search(text)
    return found["user"] if found else None


def group_of(resource: str, objects: Objects) -> str:
    """The API group in which roles name this resource, or in which every API server has it; else the core group."""
    rules = [rule for role in objects.roles for rule in role.rules if resource in rule.resources]
    groups = dict.fromkeys(group for rule in rules for group in rule.api_groups)
    found = [group for group in groups if group not in _OLD_GROUPS and group != "*"]
    if len(found) == 1:
        return found[0]
    known = named(resource)
    return known.group if known else ""


def doubts(request: Request, objects: Objects) -> Iterator[str]:
    """What about the question is probably a mistake: an unknown verb or resource, or a useless namespace."""
    verbs = URL_VERBS if request.path else VERBS
    if request.verb not in (*verbs, "*"):
        yield f"unknown verb {request.verb!r}{_meant(request, verbs)}"
    if request.path or request.resource == "*":
        return
    known = named(request.resource, request.api_group)
    used = any(request.resource in rule.resources for role in objects.roles for rule in role.rules)
    if known is None and not used:
        near = difflib.get_close_matches(request.resource[:_MAX_WORD], all_names(), n=1)
        hint = f"did you mean {near[0]}?" if near else "write RESOURCE.GROUP for a custom resource"
        shown = resource_of(request.resource, "", request.api_group)
        yield f"no role and no API server has the resource {shown!r}: {hint}"
    elif (
        known is not None and not known.namespaced and request.namespace and request.resource != "namespaces"
    ):
        yield f"{request.resource} are not in a namespace: -n {request.namespace} has no effect"


def _meant(request: Request, verbs: tuple[str, ...]) -> str:
    if request.verb in COMMANDS:
        return f": did you mean {COMMANDS[request.verb]}?"
    near = difflib.get_close_matches(request.verb[:_MAX_WORD], verbs, n=1)
    return f": did you mean {near[0]}?" if near else f" (known: {', '.join(verbs)})"


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


def _resource(word: str, text: str) -> tuple[str, str | None, str, str]:
    """Resource, group (None if none is named), subresource and name.

    After a slash is a subresource, if it is called like one, or else a name. The group may be on either side.
    """
    before, _, after = word.partition("/")
    resource, dot, group = before.partition(".")
    subresource, second, other = after.partition(".")
    if not resource or (dot and second) or "/" in after:
        raise QuestionError(f"{text!r} is no question: {SYNTAX}")
    if after and subresource not in SUBRESOURCES:
        return resource, group if dot else None, "", after
    return resource, (group or other) if dot or second else None, subresource, ""
