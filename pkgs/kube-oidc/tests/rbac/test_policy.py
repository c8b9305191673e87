"""What RBAC allows whom; the table against the API server itself is tests/e2e/test_rbac.py."""

from __future__ import annotations

import pytest
from kube_oidc.model import UserInfo
from kube_oidc.rbac import (
    Binding,
    Objects,
    Policy,
    Request,
    Role,
    Rule,
    Subject,
    aggregation,
    builtin,
    username_of,
    with_authenticated_group,
    with_builtin,
)
from kube_oidc.rbac.aggregation import MAX_AGGREGATED
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.rbac.matches import allows
from kube_oidc.rbac.model import Requirement
from kube_oidc.verdict.versions import NEWEST, OLDEST, KubernetesVersion, known_versions

READ = Rule(("get",), ("",), ("pods",))
URL = Rule(("get",), non_resource_urls=("/metrics",))
LABELLED = (Requirement("part", "In", frozenset({"1"})),)
EVERYTHING: tuple[Requirement, ...] = ()


def bound(role: Role, *subjects: Subject, namespace: str = "") -> Objects:
    return Objects((role,), (Binding("one", role.kind, role.name, namespace, subjects),))


def test_a_grant_says_which_binding_and_role_give_what_where() -> None:
    policy = Policy(bound(Role("reader", rules=(READ, URL)), Subject("User", "ada"), namespace="blog"))
    (grant,) = policy.grants(UserInfo("ada"))
    assert (str(grant.binding), str(grant.role)) == ("RoleBinding blog/one", "ClusterRole reader")
    assert (grant.namespace, grant.rules) == ("blog", (READ,)), "a RoleBinding opens no URL"
    decision = policy.allows(UserInfo("ada"), Request("get", resource="pods", namespace="blog"))
    assert (decision.allowed, decision.grant, decision.rule) == (True, grant, READ)


def test_the_first_subject_that_applies_is_named_and_a_binding_counts_once() -> None:
    subjects = Subject("Group", "ops"), Subject("User", "ada"), Subject("Group", "dev")
    policy = Policy(bound(Role("reader", rules=(READ,)), *subjects))
    grants = list(policy.grants(UserInfo("ada", groups=("dev", "ops"))))
    assert [grant.subject.name for grant in grants] == ["ops"]


def test_a_missing_role_grants_nothing_and_is_reported() -> None:
    objects = Objects((), (Binding("one", "ClusterRole", "gone", "", (Subject("User", "ada"),)),))
    policy = Policy(objects)
    assert [grant.role for grant in policy.grants(UserInfo("ada"))] == [None]
    reason = policy.allows(UserInfo("ada"), Request("get", resource="pods")).reason
    assert reason == 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'


@pytest.mark.parametrize(
    ("user", "added"),
    [
        (UserInfo("ada"), True),
        (UserInfo("ada", groups=("dev",)), True),
        (UserInfo("ada", groups=("system:authenticated",)), False),
        (UserInfo("ada", groups=("system:unauthenticated",)), False),
        (UserInfo("system:anonymous"), False),
    ],
)
def test_accepted_tokens_are_in_system_authenticated(user: UserInfo, added: bool) -> None:
    assert with_authenticated_group(user).groups == user.groups + (("system:authenticated",) if added else ())


def test_every_cluster_binds_these_to_every_accepted_token() -> None:
    grants = Policy(builtin()).grants(with_authenticated_group(UserInfo("ada")))
    assert {grant.binding.name for grant in grants} == {
        "system:basic-user",
        "system:discovery",
        "system:public-info-viewer",
    }


def test_a_cluster_role_binding_gives_urls_and_a_role_binding_does_not() -> None:
    role, ada = Role("reader", rules=(READ, URL)), Subject("User", "ada")
    for namespace, rules in (("", (READ, URL)), ("n", (READ,))):
        [grant] = Policy(bound(role, ada, namespace=namespace)).grants(UserInfo("ada"))
        assert grant.rules == rules


@pytest.mark.parametrize(
    ("subject", "namespace", "name"),
    [
        (Subject("User", "ada"), "n", "ada"),
        (Subject("Group", "ops"), "n", ""),
        (Subject("ServiceAccount", "robot"), "n", "system:serviceaccount:n:robot"),
        (Subject("ServiceAccount", "robot", "m"), "n", "system:serviceaccount:m:robot"),
        (Subject("ServiceAccount", "robot"), "", ""),
    ],
)
def test_a_subject_is_a_user_name(subject: Subject, namespace: str, name: str) -> None:
    assert username_of(subject, Binding("one", "Role", "reader", namespace, (subject,))) == name


def test_a_role_is_no_cluster_role_of_its_name() -> None:
    objects = Objects(
        (Role("reader", "n", rules=(READ,)),),
        (Binding("one", "ClusterRole", "reader", "n", (Subject("User", "ada"),)),),
    )
    [grant] = Policy(objects).grants(UserInfo("ada"))
    assert (grant.role, grant.rules) == (None, ())


