"""The log lines of a real API server about tokens that it refuses, as the package's fast tests keep them.

`make record` writes those of the minor under test; lines of other minors stay.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from e2e.harness import cluster, hostile, internet, serving
from e2e.harness.binaries import MINOR, MissingProgramError, adapted, locate
from e2e.harness.certificates import Authority, private_pem, write_secret
from e2e.harness.cluster import ApiServer, Site
from e2e.harness.issuer import Claims, Issuer, Mint
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.outcome import ran, within
from e2e.harness.recording import FOLDER

FILE: Final = FOLDER / "refusals.yaml"
LINES: Final = FOLDER / "refusals.jsonl"
AUDIENCES: Final = {"rules": "k8s", "several": "green", "cel": "cel", "down": "down"}
GOOD: Final[dict[str, Claims]] = {
    "rules": {"sub": "adam", "team": "web", "level": 3, "repository_owner": "adam"},
    "several": {"sub": "1", "email": "adam@example.org"},
    "cel": {"sub": "1", "name": "adam", "roles": ["dev"], "uid": "7"},
    "down": {"sub": "adam"},
}
NEEDED_SECONDS: Final = 60


def signed(issuer: Issuer, claims: Claims) -> str:
    return issuer.sign(claims)


@dataclass(frozen=True, slots=True)
class Case:
    """A token of this issuer with these claims changed (None: removed)."""

    name: str
    issuer: str
    changed: tuple[tuple[str, Any], ...] = ()
    mint: Mint = signed


CASES: Final = (
    Case("audience", "rules", (("aud", "other"),)),
    Case("audience-of-several", "several", (("aud", ["red", "pink"]),)),
    Case("expired", "rules", mint=hostile.expired),
    Case("not-yet-valid", "rules", mint=hostile.not_yet_valid),
    Case("foreign-key", "rules", mint=hostile.foreign_key),
    Case("altered", "rules", mint=hostile.altered),
    Case("unsigned", "rules", mint=hostile.unsigned),
    Case("edwards", "rules", mint=hostile.edwards),
    Case("hmac", "rules", mint=hostile.public_key_as_secret),
    Case("claim-of-wrong-type", "rules", (("exp", "soon"),)),
    Case("username-missing", "several", (("email", None),)),
    Case("username-of-wrong-type", "several", (("email", 7),)),
    Case("groups-of-wrong-type", "rules", (("groups", 7),)),
    Case("required-missing", "rules", (("team", None),)),
    Case("required-differs", "rules", (("team", "ops, and others"),)),
    Case("rule-false", "rules", (("event", "pull_request"),)),
    Case("rule-without-message", "rules", (("level", 1),)),
    Case("rule-fails", "rules", (("level", None),)),
    Case("user-rule", "rules", (("sub", "root"),)),
    Case("email-not-verified", "several", (("email_verified", False),)),
    Case("email-verified-of-wrong-type", "several", (("email_verified", "maybe"),)),
    Case("expression-fails", "cel", (("name", None),)),
    Case("expression-of-wrong-type", "cel", (("name", 7),)),
    Case("expression-empty", "cel", (("name", ""),)),
    Case("groups-expression-fails", "cel", (("roles", None),)),
    Case("groups-expression-of-wrong-type", "cel", (("roles", 7),)),
    Case("uid-missing", "cel", (("uid", None),)),
    Case("keys-missing", "down"),
    Case("unknown-issuer", "rules", mint=hostile.other_issuer),
    Case("not-a-token", "rules", mint=lambda *_: "gho_0123456789"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """The API server and its issuers by the first part of their hosts."""

    site: Site
    server: ApiServer
    issuers: dict[str, Issuer]

    def token(self, case: Case) -> str:
        issuer = self.issuers[case.issuer]
        now = int(issuer.now())
        claims = {"iss": issuer.url, "aud": AUDIENCES[case.issuer], "iat": now, "nbf": now, "exp": now + 3600}
        claims |= GOOD[case.issuer] | dict(case.changed)
        return case.mint(issuer, {name: value for name, value in claims.items() if value is not None})

    def accepts(self, token: str) -> bool:
        user = {"token": token}
        file = write_kubeconfig(self.site.folder / "token", self.server.url, self.site.authority, user)
        command = [self.site.binaries.path("kubectl"), f"--kubeconfig={file}", "get", "--raw", "/version"]
        return ran(command).status == 0

    def lines(self, token: str) -> list[str]:
        """What the API server logs about this token."""
        log = self.server.program.log
        before = log.stat().st_size
        assert not self.accepts(token)
        found: list[str] = []

        def seen() -> bool:
            text = log.read_bytes()[before:].decode()
            found[:] = [line for line in text.splitlines() if "Unable to authenticate the request" in line]
            return bool(found)

        within(NEEDED_SECONDS, seen)
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    try:
        binaries = locate("etcd", "kube-apiserver", "kubectl")
    except MissingProgramError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("refusals")
    authority = Authority("authority", folder)
    with ExitStack() as stack:
        issuers = {"down": Issuer("down.example.org")}
        routes = {}
        for name in ("rules", "several", "cel"):
            host = f"{name}.example.org"
            issuers[name] = stack.enter_context(serving.serve(host, authority))
            routes[f"{host}:443"] = issuers[name].port
        proxy = stack.enter_context(internet.proxy(routes))
        outside = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(authority.certificate)}
        site = Site(folder, binaries, authority, outside)
        write_secret(site.service_accounts, private_pem(rsa.generate_private_key(65537, 2048)))
        etcd = stack.enter_context(cluster.store(site))
        configuration = adapted(FILE.read_text()).encode()
        server = stack.enter_context(cluster.api_server(site, "refusing", etcd, configuration))
        found = Place(site, server, issuers)
        for name in ("rules", "several", "cel"):
            good = Case("", name)
            within(NEEDED_SECONDS, lambda good=good: found.accepts(found.token(good)))
        yield found


def general(line: str) -> str:
    """The line without what differs from run to run."""
    line = re.sub(r"\bE\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "E ", line)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \w+( m=\S+)?", "TIME", line)


def test_the_recorded_lines_are_the_api_servers(place: Place) -> None:
    rows = [
        {"kubernetes": MINOR, "case": case.name, "line": line}
        for case in CASES
        for line in place.lines(place.token(case))[-1:]
    ]
    assert len(rows) == len(CASES)
    kept = [json.loads(line) for line in LINES.read_text().splitlines()] if LINES.exists() else []
    if os.environ.get("KUBE_OIDC_RECORD"):
        kept = sorted(
            [row for row in kept if row["kubernetes"] != MINOR] + rows, key=lambda row: row["kubernetes"]
        )
        LINES.write_text("".join(json.dumps(row) + "\n" for row in kept))
    mine = {row["case"]: general(row["line"]) for row in kept if row["kubernetes"] == MINOR}
    assert {row["case"]: general(row["line"]) for row in rows} == mine
