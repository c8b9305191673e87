"""How risky a grant is: by what it allows, and by the findings on its binding."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from kube_oidc.access.model import Power, power_of
from kube_oidc.diagnostics import Diagnostic, Severity
from kube_oidc.rbac import Grant


class Risk(IntEnum):
    """From harmless to worst. WARNING: a finding says that the grant opens more, or to more, than it seems to."""

    NOTHING = 0
    READ = 1
    WRITE = 2
    WARNING = 3
    EVERYTHING = 4


def risk_of(grant: Grant, findings: Iterable[Diagnostic]) -> Risk:
    """The risk of this grant; `findings` are those on its binding.

    Findings on the subject's name, such as `subject-misspelt`, don't make a grant riskier.
    """
    power = power_of(grant)
    if power in (Power.NOTHING, Power.EVERYTHING):
        return Risk[power.name]
    grave = (found for found in findings if found.severity is not Severity.INFO)
    return Risk.WARNING if any(not found.code.startswith("subject-") for found in grave) else Risk[power.name]
