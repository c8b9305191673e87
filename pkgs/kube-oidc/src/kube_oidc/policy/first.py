"""Writes a first file of expectations from what exists; only those that pass are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from kube_oidc.policy import examples, invariants
from kube_oidc.policy.examples import World
from kube_oidc.policy.load import load
from kube_oidc.proof.question import Question, Shown, Subject, ask, quoted
from kube_oidc.rbac import Binding, username_of
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.model import Rule
from kube_oidc.serialize.yaml import dumps

_MAX_QUESTIONS: Final = 6  # of one binding
_NEVER: Final = (
    ("no token is in system:masters", {"group": "system:masters"}),
    ("no token reads secrets of the whole cluster", {"can": "list secrets"}),
    ("no token changes ClusterRoleBindings", {"can": "create clusterrolebindings.rbac.authorization.k8s.io"}),
)


def first_file(world: World, config: str, rbac: Sequence[str]) -> str:
    """The text of the file; paths are as given, so it belongs into the folder that they are relative to."""
    parts: dict[str, list[dict[str, Any]]] = {
        "tests": list(_tests(world)),
        "invariants": [
            *_only(world),
            *(
                {"name": name, "never": target}
                for name, target in _NEVER
                if world.rbac or "can" not in target
            ),
        ],
    }
    sources: dict[str, Any] = {"config": config, **({"rbac": list(rbac)} if rbac else {})}
    expected = load(dumps({**sources, **parts}))
    results = [*examples.results(world, expected.examples), *invariants.results(world, expected.invariants)]
    passed = {result.name for result in results if result.ok}
    kept = {key: [each for each in items if each["name"] in passed] for key, items in parts.items()}
    document = {**sources, **{key: items for key, items in kept.items() if items}}
    return "# yaml-language-server: $schema=expectations.json\n" + dumps(document)


def _tests(world: World) -> Iterator[dict[str, Any]]:
    """An example for each user in a binding that an issuer can produce."""
    for binding, name in _users(world):
        shown = _token(world, name)
        if shown is None:
            continue
        claims = {
            key: value for key, value in shown.claims.items() if key not in ("exp", "iat", "nbf", "jti")
        }
        yield {
            "name": f"{name} uses {binding}",
            "claims": claims,
            "user": name,
            "can": list(_questions(world, binding)),
        }


def _only(world: World) -> Iterator[dict[str, Any]]:
    """Only tokens with this subject become a user that a binding names."""
    for name in dict.fromkeys(name for _, name in _users(world)):
        shown = _token(world, name)
        if shown is not None and isinstance(subject := shown.claims.get("sub"), str):
            yield {
                "name": f"only one subject becomes {name}",
                "only": {
                    "user": name,
                    "issuer": shown.claims["iss"],
                    "tokens": f"claims.sub == {quoted(subject)}",
                },
            }


def _users(world: World) -> Iterator[tuple[Binding, str]]:
    for binding in world.policy.bindings:
        if is_builtin(binding):
            continue
        for subject in binding.subjects:
            name = username_of(subject, binding)
            if subject.kind == "User" and name and not name.startswith("system:"):
                yield binding, name


def _token(world: World, name: str) -> Shown | None:
    """A token that becomes this user."""
    for entry in world.configuration.jwt:
        answer = ask(Subject(entry, world.version), Question(user=(f"user.username == {quoted(name)}",)))
        if isinstance(answer, Shown):
            return answer
    return None


def _questions(world: World, binding: Binding) -> Iterator[str]:
    """What the binding's role allows, without wildcards, as `kubectl auth can-i` asks."""
    rules = world.policy.grant(binding, binding.subjects[0]).rules
    questions = [question for rule in rules for question in _of_rule(rule, binding.namespace)]
    yield from dict.fromkeys(questions[:_MAX_QUESTIONS])


def _of_rule(rule: Rule, namespace: str) -> Iterator[str]:
    where = f" -n {namespace}" if namespace else ""
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                if "*" not in (group, resource, verb) and not rule.resource_names:
                    plain, _, sub = resource.partition("/")
                    named = plain + (f".{group}" if group else "") + (f"/{sub}" if sub else "")
                    yield f"{verb} {named}{where}"
