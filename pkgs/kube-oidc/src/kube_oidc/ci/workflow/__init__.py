"""The CI job that deploys, as YAML for each forge."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

# The languages that a provider file can name as its `workflow`.
FORGEJO_ACTIONS: Final = "forgejo-actions"
GITHUB_ACTIONS: Final = "github-actions"
GITLAB_CI: Final = "gitlab-ci"
LANGUAGES: Final = (FORGEJO_ACTIONS, GITHUB_ACTIONS, GITLAB_CI)

# RFC 1123 subdomain, as Kubernetes names a Deployment; a namespace and a container are a label of it
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_TEXT: Final = re.compile(r"[A-Za-z0-9_.:/@+=*~-]+")
_ACTION: Final = re.compile(r"(https://[\w.-]+(:\d+)?/)?[\w.-]+/[\w./-]+@[0-9a-f]{40}", re.ASCII)
_NO_ACTION: Final = f"no/action@{'0' * 40}"
ACTION_FORM: Final = "OWNER/REPOSITORY@COMMIT with the full 40-digit commit"
_IMAGE: Final = re.compile(r"([A-Za-z0-9_.:/@-]|\$\{\{ [A-Za-z0-9_.-]+ \}\}|\$[A-Z_]++)+")
_TIMEOUT: Final = re.compile(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+")


class WorkflowError(Exception):
    """The workflow can't be written; the message says what is missing or wrong."""


class Credentials(StrEnum):
    """How kubectl gets its token: curl and jq, the plugin on the runner, or the composite action."""

    CURL = "curl"
    PLUGIN = "plugin"
    ACTION = "action"


class Deployment(NamedTuple):
    """What is deployed, when and where; after `checked`, every field is safe in YAML and in a shell."""

    audience: str
    namespace: str
    name: str
    container: str
    image: str
    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    environment: str = ""
    timeout: str = "120s"
    runs_on: str = "ubuntu-latest"
    kubeconfig_variable: str = "KUBERNETES_CONFIG"
    kubectl_version: str = "v1.36.3"
    action: str = ""


def render(language: str, deployment: Deployment, credentials: Credentials) -> str:
    """The workflow file in one of LANGUAGES. WorkflowError if a value can't be written into it."""
    deployment = checked(deployment)
    if language == GITLAB_CI:
        from kube_oidc.ci.workflow.gitlab import render_gitlab  # noqa: PLC0415 - one is needed

        return render_gitlab(deployment, credentials)
    from kube_oidc.ci.workflow.actions import FORGEJO, GITHUB, render_actions  # noqa: PLC0415

    return render_actions(FORGEJO if language == FORGEJO_ACTIONS else GITHUB, deployment, credentials)


def checked(deployment: Deployment) -> Deployment:
    """The deployment, if every value is safe in YAML and shell; otherwise WorkflowError."""
    forms = (
        ("audience", deployment.audience, _TEXT, "letters, digits and _.:/@+=~-"),
        ("namespace", deployment.namespace, _LABEL, "an RFC 1123 label"),
        ("deployment", deployment.name, _NAME, "an RFC 1123 name"),
        ("container", deployment.container, _LABEL, "an RFC 1123 label"),
        ("image", deployment.image, _IMAGE, "a reference such as git.example.org/adam/site"),
        ("timeout", deployment.timeout, _TIMEOUT, "a duration such as 120s"),
        ("runs-on", deployment.runs_on, _TEXT, "the label of a runner"),
        ("kubeconfig-variable", deployment.kubeconfig_variable, re.compile("[A-Z_][A-Z0-9_]*"), "A_NAME"),
        ("kubectl-version", deployment.kubectl_version, re.compile(r"v\d+\.\d+\.\d+"), "v1.36.3"),
        *(("branch", branch, _TEXT, "a branch or a pattern") for branch in deployment.branches),
        *(("tag", tag, _TEXT, "a tag or a pattern") for tag in deployment.tags),
        ("environment", deployment.environment or "none", _TEXT, "the name of an environment"),
        ("action", deployment.action or _NO_ACTION, _ACTION, ACTION_FORM),
    )
    for field, value, form, expected in forms:
        if not form.fullmatch(value):
            raise WorkflowError(f"--{field} {value!r}: expected {expected}")
    return deployment


def with_tag(image: str, commit: str) -> str:
    """The image with the forge's expression for the commit as tag, unless it has a tag or digest."""
    last = image.rpartition("/")[2]
    return image if ":" in last or "@" in last else f"{image}:{commit}"
