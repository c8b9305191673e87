"""The reasons for refused tokens in kube-apiserver's log. Pure.

Source: `k8s.io/apiserver/pkg/endpoints/filters/authentication.go` writes one entry per request, with the reasons of all
authenticators in one text (`k8s.io/apimachinery/pkg/util/errors`, aggregate).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.verdict.klog import errors

NO_AUTHENTICATOR: Final = "invalid bearer token"
_MESSAGE: Final = "Unable to authenticate the request"
_NEXT: Final = re.compile(
    r", (?=oidc: |invalid bearer token|service account |serviceaccounts? |x509: |token )"
)
_BARE: Final = re.compile(r"\b(oidc: |invalid bearer token)")


def refusals(text: str) -> Iterator[str]:
    """The reason of each refused token, oldest first: in log lines of klog or JSON, or the bare text of an error."""
    found = [error for message, error in errors(text) if message == _MESSAGE]
    found += _of_json(text)
    if not found and _MESSAGE not in text and _BARE.search(text):
        found = [line.strip().replace('\\"', '"') for line in text.splitlines() if _BARE.search(line)]
    yield from map(_decisive, found)


def _of_json(text: str) -> Iterator[str]:
    """The errors in lines that `--logging-format=json` writes."""
    for line in text.splitlines():
        start = line.find("{")
        if start < 0 or f'"{_MESSAGE}"' not in line:
            continue
        try:
            entry = json.loads(line[start:])
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict) and entry.get("msg") == _MESSAGE and isinstance(entry.get("err"), str):
            yield entry["err"]


def _decisive(error: str) -> str:
    """The reason of the authenticator that knew the token's issuer; else that there is none."""
    several = error.startswith("[") and error.endswith("]")
    reasons = _NEXT.split(error[1:-1]) if several else [error]
    of_oidc = [reason for reason in reasons if reason.startswith("oidc: ")]
    others = [reason for reason in reasons if reason != NO_AUTHENTICATOR]
    return (of_oidc or others or [NO_AUTHENTICATOR])[-1]
