"""Certificates against stored results of Kubernetes' own reader (1.36; tests/differential asks it anew)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from kube_oidc.verdict.golang.der import DERError
from kube_oidc.verdict.golang.pem import blocks, certificate_error, certificates
from kube_oidc.verdict.golang.x509 import not_after, parse_certificate

STORED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("certificates.json").read_text())
BY_NAME = {row["name"]: base64.b64decode(row["der"]) for row in STORED}


def pem(data: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(data).decode()}\n-----END {label}-----\n"


@pytest.mark.parametrize("row", STORED, ids=lambda row: ascii(row["name"]))
def test_the_error_is_the_api_server_s(row: dict[str, Any]) -> None:
    assert certificate_error(pem(base64.b64decode(row["der"]))) == row["error"]


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith(("key ", "until "))])
def test_end_of_a_certificate(name: str) -> None:
    expected = x509.load_der_x509_certificate(BY_NAME[name]).not_valid_after_utc.timestamp()
    assert not_after(BY_NAME[name]) == (None if name == "key p256k1" else expected)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("time '491231235959Z'", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("time '500101000000Z'", datetime(1950, 1, 1, tzinfo=UTC)),
        ("time '2601010000Z'", datetime(2026, 1, 1, tzinfo=UTC)),
        ("time '260101000000+2400'", datetime(2025, 12, 31, tzinfo=UTC)),
        ("time '260101000000-0100'", datetime(2026, 1, 1, 1, tzinfo=UTC)),
        ("time '99991231235959Z'", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_end_written_in_other_ways(name: str, moment: datetime) -> None:
    certificate = parse_certificate(BY_NAME[name])
    assert certificate.not_before == certificate.not_after == moment.timestamp()


def test_what_cannot_be_parsed_has_no_end() -> None:
    assert not_after(b"") is None
    assert not_after(BY_NAME["key rsa"][:-1]) is None


def test_negative_serial_numbers_by_go_version() -> None:
    data = BY_NAME["serial 80"]
    parse_certificate(data, negative_serials=True)
    with pytest.raises(DERError, match=r"^x509: negative serial number$"):
        parse_certificate(data)


def test_only_blocks_of_certificates_count() -> None:
    good = BY_NAME["key rsa"]
    text = pem(b"other", "PUBLIC KEY") + pem(good)
    assert [block.label for block in blocks(text)] == ["PUBLIC KEY", "CERTIFICATE"]
    assert list(certificates(text)) == [good]


@pytest.mark.parametrize("end", ["A=", "AA=", "A==", "AAA==", "=", "AA==AA=="])
def test_padding_of_the_wrong_length_is_no_block(end: str) -> None:
    text = pem(BY_NAME["key ed25519"] + b"\0" * 2)
    digits = text.splitlines()[1].rstrip("=")
    digits = digits[: len(digits) // 4 * 4]
    assert list(blocks(text.replace(text.splitlines()[1], digits))) != []
    assert list(blocks(text.replace(text.splitlines()[1], digits + end))) == []
