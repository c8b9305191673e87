"""RBAC from files: places, lists, JSON, what is refused and passed over, and that size and hostility cost little."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kube_oidc.model import UserInfo
from kube_oidc.rbac import Loaded, Place, Policy, Request, load

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deploy, namespace: blog}
rules:
- apiGroups: [apps]
  resources: [deployments]
  verbs: [patch]
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deploy, namespace: blog}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy}
subjects:
- kind: Group
  name: ops
- kind: User
  name: ada
"""
ADA = UserInfo("ada")
PATCH = Request("patch", "apps", "deployments", namespace="blog")


def loaded(tmp_path: Path, text: str | bytes, name: str = "rbac.yaml") -> Loaded:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load([path])


def test_documents_have_their_lines(tmp_path: Path) -> None:
    found = loaded(tmp_path, f"# ours\n---\n{ROLE}---\n---\n{BINDING}")
    assert found.problems == ()
    role, binding = found.objects.roles[0], found.objects.bindings[0]
    assert (role.place.line, role.rules[0].place.line) == (3, 7)
    assert [binding.place.line, *(subject.place.line for subject in binding.subjects)] == [12, 17, 19]
    assert str(binding.place) == f"{tmp_path}/rbac.yaml:12"


def test_a_list_in_json_has_the_lines_of_its_items(tmp_path: Path) -> None:
    items = [yaml.safe_load(text) for text in (ROLE, BINDING)] + [{"kind": "Secret"}]
    text = json.dumps({"items": items, "kind": "List", "apiVersion": "v1"}, indent=4)
    found = loaded(tmp_path, text + "\n" + text, "all.json")
    second = len(text.splitlines()) + 3
    assert [role.place.line for role in found.objects.roles] == [second]
    assert text.splitlines()[second - 1 - len(text.splitlines())].strip() == "{"
    assert [problem.refused for problem in found.problems] == [False, False]
    assert "all.json:3" in found.problems[0].remedy
    assert dict(found.ignored) == {"Secret": 2}
    assert Policy(found.objects).allows(ADA, PATCH).allowed


def test_a_typed_list_names_the_kind_of_its_items(tmp_path: Path) -> None:
    items = [{"metadata": {"name": "a"}, "rules": [{"verbs": ["*"], "nonResourceURLs": ["/x"]}]}]
    text = json.dumps(
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleList", "items": items}
    )
    assert [role.name for role in loaded(tmp_path, text).objects.roles] == ["a"]


def test_anchors_and_merges_are_followed(tmp_path: Path) -> None:
    text = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a}
