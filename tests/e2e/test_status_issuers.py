"""`kube-oidc status` on issuers with every fault that an issuer can have."""

from __future__ import annotations

import datetime
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from e2e.harness import answers
from e2e.harness.answers import WELL_KNOWN, Answer, issuer
from e2e.harness.certificates import Authority
from e2e.harness.outcome import BUSY_SECONDS
from e2e.harness.status import report, status

RSA_KEY = rsa.generate_private_key(65537, 2048)
RSA_JWK = RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True) | {"kid": "one", "alg": "RS256"}
PRIVATE = {"keys": [RSAAlgorithm.to_jwk(RSA_KEY, as_dict=True)]}
GOOD = {"keys": [RSA_JWK]}
ELLIPTIC = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
ED25519 = {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def configuration(path: Path, *urls: str, **issuer_fields: str) -> Path:
    """A file that an API server takes, with these issuers."""
    mappings = {"username": {"claim": "sub", "prefix": "x:"}}
    entries = [
        {"issuer": {"url": url, "audiences": ["a"]} | issuer_fields, "claimMappings": mappings}
        for url in urls
    ]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "jwt": entries,
    }
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority("issuers", tmp_path_factory.mktemp("authority"))


def at(host: str) -> str:
    return f"https://{host}.example.org/x"


def moved(target: str) -> Answer:
    return Answer("", 302, {"Location": target})


def in_minutes(minutes: float) -> str:
    return formatdate(time.time() + 60 * minutes, usegmt=True)


def dated(minutes: float, host: str) -> dict[str, Answer]:
    """Answers dated from now; hours, because the suite may take minutes to come to them."""
    return {
        path: Answer(answer.body, 200, {"Date": in_minutes(minutes)})
        for path, answer in issuer(at(host), GOOD).items()
    }


