"""The configuration that the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kube_oidc.model import AuthenticationConfiguration
from kube_oidc.rules.engine.budget import TokenBudget
from kube_oidc.rules.engine.issuer import IssuerUnderReview
from kube_oidc.rules.engine.tokens import sample_claims
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion


@dataclass
class ConfigUnderReview:
    """A configuration; `now` is in Unix seconds, or None to ignore the time.

    `elsewhere` maps issuer URL and audience to another file of this check that has them too. `pedantic` also reports
    what applies to most setups and rarely matters.
    """

    configuration: AuthenticationConfiguration
    version: KubernetesVersion = DEFAULT
    now: float | None = None
    budget: TokenBudget = field(default_factory=TokenBudget)
    elsewhere: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pedantic: bool = False
    entries: tuple[IssuerUnderReview, ...] = field(init=False)

    def __post_init__(self) -> None:
        models = enumerate(self.configuration.jwt)
        self.entries = tuple(
            IssuerUnderReview(position, model, self.version, sample_claims, self.budget)
            for position, model in models
        )
