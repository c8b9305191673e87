"""A reason for a refusal, in the API server's words → the field that decided, what it needs, and what to do. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kube_oidc.authn.refusal_kinds import KINDS, Kind
from kube_oidc.field import FieldPath
from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_CHECKS: Final = ("signature", "audience", "times")
_SIGNATURE_LAST: Final = ("audience", "times", "signature")
_MAPPINGS: Final = ("username", "groups", "uid", "extra", "rules", "user rules")
_UNKNOWN: Final = "this isn't a reason of the AuthenticationConfiguration: see the log around it"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason. `fields` are those that may have decided, with their issuers: the reason doesn't always say which.

    `passed` are the steps that accepted the token before.
    """

    reason: str
    step: str
    fields: tuple[tuple[str, str], ...]
    passed: tuple[str, ...]
    needs: str
    remedies: tuple[str, ...]


def diagnose(reason: str, configuration: AuthenticationConfiguration, version: KubernetesVersion) -> Refusal:
    """Where this file refuses a token for this reason; without fields if no entry does (another file is loaded?)."""
    for kind in KINDS:
        match = re.fullmatch(kind.pattern, reason, re.DOTALL)
        if match is not None:
            return _refusal(reason, kind, match, configuration, version)
    return Refusal(reason, "", (), (), "", (_UNKNOWN,))


def _refusal(
    reason: str,
    kind: Kind,
    match: re.Match[str],
    configuration: AuthenticationConfiguration,
    version: KubernetesVersion,
) -> Refusal:
    fields = tuple(
        (f"{FieldPath(('jwt', position))}.{field}", entry.issuer.url)
        for position, entry in enumerate(configuration.jwt)
        for field in kind.fields(entry, match)
    )
    groups = {name: value or "" for name, value in match.groupdict().items()}
    remedies = tuple(filter(None, (text.format_map(groups) for text in kind.remedies)))
    return Refusal(
        reason, kind.step, fields, _before(kind.step, version), kind.needs.format_map(groups), remedies
    )


def _before(step: str, version: KubernetesVersion) -> tuple[str, ...]:
    checks = _CHECKS if version.has(Difference.SIGNATURE_CHECKED_FIRST) else _SIGNATURE_LAST
    order = ("issuer", *checks, *_MAPPINGS)
    return order[: order.index(step)]
