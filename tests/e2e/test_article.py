"""The article's own file, Role and steps, to the letter, on a second API server beside the story's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from e2e.harness import hostile
from e2e.harness.issuer import Run
from e2e.harness.world import MAIN, NAMESPACE, World
from e2e.story.chapters import TARGET

ARTICLE: Final = Path(__file__).parents[2] / "examples" / "article"
USER: Final = "forgejo:repo:adam/technowizardry.net:ref:refs/heads/main"
VERBS: Final = frozenset({"update", "list", "watch", "patch", "get", "create"})
WORKFLOW: Final[dict[str, Any]] = {
    "env": {"REGISTRY": "git.technowizardry.net", "IMAGE_NAME": "adam/technowizardry.net"},
    "jobs": {
        "build": {
            "enable-openid-connect": True,
            "permissions": {"contents": "read", "packages": "write", "id-token": "write"},
            "steps": [
                {
                    "name": "Authenticate with Kubernetes",
                    "run": """\
set -euo pipefail
mkdir -p ~/.kube
echo "${{ vars.KUBERNETES_CONFIG }}" > ~/.kube/config
chmod 600 ~/.kube/config
export TOKEN=$(curl -sSL -X GET "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=forgejo" \\
  -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" | jq -r '.value')
kubectl config set-credentials oidc --token=$TOKEN
""",
                },
                {
                    "name": "Deploy to Kubernetes",
                    "env": {"IMAGE_DIGEST": "${{ steps.build-and-push.outputs.digest }}"},
                    "run": """\
set -euox pipefail
kubectl set image deployment/blog -n technowizardry blog=${{ env.REGISTRY }}/${IMAGE_NAME}@${IMAGE_DIGEST}
kubectl rollout status deployment/blog -n technowizardry --timeout=120s
""",
                },
            ],
        }
    },
}


@pytest.fixture(scope="module")
def article(world: World) -> Iterator[World]:
    """A world whose API server runs with the article's file and whose cluster has its Role."""
    with world.another("article", (ARTICLE / "auth.yaml").read_bytes()) as second:
        second.cluster.kubectl("apply", "-f", str(ARTICLE / "rbac.yaml"))
        yield second
        second.cluster.kubectl("delete", "-f", str(ARTICLE / "rbac.yaml"))


def test_the_articles_own_steps_deploy(article: World) -> None:
    with article.job(WORKFLOW, "build") as job:
        authenticated, deployed = job.steps(WORKFLOW, "build")
    assert authenticated.status == 0, authenticated.output
    assert deployed.status == 0, deployed.output
    assert 'deployment "blog" successfully rolled out' in deployed.output


@pytest.mark.parametrize("verb", sorted(VERBS | {"delete", "deletecollection"}))
def test_the_role_grants_its_six_verbs_and_no_other(article: World, verb: str) -> None:
    role = article.cluster.kubectl(
        "get", "role", "blog-update", "-n", NAMESPACE, "-o", "jsonpath={.rules[*].verbs[*]}"
    )
    assert set(role.split()) == VERBS
    assert can_i(article, verb, "deployments.apps", NAMESPACE) == (verb in VERBS)


@pytest.mark.parametrize(
    ("verb", "resource", "namespace"),
    [("get", "secrets", NAMESPACE), ("get", "deployments.apps", "default"), ("create", "pods", NAMESPACE)],
)
def test_nothing_else_is_granted(article: World, verb: str, resource: str, namespace: str) -> None:
    assert not can_i(article, verb, resource, namespace)


def can_i(world: World, verb: str, resource: str, namespace: str) -> bool:
    """What the API server answers the token of the main branch itself."""
    token = world.issuer.sign(world.issuer.claims(MAIN, "forgejo"))
    kubeconfig = world.kubeconfig_for(token)
    assert (
        world.cluster.kubectl(
            "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", kubeconfig=kubeconfig
        )
        == USER
    )
    answer = world.cluster.kubectl("auth", "can-i", "--list", "-n", namespace, kubeconfig=kubeconfig)
    lines = [line for line in answer.splitlines() if line.startswith(resource + " ")]
    return any(verb in line.split("[")[-1].rstrip("]").split() for line in lines)


@pytest.mark.parametrize(
    "run",
    [
        replace(MAIN, ref="refs/heads/feature"),
        replace(MAIN, event="pull_request", ref="refs/pull/7/head"),
        replace(MAIN, repository="adam/technowizardry.net2"),
        replace(MAIN, repository="eve/technowizardry.net"),
    ],
    ids=["branch", "pull-request", "similar-name", "fork"],
)
def test_other_workloads_are_known_and_may_do_nothing(article: World, run: Run) -> None:
    with article.job(WORKFLOW, "build", run) as job:
        authenticated, deployed = job.steps(WORKFLOW, "build")
    assert authenticated.status == 0
    assert deployed.status != 0
    assert "(Forbidden)" in deployed.output
    assert f'User "forgejo:{run.subject}" cannot get resource "deployments"' in deployed.output


def test_a_pull_requests_target_job_deploys(article: World) -> None:
    """Forgejo gives it main's own subject: what the rule about event_name in examples/forgejo is there for."""
    assert TARGET.subject == MAIN.subject
    with article.job(WORKFLOW, "build", TARGET) as job:
        assert [result.status for result in job.steps(WORKFLOW, "build")] == [0, 0]


def test_a_wrong_audience_shows_only_when_kubectl_is_asked(article: World) -> None:
    """Storing a token asks nobody: the step that authenticates succeeds, the one that deploys is refused."""
    with article.job(WORKFLOW, "build", mint=hostile.default_audience) as job:
        authenticated, deployed = job.steps(WORKFLOW, "build")
    assert authenticated.status == 0
    assert deployed.status != 0
    assert "You must be logged in to the server" in deployed.output
