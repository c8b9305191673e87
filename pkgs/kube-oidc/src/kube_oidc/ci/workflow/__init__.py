"""The CI job that deploys, as YAML for each forge, from the files in templates/."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

# The languages that a provider file can name as its `workflow`.
FORGEJO_ACTIONS: Final = "forgejo-actions"
GITHUB_ACTIONS: Final = "github-actions"
GITLAB_CI: Final = "gitlab-ci"
LANGUAGES: Final = (FORGEJO_ACTIONS, GITHUB_ACTIONS, GITLAB_CI)


class WorkflowError(Exception):
    """The workflow can't be written; the message says what is missing or wrong."""


class Credentials(StrEnum):
    """How kubectl gets its token: curl, the plugin on the runner, or the composite action."""

    CURL = "curl"
    PLUGIN = "plugin"
    ACTION = "action"


class Deployment(NamedTuple):
    """What is deployed, when and where; after `checked`, every field is safe in YAML and in a shell.

    The job runs `run` if there is any, else upgrades the `helm` chart (release, chart), else restarts the Deployment
    or sets its image. `build`: a job before it builds that image. `needs`: it waits for this job of the same file.
    """

    audience: str
    namespace: str
    name: str = ""
    container: str = ""
    image: str = ""
    run: tuple[str, ...] = ()
    helm: tuple[str, ...] = ()
    restart: bool = False
    build: bool = False
    needs: str = ""
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
    from kube_oidc.ci.workflow.checked import checked  # noqa: PLC0415 - `re` is not needed for LANGUAGES

    deployment = checked(deployment)
    if language == GITLAB_CI:
        from kube_oidc.ci.workflow.gitlab import render_gitlab  # noqa: PLC0415 - one is needed

        return render_gitlab(deployment, credentials)
    from kube_oidc.ci.workflow.actions import FORGEJO, GITHUB, render_actions  # noqa: PLC0415

    return render_actions(FORGEJO if language == FORGEJO_ACTIONS else GITHUB, deployment, credentials)
