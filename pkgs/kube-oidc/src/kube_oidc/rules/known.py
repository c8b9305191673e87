"""The ids of all findings, on configurations and on grants: without loading the findings themselves."""

from __future__ import annotations

import json
from functools import cache

from kube_oidc.data import folder


@cache
def known_ids() -> frozenset[str]:
    """From ids.json, which `python -m kube_oidc.rules.pages --ids` writes."""
    return frozenset(json.loads((folder("rules") / "ids.json").read_text("utf-8")))
