"""`kube-oidc access --format html`: the page, and the page of a comparison."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from kube_oidc.cli import main
from kube_oidc.commands import grants

from .conftest import FORGEJO, GROUP, HEAD, MAIN, OWNED, PEOPLE, SUB, binding, entry

EVIL = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'
DIRECTION = "ops\u202e\u2067\u200f"
GROUPS = {**SUB, "groups": {"claim": "groups", "prefix": "g:"}}
OBJECTS = [
    binding("User", MAIN, "cluster-admin", ""),
    binding("Group", "system:authenticated", "view", label="two"),
    binding("User", "ci:repo:adam/shop:ref:refs/heads/main", "gone", label="three"),
    binding("Group", "nobody", label="four"),
]


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")


def page(run, entries: list, objects: list) -> str:
    status, out, err = run(entries, objects, "--format", "html")
    assert (status, err) == (0, "")
    return out


def compared(tmp_path: Path, capsys: pytest.CaptureFixture[str], objects: list, prefix: str = "g:") -> str:
    groups = {**SUB, "groups": {"claim": "groups", "prefix": prefix}}
    (tmp_path / "old.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": [OWNED]}))
    (tmp_path / "new.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": [OWNED, entry(PEOPLE, groups)]}))
    (tmp_path / "rbac.yaml").write_text(yaml.safe_dump_all(objects))
    words = ["--compare", "old.yaml", "--rbac", "rbac.yaml", "--format", "html"]
    assert main(["access", "new.yaml", *words]) == 0
    return capsys.readouterr().out


def test_the_page_needs_nothing_and_lets_nothing_in(run) -> None:
    objects = [binding("Group", f"g:{EVIL}", EVIL.replace("/", "\\")), binding("User", EVIL, label="two")]
    out = page(run, [entry(PEOPLE, GROUPS)], objects)
    assert out.count("<script>") == out.count("</script>") == 1
    assert "<img" not in out
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\';' in out
    assert "&lt;script&gt;alert(1)" in out
    lowered = out.lower()
    assert not any(text in lowered for text in ('src="http', "url(", "@import", "<link", "unsafe-inline"))


def test_no_name_changes_the_direction_of_the_text_around_it(run) -> None:
    out = page(run, [entry(PEOPLE, GROUPS)], [binding("Group", f"g:{DIRECTION}")])
    assert all(letter.isprintable() or letter == "\n" for letter in out)
    assert r"<code>g:ops\u202e\u2067\u200f</code>" in out


def test_the_same_files_make_the_same_page(run) -> None:
    assert page(run, [OWNED], OBJECTS) == page(run, [OWNED], OBJECTS)


def test_the_page_says_when_and_from_what_it_was_made(run) -> None:
    out = page(run, [OWNED], OBJECTS)
    shown = dict(re.findall(r"<dt>([^<]+)</dt> <dd>([^<]+)</dd>", out))
    assert shown["Generated"].startswith("2027-01-15 08:00 UTC by kube-oidc ")
    assert shown["Roles and bindings"] == "rbac.yaml"
    assert re.fullmatch(r"1\.\d+", shown["Kubernetes"])


def test_the_page_of_a_running_cluster_names_it(tmp_path: Path, monkeypatch, capsys) -> None:
    class Cluster:
        server = "https://k.example.org:6443"

        def get(self, path: str) -> dict:
            found = [OBJECTS[0]] if "/clusterrolebindings" in path else []
            version = f"{GROUP}/v1"
            return {"apiVersion": version, "kind": "ClusterRoleBindingList", "metadata": {}, "items": found}

    monkeypatch.setattr(grants, "connection_of", lambda _: Cluster())
    (tmp_path / "auth.yaml").write_text(yaml.safe_dump({**HEAD, "jwt": [OWNED]}))
    words = ["--live", "--context", "prod", "--format", "html"]
    assert main(["access", str(tmp_path / "auth.yaml"), *words]) == 0
    out = capsys.readouterr().out
    assert "<dt>Cluster</dt> <dd>https://k.example.org:6443</dd>" in out
    assert "<dt>Roles and bindings</dt> <dd>prod context</dd>" in out


def test_every_link_on_the_page_leads_somewhere(run) -> None:
    out = page(run, [OWNED, entry(PEOPLE, GROUPS)], OBJECTS)
    targets = set(re.findall(r'href="#([^"=]+)"', out))
    identities = re.findall(r' id="([^"]+)"', out)
    assert {"finding-grant-everything", "finding-granted-to-everyone", "issuer-0", "everyone"} <= targets
    assert targets <= set(identities)
    assert len(identities) == len(set(identities))


def test_a_grant_leads_to_the_rule_that_makes_it_risky(run) -> None:
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    ]
    role = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "both"},
        "rules": rules,
    }
    out = page(run, [OWNED], [role, binding("User", MAIN, "both")])
    assert '<a class="badge everything" href="#role-0-1" title="the rule">' in out
    assert '<li id="role-0-1"><span class="badge everything">everything</span> do anything with every' in out


def test_roles_that_differ_in_their_namespace_only_are_shown_once(run) -> None:
    roles = [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Role",
            "metadata": {"name": "deploy", "namespace": namespace},
            "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs}],
        }
        for namespace, verbs in (("blog", ["get"]), ("shop", ["get"]), ("wiki", ["patch"]))
    ]
    bindings = [
        {
            **binding("User", MAIN, namespace=role["metadata"]["namespace"]),
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "deploy"},
        }
        for role in roles
    ]
    out = page(run, [OWNED], [*roles, *bindings])
    assert re.findall(r"<h3>(Role deploy)</h3> <span class=\"soft\">(in [^,]+), 1 rule", out) == [
        ("Role deploy", "in wiki"),
        ("Role deploy", "in 2 namespaces"),
    ]


def test_the_page_says_what_was_shown(run) -> None:
    out = page(run, [OWNED], OBJECTS)
    assert "shown: the authenticator accepts a token that becomes each of these 2 users and groups" in out


def test_the_page_says_whether_outsiders_get_in(run) -> None:
    out = page(run, [OWNED], [])
    report = json.loads(run([OWNED], [], "--format", "json")[1])
    assert report["issuers"][0]["outsiders"]["owners"] == ["repository_owner adam"]
    assert "<dt>Outsiders</dt><dd>no one outside repository_owner adam gets in: " in out
    open_to_all = page(run, [entry(FORGEJO, SUB)], [])
    if "any owner at this issuer gets in" in open_to_all:  # shown if there is a solver
        assert re.search(r"shown by this token</summary><code>\{&quot;.*repository_owner", open_to_all)
    else:
        assert "not decided" in open_to_all


def test_the_worst_permission_is_drawn_first(run) -> None:
    out = page(run, [OWNED], OBJECTS)
    drawn = re.findall(r'data-node="p\d+".*?<text x="12" y="18">([^<]*)', out)
    assert drawn == ["cluster-admin", "view", "gone"]


def test_a_comparison_as_a_page(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    out = compared(tmp_path, capsys, [binding("Group", f"g:{EVIL}{DIRECTION}", "cluster-admin", "")])
    assert "<h1>Changes in access</h1>" in out
    assert '<p class="summary"><strong>Someone new gets in.</strong> Newly accepted tokens: 1 shown' in out
    assert "From <code>old.yaml</code> to <code>new.yaml</code>" in out
    assert [*re.findall("<h2>([^<]+)</h2>", out)][:2] == ["Newly accepted tokens", "Gained permissions"]
    assert re.search(
        r"<li>Group <code>g:&lt;/script&gt;.*\n<ul class=\"items\">\n<li>everything: <code>Cluster", out
    )
    assert "<script" not in out
    assert "script-src" not in out
    assert all(letter.isprintable() or letter == "\n" for letter in out)


def test_a_comparison_explains_its_findings(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert "What the findings mean" not in compared(tmp_path, capsys, [])
    out = compared(tmp_path, capsys, [], prefix="")
    assert '<a href="#finding-system-groups">system-groups</a>' in out
    assert 'id="finding-system-groups"' in out
