"""`explain --online` and `--keys` agree with a real API server about a token's signature, reason and all."""

from __future__ import annotations

import base64
import json
import re
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from e2e.harness import answers, cluster
from e2e.harness.answers import issuer
from e2e.harness.certificates import Authority
from e2e.harness.cluster import ApiServer
from e2e.harness.kubeconfig import write_kubeconfig
from e2e.harness.processes import wait_until
from e2e.harness.world import World

URL, SPOILT_URL = "https://keys.example.org/x", "https://spoilt.example.org/x"
RSA_KEY, RSA_3072 = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 3072)
CURVES = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
}
ED25519 = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(65537, 2048)


def jwk(algorithm: Any, key: Any, kid: str) -> dict[str, Any]:
    document: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return document | {"kid": kid}


KEYS = {
    "keys": [
        jwk(RSAAlgorithm, RSA_KEY, "rsa") | {"alg": "RS256", "use": "enc"},
        jwk(RSAAlgorithm, RSA_3072, "rsa3072"),
        *(jwk(ECAlgorithm, key, name) for name, key in CURVES.items()),
        jwk(OKPAlgorithm, ED25519, "ed"),
    ]
}


def claims(**others: object) -> dict[str, object]:
    now = int(time.time())
    return {"iss": URL, "sub": "somebody", "aud": "a", "iat": now, "exp": now + 600} | others


def signed(key: Any, algorithm: str, kid: str | None, **others: object) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**others), key, algorithm=algorithm, headers=headers)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def text_part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def longest_salt() -> str:
    """RFC 7518 wants a salt as long as the hash; Go finds out how long it is."""
    head = f"{part({'alg': 'PS256', 'kid': 'rsa'})}.{part(claims())}"
    mask = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    proof = RSA_KEY.sign(head.encode(), mask, hashes.SHA256())
    return f"{head}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"


def spoilt(change: Callable[[list[str]], list[str]]) -> str:
    return ".".join(change(signed(RSA_KEY, "RS256", "rsa").split(".")))


def respelt(text: str) -> str:
    """The same bytes with other spare bits in the last letter."""
    assert len(text) % 4 in (2, 3)
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def unencoded() -> str:
    """RFC 7797: what is signed is the claims themselves; in the token they stand in base64."""
    body = json.dumps(claims()).encode()
    head = part({"alg": "RS256", "kid": "rsa", "b64": False, "crit": ["b64"]})
    proof = RSA_KEY.sign(f"{head}.".encode() + body, padding.PKCS1v15(), hashes.SHA256())
    return ".".join([head, *(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in (body, proof))])


