"""A user's permissions as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kube_oidc.access.words import rule_words
from kube_oidc.rbac.answer import Answer, Permissions
from kube_oidc.rbac.model import Request
from kube_oidc.rbac.names import differences
from kube_oidc.rbac.nearest import MISSING_ROLE, Near
from kube_oidc.rbac.policy import Grant
from kube_oidc.rbac.question import described
from kube_oidc.report import printable


def as_text(permissions: Permissions, missing: Sequence[str]) -> str:
    """The user's grants, then the answers."""
    lines = [f"  not read: {reason}" for reason in missing]
    lines += [line for grant in permissions.grants for line in _grant(grant)]
    if not permissions.grants:
        lines.append("  no binding has this user or one of its groups")
    if permissions.everybody:
        names = ", ".join(grant.binding.name for grant in permissions.everybody)
        lines.append(f"  and Kubernetes' defaults for all authenticated users: {names}")
    for answer in permissions.answers:
        lines += _answer(answer, permissions.user.username)
    return "RBAC\n" + "\n".join(map(printable.line, lines)) + "\n"


def _grant(grant: Grant) -> Iterator[str]:
    where = f"in namespace {grant.namespace}" if grant.namespace else "in the whole cluster"
    place = f"  ({grant.binding.place})" if grant.binding.place.line else ""
    role = f"{grant.binding.role_kind} {grant.binding.role_name}"
    yield f"  {where}, by {grant.binding}, {role}{place}"
    if grant.role is None:
        yield f"    nothing: {role} not found"
    for rule in grant.rules:
        yield f"    {rule_words(rule)}"


def _answer(answer: Answer, username: str) -> Iterator[str]:
    question = f"can the user {described(answer.request)}?"
    if answer.allowed:
        yield f"{question} yes: {_by(answer)}"
    elif answer.allowed is None:
        yield f"{question} unknown: not allowed by the objects that could be read"
    else:
        reason = f": {answer.decision.reason}" if answer.decision.reason else ""
        yield f"{question} no{reason}"
    if answer.api_server is not None and answer.api_server != answer.allowed:
        yield f"  the API server says {'yes' if answer.api_server else 'no'}: is there another authorizer besides RBAC?"
    if answer.other_user:
        yield f"  the pasted message is about another user, {answer.other_user}"
        for each in differences(username, answer.other_user) or ():
            yield f"    {each}"
    for near in answer.nearest:
        yield from _near(near)


def _by(answer: Answer) -> str:
    grant = answer.decision.grant
    if grant is None:
        return "member of system:masters, which can do everything"
    return f"{grant.binding} grants {grant.binding.role_kind} {grant.binding.role_name} to {_subject(grant)}"


def _subject(grant: Grant) -> str:
    return f"{grant.subject.kind} {grant.subject.name}"


def _near(near: Near) -> Iterator[str]:
    place = f"  ({near.grant.binding.place})" if near.grant.binding.place.line else ""
    yield f"  closest: {near.grant.binding} for {_subject(near.grant)}{place}"
    for each in near.differences:
        yield f"    {each.what}: {each.there}" if each.what == MISSING_ROLE else f"    {each}"


def as_json(permissions: Permissions, missing: Sequence[str]) -> dict[str, Any]:
    """`allowed` is null if not everything could be read; `apiServer` is null if it was not asked."""
    return {
        "missing": list(missing),
        "grants": [
            *_grants(permissions.grants, everybody=False),
            *_grants(permissions.everybody, everybody=True),
        ],
        "answers": [_json_answer(answer) for answer in permissions.answers],
    }


def _grants(grants: Iterable[Grant], *, everybody: bool) -> Iterator[dict[str, Any]]:
    for grant in grants:
        rules = [
            {
                "verbs": list(rule.verbs),
                "apiGroups": list(rule.api_groups),
                "resources": list(rule.resources),
                "resourceNames": list(rule.resource_names),
                "nonResourceURLs": list(rule.non_resource_urls),
            }
            for rule in grant.rules
        ]
        yield _named(grant) | {"everybody": everybody, "roleFound": grant.role is not None, "rules": rules}


def _named(grant: Grant) -> dict[str, Any]:
    return {
        "binding": {"kind": grant.binding.kind, "name": grant.binding.name, "namespace": grant.namespace},
        "role": {"kind": grant.binding.role_kind, "name": grant.binding.role_name},
        "subject": {"kind": grant.subject.kind, "name": grant.subject.name},
        "place": str(grant.binding.place),
    }


def _json_answer(answer: Answer) -> dict[str, Any]:
    return {
        "request": _request(answer.request),
        "allowed": answer.allowed,
        "reason": answer.decision.reason,
        "by": _named(answer.decision.grant) if answer.decision.grant else None,
        "apiServer": answer.api_server,
        "otherUser": answer.other_user or None,
        "nearest": [
            _named(near.grant)
            | {"differences": [{"what": d.what, "here": d.here, "there": d.there} for d in near.differences]}
            for near in answer.nearest
        ],
    }


def _request(request: Request) -> dict[str, str]:
    return {
        "verb": request.verb,
        "apiGroup": request.api_group,
        "resource": request.resource,
        "subresource": request.subresource,
        "name": request.name,
        "namespace": request.namespace,
        "path": request.path,
    }
