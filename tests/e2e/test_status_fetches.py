"""An API server that could not fetch an issuer's keys is told by `status`, as its own metrics have it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from e2e.harness import answers, cluster
from e2e.harness.answers import Answer, issuer
from e2e.harness.certificates import Authority
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.processes import wait_until
from e2e.harness.status import report
from e2e.harness.world import World

URL = "https://keys.example.org/x"


def signed(key: rsa.RSAPrivateKey, kid: str) -> str:
    now = int(time.time())
    claims = {"iss": URL, "sub": "s", "aud": "a", "iat": now, "exp": now + 600}
    return jwt.encode(claims, key, "RS256", headers={"kid": kid})


@pytest.fixture
def configuration(tmp_path: Path) -> tuple[bytes, Authority]:
    authority = Authority("authority-of-keys", tmp_path)
    entry = {
        "issuer": {"url": URL, "audiences": ["a"], "certificateAuthority": authority.pem.decode()},
        "claimMappings": {"username": {"claim": "sub", "prefix": "x:"}},
    }
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": [entry],
    }
    return yaml.safe_dump(document).encode(), authority


def test_a_fetch_of_keys_that_failed_is_an_error_and_other_keys_are_seen(
    world: World, configuration: tuple[bytes, Authority], tmp_path: Path
) -> None:
    data, authority = configuration
    key, new = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    sets = [
        {"keys": [RSAAlgorithm.to_jwk(each.public_key(), as_dict=True) | {"kid": kid}]}
        for each, kid in ((key, "old"), (new, "new"))
    ]
    paths = dict(issuer(URL, sets[0]))
    site = (paths, authority.issue("keys", hosts=["keys.example.org"]))
    with answers.hosts({"keys.example.org": site}) as (proxy, _):
        environment = {"HTTPS_PROXY": proxy, "https_proxy": proxy}
        beside = replace(world.cluster.site, environment=environment)
        with cluster.api_server(beside, "fetching", world.cluster.etcd, data) as server:

            def knows(token: str) -> bool:
                file = write_kubeconfig(tmp_path / "k", server.url, beside.authority, {"token": token})
                return cluster.answers(beside, file, "/version")()

            def told() -> dict[str, str]:
                found = report(f"--kubeconfig={server.admin}", f"{server.configuration}", **environment)
                assert found["servers"][0]["issuers"][0]["url"] == URL
                return {problem["code"]: problem["message"] for problem in found["problems"]}

            wait_until("the keys loaded", lambda: knows(signed(key, "old")), server.program)
            assert set(told()) == {"certificate-expires"}
            paths["/x/keys"] = Answer("out of order", 500)
            assert not knows(signed(new, "new"))
            assert f"{server.url} could not fetch its keys" in told()["fetch-failed"]
            assert "responded 500" in told()["status"]
            paths["/x/keys"] = Answer(sets[1])
            assert knows(signed(new, "new"))
            assert set(told()) == {"certificate-expires"}
