"""The job for .gitlab-ci.yml: GitLab puts the token into a variable of the job."""

from __future__ import annotations

from typing import Final

from kube_oidc.ci.workflow import Credentials, Deployment, WorkflowError, job
from kube_oidc.ci.workflow.templates import fill, text_of
from kube_oidc.serialize.yaml import scalar

# bash, kubectl, helm. The digest is as several public repositories pin it; Docker Hub is authoritative.
_IMAGE: Final = "alpine/k8s:1.36.1@sha256:692239d739589247c4a791205ed9619c28ae85a21286e19a6211c04a62c56668"


def render_gitlab(deployment: Deployment, credentials: Credentials) -> str:
    """The job, as a file or to paste into .gitlab-ci.yml. WorkflowError if GitLab can't have it."""
    if credentials is Credentials.ACTION:
        raise WorkflowError("the action works on GitHub and Forgejo; for GitLab use curl or plugin")
    if deployment.build:
        raise WorkflowError(
            "--build writes jobs for Forgejo and GitHub; for GitLab name your own with --needs"
        )
    by_curl = credentials is Credentials.CURL
    return fill(
        "gitlab-ci.yaml.in",
        purpose=job.purpose(deployment),
        needs=f"needs:\n  - {scalar(deployment.needs)}" if deployment.needs else "",
        image=f"image:\n  name: {scalar(_IMAGE)}\n  entrypoint: ['']" if by_curl else "",
        rules=_rules(deployment),
        audience=scalar(deployment.audience),
        environment=f"environment: {scalar(deployment.environment)}" if deployment.environment else "",
        deploy_env=_environment(deployment),
        authenticate=_authenticate(deployment, by_curl=by_curl),
        deploy=job.deploy(deployment, f'{job.EXPLAIN} || true; rm -rf "$KUBE_OIDC_DIR"'),
    )


def _authenticate(deployment: Deployment, *, by_curl: bool) -> str:
    plugin = fill("token-plugin.sh.in", source=" --variable KUBE_ID_TOKEN")
    return job.authenticate(
        deployment,
        tools="kubectl base64" if by_curl else "kubectl kube-oidc base64",
        may_ask=text_of("may-ask-variable.sh"),
        directory="KUBE_OIDC_DIR=$(mktemp -d)\ntrap 'rm -rf \"$KUBE_OIDC_DIR\"' EXIT",
        later_steps="",
        token=fill("token.sh.in", source=text_of("source-variable.sh")) if by_curl else plugin,
    )


def _environment(deployment: Deployment) -> str:
    image = deployment.image and job.with_tag(deployment.image, "$CI_COMMIT_SHA")
    return f"IMAGE: {scalar(image)}" if image else ""


def _rules(deployment: Deployment) -> str:
    lines = []
    for variable, values in (("CI_COMMIT_BRANCH", deployment.branches), ("CI_COMMIT_TAG", deployment.tags)):
        for value in values:
            if "*" in value:
                raise WorkflowError(f"{value!r}: GitLab's rules compare whole names; list each name")
            condition = f'$CI_PIPELINE_SOURCE == "push" && ${variable} == "{value}"'
            lines.append(f"- if: {scalar(condition)}")
    return "\n".join(lines)
