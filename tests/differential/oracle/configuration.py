"""A plain good configuration, and what differs from it, as a case to ask."""

from __future__ import annotations

import copy
from typing import Any, Final

import yaml

ABSENT: Final = "(absent)"
API_VERSION: Final = "apiserver.config.k8s.io/v1beta1"


def entry(position: int = 0) -> dict[str, Any]:
    """A plain good entry of `jwt`."""
    host = f"issuer{position}" if position else "issuer"
    return {
        "issuer": {"url": f"https://{host}.example", "audiences": ["audience"]},
        "claimMappings": {"username": {"claim": "sub", "prefix": ""}},
    }


def configuration(*patches: dict[str, Any]) -> dict[str, Any]:
    """A plain good configuration, with each patch laid over an entry of its own."""
    entries = [merged(entry(position), patch) for position, patch in enumerate(patches or ({},))]
    return {"apiVersion": API_VERSION, "kind": "AuthenticationConfiguration", "jwt": entries}


def merged(base: Any, patch: Any) -> Any:
    """`patch` laid over `base`: maps are merged, everything else replaced, `(absent)` removes."""
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(base)
    for key, value in patch.items():
        if value == ABSENT:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def as_yaml(value: Any) -> bytes:
    """YAML text that says exactly `value`, also where YAML 1.1 would take a string for something else."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=10_000)
    return text.encode()
