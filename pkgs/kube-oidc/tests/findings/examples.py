"""The rules' folders: their examples, and the ids by kind."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kube_oidc.rules
from kube_oidc.rules.engine.registry import CONFIG_RULE, GRANT_RULE, folder_of, folders_with, id_of

RULES: Final = Path(kube_oidc.rules.__file__).parent
CONFIG_IDS: Final = frozenset(map(id_of, folders_with(CONFIG_RULE)))
GRANT_IDS: Final = frozenset(map(id_of, folders_with(GRANT_RULE)))


def example(id_: str, kind: str) -> Path:
    """Returns the path of `bad.yaml` or `good.yaml` of a finding."""
    return RULES / folder_of(id_) / f"{kind}.yaml"