TAKEN: dict[str, Callable[[], str]] = {
    **{name: (lambda name=name: signed(RSA_KEY, name, "rsa")) for name in ("RS256", "RS384", "RS512")},
    **{name: (lambda name=name: signed(RSA_3072, name, "rsa3072")) for name in ("PS256", "PS384", "PS512")},
    **{name: (lambda name=name: signed(CURVES[name], name, name)) for name in CURVES},
    "without a kid": lambda: signed(RSA_3072, "RS256", None),
    "PS256 with the longest salt": longest_salt,
    "with a word behind it": lambda: f"{signed(RSA_KEY, 'RS256', 'rsa')} x",
    "the last letter spelt otherwise": lambda: spoilt(lambda parts: [*parts[:2], respelt(parts[2])]),
    "claims that are not in base64": unencoded,
    "a header of our own": lambda: jwt.encode(
        claims(), RSA_KEY, "RS256", headers={"kid": "rsa", "x": [1], "typ": None}
    ),
}
REFUSED: dict[str, Callable[[], str]] = {
    "EdDSA": lambda: signed(ED25519, "EdDSA", "ed"),
    "HS256 with the public key": lambda: f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims())}.{'A' * 43}",
    "not signed": lambda: jwt.encode(claims(), None, algorithm="none"),
    "no algorithm": lambda: f"{part({'kid': 'rsa'})}.{part(claims())}.AAAA",
    "a stranger's key": lambda: signed(STRANGER, "RS256", "rsa"),
    "a stranger's key without a kid": lambda: signed(STRANGER, "RS256", None),
    "a kid of the past": lambda: signed(RSA_KEY, "RS256", "rsa-old"),
    "the kid of another key": lambda: signed(RSA_KEY, "RS256", "rsa3072"),
    "the kid of a key of another kind": lambda: signed(RSA_KEY, "RS256", "ES256"),
    "the algorithm of another curve": lambda: spoilt(
        lambda parts: [part({"alg": "ES384", "kid": "ES256"}), parts[1], "A" * 128]
    ),
    "rewritten": lambda: spoilt(lambda parts: [parts[0], part(claims(sub="root")), parts[2]]),
    "a header that says alg twice": lambda: spoilt(
        lambda parts: [text_part('{"alg":"RS256","kid":"rsa","alg":"RS256"}'), *parts[1:]]
    ),
    "a kid that is a number": lambda: spoilt(lambda parts: [part({"alg": "RS256", "kid": 1}), *parts[1:]]),
    "a header that is no JSON": lambda: spoilt(lambda parts: [text_part("{alg}"), *parts[1:]]),
    "a header with padding": lambda: spoilt(lambda parts: [parts[0] + "=", *parts[1:]]),
    "a signature in the other alphabet": lambda: spoilt(lambda parts: [*parts[:2], f"+{parts[2][1:]}"]),
    "a secret key in the header": lambda: jwt.encode(
        claims(), RSA_KEY, "RS256", headers={"kid": "rsa", "jwk": {"kty": "oct", "k": "AA"}}
    ),
    "a cut signature": lambda: spoilt(lambda parts: [*parts[:2], parts[2][:-4]]),
    "no signature": lambda: spoilt(lambda parts: [*parts[:2], ""]),
    "a critical header": lambda: jwt.encode(
        claims(), RSA_KEY, "RS256", headers={"kid": "rsa", "crit": ["x"]}
    ),
    "expired": lambda: signed(RSA_KEY, "RS256", "rsa", exp=int(time.time()) - 5),
    "expired, and a stranger's": lambda: signed(STRANGER, "RS256", "rsa", exp=1),
    "another audience": lambda: signed(RSA_KEY, "RS256", "rsa", aud="b"),
    "another audience, and a stranger's": lambda: signed(STRANGER, "RS256", "rsa", aud="b"),
}


