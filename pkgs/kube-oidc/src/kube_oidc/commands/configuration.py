"""The configuration that `explain` and `access` go by: one that the API server takes, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kube_oidc.commands import CommandError
from kube_oidc.commands.reading import read_or_stdin

if TYPE_CHECKING:
    from kube_oidc.model import AuthenticationConfiguration
    from kube_oidc.verdict.validate_file import Checked
    from kube_oidc.verdict.versions import KubernetesVersion


def accepted(
    name: str, version: KubernetesVersion, so: str
) -> tuple[bytes, Checked, AuthenticationConfiguration]:
    """The file's bytes, its verdict and its content; `-` is standard input.

    CommandError where an API server of this version refuses it, or might; `so` says what follows from that.
    """
    from kube_oidc.diagnostics import Severity
    from kube_oidc.verdict.validate_file import check
    from kube_oidc.verdict.validation import Context

    data = read_or_stdin(name)
    checked = check(data, Context(version))
    if checked.accepted and checked.configuration is not None:
        return data, checked, checked.configuration
    first = next(found for found in checked.diagnostics if found.severity is Severity.ERROR)
    place = f"{first.field}: " if first.field else ""
    shown = "standard input" if name == "-" else name
    refuses = f"the API server refuses {shown}, so {so}"
    if checked.undecided:
        refuses = f"whether the API server takes {shown} is not known here"
    raise CommandError(f"{refuses}: {place}{first.message}\n`kube-oidc check {name}` lists everything")
