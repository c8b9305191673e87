"""Pure parts of `apply`: whose an object is, how it differs, and what of it is still granted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kube_oidc.apply.differences import differences, drifted, must_be_replaced, reduced
from kube_oidc.apply.grants import GrantsError, parse
from kube_oidc.apply.ownership import Owner, marks, owner_of
from kube_oidc.apply.source import compare
from kube_oidc.cluster.objects import Key

GROUP = "rbac.authorization.k8s.io"
LABELS = {"app.kubernetes.io/managed-by": "kube-oidc"}
KEY = Key("RoleBinding", "site", "kube-oidc:site")


def user(name: str) -> dict[str, str]:
    return {"apiGroup": GROUP, "kind": "User", "name": name}


def binding(*users: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "kube-oidc:site", "namespace": "site", "labels": LABELS, **metadata},
        "subjects": [user(name) for name in users],
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "kube-oidc:site"},
    }


def role(*rules: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "metadata": {"name": "kube-oidc:site", "namespace": "site", "labels": LABELS},
        "rules": list(rules),
    }


def rule(verbs: str, resources: str = "deployments", names: str = "") -> dict[str, list[str]]:
    found = {"apiGroups": ["apps"], "resources": resources.split(), "verbs": verbs.split()}
    return {**found, **({"resourceNames": names.split()} if names else {})}


def managed(manager: str, operation: str = "Apply", **fields: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


@pytest.mark.parametrize(
    ("metadata", "wanted", "owner"),
    [
        ({"managedFields": [managed("kube-oidc")]}, False, Owner.OURS),
        ({"managedFields": [managed("kube-oidc")], "labels": {}}, False, Owner.OURS),
        ({"managedFields": [managed("kube-oidc", "Update")]}, False, Owner.OTHER),
        ({"managedFields": [managed("helm")]}, True, Owner.OTHER),
        ({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}, False, Owner.EARLIER),
        (
            {
                "labels": {},
                "annotations": {
                    "kubectl.kubernetes.io/last-applied-configuration": json.dumps(
                        {"metadata": {"labels": LABELS}}
                    )
                },
            },
            True,
            Owner.EARLIER,
        ),
        (
            {"labels": {}, "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "no JSON"}},
            True,
            Owner.OTHER,
        ),
        (
            {
                "annotations": {
                    "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
                    "objectset.rio.cattle.io/owner-name": "kube-oidc",
                }
            },
            False,
            Owner.EARLIER,
        ),
        (
            {
                "annotations": {
                    "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
                    "objectset.rio.cattle.io/owner-name": "traefik",
                }
            },
            True,
            Owner.OTHER,
        ),
        ({}, True, Owner.OTHER),
    ],
)
def test_whose_an_object_is(metadata: dict[str, Any], wanted: bool, owner: Owner) -> None:
    assert owner_of(binding("a", **metadata), KEY, wanted=wanted) is owner


def test_kubectl_leaves_the_same_marks_for_anyone_so_the_name_must_be_ours() -> None:
    applied = binding("a", annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"})
    other = Key("RoleBinding", "site", "deployers")
    assert owner_of(applied, other, wanted=False) is Owner.OTHER
    assert owner_of(applied, other, wanted=True) is Owner.EARLIER


def test_marks_of_earlier_versions_are_removed_and_others_stay() -> None:
    live = binding(
        "a",
        labels={**LABELS, "objectset.rio.cattle.io/hash": "1", "team": "x"},
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}", "note": "y"},
    )
    assert marks(live) == {
        "metadata": {
            "labels": {"objectset.rio.cattle.io/hash": None},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": None},
        }
    }
    assert marks(binding("a")) is None


@pytest.mark.parametrize(
    ("live", "wanted", "says"),
    [
        (binding("a"), binding("a"), ()),
        (binding("a", "b"), binding("b", "c"), ("added User c", "removed User a")),
        (binding(*"abcde"), binding("a"), ("removed User b, User c, User d and 1 more",)),
        (role(rule("get")), role(rule("get"), rule("patch")), ("1 rule → 2 rules",)),
        (role({**rule("get"), "resourceNames": []}), role(rule("get")), ()),
        (binding("a", labels={}), binding("a"), ("label app.kubernetes.io/managed-by was missing",)),
    ],
)
def test_differences_in_words(live: dict[str, Any], wanted: dict[str, Any], says: tuple[str, ...]) -> None:
    assert differences(live, wanted) == says


def test_drift_is_what_someone_else_changed() -> None:
    mine = managed("kube-oidc", **{"f:subjects": {}})
    theirs = [managed("kube-oidc"), managed("kubectl-edit", "Update", **{"f:subjects": {}})]
    assert not drifted(binding("a", managedFields=[mine]), binding("b"))
    assert drifted(binding("a", "b", managedFields=theirs), binding("a"))
    assert drifted(binding("a", labels={}, managedFields=[mine]), binding("a"))


def test_what_cannot_be_changed_is_replaced() -> None:
    other = {**binding("a"), "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"}}
    assert must_be_replaced(other, binding("a")) == "roleRef was ClusterRole view, which cannot be changed"
    assert "aggregationRule" in must_be_replaced({**role(rule("get")), "aggregationRule": {"x": 1}}, role())
    assert must_be_replaced(binding("a"), binding("b")) == ""


@pytest.mark.parametrize(
    ("live", "wanted", "left"),
    [
        (binding("a"), binding("a", "b"), None),
        (binding("a", "b"), binding("b", "c"), binding("b")),
        (role(rule("get")), role(rule("get"), rule("patch")), None),
        (role(rule("get patch")), role(rule("get")), role(rule("get"))),
        (role(rule("*", "*")), role(rule("get")), role(rule("get"))),
        (role(rule("get patch")), role(rule("get delete")), role()),
        (role(rule("get")), role(rule("get", names="x")), role(rule("get", names="x"))),
        (role(rule("get", names="x")), role(rule("get")), None),
        (role(rule("get", names="x y")), role(rule("get", names="y z")), role()),
        (role({"nonResourceURLs": ["/a"], "verbs": ["get"]}), role(rule("get")), role()),
    ],
)
def test_only_what_is_still_wanted_is_left_of_it(
    live: dict[str, Any], wanted: dict[str, Any], left: dict[str, Any] | None
) -> None:
    assert reduced(live, wanted) == left


def item(kind: str = "Role", **metadata: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": kind,
        "metadata": {"name": "a", "namespace": "b", **metadata},
    }


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (None, "a List is expected"),
        ([1], "items[0]: an object with metadata"),
        ([item("Deployment")], "is not one of Namespace, "),
        ([{**item(), "apiVersion": "v1"}], "v1 Role is not one of"),
        ([item(name="")], "Role without metadata.name"),
        ([item(namespace="")], "Role a needs metadata.namespace"),
        ([item("ClusterRole")], "ClusterRole a has no namespace"),
        ([item(), item()], "items[1]: Role b/a is in it twice"),
    ],
)
def test_a_grants_file_that_is_wrong_is_named(items: object, says: str) -> None:
    with pytest.raises(GrantsError, match=r".") as raised:
        parse(json.dumps({"kind": "List", "items": items}).encode())
    assert says in str(raised.value)


def test_a_grants_file_that_is_not_json_is_named() -> None:
    with pytest.raises(GrantsError, match="it is not JSON"):
        parse(b"apiVersion: v1\n")


def test_grants_are_labelled_and_roles_come_before_bindings() -> None:
    parsed = parse(json.dumps({"items": [item("RoleBinding"), item()]}).encode())
    assert [key.kind for key in parsed] == ["Role", "RoleBinding"]
    assert all(each["metadata"]["labels"] == LABELS for each in parsed.values())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"abcdef", None),
        (None, "/etc/a not found"),
        (b"abc", "/etc/a is truncated: it has the first 3 of 6 bytes of /nix/a"),
        (b"", "it has the first 0 of 6 bytes"),
        (b"abcdeF", "/etc/a was edited"),
        (b"abcdefg", "/etc/a was edited"),
    ],
)
def test_the_file_is_compared_with_the_one_that_was_built(data: bytes | None, says: str | None) -> None:
    found = compare("/etc/a", data, "/nix/a", b"abcdef")
    assert (found is None) == (says is None)
    if found and says:
        assert says in found.reason
        assert "nixos-rebuild switch" in found.remedy
