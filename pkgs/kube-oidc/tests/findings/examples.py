"""The rules' folders: their examples and cases, and the ids by kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import kube_oidc.rules
import yaml
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Finding
from kube_oidc.rules.engine.registry import (
    CONFIG_RULE,
    GRANT_RULE,
    config_rules,
    folder_of,
    folders_with,
    id_of,
)

RULES: Final = Path(kube_oidc.rules.__file__).parent
CONFIG_IDS: Final = frozenset(map(id_of, folders_with(CONFIG_RULE)))
GRANT_IDS: Final = frozenset(map(id_of, folders_with(GRANT_RULE)))
GRANTS_AUTH: Final = Path(__file__).parent / "rbac/auth.yaml"


def example(id_: str, kind: str) -> Path:
    """Returns the path of `bad.yaml` or `good.yaml` of a finding."""
    return RULES / folder_of(id_) / f"{kind}.yaml"


def findings_of(id_: str, config: ConfigUnderReview) -> list[Finding]:
    """Returns what one rule finds, without running the others."""
    [rule] = [rule for rule in config_rules() if rule.RULE.id == id_]
    return list(rule.check(config))


def tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the finding's id and the contents of each `cases.yaml`."""
    for path in sorted(RULES.glob("*/cases.yaml")):
        yield (
            id_of(path.parent.name),
            yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)),
        )
