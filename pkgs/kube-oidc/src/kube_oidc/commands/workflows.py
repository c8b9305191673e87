"""`kube-oidc check --workflow`: CI jobs against the configuration and RBAC."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError

if TYPE_CHECKING:
    from kube_oidc.commands.pipeline import Checking
    from kube_oidc.diagnostics import FileReport
    from kube_oidc.jobs.model import Forge
    from kube_oidc.model import AuthenticationConfiguration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments about workflows."""
    group = parser.add_argument_group("workflow options")
    group.add_argument(
        "--workflow",
        action="append",
        default=[],
        metavar="PATH",
        help="workflow file or folder of Forgejo, GitHub or GitLab (repeatable): do its jobs get tokens, and can "
        "they do what they try? Requires --repository",
    )
    group.add_argument("--repository", metavar="OWNER/NAME", help="the repository that the workflows are in")
    group.add_argument(
        "--namespace",
        metavar="NAME",
        default="",
        help="the kubeconfig's namespace, for commands that name none",
    )


def reports(
    arguments: argparse.Namespace, configuration: AuthenticationConfiguration | None, how: Checking
) -> Iterator[FileReport]:
    """One report per workflow file. CommandError: usage, or a file that can't be read."""
    if not arguments.workflow:
        return
    if not arguments.repository or "/" not in arguments.repository.strip("/"):
        raise CommandError("--workflow requires --repository OWNER/NAME: tokens contain it")
    if configuration is None:
        raise CommandError("--workflow needs a valid configuration to compare with: fix its errors first")
    from kube_oidc.diagnostics import FileReport
    from kube_oidc.jobs.check import Cluster, check
    from kube_oidc.jobs.files import WorkflowError, files_of, jobs_of
    from kube_oidc.rbac import Policy, with_builtin

    version = how.context.version
    policy = Policy(with_builtin(how.grants.objects, version)) if how.grants is not None else None
    cluster = Cluster(configuration, version, policy, arguments.repository, arguments.namespace)
    forge = _only_forge(configuration)
    for path in arguments.workflow:
        files = files_of(Path(path))
        if not files:
            raise CommandError(f"--workflow {path}: no .yml or .yaml file in it")
        for file in files:
            try:
                jobs = jobs_of(file, forge)
            except WorkflowError as error:
                raise CommandError(f"--workflow: {error}") from None
            yield FileReport(str(file), tuple(check(jobs, cluster)))


def _only_forge(configuration: AuthenticationConfiguration) -> Forge | None:
    """The forge, if the issuers are of one: a workflow outside the usual folders is its."""
    from kube_oidc.jobs.model import Forge
    from kube_oidc.providers.provider import provider_of

    syntaxes = {provider_of(entry.issuer.url).facts.get("workflow") for entry in configuration.jwt}
    found = [forge for forge in Forge if forge.value in syntaxes]
    return found[0] if len(found) == 1 else None
