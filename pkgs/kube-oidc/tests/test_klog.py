"""Lines of real logs: kube-apiserver 1.36 rejecting files while it runs and when it starts, k3s, and a pod's log."""

from __future__ import annotations

import pytest
from kube_oidc.verdict.klog import Complaint, complaints

RELOAD = (
    'E1130 17:03:01.123456     108 authentication.go:801] "failed to validate authentication config" '
    'err="jwt[0].issuer.url: Invalid value: \\"http://a\\": URL scheme must be https"\n'
)
BLOCK = (
    'E1130 17:03:01.123456     108 authentication.go:801] "failed to validate authentication config" err=<\n'
    '\tjwt[0].claimValidationRules[0].expression: Invalid value: "x &&": compilation failed\n'
    "\t | x &&\n"
    " >\n"
)
START = (
    'I1130 17:03:00.000001     108 options.go:1] "external host was not specified" using="192.0.2.1"\n'
    'E1130 17:03:01.123456     108 run.go:72] "command failed" '
    'err="invalid authentication configuration: jwt: Required value"\n'
)
START_OF_1_30 = (
    'E1130 20:36:18.883557    8593 run.go:74] "command failed" err=<\n'
    '\tjwt[0].claimValidationRules[0].expression: Invalid value: "claims.s &&": compilation failed\n'
    "\t | claims.s &&\n"
    " >\n"
)
START_OF_1_30_WITH_SEVERAL = (
    'E1130 20:36:18.883557    8593 run.go:74] "command failed" '
    'err="[jwt[0].issuer.url: Required value: URL is required, jwt[1].issuer.audiences: Required value]"\n'
)
UNDECODED_START_OF_1_30 = (
    'E1130 20:36:20.174847    8721 run.go:74] "command failed" '
    'err="strict decoding error: unknown field \\"jwt[0].issuers\\""\n'
)
UNDECODED_OTHER_FILE = (
    'E1130 20:36:20.174847    8721 run.go:74] "command failed" '
    'err="strict decoding error: unknown field \\"resourcess\\""\n'
)
OTHER_START = 'E1130 17:03:01.1 108 run.go:72] "command failed" err="context deadline exceeded"\n'
K3S = (
    'time="2026-11-30T17:03:01Z" level=error '
    'msg="apiserver exited: invalid authentication configuration: jwt[0].issuer.url: Invalid value: \\"a\\""\n'
)


@pytest.mark.parametrize(
    ("log", "want"),
    [
        (
            RELOAD,
            [Complaint("validate", 'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https')],
        ),
        (
            BLOCK,
            [
                Complaint(
                    "validate",
                    'jwt[0].claimValidationRules[0].expression: Invalid value: "x &&": compilation failed\n | x &&',
                )
            ],
        ),
        (START, [Complaint("start", "invalid authentication configuration: jwt: Required value")]),
        (
            START_OF_1_30,
            [
                Complaint(
                    "start",
                    'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.s &&": compilation failed\n'
                    " | claims.s &&",
                )
            ],
        ),
        (
            START_OF_1_30_WITH_SEVERAL,
            [
                Complaint(
                    "start",
                    "[jwt[0].issuer.url: Required value: URL is required, jwt[1].issuer.audiences: Required value]",
                )
            ],
        ),
        (
            UNDECODED_START_OF_1_30,
            [Complaint("start", 'strict decoding error: unknown field "jwt[0].issuers"')],
        ),
        (UNDECODED_OTHER_FILE, []),
        (OTHER_START, []),
        (
            K3S,
            [
                Complaint(
                    "start", 'invalid authentication configuration: jwt[0].issuer.url: Invalid value: "a"'
                )
            ],
        ),
        ("", []),
        ('"quote that never ends err="', []),
    ],
)
def test_complaints_about_the_file(log: str, want: list[Complaint]) -> None:
    assert list(complaints(log)) == want
    in_a_pod = "".join(f"2026-11-30T17:03:01.1Z stderr F {line}\n" for line in log.splitlines())
    assert list(complaints(in_a_pod)) == want


def test_only_what_is_never_tried_again_is_final() -> None:
    final = {step: Complaint(step, "").final for step in ("read", "load", "validate", "update", "start")}
    assert final == {"read": False, "load": True, "validate": True, "update": False, "start": True}
