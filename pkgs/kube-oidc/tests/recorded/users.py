"""What a token becomes: our outcome beside the reference's answer."""

from __future__ import annotations

import json
from typing import Any

from kube_oidc.authn.authenticate import Authenticated, Outcome, Refused


def same_user(answer: dict[str, Any], outcome: Outcome | None) -> bool:
    """Do both sides agree on the user, or on the reason? An outcome of None means that we refuse the file."""
    match outcome:
        case None:  # an API server that panics on a file doesn't start with it either
            return "invalid" in answer or "panic" in answer
        case Authenticated():
            return bool(answer.get("authenticated")) and _user(outcome) == answer["user"]
        case Refused():
            if answer.get("authenticated") or "invalid" in answer or "panic" in answer:
                return False
            # If no authenticator takes the token, the API server has no words for it, so ours are free.
            return answer["error"] is None or answer["error"] == outcome.reason
    return False


def our_user(outcome: Outcome | None) -> str:
    """Our outcome as text, for a failed test."""
    if outcome is None:
        return "the file is refused"
    if isinstance(outcome, Authenticated):
        return json.dumps(_user(outcome), sort_keys=True)
    return f"{type(outcome).__name__}: {outcome.reason}"


def their_user(answer: dict[str, Any]) -> str:
    """The reference's answer in the same form."""
    if "panic" in answer:
        return f"panic: {answer['panic']}"
    if "invalid" in answer:
        return f"the file is refused: {answer['invalid']}"
    if answer["authenticated"]:
        return json.dumps(answer["user"], sort_keys=True)
    return f"Refused: {answer['error']}"


def _user(outcome: Authenticated) -> dict[str, Any]:
    user = outcome.user
    extra = {key: list(values) for key, values in user.extra.items()} or None
    return {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": extra}
