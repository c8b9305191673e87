"""What a token gets, in words."""

from __future__ import annotations

from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview


def becomes(entry: IssuerUnderReview, claims: Claims) -> str:
    """Returns `gets the user name 'x' and the group 'y'` for an accepted token with these claims."""
    user = entry.user(claims)
    assert user is not None
    groups = f" and the group {user.groups[0]!r}" if user.groups else ""
    return f"gets the user name {user.username!r}{groups}"
