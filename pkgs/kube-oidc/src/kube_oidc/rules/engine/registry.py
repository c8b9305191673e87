"""Discovers the rules by their folders; adding a rule changes no list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from kube_oidc.data import folder
from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.finding import Confidence, Finding, RuleMetadata

if TYPE_CHECKING:
    from kube_oidc.rules.engine.config import ConfigUnderReview

# The kind of a rule is in its file's name, so that `check` without --rbac doesn't import the grant rules.
CONFIG_RULE: Final = "rule"
GRANT_RULE: Final = "grant_rule"
_SEVERITIES: Final = tuple(Severity)
_CONFIDENCES: Final = tuple(Confidence)


class ConfigRule(Protocol):
    """A module `rule.py`."""

    RULE: RuleMetadata

    def check(self, config: ConfigUnderReview, /) -> Iterator[Finding]:
        """Returns what it finds in the configuration."""


@cache
def config_rules() -> tuple[ConfigRule, ...]:
    """Returns the rules on an AuthenticationConfiguration, the most severe and most certain first."""
    return cast("tuple[ConfigRule, ...]", load_rules(CONFIG_RULE))


@cache
def known_ids() -> frozenset[str]:
    """Returns the ids of all findings, without importing a rule."""
    return frozenset(map(id_of, (*folders_with(CONFIG_RULE), *folders_with(GRANT_RULE))))


def load_rules(kind: str) -> tuple[Any, ...]:
    """Imports the rules of one kind, the most severe and most certain first."""
    rules = [import_module(f"kube_oidc.rules.{name}.{kind}") for name in folders_with(kind)]
    return tuple(sorted(rules, key=lambda rule: _rank(rule.RULE)))


def folders_with(kind: str) -> tuple[str, ...]:
    """Returns the names of the folders that hold a rule of this kind, sorted."""
    return tuple(sorted(each.name for each in folder("rules").iterdir() if (each / f"{kind}.py").is_file()))


def id_of(name: str) -> str:
    """Returns the finding's id from its folder's name."""
    return name.replace("_", "-")


def folder_of(id_: str) -> str:
    """Returns the folder's name from the finding's id."""
    return id_.replace("-", "_")


def _rank(rule: RuleMetadata) -> tuple[int, int, str]:
    return _SEVERITIES.index(rule.severity), _CONFIDENCES.index(rule.confidence), rule.id