FAULTS: dict[str, tuple[dict[str, Answer], str, str]] = {
    "letter": (issuer(at("letter"), GOOD, issuer=at("letter") + "/"), "issuer-mismatch", 'expected "https://letter'),
    "keyless": (issuer(at("keyless"), GOOD, jwks_uri=""), "jwks-uri", "provider did not return JWKS URL"),
    "empty": (issuer(at("empty"), {"keys": []}), "no-usable-key", "no key at all"),
    "ed25519": (issuer(at("ed25519"), {"keys": [ED25519]}), "no-usable-key", "ed (OKP 256)"),
    "unknown": (issuer(at("unknown"), {"keys": [RSA_JWK, {"kty": "AKP"}]}), "keys", "unknown json web key type 'AKP'"),
    "failing": ({f"/x{WELL_KNOWN}": Answer("no", 500)}, "status", "responded 500"),
    "absent": ({}, "status", "responded 404"),
    "login": ({f"/x{WELL_KNOWN}": Answer("<html>", 200, {"Content-Type": "text/html"})}, "not-json", "an HTML page"),
    "huge": ({f"/x{WELL_KNOWN}": Answer("{" + " " * (50 << 20))}, "unreachable", "sent more than 1 MiB"),
    "plain": (issuer(at("plain"), GOOD, jwks_uri="http://plain.example.org/keys"), "plain-http", "clear text"),
    "moved": ({f"/x{WELL_KNOWN}": moved("http://moved.example.org/y")}, "plain-http", "(not followed)"),
    "circle": ({f"/x{WELL_KNOWN}": moved(f"/x{WELL_KNOWN}")}, "redirects", "more than 10 redirects"),
    "ahead": (dated(600, "ahead"), "clock", "ahead of this machine's clock"),
    "behind": (dated(-600, "behind"), "clock", "behind this machine's clock"),
    "private": (issuer(at("private"), PRIVATE), "private-key", "private half"),
    "half": (issuer(at("half"), {"keys": [RSA_JWK | {"d": "AQAB"}]}), "keys", "missing P value(s)"),
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All of them at once, and two more: one with another's certificate, one that nobody answers for."""
    sites = {
        f"{name}.example.org": (paths, authority.issue(name, hosts=[f"{name}.example.org"]))
        for name, (paths, _, _) in FAULTS.items()
    }
    document = {"issuer": at("followed"), "jwks_uri": f"{at('followed')}/keys"}
    followed = {
        f"/x{WELL_KNOWN}": moved(f"/y{WELL_KNOWN}"),
        f"/y{WELL_KNOWN}": Answer(document),
        "/x/keys": Answer({"keys": [ELLIPTIC]}),
    }
    sites["followed.example.org"] = (followed, authority.issue("followed", hosts=["followed.example.org"]))
    sites["host.example.org"] = (
        issuer(at("host"), GOOD),
        authority.issue("host", hosts=["other.example.org"]),
    )
    gone = authority.issue("gone", hosts=["gone.example.org"], lifetime=datetime.timedelta(seconds=-9))
    sites["gone.example.org"] = (issuer(at("gone"), GOOD), gone)
    names = [*FAULTS, "followed", "host", "gone", "down"]
    file = configuration(tmp_path_factory.mktemp("faults") / "auth.yaml", *map(at, names))
    with answers.hosts(sites) as (proxy, seen):
        found = report(
            "--only=issuers", str(file), "--timeout=30s",
            HTTPS_PROXY=proxy, https_proxy=proxy, SSL_CERT_FILE=str(authority.certificate),
        )  # fmt: skip
    found["seen"] = seen
    return found


def problems_of(asked: dict[str, Any], name: str) -> dict[str, str]:
    return {each["code"]: each["message"] for each in asked["problems"] if each["about"] == at(name)}


@pytest.mark.parametrize(("name", "code", "says"), [(name, *rest[1:]) for name, rest in FAULTS.items()])
def test_every_fault_of_an_issuer_is_named(asked: dict[str, Any], name: str, code: str, says: str) -> None:
    assert says in problems_of(asked, name)[code]


def test_an_issuer_with_the_certificate_of_another_is_named(asked: dict[str, Any]) -> None:
    assert "its certificate is for another host name" in problems_of(asked, "host")["unreachable"]


def test_an_issuer_with_an_expired_certificate_is_named(asked: dict[str, Any]) -> None:
    assert "its certificate has expired" in problems_of(asked, "gone")["unreachable"]


def test_an_issuer_that_is_down_is_named(asked: dict[str, Any]) -> None:
    assert "responded 502 to CONNECT" in problems_of(asked, "down")["unreachable"]


def test_redirects_to_https_are_followed_and_the_keys_are_read(asked: dict[str, Any]) -> None:
    assert set(problems_of(asked, "followed")) == {"certificate-expires"}
    (entry,) = (each for each in asked["issuers"] if each["url"] == at("followed"))
    assert entry["keys"] == [{"kid": "", "kty": "EC", "alg": "", "bits": 384, "verifies": ["ES384"]}]


def test_they_are_asked_without_a_credential(asked: dict[str, Any]) -> None:
    assert not asked["ok"]
    requests = [headers for host in asked["seen"].values() for headers in host]
    assert len(requests) > len(FAULTS)
    assert all("Authorization" not in headers for headers in requests)


def test_they_are_asked_at_once(authority: Authority, tmp_path: Path) -> None:
    """None of these answers before all of them are asked."""
    names, all_asked = ("one", "two", "three", "four"), threading.Barrier(4, timeout=20)

    def site(name: str) -> tuple[answers.Paths, tuple[Path, Path]]:
        paths = issuer(at(name), GOOD)

        def document() -> Answer:
            all_asked.wait()
            return paths[f"/x{WELL_KNOWN}"]

        certificate = authority.issue(name, hosts=[f"{name}.example.org"])
        return {**paths, f"/x{WELL_KNOWN}": document}, certificate

    trust = {"certificateAuthority": authority.pem.decode()}
    file = configuration(tmp_path / "auth.yaml", *map(at, names), **trust)
    with answers.hosts({f"{name}.example.org": site(name) for name in names}) as (proxy, _):
        found = report("--only=issuers", str(file), "--timeout=30s", HTTPS_PROXY=proxy, https_proxy=proxy)
    assert {problem["code"] for problem in found["problems"]} == {"certificate-expires"}


def test_an_issuer_with_an_unknown_authority_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    site = (issuer(at("own"), GOOD), authority.issue("own", hosts=["own.example.org"]))
    plain = configuration(tmp_path / "plain.yaml", at("own"))
    named = configuration(tmp_path / "named.yaml", at("own"), certificateAuthority=authority.pem.decode())
    with answers.hosts({"own.example.org": site}) as (proxy, _):
        refused = report("--only=issuers", str(plain), HTTPS_PROXY=proxy, https_proxy=proxy)
        taken = report("--only=issuers", str(named), HTTPS_PROXY=proxy, https_proxy=proxy)
    assert "its certificate is not signed by a trusted CA" in refused["problems"][0]["message"]
    assert [problem["code"] for problem in taken["problems"]] == ["certificate-expires"]
    expires = datetime.datetime.fromisoformat(taken["issuers"][0]["certificateExpires"])
    assert 0 < (expires - datetime.datetime.now(datetime.UTC)).total_seconds() <= 86_400


def test_the_discovery_document_may_have_another_url(authority: Authority, tmp_path: Path) -> None:
    """As `discoveryURL` says, under the issuer's own name; the keys are where the document says."""
    document = {"issuer": at("named"), "jwks_uri": f"{at('elsewhere')}/keys"}
    paths = {"/x/discovery": Answer(document), "/x/keys": Answer(GOOD)}
    site = (paths, authority.issue("elsewhere", hosts=["elsewhere.example.org"]))
    trust = {"certificateAuthority": authority.pem.decode()}
    url = f"{at('elsewhere')}/discovery"
    file = configuration(tmp_path / "auth.yaml", at("named"), discoveryURL=url, **trust)
    with answers.hosts({"elsewhere.example.org": site}) as (proxy, _):
        found = report("--only=issuers", str(file), HTTPS_PROXY=proxy, https_proxy=proxy)
    assert [problem["code"] for problem in found["problems"]] == ["certificate-expires"]
    assert found["issuers"][0]["discoveryURL"] == url
    assert [key["kid"] for key in found["issuers"][0]["keys"]] == ["one"]


@pytest.mark.parametrize(
    "url", ["https://[", "https://a:99999/", "http://127.0.0.1:9/", "", "https://", "x", "https://a b"]
)
def test_an_issuer_that_is_no_url_is_not_asked(url: str, tmp_path: Path) -> None:
    found = report("--only=issuers", f"{configuration(tmp_path / 'auth.yaml', url)}", "--timeout=30s")
    (problem,) = (problem for problem in found["problems"] if problem["kind"] == "issuer")
    assert problem["code"] in ("unreachable", "plain-http")


def test_an_answer_that_trickles_ends_with_the_timeout(authority: Authority, tmp_path: Path) -> None:
    def slow() -> Answer:
        time.sleep(60)
        return Answer({})

    site = ({f"/x{WELL_KNOWN}": slow}, authority.issue("slow", hosts=["slow.example.org"]))
    file = configuration(tmp_path / "auth.yaml", at("slow"), certificateAuthority=authority.pem.decode())
    with answers.hosts({"slow.example.org": site}) as (proxy, _):
        start = time.monotonic()
        found = report("--only=issuers", str(file), "--timeout=1s", HTTPS_PROXY=proxy, https_proxy=proxy)
    assert time.monotonic() - start < 1 + BUSY_SECONDS
    assert "sent no complete response within" in found["problems"][0]["message"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--only=issuers"], "--only issuers requires FILE"),
        (["--wait=3s"], "--wait requires FILE"),
        (["--only=server", "--server=https://x"], "mutually exclusive"),
        (["--server=http://127.0.0.1:1"], "must be an https:// URL"),
        (["--server=127.0.0.1"], "must be an https:// URL"),
        (["/nowhere"], "cannot read /nowhere"),
    ],
)
def test_what_does_not_go_together_is_said(arguments: list[str], says: str) -> None:
    said = status(*arguments)
    assert said.returncode == 2
    assert says in said.stderr
