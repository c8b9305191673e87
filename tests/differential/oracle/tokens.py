"""The cases under ../cases/tokens: which user do these claims become, or why are they refused?"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml
from kube_oidc.authn.authenticate import Authenticator, Outcome, Refused, Undecided
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.versions import OLDEST, KubernetesVersion
from recorded.users import our_user, same_user, their_user
from recorded.verdicts import Agreement, context

from differential.oracle.cases import CASES
from differential.oracle.configuration import as_yaml, configuration, merged
from differential.oracle.payloads import NOW, configurations, payloads
from differential.oracle.process import Reference

AGAIN: Final = 20
PLAIN: Final = {"iss": "https://issuer.example", "aud": "audience", "sub": "me", "exp": NOW + 3600}


@dataclass(frozen=True, slots=True)
class Token:
    """One payload with one configuration; `number` counts the group's tokens from 1."""

    group: str
    number: int
    config: bytes
    payload: str | bytes
    oldest: KubernetesVersion = OLDEST

    @property
    def name(self) -> str:
        """The group, the number and the payload, for display."""
        return f"{self.group} #{self.number} {self.payload}"


@dataclass(frozen=True, slots=True)
class TokenComparison:
    """One token in one minor; `ours` and `theirs` are for display."""

    token: Token
    minor: str
    agreement: Agreement
    ours: str
    theirs: str

    def __str__(self) -> str:
        head = f"{self.token.name} (Kubernetes {self.minor})"
        return f"{head}\n  API server: {self.theirs}\n  kube-oidc:  {self.ours}"


def all_tokens() -> list[Token]:
    """Every token in the folders."""
    found = [
        token
        for path in sorted((CASES / "tokens").glob("*.yaml"))
        for token in _tokens(path.read_text(encoding="utf-8"))
    ]
    files = {name: as_yaml(configuration(patch)) for name, patch in configurations().items()}
    corners = enumerate(payloads(), start=1)
    found += [Token(f"corner: {name}", number, files[name], text) for number, (name, text) in corners]
    for path in sorted((CASES / "found").glob("*.token.json")):
        row = json.loads(path.read_text(encoding="utf-8"))
        payload = base64.b64decode(row["payloadBase64"]) if "payloadBase64" in row else row["payload"]
        found.append(Token(f"found: {path.stem}", 1, row["config"].encode(), payload))
    return found


def _tokens(text: str) -> Iterator[Token]:
    for group in yaml.safe_load(text):
        jwt = group.get("jwt", [{}])
        config = as_yaml(configuration(*jwt) if jwt else {**configuration(), "jwt": []})
        oldest = KubernetesVersion.parse(group.get("minors", {}).get("from", str(OLDEST)))
        for number, token in enumerate(group["tokens"], start=1):
            payload = token if isinstance(token, str) else json.dumps(merged(PLAIN, _timed(token)))
            yield Token(group["name"], number, config, payload, oldest)


def _timed(value: Any) -> Any:
    """Replaces `NOW+5` by a number of seconds."""
    if isinstance(value, dict):
        return {key: _timed(item) for key, item in value.items()}
    match = re.fullmatch(r"NOW([+-]\d+)?", value) if isinstance(value, str) else None
    return NOW + int(match[1] or 0) if match else value


class Explainer:
    """Our side: keeps the last file's authenticator, like `kube-oidc explain` for a stream of claims."""

    def __init__(self, minor: str) -> None:
        self.minor = minor
        self._config = b""
        self._authenticator: Authenticator | None = None

    def outcome(self, config: bytes, payload: str | bytes) -> Outcome | None:
        """Our outcome; None if our checker rejects the file."""
        if config != self._config:
            checked = check(config, context(self.minor))
            version = KubernetesVersion.parse(self.minor)
            usable = checked.accepted and checked.configuration is not None
            self._authenticator = Authenticator(checked.configuration, version) if usable else None
            self._config = config
        return self._authenticator.authenticate(payload, NOW) if self._authenticator else None


def ask_token(reference: Reference, explainer: Explainer, token: Token) -> TokenComparison:
    """Asks both sides.

    Go walks required claims, and the sources of claims, in random order: if several are wrong, any of its reasons is
    right."""
    question = (token.config, token.payload, NOW)
    outcome = explainer.outcome(token.config, token.payload)
    comparison = compare_token(token, reference.minor, *reference.authenticate_all([question]), outcome)
    if comparison.agreement is not Agreement.DIFFERENT or not isinstance(outcome, Refused):
        return comparison
    answers = reference.authenticate_all([question] * AGAIN)
    again = [compare_token(token, reference.minor, answer, outcome) for answer in answers]
    return next((one for one in again if one.agreement is Agreement.SAME), comparison)


def compare_token(
    token: Token, minor: str, answer: dict[str, Any], outcome: Outcome | None
) -> TokenComparison:
    """Compares our outcome with the reference's answer."""
    agreement = Agreement.SAME if same_user(answer, outcome) else Agreement.DIFFERENT
    if isinstance(outcome, Undecided):
        agreement = Agreement.UNDECIDED
    return TokenComparison(token, minor, agreement, our_user(outcome), their_user(answer))
