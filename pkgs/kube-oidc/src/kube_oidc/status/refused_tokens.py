"""Tokens that the API server of this machine refused lately, from its journal. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.refused_log import refusals
from kube_oidc.diagnostics import Severity
from kube_oidc.status import Problem

UNITS: Final = ("kube-apiserver.service", "k3s.service", "rke2-server.service")
SINCE_SECONDS: Final = 3600
_MAX_SHOWN: Final = 5


def refused_tokens(unit: str, log: str, file: str) -> Iterator[Problem]:
    """A warning for each of the most frequent reasons in the last hour's log; `file` is the configuration's path."""
    reasons = Counter(refusals(log))
    for reason, count in reasons.most_common(_MAX_SHOWN):
        tokens = "1 token" if count == 1 else f"{count} tokens"
        command = (
            f"journalctl --unit {unit} --since -1h --output cat | kube-oidc explain {file or 'FILE'} --log -"
        )
        message = f"refused {tokens} in the last hour: {reason}"
        yield Problem(Severity.WARNING, "journal", unit, "tokens-refused", message, f"`{command}` shows why")