def test_a_file_changes_a_role_that_every_cluster_has() -> None:
    ours = Role("view", rules=(READ,))
    policy = Policy(builtin() + Objects((ours,), ()))
    assert policy.roles["", "view"] == ours
    assert policy.roles["", "edit"].rules


def test_aggregation_replaces_the_rules_and_passes_them_on() -> None:
    top = Role("top", aggregation=(LABELLED,), rules=(URL,))
    middle = Role("middle", labels={"part": "1"}, aggregation=((Requirement("low", "Exists"),),))
    low = Role("low", labels={"low": ""}, rules=(READ, READ))
    policy = Policy(Objects((top, middle, low), ()))
    assert policy.roles["", "top"].rules == policy.roles["", "middle"].rules == (READ,)
    assert Policy(Objects((top, middle, low), ()), aggregate=False).roles["", "top"].rules == (URL,)


def test_aggregation_ends_with_the_first_round_that_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, union = [], aggregation._union
    monkeypatch.setattr(aggregation, "_union", lambda lists: rounds.append(1) or union(lists))
    tops = {name: Role(name, aggregation=(LABELLED,)) for name in ("a", "b", "c")}
    aggregation.aggregated({**tops, "low": Role("low", labels={"part": "1"}, rules=(READ,))})
    assert len(rounds) == 2 * len(tops)


def test_aggregation_of_no_rules_leaves_the_roles_own() -> None:
    alone = Role("alone", aggregation=(LABELLED,), rules=(URL,))
    assert Policy(Objects((alone, Role("empty", labels={"part": "1"})), ())).roles["", "alone"].rules == (
        URL,
    )


def test_aggregation_in_a_circle_ends() -> None:
    first = Role("a", labels={"part": "1"}, aggregation=(LABELLED, EVERYTHING), rules=(READ,))
    second = Role("b", labels={"part": "1"}, aggregation=(LABELLED,), rules=(URL,))
    roles = Policy(Objects((first, second), ())).roles
    assert roles["", "a"].rules == roles["", "b"].rules == (URL,)


@pytest.mark.parametrize(
    ("operator", "values", "labels", "holds"),
    [
        ("In", {"1"}, {"part": "1"}, True),
        ("In", {"1"}, {}, False),
        ("NotIn", {"1"}, {}, True),
        ("NotIn", {"1"}, {"part": "1"}, False),
        ("Exists", set(), {"part": ""}, True),
        ("DoesNotExist", set(), {}, True),
        ("DoesNotExist", set(), {"part": ""}, False),
    ],
)
def test_requirements_of_selectors(
    operator: str, values: set[str], labels: dict[str, str], holds: bool
) -> None:
    assert Requirement("part", operator, frozenset(values)).holds(labels) is holds


def test_any_number_of_plain_roles_leaves_the_limit_of_aggregated_ones() -> None:
    plain = [
        Role(f"a{number:03}", rules=(READ,), labels={"part": "1"}) for number in range(MAX_AGGREGATED + 1)
    ]
    whole = Role("whole", aggregation=(LABELLED,))
    made = Policy(Objects((*plain, whole), ())).roles["", "whole"]
    assert made.rules == (READ,)


def test_bindings_that_every_cluster_has_are_known() -> None:
    assert all(map(is_builtin, builtin().bindings))
    assert not is_builtin(Binding("cluster-admin", "ClusterRole", "cluster-admin"))


@pytest.mark.parametrize("version", known_versions(), ids=str)
def test_every_minor_has_its_own_built_in_roles(version: KubernetesVersion) -> None:
    roles = {role.name: role for role in Policy(builtin(version)).roles.values()}
    assert len(roles) >= 70
    assert ("system:cluster-trust-bundle-discovery" in roles) == (version >= KubernetesVersion(1, 37))
    assert all(role.place.path == f"Kubernetes {version}" for role in roles.values() if role.namespace == "")
    listed = Request("list", "resource.k8s.io", "resourceclaims", namespace="n")
    assert any(allows(rule, listed) for rule in roles["view"].rules) == (version >= KubernetesVersion(1, 34))
    assert all(map(is_builtin, builtin(version).bindings))


def test_a_minor_outside_the_known_ones_has_the_roles_of_the_nearest() -> None:
    assert builtin(KubernetesVersion(1, NEWEST.minor + 1)) == builtin(NEWEST)
    assert builtin(KubernetesVersion(1, OLDEST.minor - 1)) == builtin(OLDEST)


def test_a_role_over_a_built_in_one_is_over_that_of_its_minor() -> None:
    ours = Role("view", labels={"a": "b"}, rules=(READ,))
    for version in (OLDEST, NEWEST):
        found = {role.name: role for role in with_builtin(Objects((ours,), ()), version).roles}
        before = {role.name: role for role in builtin(version).roles}
        assert found["view"].labels == {**before["view"].labels, "a": "b"}
        assert found["system:aggregate-to-view"] == before["system:aggregate-to-view"]
