"""Files with many values of a wrong type, each of which can be found by its line."""

from __future__ import annotations

import copy
from typing import Any

import yaml

GOOD: dict[str, Any] = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AuthenticationConfiguration",
    "jwt": [
        {
            "issuer": {
                "url": "https://issuer.example",
                "discoveryURL": "https://discovery.example/.well-known/openid-configuration",
                "certificateAuthority": "",
                "audiences": ["first", "second"],
                "audienceMatchPolicy": "MatchAny",
                "egressSelectorType": "cluster",
            },
            "claimValidationRules": [
                {"claim": "a", "requiredValue": "b"},
                {"expression": "true", "message": "c"},
            ],
            "claimMappings": {
                "username": {"claim": "sub", "prefix": "p:"},
                "groups": {"expression": "claims.groups"},
                "uid": {"claim": "uid"},
                "extra": [{"key": "example.org/a", "valueExpression": "claims.a"}],
            },
            "userValidationRules": [{"expression": "true", "message": "d"}],
        }
    ],
    "anonymous": {"enabled": True, "conditions": [{"path": "/livez"}]},
}
Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every value below the root, with its path, in the order in which the API server comes to it: keys sorted."""
    children = (
        sorted(value.items())
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found: list[tuple[Path, Any]] = []
    for step, child in children:
        found += [((*path, step), child), *places(child, (*path, step))]
    return found


def chosen() -> dict[str, list[Path]]:
    """Which values each file has wrong: apiVersion and kind never, because decoding stops there."""
    every = [(path, value) for path, value in places(GOOD) if path not in (("apiVersion",), ("kind",))]
    return {
        "every scalar": [path for path, value in every if not isinstance(value, dict | list)],
        "every list of scalars or of one struct": [
            path for path, value in every if isinstance(value, list) and path != ("jwt",)
        ],
        "every struct in issuer entries": [
            path for path, value in every if isinstance(value, dict) and path[-1] in ("issuer", "username", "uid", 0)
            and len(path) > 2
        ],
        "the two sections": [("anonymous",), ("jwt",)],
    }  # fmt: skip


def text(wrong: list[Path]) -> str:
    """The file with a number of its own for each wrong value: 1000 for the first, 1001 for the second."""
    configuration = copy.deepcopy(GOOD)
    for number, path in enumerate(wrong):
        target: Any = configuration
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = 1000 + number
    return str(yaml.safe_dump(configuration, sort_keys=False))