@dataclass(frozen=True, slots=True)
class Referee:
    """An API server with this issuer, and how `explain` reaches the issuer."""

    world: World
    server: ApiServer
    configuration: Path
    environment: dict[str, str]

    def verdict(self, token: str) -> str:
        """The user, or the reason in the API server's log."""
        log = self.server.program.log
        before = log.stat().st_size
        site = self.world.cluster.site
        kubeconfig = write_kubeconfig(
            site.folder / "signed.kubeconfig", self.server.url, site.authority, {"token": token}
        )
        command = [
            site.binaries.path("kubectl"),
            f"--kubeconfig={kubeconfig}",
            "auth",
            "whoami",
            "-o",
            "json",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode == 0:
            return str(json.loads(done.stdout)["status"]["userInfo"]["username"])
        written = log.read_bytes()[before:].decode(errors="replace")
        found = re.search(
            r'Unable to authenticate the request" err="\[invalid bearer token, (.*)\]"', written
        )
        assert found, written
        return found[1].replace('\\"', '"')

    def explained(self, token: str, *arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "kube_oidc", "explain", str(self.configuration), "--format=json"]
        done = subprocess.run(
            [*command, "--token-file=-", *arguments],
            input=token + "\n", env=self.environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        assert token not in done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        assert found["authenticated"] == (done.returncode == 0)
        return found


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority("authority-of-keys", tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def referee(
    world: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Referee]:
    entries = [
        {
            "issuer": {"url": url, "audiences": ["a"], "certificateAuthority": authority.pem.decode()},
            "claimMappings": {"username": {"claim": "sub", "prefix": "x:"}},
        }
        for url in (URL, SPOILT_URL)
    ]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": entries,
    }
    data = yaml.safe_dump(document).encode()
    file = tmp_path_factory.mktemp("signed") / "auth.yaml"
    file.write_bytes(data)
    spoilt_keys = {"keys": [*KEYS["keys"], {"kty": "AKP", "kid": "post-quantum"}]}
    sites = {
        f"{name}.example.org": (issuer(url, keys), authority.issue(name, hosts=[f"{name}.example.org"]))
        for name, url, keys in (("keys", URL, KEYS), ("spoilt", SPOILT_URL, spoilt_keys))
    }
    with answers.hosts(sites) as (proxy, _):
        environment = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "PATH": "/nowhere"}
        site = replace(world.cluster.site, environment=environment)
        with cluster.api_server(site, "signed", world.cluster.etcd, data) as server:
            found = Referee(world, server, file, environment)
            token = signed(RSA_KEY, "RS256", "rsa")
            kubeconfig = write_kubeconfig(file.with_name("k"), server.url, site.authority, {"token": token})
            wait_until("the keys loaded", cluster.answers(site, kubeconfig, "/version"), server.program)
            yield found


@pytest.mark.parametrize("name", TAKEN)
def test_a_token_that_the_api_server_takes(referee: Referee, name: str, tmp_path: Path) -> None:
    token = TAKEN[name]()
    assert referee.verdict(token) == "x:somebody"
    assert referee.explained(token, "--online")["user"]["username"] == "x:somebody"
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEYS))
    assert referee.explained(token, f"--keys={keys}")["user"]["username"] == "x:somebody"


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_that_the_api_server_refuses_is_refused_in_its_words(referee: Referee, name: str) -> None:
    token = REFUSED[name]()
    found = referee.explained(token, "--online")
    assert found["reason"] == referee.verdict(token)
    assert "undecided" not in found


def test_the_step_says_more_than_the_api_server(referee: Referee) -> None:
    found = referee.explained(REFUSED["a kid of the past"](), "--online")
    (step,) = (step for step in found["steps"] if step["name"] == "signature")
    assert step["result"].startswith(
        'no key is named "rsa-old"; the issuer\'s are: "rsa", "rsa3072", "ES256",'
    )
    found = referee.explained(TAKEN["ES512"](), "--online")
    (step,) = (step for step in found["steps"] if step["name"] == "signature")
    assert step["result"] == "by the key ES512 (EC 521) of the issuer"


def test_one_key_that_the_api_server_does_not_know_spoils_them_all(referee: Referee) -> None:
    token = signed(RSA_KEY, "RS256", "rsa", iss=SPOILT_URL)
    known = "go-jose/go-jose: unknown json web key type 'AKP'"
    verdict = referee.verdict(token)
    assert known in verdict
    assert "oidc: failed to decode keys: " in verdict
    found = referee.explained(token, "--online")
    assert f"oidc: failed to decode keys: keys[6] (post-quantum): {known}" in found["reason"]
    assert found["undecided"], "it may have older ones"


def test_an_issuer_that_does_not_answer_leaves_it_open(referee: Referee) -> None:
    nobody = replace(referee, environment={"PATH": "/nowhere", "HTTPS_PROXY": "http://127.0.0.1:9"})
    found = nobody.explained(TAKEN["RS256"](), "--online", "--timeout=2s")
    assert found["undecided"]
    assert "cannot get the issuer's keys from this machine" in found["reason"]


def test_without_keys_the_signature_is_not_checked(referee: Referee) -> None:
    found = referee.explained(REFUSED["a stranger's key"]())
    assert found["authenticated"]
    assert {"name": "signature", "field": "jwt[0].issuer", "result": "not checked"} in found["steps"]
