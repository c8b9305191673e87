"""Random roles and bindings, right and wrong, in every form that a file may have, and questions about them."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import yaml
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Request

VERSION: Final = "rbac.authorization.k8s.io/v1"
GROUP: Final = "rbac.authorization.k8s.io"
NAMESPACES: Final = ("random-a", "random-b", "default")
VERBS: Final = (
    "get", "list", "watch", "create", "patch", "delete", "deletecollection", "impersonate", "*", "GET", "",
)  # fmt: skip
API_GROUPS: Final = ("", "apps", "batch", "*", GROUP, "apps/v1", "example.org")
RESOURCES: Final = (
    "pods", "pods/log", "pods/exec", "deployments", "deployments/scale", "deployments/*", "*/scale", "*/*", "*",
    "*/log", "Pods", "secrets", "configmaps", "widgets", "pods/", "/log", "*/", "namespaces", "serviceaccounts/token",
    "p*", "",
)  # fmt: skip
NAMES: Final = ("a", "b", "", "*", "a.b:c")
URLS: Final = (
    "/metrics", "/healthz/*", "*", "/api*", "/a*b", "/", "/**", "/x/*/y", "/logs/", "metrics", "/healthz", "", "/*",
    "/é*",
    "/apis/apps/v1", "/apis/*/", "**", "/metrics?x=1",
)  # fmt: skip
PATHS: Final = (
    *URLS, "/healthz/etcd", "/healthz/", "/api/v1", "/apis", "/axb", "/a*b/c", "/x/1/y", "/x/", "/metrics/",
    "//",
)  # fmt: skip
LABELS: Final = (
    {}, {"tier": "a"}, {"tier": "b"}, {"tier": "a", "x.example.org/on": "true"}, {"x.example.org/on": ""},
)  # fmt: skip
EXISTING: Final = (
    "view", "edit", "admin", "cluster-admin", "system:basic-user", "random-nowhere", "View", "",
)  # fmt: skip
SELECTORS: Final[tuple[dict[str, Any], ...]] = (
    {"matchLabels": {"tier": "a"}}, {"matchLabels": {"x.example.org/on": "true"}},
    {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}]},
    {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}],
     "matchLabels": {"x.example.org/on": ""}},
    {"matchExpressions": [{"key": "tier", "operator": "Exists"},
                          {"key": "x.example.org/on", "operator": "DoesNotExist"}]},
    {"matchLabels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
)  # fmt: skip
CHAIN: Final = {"matchLabels": {"chain": "a"}}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One file's objects; names that belong to the whole cluster begin with `prefix`."""

    prefix: str
    documents: tuple[dict[str, Any], ...]

    def text(self, chance: Random) -> str:
        """The file: documents in YAML, a List, JSON, typed lists, or a mixture."""
        match chance.randrange(4):
            case 0:
                return yaml.safe_dump_all(self.documents)
            case 1:
                return json.dumps({"apiVersion": "v1", "kind": "List", "items": self.documents}, indent=1)
            case 2:
                return "\n".join(map(json.dumps, self.documents))
        half = len(self.documents) // 2
        listed = {"apiVersion": "v1", "kind": "List", "items": list(self.documents[half:])}
        return yaml.safe_dump_all(
            [*self.documents[:half], listed],
            default_flow_style=None if chance.random() < 0.5 else False,
        )


