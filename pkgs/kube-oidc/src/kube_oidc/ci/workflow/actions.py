"""Workflow files for Forgejo Actions and GitHub Actions, which differ in how a job may request tokens."""

from __future__ import annotations

from typing import Final, NamedTuple

from kube_oidc.ci.workflow import Credentials, Deployment, WorkflowError, job
from kube_oidc.ci.workflow.checked import ACTION_FORM
from kube_oidc.ci.workflow.templates import fill, text_of
from kube_oidc.serialize.yaml import scalar

_CHECKOUT: Final = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2"
_HELM: Final = "azure/setup-helm@1a275c3b69536ee54be43f2070a358922e12c8d4 # v4.3.1"
_COMMIT: Final = "${{ github.sha }}"


class Forge(NamedTuple):
    """The differences: template, what allows token requests, since which versions, permissions, the prefix of actions,
    and the registry's secret.
    """

    template: str
    permission: str
    versions: str
    deploy_permissions: str
    build_permissions: str
    actions: str
    registry_token: str


FORGEJO: Final = Forge(
    "forgejo-actions.yaml.in",
    "enable-openid-connect: true",
    " (Forgejo 15 and its runner 12.5, or later)",
    "",
    "",
    "https://github.com/",
    "REGISTRY_TOKEN",
)
GITHUB: Final = Forge(
    "github-actions.yaml.in",
    "permissions: id-token: write",
    "",
    "id-token: write",
    "permissions:\n  contents: read\n  packages: write",
    "",
    "GITHUB_TOKEN",
)


def render_actions(forge: Forge, deployment: Deployment, credentials: Credentials) -> str:
    """The complete file. WorkflowError if something is missing."""
    if credentials is Credentials.ACTION and not deployment.action:
        raise WorkflowError(f"missing --action: {ACTION_FORM}")
    needs = "build" if deployment.build else deployment.needs
    has_files = bool(deployment.run or deployment.helm)
    return fill(
        forge.template,
        purpose=job.purpose(deployment),
        triggers=_triggers(deployment),
        build=_build(forge, deployment) if deployment.build else "",
        needs=f"needs: {scalar(needs)}" if needs else "",
        runs_on=scalar(deployment.runs_on),
        permissions=(forge.deploy_permissions + ("\ncontents: read" if has_files else "")),
        environment=f"environment: {scalar(deployment.environment)}" if deployment.environment else "",
        audience=scalar(deployment.audience),
        checkout=_checkout(forge) if has_files else "",
        kubectl_version=deployment.kubectl_version,
        helm=f"- name: Set up Helm\n  uses: {forge.actions}{_HELM}" if deployment.helm else "",
        authenticate=_authenticate(forge, deployment, credentials),
        deploy_env=_environment(deployment),
        deploy=job.deploy(deployment, job.EXPLAIN),
    )


def _triggers(deployment: Deployment) -> str:
    lists = (("branches", deployment.branches), ("tags", deployment.tags))
    return "\n".join(
        "\n".join([f"{key}:", *(f"  - {scalar(value)}" for value in values)])
        for key, values in lists
        if values
    )


def _checkout(forge: Forge) -> str:
    return f"- uses: {forge.actions}{_CHECKOUT}\n  with:\n    persist-credentials: false"


def _build(forge: Forge, deployment: Deployment) -> str:
    """The job that builds the image and hands over its digest, with an empty line after it."""
    text = fill(
        "build.yaml.in",
        runs_on=scalar(deployment.runs_on),
        permissions=forge.build_permissions,
        checkout=_checkout(forge),
        image=scalar(job.with_tag(deployment.image, _COMMIT)),
        registry_token=forge.registry_token,
    )
    return f"{text}\n# A separate job: nothing that runs in the build can request a token."


def _environment(deployment: Deployment) -> str:
    if not deployment.image:
        return ""
    built = "${{ needs.build.outputs.image }}"
    return f"env:\n  IMAGE: {scalar(built if deployment.build else job.with_tag(deployment.image, _COMMIT))}"


def _authenticate(forge: Forge, deployment: Deployment, credentials: Credentials) -> str:
    configuration = f"${{{{ vars.{deployment.kubeconfig_variable} }}}}"
    if credentials is Credentials.ACTION:
        place = "" if "://" in deployment.action else forge.actions
        inputs = f"  audience: ${{{{ env.AUDIENCE }}}}\n  kubeconfig: {configuration}"
        return f"uses: {place}{deployment.action}\nwith:\n{inputs}"
    by_curl = credentials is Credentials.CURL
    source = text_of("source-endpoint.sh") if by_curl else ""
    script = job.authenticate(
        deployment,
        tools="kubectl curl base64" if by_curl else "kubectl kube-oidc base64",
        may_ask=fill("may-ask-endpoint.sh.in", permission=forge.permission, versions=forge.versions),
        directory='KUBE_OIDC_DIR=$(mktemp -d "${RUNNER_TEMP:-/tmp}/kube-oidc.XXXXXX")',
        later_steps='printf \'%s\\n\' "KUBE_OIDC_DIR=$KUBE_OIDC_DIR" "KUBECONFIG=$KUBECONFIG" >> "$GITHUB_ENV"',
        token=fill("token.sh.in" if by_curl else "token-plugin.sh.in", source=source),
    )
    lines = "".join(f"  {line}\n" if line else "\n" for line in script.splitlines())
    return f"env:\n  {deployment.kubeconfig_variable}: {configuration}\nrun: |\n{lines}"
