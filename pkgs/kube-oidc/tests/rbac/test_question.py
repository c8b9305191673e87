"""A question in words, or the API server's refusal, as the request that it means."""

from __future__ import annotations

import pytest
from kube_oidc.rbac import Request, builtin
from kube_oidc.rbac.question import QuestionError, described, parse, user_of_refusal

OF_CLUSTER = 'nodes is forbidden: User "x" cannot list resource "nodes" in API group "" at the cluster scope'
REFUSAL = (
    'Error from server (Forbidden): deployments.apps "blog" is forbidden: User "forgejo:repo:a/b:ref:refs/heads/x" '
    'cannot patch resource "deployments/scale" in API group "apps" in the namespace "site"'
)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("patch deployments.apps", Request("patch", "apps", "deployments", namespace="n")),
        ("patch deployments", Request("patch", "apps", "deployments", namespace="n")),
        ("get  pods/log", Request("get", "", "pods", "log", namespace="n")),
        ("patch deployments.apps/scale", Request("patch", "apps", "deployments", "scale", namespace="n")),
        ("patch deployments/scale.apps", Request("patch", "apps", "deployments", "scale", namespace="n")),
        ("get secrets db", Request("get", "", "secrets", name="db", namespace="n")),
        ("list ingresses", Request("list", "networking.k8s.io", "ingresses", namespace="n")),
        ("list events", Request("list", "", "events", namespace="n")),
        ("list widgets.example.org", Request("list", "example.org", "widgets", namespace="n")),
        ("list widgets", Request("list", "", "widgets", namespace="n")),
        ("get pods.", Request("get", "", "pods", namespace="n")),
        ("get /metrics", Request("get", path="/metrics")),
        (REFUSAL, Request("patch", "apps", "deployments", "scale", "blog", "site")),
        (OF_CLUSTER, Request("list", "", "nodes")),
        ('forbidden: User "x" cannot get path "/metrics"', Request("get", path="/metrics")),
    ],
)  # fmt: skip
def test_what_is_asked(text: str, want: Request) -> None:
    assert parse(text, "n", builtin()) == want


@pytest.mark.parametrize(
    "text", ["", "patch", "patch a b c", "get a/b/c", "get /a b", "get .apps", "get a.b/c.d"]
)
def test_what_is_no_question(text: str) -> None:
    with pytest.raises(QuestionError, match="VERB RESOURCE"):
        parse(text, "", builtin())


def test_a_refusal_names_its_user() -> None:
    assert user_of_refusal(REFUSAL) == "forgejo:repo:a/b:ref:refs/heads/x"
    assert user_of_refusal("get pods") is None


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (Request("get", "apps", "x", "scale", "blog", "site"), 'get x.apps/scale "blog" in namespace site'),
        (Request("list", "", "nodes"), "list nodes in the whole cluster"),
        (Request("get", path="/metrics"), "get /metrics"),
    ],
)  # fmt: skip
def test_a_question_is_shown_whole(request_: Request, says: str) -> None:
    assert described(request_) == says
