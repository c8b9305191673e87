"""long-lived-token: the lifetimes in the providers' files are those of their example tokens."""

from __future__ import annotations

import pytest
from kube_oidc.providers.files import providers


@pytest.mark.parametrize("name", sorted(providers()))
def test_an_example_token_is_valid_for_the_lifetime_in_its_providers_file(name: str) -> None:
    facts = providers()[name]
    assert facts["example"]["exp"] - facts["example"]["iat"] == facts["tokenLifetimeSeconds"]
    assert facts["tokenLifetimeChosenBy"] in ("provider", "job", "issuer")
