"""A question in words, or the API server's refusal, as the request that it means."""

from __future__ import annotations

import pytest
from kube_oidc.rbac import Request, builtin
from kube_oidc.rbac.question import QuestionError, described, doubts, parse, user_of_refusal

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


DEPLOYMENT = Request("patch", "apps", "deployments", name="blog", namespace="shop")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("patch deployment/blog -n shop", DEPLOYMENT),
        ("patch deployments.apps/blog --namespace=shop", DEPLOYMENT),
        ("kubectl auth can-i patch deploy blog -n shop", DEPLOYMENT),
        ("-n shop PATCH Deployment blog", DEPLOYMENT),
        ("get po -A", Request("get", "", "pods")),
        ("get pods --subresource=log", Request("get", "", "pods", "log", namespace="n")),
        ("get pod/web-0 --subresource log", Request("get", "", "pods", "log", "web-0", "n")),
        ("create sa/token", Request("create", "", "serviceaccounts", "token", namespace="n")),
        ("update deploy/scale", Request("update", "apps", "deployments", "scale", namespace="n")),
        ("get crd/foos.example.org", Request("get", "apiextensions.k8s.io", "customresourcedefinitions",
                                             name="foos.example.org", namespace="n")),
        ("list netpol", Request("list", "networking.k8s.io", "networkpolicies", namespace="n")),
        ("list csr", Request("list", "certificates.k8s.io", "certificatesigningrequests", namespace="n")),
        ("list storageclass", Request("list", "storage.k8s.io", "storageclasses", namespace="n")),
        ("list applications.argoproj.io", Request("list", "argoproj.io", "applications", namespace="n")),
        ("get pods.metrics.k8s.io", Request("get", "metrics.k8s.io", "pods", namespace="n")),
    ],
)  # fmt: skip
def test_kubectls_words(text: str, want: Request) -> None:
    assert parse(text, "n", builtin()) == want


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("exec pods", "did you mean create pods/exec?"),
        ("logs pods", "did you mean get pods/log?"),
        ("pach pods", "did you mean patch?"),
        ("get podz", "did you mean pods?"),
        ("get widgets", "write RESOURCE.GROUP for a custom resource"),
        ("get nodes", "nodes are not in a namespace: -n n has no effect"),
        ("fly /metrics", "unknown verb 'fly'"),
    ],
)
def test_a_probable_mistake_is_named(text: str, doubt: str) -> None:
    (found,) = doubts(parse(text, "n", builtin()), builtin())
    assert doubt in found


@pytest.mark.parametrize(
    "text",
    ["get pods", "get /metrics", "* *", "impersonate users -A", "get nodes -A", "use priorityclass -A"],
)
def test_nothing_is_said_about_a_good_question(text: str) -> None:
    assert list(doubts(parse(text, "n", builtin()), builtin())) == []
