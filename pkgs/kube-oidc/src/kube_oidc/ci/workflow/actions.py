"""Workflow files for Forgejo Actions and GitHub Actions, which differ in how a job may request tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kube_oidc.ci.workflow import ACTION_FORM, Credentials, Deployment, WorkflowError, steps, with_tag
from kube_oidc.serialize.yaml import scalar

_SETUP_KUBECTL: Final = "azure/setup-kubectl@829323503d1be3d00ca8346e5391ca0b07a9ab0d # v5.1.0"


class Forge(NamedTuple):
    """The differences: the file's path, the lines that allow token requests, and the prefix of actions."""

    file: str
    permission: tuple[str, ...]
    actions: str


FORGEJO: Final = Forge(
    ".forgejo/workflows/deploy.yaml", ("enable-openid-connect: true",), "https://github.com/"
)
GITHUB: Final = Forge(".github/workflows/deploy.yaml", ("permissions:", "  id-token: write"), "")


def render_actions(forge: Forge, deployment: Deployment, credentials: Credentials) -> str:
    """The complete file."""
    if credentials is Credentials.ACTION and not deployment.action:
        raise WorkflowError(f"missing --action: {ACTION_FORM}")
    lines = [
        f"# {forge.file}: deploys the image without a stored credential.",
        "name: deploy",
        "",
        "on:",
        *_indent(_triggers(deployment)),
        "",
        "permissions: {}",
        "",
        "jobs:",
        "  deploy:",
        *_indent(_job(forge, deployment, credentials), 4),
    ]
    return "\n".join(lines) + "\n"


def _triggers(deployment: Deployment) -> Iterator[str]:
    yield "push:"
    for key, values in (("branches", deployment.branches), ("tags", deployment.tags)):
        if values:
            yield f"  {key}:"
            yield from (f"    - {scalar(value)}" for value in values)


def _job(forge: Forge, deployment: Deployment, credentials: Credentials) -> Iterator[str]:
    yield f"runs-on: {scalar(deployment.runs_on)}"
    yield from forge.permission
    if deployment.environment:
        yield f"environment: {scalar(deployment.environment)}"
    yield "env:"
    yield f"  AUDIENCE: {scalar(deployment.audience)}"
    yield f"  {steps.NO_KUBERC}: {scalar('false')} # ignore the runner's ~/.kube/kuberc"
    yield "steps:"
    yield from _indent(_setup(forge, deployment))
    yield ""
    yield from _indent(_authenticate(forge, deployment, credentials))
    yield ""
    yield "  - name: Deploy to Kubernetes"
    yield "    env:"
    yield f"      IMAGE: {scalar(with_tag(deployment.image, '${{ github.sha }}'))}"
    yield from _indent(_script(steps.deploy(deployment)), 4)


def _setup(forge: Forge, deployment: Deployment) -> Iterator[str]:
    yield "- name: Set up kubectl"
    yield f"  uses: {forge.actions}{_SETUP_KUBECTL}"
    yield "  with:"
    yield f"    version: {deployment.kubectl_version}"


def _authenticate(forge: Forge, deployment: Deployment, credentials: Credentials) -> Iterator[str]:
    configuration = f"${{{{ vars.{deployment.kubeconfig_variable} }}}}"
    yield "# kubectl requests a token when it needs one: it is never in a file, an argument or a log, and a"
    yield "# rollout can take longer than a token is valid."
    yield "- name: Authenticate with Kubernetes"
    if credentials is Credentials.ACTION:
        place = "" if "://" in deployment.action else forge.actions
        yield f"  uses: {place}{deployment.action}"
        yield "  with:"
        yield "    audience: ${{ env.AUDIENCE }}"
        yield f"    kubeconfig: {configuration}"
        return
    permission = " ".join(line.strip() for line in forge.permission)
    script = steps.with_curl(permission) if credentials is Credentials.CURL else steps.with_plugin()
    yield "  env:"
    yield f"    KUBERNETES_CONFIG: {configuration}"
    script = steps.write_kubeconfig("KUBERNETES_CONFIG") + steps.for_later_steps() + script
    yield from _indent(_script(script))


def _script(text: str) -> Iterator[str]:
    yield "run: |"
    yield from (f"  {line}" if line else "" for line in text.splitlines())


def _indent(lines: Iterator[str], spaces: int = 2) -> Iterator[str]:
    return (" " * spaces + line if line else "" for line in lines)
