"""Loads the configuration for `explain` and `access`, which need a valid one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.configurations import Input, single
from kube_oidc.commands.reading import read_or_stdin

if TYPE_CHECKING:
    from kube_oidc.model import AuthenticationConfiguration
    from kube_oidc.verdict.versions import KubernetesVersion


def version_of(text: str) -> KubernetesVersion:
    """The Kubernetes version of this option; CommandError if it isn't one."""
    from kube_oidc.verdict.versions import requested

    try:
        return requested(text)
    except ValueError as error:
        raise CommandError(str(error)) from None


def load_valid_config(
    name: str, version: KubernetesVersion, consequence: str
) -> tuple[Input, AuthenticationConfiguration]:
    """The file's only configuration, possibly in a wrapper, with its verdict; `-` is standard input.

    CommandError if an API server of this version rejects it, or might; `consequence` completes that message.
    """
    from kube_oidc.diagnostics import Severity
    from kube_oidc.verdict.validation import Context

    given = single(name, read_or_stdin(name), Context(version))
    checked = given.checked
    if checked.accepted and checked.configuration is not None:
        return given, checked.configuration
    first = next(found for found in checked.diagnostics if found.severity is Severity.ERROR)
    place = f"{first.field}: " if first.field else ""
    shown = "standard input" if name == "-" else name
    problem = f"the API server rejects {shown}, so {consequence}"
    if given.foreign:
        said = f"{shown} is not an AuthenticationConfiguration: {first.message}"
        raise CommandError("\n".join(filter(None, (said, first.remedy))))
    if checked.undecided:
        problem = f"cannot decide whether the API server accepts {shown}"
    raise CommandError(f"{problem}: {place}{first.message}\nrun `kube-oidc check {name}` for all errors")
