"""The job for .gitlab-ci.yml: GitLab puts the token into a variable of the job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.ci.workflow import Credentials, Deployment, WorkflowError, steps, with_tag
from kube_oidc.serialize.yaml import dumps

_IMAGE: Final = "alpine/k8s:1.34.5"  # bash, jq, kubectl
_FURTHER: Final = f" \\\n  --exec-arg=--variable --exec-arg={steps.ID_TOKEN}"


def render_gitlab(deployment: Deployment, credentials: Credentials) -> str:
    """The job, as a file or to paste into .gitlab-ci.yml."""
    if credentials is Credentials.ACTION:
        raise WorkflowError("the action works on GitHub and Forgejo; for GitLab use curl or plugin")
    script = steps.with_variable() if credentials is Credentials.CURL else steps.with_plugin(_FURTHER)
    job: dict[str, Any] = {
        "stage": "deploy",
        "rules": [{"if": condition} for condition in _conditions(deployment)],
        "id_tokens": {steps.ID_TOKEN: {"aud": deployment.audience}},
        "variables": {
            "AUDIENCE": deployment.audience,
            steps.NO_KUBERC: "false",
            "IMAGE": with_tag(deployment.image, "$CI_COMMIT_SHA"),
        },
        "script": [
            steps.write_kubeconfig(deployment.kubeconfig_variable) + script,
            steps.deploy(deployment),
        ],
    }
    if deployment.environment:
        job["environment"] = deployment.environment
    if credentials is Credentials.CURL:
        job["image"] = {"name": _IMAGE, "entrypoint": [""]}
    head = "# .gitlab-ci.yml: deploys the image without a stored credential.\n"
    return head + dumps({"deploy": job})


def _conditions(deployment: Deployment) -> Iterator[str]:
    for variable, values in (("CI_COMMIT_BRANCH", deployment.branches), ("CI_COMMIT_TAG", deployment.tags)):
        for value in values:
            if "*" in value:
                raise WorkflowError(f"{value!r}: GitLab's rules compare whole names; list each name")
            yield f'$CI_PIPELINE_SOURCE == "push" && ${variable} == "{value}"'
