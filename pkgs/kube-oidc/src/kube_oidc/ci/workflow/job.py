"""The scripts that the jobs of all forges have in common."""

from __future__ import annotations

from typing import Final

from kube_oidc.ci.workflow import Deployment
from kube_oidc.ci.workflow.templates import fill, text_of

EXPLAIN: Final = '[ $? = 0 ] || "$KUBE_OIDC_DIR/explain" failure'


def authenticate(
    deployment: Deployment, *, tools: str, may_ask: str, directory: str, later_steps: str, token: str
) -> str:
    """Check what the job needs, write the kubeconfig and two scripts into a new folder, and log in."""
    return fill(
        "authenticate.sh.in",
        tools=tools,
        kubeconfig_variable=deployment.kubeconfig_variable,
        may_ask=may_ask,
        directory=directory,
        later_steps=later_steps,
        token=token,
        explain=text_of("explain.sh"),
    )


def deploy(deployment: Deployment, trap: str) -> str:
    """The commands of the job's purpose, with this trap at their end."""
    return fill("deploy.sh.in", trap=trap, commands=_commands(deployment))


def _commands(deployment: Deployment) -> str:
    """Source: `kubectl set image`, `rollout restart`, `rollout status` and `helm upgrade`."""
    on = f"--namespace {deployment.namespace}"
    if deployment.run:
        return "\n".join(deployment.run)
    if deployment.helm:
        release, chart = deployment.helm
        return f"helm upgrade {release} {chart} --install --wait --timeout {deployment.timeout} {on}"
    target = f"deployment/{deployment.name} {on}"
    change = (
        f"rollout restart {target}"
        if deployment.restart
        else f'set image {target} "{deployment.container}=$IMAGE"'
    )
    return f"kubectl {change}\nkubectl rollout status {target} --timeout={deployment.timeout}"


def purpose(deployment: Deployment) -> str:
    """What the job does, for the comment at the top of the file."""
    if deployment.run:
        return "runs kubectl"
    if deployment.helm:
        return "upgrades the Helm release"
    return "restarts the Deployment" if deployment.restart else "deploys the image"


def with_tag(image: str, commit: str) -> str:
    """The image with the forge's expression for the commit as tag, unless it has a tag or digest."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:{commit}"
