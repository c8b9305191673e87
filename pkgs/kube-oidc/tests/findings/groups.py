"""Groups that a mapping gives: to the one who is meant, or to others too."""

from __future__ import annotations

from typing import Final

from .made import ADDRESS, KEYCLOAK, OPTIONAL, PART, VERIFIED, Cases, job, of

CASES: Final[Cases] = {
    "a group by an address": (
        [of(KEYCLOAK, groups='claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []')],
        [f"{ADDRESS} high"],
    ),
    "a group by an address that may say nothing": (
        [
            of(
                KEYCLOAK,
                "sub",
                "x:",
                "claims.?email_verified.orValue(true) == true",
                groups='claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [f"{ADDRESS} medium"],
    ),
    "a group by a verified address": (
        [
            of(
                KEYCLOAK,
                "sub",
                "x:",
                VERIFIED,
                groups='claims.email.endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [OPTIONAL],
    ),
    "a group by a verified address, asked for in the expression": (
        [
            of(
                KEYCLOAK,
                groups=f'{VERIFIED} && claims.?email.orValue("").endsWith("@example.org") ? ["staff"] : []',
            )
        ],
        [],
    ),
    "a group by the address itself": (
        [of(KEYCLOAK, groups='["mail:" + claims.?email.orValue("none")]')],
        [f"{ADDRESS} high"],
    ),
    "a group by a part of a name": (
        [of(KEYCLOAK, groups='claims.?preferred_username.orValue("").contains("admin") ? ["admins"] : []')],
        [f"{PART} medium"],
    ),
    "a group by the beginning of a subject": (
        [job("sub", groups='claims.sub.startsWith("repo:my-org/site") ? ["deployers"] : []')],
        [f"{PART} medium"],
    ),
    "a group by a closed beginning of a subject": (
        [job("sub", groups='claims.sub.startsWith("repo:my-org/site:") ? ["deployers"] : []')],
        [],
    ),
    "a group by a whole name": (
        [job("sub", groups='claims.repository == "my-org/site" ? ["deployers"] : []')],
        [],
    ),
    "a group for all but some": (
        [job("sub", groups='claims.sub.contains("evil") ? [] : ["deployers"]')],
        [],
    ),
    "a group by a pattern": (
        [job("sub", groups='claims.repository.matches("my-org/site") ? ["deployers"] : []')],
        [f"{PART} medium"],
    ),
    "a group by a pattern with both its ends": (
        [job("sub", groups='claims.repository.matches("^my-org/site$") ? ["deployers"] : []')],
        [],
    ),
}
