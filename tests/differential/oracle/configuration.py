"""A basic valid configuration, and cases that differ from it."""

from __future__ import annotations

import copy
from typing import Any, Final

import yaml

ABSENT: Final = "(absent)"
API_VERSION: Final = "apiserver.config.k8s.io/v1beta1"


def entry(position: int = 0) -> dict[str, Any]:
    """A valid entry of `jwt`."""
    host = f"issuer{position}" if position else "issuer"
    return {
        "issuer": {"url": f"https://{host}.example", "audiences": ["audience"]},
        "claimMappings": {"username": {"claim": "sub", "prefix": ""}},
    }


def configuration(*patches: dict[str, Any]) -> dict[str, Any]:
    """A valid configuration with one entry per patch."""
    entries = [merged(entry(position), patch) for position, patch in enumerate(patches or ({},))]
    return {"apiVersion": API_VERSION, "kind": "AuthenticationConfiguration", "jwt": entries}


def merged(base: Any, patch: Any) -> Any:
    """Applies `patch` to `base`: maps are merged, other values replaced, `(absent)` removes."""
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
    """YAML text for exactly `value`, even if YAML 1.1 would read a string as something else."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=10_000)
    return text.encode()
