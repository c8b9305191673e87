"""Every refusal that people meet comes with what to write instead."""

from __future__ import annotations

import pytest
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context

FILE = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
  - issuer: {url: 'https://x.example', audiences: [a]}
    claimMappings: {username: {claim: sub, prefix: 'x:'}}
"""
CASES = {
    "comprehension over any": (
        "    claimValidationRules: [{expression: 'claims.groups.exists(g, g == \"x\")'}]\n",
        "dyn(claims.groups).exists(…)",
    ),
    "claims in a user rule": (
        "    userValidationRules: [{expression: 'claims.a == \"x\"'}]\n",
        "claimValidationRules",
    ),
    "user in a claim rule": (
        "    claimValidationRules: [{expression: 'user.uid == \"x\"'}]\n",
        "userValidationRules",
    ),
    "unknown field of user": (
        "    userValidationRules: [{expression: 'user.name == \"x\"'}]\n",
        "username, uid",
    ),
    "a bare claim as a rule": (
        "    claimValidationRules: [{expression: 'claims.a'}]\n",
        "make it a comparison",
    ),
    "Go's strings package": (
        "    claimValidationRules: [{expression: '!strings.hasPrefix(claims.a, \"x\")'}]\n",
        "startsWith",
    ),
    "a field next to issuer": ("    certificateAuthority: x\n", "a field of `issuer`"),
    "a field in the wrong case": ("    claimvalidationrules: []\n", "write `claimValidationRules`"),
    "one equals sign": (
        "    claimValidationRules: [{expression: 'claims.a = \"x\"'}]\n",
        "write `==`",
    ),
    "claim for claims": (
        "    claimValidationRules: [{expression: 'claim.a == \"x\"'}]\n",
        "write `claims`",
    ),
    "a claim with a hyphen": (
        "    claimValidationRules: [{expression: 'claims.my-claim == \"x\"'}]\n",
        'write `claims["my-claim"]`',
    ),
    "a boolean for anonymous": ("anonymous: true\n", "`enabled:`"),
    "a typing mistake": ("    claimValidationRule: []\n", "did you mean `claimValidationRules`?"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_says_what_to_write(name: str) -> None:
    text, remedy = CASES[name]
    diagnostics = check((FILE + text).encode(), Context()).diagnostics
    assert len(diagnostics) == 1
    assert remedy in (diagnostics[0].remedy or "")


def test_the_remedy_for_any_compiles() -> None:
    rule = (
        "    claimValidationRules: [{expression: 'dyn(claims.?groups.orValue([])).exists(g, g == \"x\")'}]\n"
    )
    assert check(
        (FILE + rule.replace("[{expression: ", "\n    - expression: ").replace("}]", "")).encode(), Context()
    ).accepted