class Drawing:
    """Draws the objects of one round, and what to ask about them."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self.prefix = f"random-{seed}"
        self._cluster_roles = itertools.count()
        self.users = [f"{self.prefix}:{name}" for name in ("ada", "bob", "é x", "ops")]
        self.groups = [f"{self.prefix}:{name}" for name in ("ops", "dev", "ada")]

    def draw(self, count: int) -> Drawn:
        """So many objects, and a last one that says when the others are in force."""
        made = [self._object() for _ in range(count)] + self._aggregated()
        self._chance.shuffle(made)
        return Drawn(self.prefix, (*made, *self.sentinel()))

    def sentinel(self) -> tuple[dict[str, Any], ...]:
        """What gives the user `PREFIX:sentinel` the URL /sentinel."""
        name = f"{self.prefix}-sentinel"
        rules = [{"verbs": ["get"], "nonResourceURLs": ["/sentinel"]}]
        subjects = [{"kind": "User", "name": f"{self.prefix}:sentinel", "apiGroup": GROUP}]
        reference = {"kind": "ClusterRole", "name": name, "apiGroup": GROUP}
        about = {"apiVersion": VERSION, "metadata": {"name": name}}
        return (
            {**about, "kind": "ClusterRole", "rules": rules},
            {**about, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": subjects},
        )

    def questions(self, drawn: Drawn, count: int) -> list[tuple[UserInfo, Request]]:
        """Who may do what: mostly what a binding gives one of its subjects, or nearly so."""
        rules = [rule for one in drawn.documents for rule in one.get("rules") or ()]
        bindings = [one for one in drawn.documents if one["kind"].endswith("Binding") and one.get("subjects")]
        asked = []
        for _ in range(count):
            who, rule, namespace = self._who(), self._pick(rules), ""
            if not self._rarely(4):
                binding = self._pick(bindings)
                name = (binding.get("roleRef") or {}).get("name")
                given = [
                    rule
                    for one in drawn.documents
                    if one["metadata"]["name"] == name
                    for rule in one.get("rules") or ()
                ]
                namespace = binding["metadata"].get("namespace", "")
                who = self._subject_of(binding, namespace) if not self._rarely(6) else who
                rule = self._pick(given or rules)
            asked.append((who, self._request(rule, namespace)))
        return asked

    def _subject_of(self, binding: dict[str, Any], namespace: str) -> UserInfo:
        subject = self._pick(binding["subjects"])
        if subject["kind"] == "Group":
            return UserInfo(self._pick(self.users), groups=(subject["name"],))
        if subject["kind"] == "ServiceAccount":
            return UserInfo(
                f"system:serviceaccount:{subject.get('namespace') or namespace}:{subject['name']}"
            )
        return UserInfo(subject["name"] or "nobody")

    def _pick(self, items: Any) -> Any:
        return self._chance.choice(items)

    def _some(self, words: tuple[Any, ...], most: int = 3) -> list[Any]:
        return [self._pick(words) for _ in range(self._chance.randint(1, most))]

    def _rarely(self, times: int) -> bool:
        return self._chance.randrange(times) == 0

    def _object(self) -> dict[str, Any]:
        kind = self._pick(
            ["Role", "ClusterRole", "ClusterRole", "RoleBinding", "RoleBinding", "ClusterRoleBinding"]
        )
        metadata: dict[str, Any] = {"name": f"{self.prefix}-{self._chance.randrange(12)}"}
        if kind == "ClusterRole":  # once each: what the controller made of the first one's labels might stay
            metadata["name"] = f"{self.prefix}-{next(self._cluster_roles)}"
        namespaced = kind in ("Role", "RoleBinding")
        if namespaced != self._rarely(12):
            metadata["namespace"] = self._pick(NAMESPACES)
        if self._rarely(3) or kind == "ClusterRole":
            metadata["labels"] = self._pick(LABELS)
        made: dict[str, Any] = {"apiVersion": VERSION, "kind": kind, "metadata": metadata}
        if kind.endswith("Binding"):
            made |= self._binding(kind)
        else:
            made["rules"] = [self._rule(kind == "ClusterRole") for _ in range(self._chance.randint(0, 3))]
        if self._rarely(25):
            made[self._pick(["rules", "subjects", "roleRef", "aggregationRule"])] = None
        return made

    def _aggregated(self) -> list[dict[str, Any]]:
        """ClusterRoles of others, and one of these: each once, in no circle, whose rules would depend on the past."""
        found = []
        for number in range(5):
            top = number == 4
            selectors = [CHAIN] if top else self._some(SELECTORS, 2)
            metadata = {
                "name": f"{self.prefix}-{number}-of-others",
                "labels": {} if top else CHAIN["matchLabels"],
            }
            rules = [self._rule(True) for _ in range(self._chance.randint(0, 1))]
            made = {"apiVersion": VERSION, "kind": "ClusterRole", "metadata": metadata, "rules": rules}
            found.append(made | {"aggregationRule": {"clusterRoleSelectors": selectors}})
        return found

    def _rule(self, cluster: bool) -> dict[str, Any]:
        verbs = self._some(VERBS)
        if cluster and self._rarely(4):
            return {"verbs": verbs, "nonResourceURLs": self._some(URLS)}
        rule: dict[str, Any] = {
            "verbs": verbs,
            "apiGroups": self._some(API_GROUPS),
            "resources": self._some(RESOURCES),
        }
        if self._rarely(3):
            rule["resourceNames"] = self._some(NAMES)
        if self._rarely(20):
            rule.pop(self._pick(sorted(rule)))
        if self._rarely(30):
            rule["nonResourceURLs"] = self._some(URLS)
        return rule

    def _binding(self, kind: str) -> dict[str, Any]:
        role_kind = "ClusterRole" if kind == "ClusterRoleBinding" or self._rarely(2) else "Role"
        if self._rarely(25):
            role_kind = self._pick(["Role", "role", "", "Group"])
        name = self._pick(EXISTING) if self._rarely(5) else f"{self.prefix}-{self._chance.randrange(12)}"
        if role_kind == "ClusterRole" and self._rarely(5):
            name = f"{self.prefix}-{self._chance.randrange(5)}-of-others"
        reference: dict[str, Any] = {"kind": role_kind, "name": name, "apiGroup": GROUP}
        if self._rarely(4):
            reference["apiGroup"] = self._pick(["", GROUP, "apps", VERSION]) if self._rarely(3) else ""
        if self._rarely(10):
            del reference["apiGroup"]
        made: dict[str, Any] = {
            "roleRef": reference,
            "subjects": [self._subject() for _ in range(self._chance.randint(0, 3))],
        }
        if self._rarely(25):
            del made[self._pick(["roleRef", "subjects"])]
        return made

    def _subject(self) -> dict[str, Any]:
        kind = self._pick(["User", "Group", "ServiceAccount"])
        subject: dict[str, Any] = {
            "kind": kind,
            "name": self._pick(self.users if kind == "User" else self.groups),
        }
        if kind == "ServiceAccount":
            subject["name"] = (
                f"{self.prefix}-robot" if not self._rarely(10) else self._pick(["Robot", "", "a.b"])
            )
        elif not self._rarely(4):
            subject["apiGroup"] = GROUP
        if kind == "Group" and self._rarely(4):
            subject["name"] = self._pick(
                ["system:serviceaccounts", "system:serviceaccounts:random-a", "system:nobody"]
            )
        if self._rarely(2) if kind == "ServiceAccount" else self._rarely(15):
            subject["namespace"] = self._pick(NAMESPACES)
        if self._rarely(30):
            subject["kind"] = self._pick(["user", "ServiceAccounts", ""])
        if self._rarely(30):
            subject["apiGroup"] = self._pick(["", "v1", GROUP, VERSION])
        return subject

    def _who(self) -> UserInfo:
        groups = self._chance.sample(self.groups, self._chance.randint(0, 2))
        if self._rarely(4):
            namespace = self._pick(NAMESPACES)
            added = (
                ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"] if self._rarely(2) else []
            )
            return UserInfo(
                f"system:serviceaccount:{namespace}:{self.prefix}-robot", groups=(*groups, *added)
            )
        return UserInfo(self._pick(self.users), groups=tuple(groups))

    def _request(self, rule: dict[str, Any], namespace: str) -> Request:
        near = rule if not self._rarely(8) else {}
        verb = self._pick(near.get("verbs") or VERBS)
        verb = self._pick(VERBS[:6]) if verb == "*" or self._rarely(10) else verb
        if near.get("nonResourceURLs") or self._rarely(12):
            path = self._pick(near.get("nonResourceURLs") or PATHS)
            path = self._pick([path, path.replace("*", "x"), path.rstrip("*"), self._pick(PATHS)])
            return Request(verb, path=path or "/")
        resource = self._pick(near.get("resources") or RESOURCES)
        resource = (
            resource.replace("*", self._pick(["pods", "deployments", "*"])) if self._rarely(2) else resource
        )
        resource, _, subresource = resource.partition("/")
        subresource = self._pick(["", "log", "scale", "*"]) if self._rarely(8) else subresource
        group = self._pick(API_GROUPS if self._rarely(10) else near.get("apiGroups") or API_GROUPS)
        group = self._pick(["apps", "", "*"]) if group == "*" else group
        name = self._pick([*(near.get("resourceNames") or NAMES), *(near.get("resourceNames") or ()), "a"])
        namespace = self._pick([*NAMESPACES, "", "kube-system"]) if self._rarely(5) else namespace
        return Request(verb, group, resource, subresource, name, namespace)
