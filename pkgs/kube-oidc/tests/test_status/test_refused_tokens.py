"""Refused tokens from the journal: the most frequent reasons, each once, with the command that explains them."""

from __future__ import annotations

from kube_oidc.status.refused_tokens import refused_tokens

LINE = 'E1130 1:1:1.1 1 authentication.go:75] "Unable to authenticate the request" err="[invalid bearer token, {}]"\n'


def test_each_reason_is_counted_and_the_most_frequent_come_first() -> None:
    log = LINE.format("oidc: email not verified") + 3 * LINE.format("oidc: authenticator not initialized")
    first, second = refused_tokens("k3s.service", log, "auth.yaml")
    assert (first.severity.value, first.kind, first.about) == ("warning", "journal", "k3s.service")
    assert first.message == "refused 3 tokens in the last hour: oidc: authenticator not initialized"
    assert second.message == "refused 1 token in the last hour: oidc: email not verified"
    assert first.remedy == (
        "`journalctl --unit k3s.service --since -1h --output cat | kube-oidc explain auth.yaml --log -` shows why"
    )


def test_there_are_at_most_five_and_none_without_refusals() -> None:
    log = "".join(
        LINE.format(f"oidc: required claim c{number} not present in ID token") for number in range(9)
    )
    assert len(list(refused_tokens("u", log, ""))) == 5
    assert list(refused_tokens("u", "I1130 started\n", "")) == []