rules:
- &base {apiGroups: [apps], resources: &all ["*"], verbs: [get]}
- {<<: *base, verbs: [list], resourceNames: *all}
"""
    first, second = loaded(tmp_path, text).objects.roles[0].rules
    assert (second.api_groups, second.resources, second.verbs) == (first.api_groups, ("*",), ("list",))


def test_scalars_have_the_type_that_kubectl_reads(tmp_path: Path) -> None:
    names = ["!!str 7", "'7'", '"yes"', "&a !!str 8", "v1", "&b 'x: y'", "*b", "1:30", "2024-01-01"]
    text = ROLE.replace("[patch]", f"[{', '.join(names)}]")
    assert loaded(tmp_path, text).objects.roles[0].rules[0].verbs == (
        *("7", "7", "yes", "8", "v1", "x: y", "x: y", "1:30", "2024-01-01"),
    )
    for wrong in ("7", "yes", "&a 7", "!!int '7'", "y", "1.5", "~0x"):
        found = loaded(tmp_path, ROLE.replace("[patch]", f"[{wrong}]"))
        assert bool(found.problems) is (wrong != "~0x"), wrong


def test_a_folder_is_read_in_order_and_one_bad_file_hides_no_other(tmp_path: Path) -> None:
    for name, text in {
        "a/role.yaml": ROLE,
        "b.yml": BINDING,
        "c.yaml": "kind: {{ .Values.kind }}\n",
        "notes.txt": BINDING,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = load([tmp_path])
    assert Policy(found.objects).allows(ADA, PATCH).allowed
    assert [Path(problem.place.path).name for problem in found.problems] == ["c.yaml"]


def test_what_names_no_namespace_is_in_the_default_one(tmp_path: Path) -> None:
    text = BINDING.replace(", namespace: blog", "")
    assert loaded(tmp_path, text).objects.bindings[0].namespace == "default"


BAD = {
    "no YAML": ("a: [", "invalid YAML", 2),
    "no JSON": ('{\n"kind": }', "invalid JSON: Expecting value", 2),
    "half a JSON": ('{"items": [\n{}', "invalid JSON: expected a comma or ]", 2),
    "JSON without a comma": ('{"a": 1 "b": 2}', "invalid JSON: expected a comma or }", 1),
    "a huge number": ('{"kind": ' + "9" * 5000 + "}", None, 0),
    "not a number": ('{"kind": NaN}', "NaN is no value of JSON", 1),
    "a list": ("- a\n- b\n", "a list is no object", 0),
    "a word": ("word\n", "a text is no object", 0),
    "binary": (b"\0\1\2", "it is binary", 0),
    "not UTF-8": (ROLE.encode() + b"# \xff\n", "it is not UTF-8", 8),
    "deep YAML": ("kind: " + "[" * 500 + "]" * 500, "nested deeper than 64 levels", 1),
    "deeper YAML": ("[" * 100_000, "nest", None),
    "deep JSON": ('{"a":' * 100_000, "nested too deep", 1),
    "inside itself": ("a: &a [*a]\n", "nested deeper than 64 levels, or contains itself", 1),
    "a merge of a word": ("<<: word\n", "`<<` merges only mappings", 1),
    "items of a List": ("\napiVersion: v1\nkind: List\nitems: 3\n", "items is not a list", 2),
    "a list in a list": (
        '\n{"kind": "List", "items": [{"kind": "List", "items": []}]}',
        "a list is nested in another one",
        2,
    ),
    "a name that is a list": (
        ROLE.replace("name: deploy,", "name: [deploy],").replace("[patch]", "patch"),
        ": Role: rules[0].verbs: cannot unmarshal string",
        1,
    ),
    "no name": (
        ROLE.replace("name: deploy, ", ""),
        ": Role: metadata.name: Required value: name or generateName is required",
        1,
    ),
    "an empty name": (ROLE.replace("name: deploy,", 'name: "",'), ": Role: metadata.name: Required value", 1),
    "no name of a role": (
        BINDING.replace("kind: Role, name: deploy}", "kind: Role}"),
        "RoleBinding deploy: roleRef.name: Required value",
        1,
    ),
    "a namespace with a capital": (
        ROLE.replace("namespace: blog", "namespace: Blog"),
        'Role deploy: metadata.namespace: Invalid value: "Blog"',
        1,
    ),
    "an old version": (ROLE.replace("io/v1", "io/v1beta1"), "no API server since Kubernetes 1.22", 1),
    "a wrong type": (ROLE.replace("[patch]", "patch"), "rules[0].verbs: cannot unmarshal string", 1),
    "a number for a name": (
        BINDING.replace("name: ada", "name: 7"),
        "subjects[1].name: cannot unmarshal number",
        1,
    ),
    "a null for metadata": (
        ROLE.replace("{name: deploy, namespace: blog}", ""),
        "metadata.name: Required",
        1,
    ),
}


@pytest.mark.parametrize("title", BAD)
def test_bad_input_is_a_problem_with_place_and_remedy(tmp_path: Path, title: str) -> None:
    text, message, line = BAD[title]
    found = loaded(tmp_path, text)
    assert found.objects.roles == found.objects.bindings == ()
    if message is not None:
        assert any(message in str(problem) for problem in found.problems), found.problems
        assert found.problems[0].remedy
    if line is not None and found.problems:
        assert found.problems[0].place.line == line


IGNORED = {
    "another kind of the group": (ROLE.replace("kind: Role", "kind: Widget"), "Widget"),
    "the kind in another group": (ROLE.replace("rbac.authorization.k8s.io", "example.org"), "Role"),
    "a kind that is a number": (ROLE.replace("kind: Role", "kind: 5"), "without a kind"),
    "a kind that is a list": (ROLE.replace("kind: Role", "kind: [Role]"), "without a kind"),
    "a kind that may be a secret": (ROLE.replace("kind: Role", "kind: s3cr3t-value"), "of another kind"),
    "a list of an old version": (
        json.dumps(
            {"apiVersion": "rbac.authorization.k8s.io/v1beta1", "kind": "RoleBindingList", "items": None}
        ),
        "RoleBindingList",
    ),
}


@pytest.mark.parametrize("title", IGNORED)
def test_other_objects_are_counted_by_kind(tmp_path: Path, title: str) -> None:
    text, kind = IGNORED[title]
    found = loaded(tmp_path, text)
    assert (found.problems, found.objects.roles, dict(found.ignored)) == ((), (), {kind: 1})


def test_a_list_without_items_is_empty(tmp_path: Path) -> None:
    found = loaded(tmp_path, "apiVersion: v1\nkind: List\n")
    assert (found.problems, dict(found.ignored)) == ((), {})


def test_objects_are_named_by_kind_namespace_and_name(tmp_path: Path) -> None:
    cluster = ROLE.replace("kind: Role", "kind: ClusterRole").replace(", namespace: blog", "")
    binding = BINDING.replace("RoleBinding", "ClusterRoleBinding").replace(", namespace: blog", "")
    binding = binding.replace("kind: Role,", "kind: ClusterRole,")
    objects = loaded(tmp_path, "---\n".join((ROLE, cluster, BINDING, binding))).objects
    assert [str(one) for one in (*objects.roles, *objects.bindings)] == [
        "Role blog/deploy",
        "ClusterRole deploy",
        "RoleBinding blog/deploy",
        "ClusterRoleBinding deploy",
    ]
    assert [str(Place("a.yaml")), str(Place("a.yaml", 3))] == ["a.yaml", "a.yaml:3"]


MISSPELT = {
    "a rule": (
        ROLE.replace("verbs:", "resourceName: [blog]\n  verbs:"),
        "rules[0].resourceName",
        "write resourceNames",
    ),
    "a subject": (BINDING.replace("name: ada", "name: ada\n  user: ada"), "subjects[1].user", "remove it"),
    "a reference": (
        BINDING.replace("roleRef: {", "roleRef: {apiVersion: v1, "),
        "roleRef.apiVersion",
        "remove it",
    ),
    "a list": (ROLE.replace("rules:", "rule:"), "rule", "write rules"),
}


@pytest.mark.parametrize("title", MISSPELT)
def test_an_unknown_field_is_reported_and_the_object_read_without_it(tmp_path: Path, title: str) -> None:
    text, field, remedy = MISSPELT[title]
    found = loaded(tmp_path, text)
    assert len(found.objects.roles) + len(found.objects.bindings) == 1, found.problems
    [problem] = found.problems
    assert f": {field}: there is no such field" in problem.message
    assert problem.remedy.startswith(remedy)
    assert not problem.refused


def test_what_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    assert "it cannot be read: No such file" in str(load([tmp_path / "absent"]).problems[0])
    assert "no .yaml, .yml or .json file is in it" in str(load([tmp_path]).problems[0])


@pytest.mark.slow
def test_too_much_is_not_read(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes(ROLE.encode() + b"#" * (20 * 1024**2))
    found = load([tmp_path])
    assert len(found.objects.roles) == 1
    assert "more than 32 MiB" in str(found.problems[0])


def test_an_alias_bomb_costs_nothing(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 40)]
    found = loaded(tmp_path, "\n".join([*lines, ROLE.replace("[patch]", "*a39")]))  # or memory ends
    assert "cannot unmarshal array" in str(found.problems[0])


@pytest.mark.slow
def test_ten_thousand_bindings_are_read_and_judged_quickly(tmp_path: Path) -> None:
    texts = [
        BINDING.replace("deploy, ", f"deploy-{number}, ").replace("name: ada", f"name: ada-{number}")
        for number in range(10_000)
    ]
    (tmp_path / "all.yaml").write_text("---\n".join([ROLE, *texts]))
    started = time.process_time()
    policy = Policy(load([tmp_path]).objects)
    assert len(policy.bindings) == 10_000
    assert all(policy.allows(UserInfo(f"ada-{number}"), PATCH).allowed for number in range(10_000))
    assert time.process_time() - started < 8  # seconds; about one on an ordinary machine


NAMES = ("kind", "apiVersion", "metadata", "name", "namespace", "labels", "roleRef", "subjects", "rules", "verbs",
         "apiGroups", "items", "aggregationRule", "clusterRoleSelectors", "matchExpressions", "<<")  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(("", "Role", "List", "v1", "a/b", "*"))
)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=5),
)
KINDS = st.sampled_from(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "List", "RoleList"))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES), KINDS)
def test_no_object_is_too_strange_to_be_read_or_refused(tmp_path_factory, value, kind: str) -> None:
    version = "v1" if kind == "List" else "rbac.authorization.k8s.io/v1"
    whole = {**value, "kind": kind, "apiVersion": version}
    folder = tmp_path_factory.mktemp("strange")
    (folder / "a.yaml").write_text(yaml.safe_dump(whole))
    (folder / "b.json").write_text(json.dumps(whole))
    found = load([folder])
    Policy(found.objects).allows(ADA, PATCH)
    assert all(problem.message and problem.remedy for problem in found.problems)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damaged_file_is_more_than_a_problem(tmp_path_factory, data) -> None:
    text = bytearray(f"{ROLE}---\n{BINDING}".encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("damaged") / "a.yaml"
    path.write_bytes(bytes(text))
    found = load([path])
    Policy(found.objects).allows(ADA, PATCH)
    lines = bytes(text).count(b"\n") + 1
    assert all(problem.remedy and 0 <= problem.place.line <= lines for problem in found.problems)


def test_a_second_binding_of_the_name_cannot_change_its_role(tmp_path: Path) -> None:
    """As the API server says it to kubectl (tests/e2e/test_rbac_random.py): cannot change roleRef."""
    other = BINDING.replace("kind: Role, name: deploy", "kind: ClusterRole, name: view")
    found = loaded(tmp_path, f"{ROLE}---\n{BINDING}---\n{other}")
    assert [binding.role_name for binding in found.objects.bindings] == ["deploy"]
    assert [(problem.refused, problem.place.line) for problem in found.problems] == [(True, 19)]
    assert "is there already with another roleRef, and no roleRef can be changed" in str(found.problems[0])
